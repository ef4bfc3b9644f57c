"""The single writer: what has queued goes to disk in one transaction, then all who wait are answered."""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import orjson

log = logging.getLogger(__name__)

BATCH_LIMIT = 2000
"""Entries in one transaction at most: bounds the wait of the first."""


@dataclass(slots=True)
class Rows:
    """Projection rows that go with entries, as tuples in column order."""

    session: Sequence[tuple[str, str, str]] = ()
    attempt: Sequence[tuple[str, str, str, str]] = ()
    response: Sequence[tuple[str, str, str, int, int, int, int]] = ()
    credit: Sequence[tuple[str, str, str]] = ()
    station: Sequence[tuple[str, int, str]] = ()
    binding: Sequence[tuple[str, str, int, str]] = ()
    print: Sequence[tuple[str, int, str, str, str, str]] = ()
    verification: Sequence[tuple[str, int, str, str, str]] = ()
    queue: Sequence[tuple[str, str, str, int, str]] = ()
    screen: Sequence[tuple[str, int, str]] = ()
    seat: Sequence[tuple[str, int, str]] = ()


@dataclass(slots=True)
class Pending:
    """Entries that wait for the disk, as (seq, kind, subject, line), and the chain's head after them."""

    entries: list[tuple[int, str, str, str]]
    rows: Rows | None
    head: int
    head_hash: str
    token: object
    """What the journal answers with: handed back untouched."""


@dataclass(slots=True)
class Committed:
    """A batch that is on disk, with the head and its signature."""

    batch: list[Pending]
    head: int
    head_hash: str
    sig: str


@dataclass(slots=True)
class Failed:
    """A batch that did not reach the disk."""

    batch: list[Pending]
    error: sqlite3.Error


# One statement takes a whole batch to disk: a view of this connection alone, whose trigger hands each
# column, a JSON array of rows, to its table. Each separate statement would cost two hand-overs of the
# interpreter lock, and under load each of those waits for the event loop.
_BATCH_VIEW = """
CREATE TEMP VIEW batch(
    journal, session, attempt, response, credit, station, binding, print, verification, queue, screen, seat)
AS SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
"""
_BATCH_TRIGGER = """
CREATE TEMP TRIGGER batch_to_tables INSTEAD OF INSERT ON batch BEGIN
INSERT INTO journal(seq, kind, subject, line)
    SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(NEW.journal);
INSERT INTO session(session, state, data)
    SELECT value->>0, value->>1, value->>2 FROM json_each(NEW.session) WHERE true
    ON CONFLICT(session) DO UPDATE SET state=excluded.state, data=excluded.data;
INSERT INTO attempt(ticket, session, state, data)
    SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(NEW.attempt) WHERE true
    ON CONFLICT(ticket) DO UPDATE SET session=excluded.session, state=excluded.state, data=excluded.data;
INSERT INTO response(ticket, item, choices, flagged, n, seq, t)
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6
    FROM json_each(NEW.response) WHERE true
    ON CONFLICT(ticket, item) DO UPDATE SET
    choices=excluded.choices, flagged=excluded.flagged, n=excluded.n, seq=excluded.seq, t=excluded.t;
INSERT INTO credit(proposal, session, data)
    SELECT value->>0, value->>1, value->>2 FROM json_each(NEW.credit) WHERE true
    ON CONFLICT(proposal) DO UPDATE SET session=excluded.session, data=excluded.data;
INSERT INTO station(station, present, label)
    SELECT value->>0, value->>1, value->>2 FROM json_each(NEW.station) WHERE true
    ON CONFLICT(station) DO UPDATE SET present=excluded.present, label=excluded.label;
INSERT INTO binding(role, device, bound, data)
    SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(NEW.binding) WHERE true
    ON CONFLICT(role, device) DO UPDATE SET bound=excluded.bound, data=excluded.data;
INSERT INTO print(job, seq, state, kind, session, data)
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5
    FROM json_each(NEW.print) WHERE true
    ON CONFLICT(job) DO UPDATE SET
    seq=excluded.seq, state=excluded.state, kind=excluded.kind, session=excluded.session, data=excluded.data;
INSERT INTO verification(verification, seq, ticket, state, data)
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4
    FROM json_each(NEW.verification) WHERE true
    ON CONFLICT(verification) DO UPDATE SET
    seq=excluded.seq, ticket=excluded.ticket, state=excluded.state, data=excluded.data;
INSERT INTO queue(ticket, session, state, seq, data)
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(NEW.queue) WHERE true
    ON CONFLICT(ticket) DO UPDATE SET
    session=excluded.session, state=excluded.state, seq=excluded.seq, data=excluded.data;
INSERT INTO screen(screen, active, data)
    SELECT value->>0, value->>1, value->>2 FROM json_each(NEW.screen) WHERE true
    ON CONFLICT(screen) DO UPDATE SET active=excluded.active, data=excluded.data;
INSERT INTO seat(seat, bound, data)
    SELECT value->>0, value->>1, value->>2 FROM json_each(NEW.seat) WHERE true
    ON CONFLICT(seat) DO UPDATE SET bound=excluded.bound, data=excluded.data;
END
"""
_TABLES = tuple(field.name for field in fields(Rows))
_INSERT_BATCH = f"INSERT INTO batch(journal, {', '.join(_TABLES)}) VALUES (?{', ?' * len(_TABLES)})"  # noqa: S608


def take_batches(connection: sqlite3.Connection) -> None:
    """Prepare a connection for `write_batch`; the tables must be there."""
    connection.execute(_BATCH_VIEW)
    connection.execute(_BATCH_TRIGGER)


def write_batch(
    connection: sqlite3.Connection, entries: list[tuple[int, str, str, str]], parts: list[Rows]
) -> None:
    """Insert entries, insert or replace rows in order: all of it or nothing.

    Outside a transaction it is one of its own, on disk when this returns.
    """
    columns = (_array([row for part in parts for row in getattr(part, table)]) for table in _TABLES)
    connection.execute(_INSERT_BATCH, (_array(entries), *columns))


def _array(rows: object) -> str:
    return orjson.dumps(rows).decode()


class Writer:
    """The writer thread. `on_done` is called on that thread with Committed or Failed.

    After a failure every batch fails until `resume` is called: entries are chained, so none
    may follow one that was not written.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        sign: Callable[[int, str], str],
        on_done: Callable[[Committed | Failed], None],
    ) -> None:
        take_batches(connection)
        self._connection = connection
        self._sign = sign
        self._on_done = on_done
        self._queue: queue.SimpleQueue[Pending | None] = queue.SimpleQueue()
        self._failure: sqlite3.Error | None = None
        self._thread = threading.Thread(target=self._run, name="journal-writer")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def put(self, pending: Pending) -> None:
        """Queue entries; they must follow those queued before."""
        self._queue.put(pending)

    def resume(self) -> None:
        """Take entries again after a failure; the caller has gone back to what is on disk."""
        self._failure = None

    def stop(self) -> None:
        """Write what is queued and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            part = self._queue.get()
            batch: list[Pending] = []
            entries = 0
            while part is not None:
                batch.append(part)
                entries += len(part.entries)
                if entries >= BATCH_LIMIT:
                    break
                try:
                    part = self._queue.get_nowait()
                except queue.Empty:
                    break
            stopping = part is None
            if batch:
                self._on_done(self._commit(batch))

    def _commit(self, batch: list[Pending]) -> Committed | Failed:
        if self._failure is not None:
            return Failed(batch, self._failure)
        try:
            write_batch(
                self._connection,
                [entry for part in batch for entry in part.entries],
                [part.rows for part in batch if part.rows is not None],
            )
        except sqlite3.Error as error:
            self._failure = error
            log.error("journal: a batch did not reach the disk: %s", error)
            return Failed(batch, error)
        last = batch[-1]
        return Committed(batch, last.head, last.head_hash, self._sign(last.head, last.head_hash))
