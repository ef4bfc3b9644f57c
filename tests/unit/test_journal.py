"""The journal: chain, receipts, failures of the disk, verification, rebuilding."""

from __future__ import annotations

import asyncio
import fcntl
import os
import resource
import signal
import sqlite3
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.journal import Entry, genesis, receipt_is_signed, verify_chain
from exam_appliance.journal.batches import Rows
from exam_appliance.journal.journal import Draft, Journal
from exam_appliance.journal.verify import verify_file
from exam_appliance.state_folder import StateFolderWrong

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
    pid = journal._writer.pid
    assert pid is not None
    log_size = (tmp_path / "j.db-wal").stat().st_size
    # The kernel lets the process that writes go no further: to SQLite a disk that is full.
    room = resource.prlimit(pid, resource.RLIMIT_FSIZE, (log_size, resource.RLIM_INFINITY))
    big = Draft("attempt.messaged", TICKET, "invigilator", {"t": 1, "text": "满" * 20_000})
    outcomes = await asyncio.gather(*(journal.append([big]) for _ in range(5)), return_exceptions=True)
    assert {getattr(outcome, "reason", "") for outcome in outcomes} == {"journal.not_written"}
    assert went_back
    assert journal.head == 1
    resource.prlimit(pid, resource.RLIMIT_FSIZE, room)
    assert (await journal.append([saved(2)])).receipt().seq == 2
    journal.close()
    assert verify_file(tmp_path / "j.db", APPLIANCE).entries == 2


async def test_when_the_process_that_writes_is_killed_nothing_acknowledged_is_lost_and_another_goes_on(
    tmp_path: Path, key: Ed25519PrivateKey
) -> None:
    journal = Journal(tmp_path / "j.db", APPLIANCE, key)
    journal.start()
    acknowledged = 0
    for kill in range(5):
        waiting = [journal.append([saved(n)]) for n in range(1, 201)]
        await waiting[0]
        pid = journal._writer.pid
        assert pid is not None
        more = [journal.append([saved(n)]) for n in range(1, 201)]
        os.kill(pid, signal.SIGKILL)
        outcomes = await asyncio.gather(*waiting, *more, return_exceptions=True)
        refused = [one for one in outcomes if isinstance(one, BaseException)]
        assert {getattr(one, "reason", "") for one in refused} <= {"journal.not_written"}
        acknowledged += len(outcomes) - len(refused)
        # Those that were refused may be written: what counts is that none that was acknowledged is missing.
        assert journal.head >= acknowledged, kill
        acknowledged = journal.head
    assert (await journal.append([saved(1)])).receipt().seq == acknowledged + 1
    assert journal._writer.pid != pid
    journal.close()
    assert verify_file(tmp_path / "j.db", APPLIANCE).ok


async def test_closing_writes_what_is_queued(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    journal = Journal(tmp_path / "j.db", APPLIANCE, key)
    journal.start()
    waiting = [journal.append([saved(n)]) for n in range(1, 3001)]
    journal.close()
    assert [part.receipt().seq for part in await asyncio.gather(*waiting)] == list(range(1, 3001))
    assert verify_file(tmp_path / "j.db", APPLIANCE).entries == 3000


def test_a_journal_waits_until_the_writer_of_a_killed_server_is_done(
    tmp_path: Path, key: Ed25519PrivateKey
) -> None:
    async def write_until_killed() -> None:
        journal = Journal(tmp_path / "j.db", APPLIANCE, key)
        journal.start()
        await journal.append([saved(1)])
        pid = journal._writer.pid
        assert pid is not None
        # Held where it cannot be at its end when the server dies.
        os.kill(pid, signal.SIGSTOP)
        for n in range(2, 50):
            journal.append([saved(n)])
        await asyncio.sleep(0)
        (tmp_path / "pid").write_text(str(pid))
        os._exit(0)

    child = os.fork()
    if child == 0:
        asyncio.run(write_until_killed())
    os.waitpid(child, 0)
    writing = int((tmp_path / "pid").read_text())
    with (tmp_path / "j.db.lock").open("rb") as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.kill(writing, signal.SIGCONT)
    journal = Journal(tmp_path / "j.db", APPLIANCE, key)
    assert journal.stored_head()[0] == 49
    journal.close()


def test_a_journal_that_is_written_elsewhere_is_refused_with_what_to_do(
    tmp_path: Path, key: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exam_appliance.journal.database.ORPHAN_S", 0.0)
    first = Journal(tmp_path / "j.db", APPLIANCE, key)
    with pytest.raises(StateFolderWrong, match="stop it"):
        Journal(tmp_path / "j.db", APPLIANCE, key)
    first.close()


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
