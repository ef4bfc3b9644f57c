"""The journal's process is killed at random moments under load: no receipt that left it is ever wrong."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central_sync.protocol.journal import Receipt, receipt_is_signed
from central_sync.protocol.keys import private_pem
from exam_appliance.journal.journal import Journal
from exam_appliance.journal.verify import verify_file

KILLS = 50


@pytest.mark.timeout(240)
def test_no_receipt_is_lost_over_fifty_kills_under_load(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    (tmp_path / "journal.key").write_bytes(private_pem(key))
    chance = random.Random(20261123)
    receipts: list[Receipt] = []
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("saving_process.py")), str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            wanted = chance.randrange(1, 300)
            lines = []
            for line in process.stdout:
                lines.append(line)
                if len(lines) == wanted:
                    process.kill()
            process.wait()
        # The last line may be cut by the kill; a receipt that was not read whole was given to nobody.
        receipts += [Receipt.model_validate_json(line) for line in lines if line.endswith("\n")]
    assert len(receipts) > KILLS
    assert verify_file(tmp_path / "journal.db", "appliance-under-fire").findings == ()
    journal = Journal(tmp_path / "journal.db", "appliance-under-fire", key)
    lost = [receipt for receipt in receipts if journal.holds(receipt) is not True]
    unsigned = [r for r in receipts if not receipt_is_signed(key.public_key(), "appliance-under-fire", r)]
    journal.close()
    assert (lost, unsigned) == ([], [])
