"""The journal: chain, receipts, failures of the disk, verification, rebuilding."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.journal import Entry, genesis, receipt_is_signed, verify_chain
from exam_appliance.journal.journal import Draft, Journal
from exam_appliance.journal.verify import verify_file
from exam_appliance.journal.writer import Rows

APPLIANCE = "appliance-under-test"
TICKET = "260001000001"


def saved(n: int) -> Draft:
    body = {"item": f"t-{n % 7:03d}", "choices": ["A"], "flagged": False, "n": n, "t": n}
    return Draft("response.saved", TICKET, TICKET, body)


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


async def test_appended_entries_form_a_chain_that_others_can_verify(
    tmp_path: Path, key: Ed25519PrivateKey
) -> None:
    journal = Journal(tmp_path / "j.db", APPLIANCE, key)
    journal.start()
    await asyncio.gather(*(journal.append([saved(n), saved(n + 1)]) for n in range(1, 200, 2)))
    entries = [Entry.model_validate_json(line) for line in journal.lines(0, 1000)]
    journal.close()
    assert [entry.seq for entry in entries] == list(range(1, 201))
    last = verify_chain(entries, after_seq=0, after_hash=genesis(APPLIANCE))
    assert last == (200, entries[-1].hash)
    assert verify_file(tmp_path / "j.db", APPLIANCE).ok


async def test_receipt_is_signed_and_names_an_entry_on_disk(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    journal = Journal(tmp_path / "j.db", APPLIANCE, key)
    journal.start()
    parts = await asyncio.gather(*(journal.append([saved(n)]) for n in range(1, 50)))
    receipts = [part.receipt(number) for part in parts for number in range(len(part.written))]
    other = sqlite3.connect(tmp_path / "j.db")
    held = {seq: orjson.loads(line)["hash"] for seq, line in other.execute("SELECT seq, line FROM journal")}
    other.close()
    for receipt in receipts:
        assert held[receipt.seq] == receipt.hash
        assert receipt_is_signed(key.public_key(), APPLIANCE, receipt)
        assert journal.holds(receipt) is True
    forged = receipts[3].model_copy(update={"hash": "0" * 64})
    assert journal.holds(forged) is None
    foreign = receipts[3].model_copy(update={"sig": "AA=="})
    assert journal.holds(foreign) is None
    journal.close()


async def test_receipt_of_a_lost_entry_is_an_incident(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    lost = Journal(tmp_path / "lost.db", APPLIANCE, key)
    lost.start()
    await lost.append([saved(1)])
    receipt = (await lost.append([saved(2)])).receipt()
    lost.close()
    journal = Journal(tmp_path / "j.db", APPLIANCE, key)
    journal.start()
    await journal.append([saved(1)])
    assert journal.holds(receipt) is False
    journal.close()


async def test_a_changed_entry_is_found_with_its_place(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    journal = Journal(tmp_path / "j.db", APPLIANCE, key)
    journal.start()
    await journal.append([saved(n) for n in range(1, 30)])
    journal.close()
    raw = sqlite3.connect(tmp_path / "j.db")
    raw.execute(
        """UPDATE journal SET line = replace(line, '"choices":["A"]', '"choices":["B"]') WHERE seq = 17"""
    )
    raw.commit()
    raw.close()
    verdict = verify_file(tmp_path / "j.db", APPLIANCE)
    assert [(finding.seq, finding.reason) for finding in verdict.findings] == [(17, "hash")]


async def test_a_removed_entry_is_found_with_its_place(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    journal = Journal(tmp_path / "j.db", APPLIANCE, key)
    journal.start()
    await journal.append([saved(n) for n in range(1, 30)])
    journal.close()
    raw = sqlite3.connect(tmp_path / "j.db")
    raw.execute("DELETE FROM journal WHERE seq = 9")
    raw.commit()
    raw.close()
    assert [(f.seq, f.reason) for f in verify_file(tmp_path / "j.db", APPLIANCE).findings] == [(9, "gap")]


async def test_a_full_disk_refuses_clearly_and_the_journal_goes_on_when_there_is_room(
    tmp_path: Path, key: Ed25519PrivateKey
) -> None:
    journal = Journal(tmp_path / "j.db", APPLIANCE, key)
    journal.start()
    went_back: list[bool] = []
    journal.on_failure(lambda: went_back.append(True))
    await journal.append([saved(1)])
    writer = journal._connection
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count={pages}")
    big = Draft("attempt.messaged", TICKET, "invigilator", {"t": 1, "text": "满" * 20_000})
    outcomes = await asyncio.gather(*(journal.append([big]) for _ in range(5)), return_exceptions=True)
    assert {getattr(outcome, "reason", "") for outcome in outcomes} == {"journal.not_written"}
    assert went_back
    assert journal.head == 1
    writer.execute("PRAGMA max_page_count=1000000")
    assert (await journal.append([saved(2)])).receipt().seq == 2
    journal.close()
    assert verify_file(tmp_path / "j.db", APPLIANCE).entries == 2


async def test_rows_reach_the_disk_in_the_same_commit_as_their_entry(
    tmp_path: Path, key: Ed25519PrivateKey
) -> None:
    journal = Journal(tmp_path / "j.db", APPLIANCE, key)
    journal.start()
    rows = Rows(response=[(TICKET, "t-001", "A", 0, 1, 1, 5), (TICKET, "t-001", "AC", 1, 2, 2, 6)])
    await journal.append([saved(1), saved(2)], lambda written: rows)
    assert journal.rows("response") == [(TICKET, "t-001", "AC", 1, 2, 2, 6)]
    journal.close()


async def test_a_queue_beyond_its_limit_says_busy(
    tmp_path: Path, key: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exam_appliance.journal.journal.QUEUE_LIMIT", 3)
    journal = Journal(tmp_path / "j.db", APPLIANCE, key)
    journal.start()
    waiting = [journal.append([saved(n)]) for n in range(1, 5)]
    with pytest.raises(Problem, match="busy"):
        journal.append([saved(5)])
    await asyncio.gather(*waiting)
    journal.close()
