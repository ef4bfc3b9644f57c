"""The journal as the services use it: append, wait for the disk, read, follow."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.journal import Receipt, genesis, receipt_is_signed
from central_sync.protocol.signed_heads import sign_head
from exam_appliance.journal.batches import Rows
from exam_appliance.journal.database import ALL_ROWS, connect_to_read, create, held_alone
from exam_appliance.journal.writer import Committed, Failed, Pending, Writer
from exam_appliance.journal.writing import connect

log = logging.getLogger(__name__)

QUEUE_LIMIT = 20_000
"""Parts that may wait for the disk before new ones are turned away as busy."""


class Draft(NamedTuple):
    """An entry as a service asks for it; the journal gives seq, time and hash.

    `body` is the JSON of the kind's body model: no floats.
    """

    kind: str
    subject: str
    actor: str
    body: dict[str, Any]


class Written(NamedTuple):
    """An entry in its place in the chain."""

    seq: int
    at: str
    kind: str
    subject: str
    actor: str
    body: dict[str, Any]
    hash: str


class Acknowledged(NamedTuple):
    """Entries that are on disk, and the signed head of the commit that took them there."""

    written: list[Written]
    head: int
    head_hash: str
    sig: str

    def receipt(self, number: int = 0) -> Receipt:
        """Return the receipt of one of the entries."""
        entry = self.written[number]
        return Receipt(seq=entry.seq, hash=entry.hash, head=self.head, head_hash=self.head_hash, sig=self.sig)


class _Waiting(NamedTuple):
    """Who waits for a part to be on disk."""

    done: asyncio.Future[Acknowledged]
    written: list[Written]


Project = Callable[[list[Written]], Rows | None]
Follower = Callable[[list[Written]], None]


def wall_time() -> str:
    """Return the wall time as entries carry it: UTC, milliseconds, Z."""
    seconds, ms = divmod(time.time_ns() // 1_000_000, 1000)
    return f"{_wall_text(seconds)}.{ms:03d}Z"


@lru_cache(maxsize=1)
def _wall_text(seconds: int) -> str:
    """Many entries share a second; writing it out takes longer than hashing an entry."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


class Journal:
    """One hash-chained journal in one database file, with one process that writes it.

    All methods belong to the event loop's thread. Entries get their place in the chain when
    `append` is called; they are on disk when the future that it returns is done.
    """

    def __init__(self, path: Path, appliance: str, key: Ed25519PrivateKey) -> None:
        self.path = path
        self.appliance = appliance
        self._key = key
        self._lock = held_alone(path)
        with closing(connect(path)) as connection:
            create(connection)
        self._reading = connect_to_read(path)
        self._head, self._head_hash = self.stored_head()
        self._durable = self._head
        self._writer = Writer(path, self._lock, appliance, key, self._done)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._followers: list[Follower] = []
        self._on_failure: list[Callable[[], None]] = []
        self._outstanding = 0

    def start(self) -> None:
        """Start the writer; answers come on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._writer.start()

    def close(self) -> None:
        """Write what is queued, stop the writer and close the file."""
        if self._loop is not None:
            self._writer.stop()
        self._reading.close()
        self._lock.close()

    @property
    def head(self) -> int:
        """Seq of the last entry on disk, 0 when there is none."""
        return self._durable

    def follow(self, follower: Follower) -> None:
        """Call `follower` on the event loop with entries once they are on disk, in order."""
        self._followers.append(follower)

    def on_failure(self, callback: Callable[[], None]) -> None:
        """Call `callback` when entries did not reach the disk: memory must go back to the disk's state."""
        self._on_failure.append(callback)

    def append(self, drafts: list[Draft], project: Project | None = None) -> asyncio.Future[Acknowledged]:
        """Chain drafts, project them at once in memory, and queue both for the disk.

        `project` gets the chained entries, changes the services' memory and returns the rows that
        go to disk in the same transaction. The future is done when all is on disk, and raises
        Problem when it could not be written. Raises Problem `busy` when too much is waiting already.
        """
        if self._outstanding > QUEUE_LIMIT:
            raise Problem("busy", "journal.busy", "服务器繁忙，请稍候", "the server is busy, please wait")
        loop = self._loop
        if loop is None:
            raise RuntimeError("the journal is not started")
        at = wall_time()
        head, head_hash = self._head, self._head_hash
        written: list[Written] = []
        entries: list[tuple[int, str, str, str]] = []
        for kind, subject, actor, body in drafts:
            head += 1
            # Canonical JSON has its names in order, so the hash has its place between these two
            # parts: the entry is written out once, for the hash and for the line.
            front = orjson.dumps({"actor": actor, "at": at, "body": body}, option=orjson.OPT_SORT_KEYS)[:-1]
            back = orjson.dumps({"kind": kind, "prev": head_hash, "seq": head, "subject": subject})[1:]
            head_hash = hashlib.sha256(b"%b,%b" % (front, back)).hexdigest()
            line = b'%b,"hash":"%b",%b' % (front, head_hash.encode(), back)
            entries.append((head, kind, subject, line.decode()))
            written.append(Written(head, at, kind, subject, actor, body, head_hash))
        rows = project(written) if project is not None else None
        self._head, self._head_hash = head, head_hash
        done: asyncio.Future[Acknowledged] = loop.create_future()
        self._outstanding += 1
        self._writer.put(Pending(entries, rows, head, head_hash, _Waiting(done, written)))
        return done

    async def receipt(self, seq: int) -> Receipt:
        """Return a receipt for an entry appended earlier, once it is on disk."""
        if seq > self._durable:
            await self.append([])
        found = self._hash_at(seq)
        if found is None:
            raise RuntimeError(f"entry {seq} is not in the journal")
        head, head_hash = self.stored_head()
        return Receipt(seq=seq, hash=found, head=head, head_hash=head_hash, sig=self._sign(head, head_hash))

    def lines(self, after_seq: int, limit: int) -> list[bytes]:
        """Return up to `limit` entries after a seq as canonical JSON lines without line ends."""
        rows = self._reading.execute(
            "SELECT line FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (after_seq, limit)
        ).fetchall()
        return [row[0].encode() for row in rows]

    def entries(self, after_seq: int = 0, subjects: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
        """Yield stored entries after a seq as JSON objects, all or those of some subjects."""
        if subjects:
            rows = self._reading.execute(
                "SELECT line FROM journal WHERE subject IN (SELECT value FROM json_each(?)) "
                "AND seq > ? ORDER BY seq",
                (orjson.dumps(subjects).decode(), after_seq),
            )
        else:
            rows = self._reading.execute("SELECT line FROM journal WHERE seq > ? ORDER BY seq", (after_seq,))
        for (line,) in rows:
            yield orjson.loads(line)

    def newest(
        self, subjects: list[str], *, after_seq: int, limit: int, without: tuple[str, ...] = ()
    ) -> list[dict[str, Any]]:
        """Return the newest entries about the subjects after a seq, newest first, some kinds left out.

        May look at every entry: call it on a thread; it opens the file for itself.
        """
        reading = connect_to_read(self.path)
        try:
            # The plus keeps the index of subjects out: newest first the walk ends at the limit.
            rows = reading.execute(
                "SELECT line FROM journal WHERE +subject IN (SELECT value FROM json_each(?)) AND seq > ? "
                "AND kind NOT IN (SELECT value FROM json_each(?)) ORDER BY seq DESC LIMIT ?",
                (orjson.dumps(subjects).decode(), after_seq, orjson.dumps(without).decode(), limit),
            ).fetchall()
        finally:
            reading.close()
        return [orjson.loads(row[0]) for row in rows]

    def newest_of_kinds(
        self, subjects: list[str], kinds: tuple[str, ...], limit: int
    ) -> list[dict[str, Any]]:
        """Return the newest entries of the kinds about the subjects, newest first; as `newest`."""
        reading = connect_to_read(self.path)
        try:
            rows = reading.execute(
                "SELECT line FROM journal WHERE kind IN (SELECT value FROM json_each(?)) "
                "AND +subject IN (SELECT value FROM json_each(?)) ORDER BY seq DESC LIMIT ?",
                (orjson.dumps(kinds).decode(), orjson.dumps(subjects).decode(), limit),
            ).fetchall()
        finally:
            reading.close()
        return [orjson.loads(row[0]) for row in rows]

    def incidents(self, subjects: list[str]) -> int:
        """Return how many receipts were shown by the subjects whose entries are not held."""
        row = self._reading.execute(
            "SELECT count(*) FROM journal WHERE kind = 'receipt.missing' "
            "AND subject IN (SELECT value FROM json_each(?))",
            (orjson.dumps(subjects).decode(),),
        ).fetchone()
        return int(row[0])

    def last_of(self, kinds: tuple[str, ...]) -> dict[str, Any] | None:
        """Return the newest stored entry of one of the kinds."""
        row = self._reading.execute(
            "SELECT line FROM journal WHERE kind IN (SELECT value FROM json_each(?)) "
            "ORDER BY seq DESC LIMIT 1",
            (orjson.dumps(kinds).decode(),),
        ).fetchone()
        return None if row is None else orjson.loads(row[0])

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """Return all rows of a projection table."""
        return self._reading.execute(ALL_ROWS[table]).fetchall()

    def holds(self, receipt: Receipt) -> bool | None:
        """Tell whether the entry of a receipt is held; None when this journal never signed it.

        The signature speaks for the head of the receipt's commit and the chain for all before it,
        so a signed head that is missing here is proof of loss, while a held head with another
        entry at `seq` shows that the receipt was altered.
        """
        if not receipt_is_signed(self._key.public_key(), self.appliance, receipt):
            return None
        if self._hash_at(receipt.head) != receipt.head_hash:
            return False
        return True if self._hash_at(receipt.seq) == receipt.hash else None

    def stored_head(self) -> tuple[int, str]:
        """Return seq and hash of the last entry on disk; (0, genesis) when there is none."""
        row = self._reading.execute(
            "SELECT seq, line ->> '$.hash' FROM journal ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        return (0, genesis(self.appliance)) if row is None else (int(row[0]), str(row[1]))

    def _hash_at(self, seq: int) -> str | None:
        row = self._reading.execute("SELECT line ->> '$.hash' FROM journal WHERE seq = ?", (seq,)).fetchone()
        return None if row is None else str(row[0])

    def _sign(self, head: int, head_hash: str) -> str:
        return sign_head(self._key, self.appliance, head, head_hash)

    def _done(self, outcome: Committed | Failed) -> None:
        if self._loop is None or self._loop.is_closed():
            return
        if isinstance(outcome, Committed):
            self._committed(outcome)
        else:
            self._failed(outcome)

    def _committed(self, outcome: Committed) -> None:
        self._durable = outcome.head
        self._outstanding -= len(outcome.batch)
        head, head_hash, sig = outcome.head, outcome.head_hash, outcome.sig
        on_disk: list[Written] = []
        for part in outcome.batch:
            waiting: _Waiting = part.token  # type: ignore[assignment]
            done, written = waiting
            if not done.done():
                done.set_result(Acknowledged(written, head, head_hash, sig))
            on_disk += written
        # Once for the batch: under load it holds dozens of parts.
        for follower in self._followers:
            follower(on_disk)

    def _failed(self, outcome: Failed) -> None:
        problem = Problem(
            "not_ready",
            "journal.not_written",
            "服务器磁盘写入失败，作答暂存在本机并会重试；请立即通知技术人员检查磁盘空间",
            "the server could not write to its disk and acknowledged nothing; call the technician",
            status=503,
        )
        for part in outcome.batch:
            waiting: _Waiting = part.token  # type: ignore[assignment]
            if not waiting.done.done():
                waiting.done.set_exception(problem)
        # Nothing is under way any more, so memory can go back to what the disk holds.
        self._outstanding = 0
        self._head, self._head_hash = self.stored_head()
        self._durable = self._head
        for callback in self._on_failure:
            callback()
