"""The single writer: what has queued goes to disk in one transaction, then all who wait are answered."""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

log = logging.getLogger(__name__)

BATCH_LIMIT = 2000
"""Entries in one transaction at most: bounds the wait of the first."""


@dataclass(slots=True)
class Rows:
    """Projection rows that go with entries, as tuples in column order."""

    session: list[tuple[str, str, str]] = field(default_factory=list)
    attempt: list[tuple[str, str, str, str]] = field(default_factory=list)
    response: list[tuple[str, str, str, int, int, int, int]] = field(default_factory=list)
    credit: list[tuple[str, str, str]] = field(default_factory=list)
    station: list[tuple[str, int, str]] = field(default_factory=list)
    binding: list[tuple[str, str, int, str]] = field(default_factory=list)


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


# One statement takes a whole batch as a JSON array. Each separate statement costs two hand-overs
# of the interpreter lock, and under load each of those can wait for the event loop.
_INSERT_ENTRIES = (
    "INSERT INTO journal(seq, kind, subject, line) "
    "SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(?)"
)
_UPSERT_RESPONSES = (
    "INSERT INTO response(ticket, item, choices, flagged, n, seq, t) "
    "SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6 "
    "FROM json_each(?) WHERE true ON CONFLICT(ticket, item) DO UPDATE SET "
    "choices=excluded.choices, flagged=excluded.flagged, n=excluded.n, seq=excluded.seq, t=excluded.t"
)
_UPSERT_SESSIONS = (
    "INSERT INTO session(session, state, data) "
    "SELECT value->>0, value->>1, value->>2 FROM json_each(?) WHERE true "
    "ON CONFLICT(session) DO UPDATE SET state=excluded.state, data=excluded.data"
)
_UPSERT_ATTEMPTS = (
    "INSERT INTO attempt(ticket, session, state, data) "
    "SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(?) WHERE true "
    "ON CONFLICT(ticket) DO UPDATE SET session=excluded.session, state=excluded.state, data=excluded.data"
)
_UPSERT_CREDITS = (
    "INSERT INTO credit(proposal, session, data) "
    "SELECT value->>0, value->>1, value->>2 FROM json_each(?) WHERE true "
    "ON CONFLICT(proposal) DO UPDATE SET session=excluded.session, data=excluded.data"
)
_UPSERT_STATIONS = (
    "INSERT INTO station(station, present, label) "
    "SELECT value->>0, value->>1, value->>2 FROM json_each(?) WHERE true "
    "ON CONFLICT(station) DO UPDATE SET present=excluded.present, label=excluded.label"
)
_UPSERT_BINDINGS = (
    "INSERT INTO binding(role, device, bound, data) "
    "SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(?) WHERE true "
    "ON CONFLICT(role, device) DO UPDATE SET bound=excluded.bound, data=excluded.data"
)


def insert(connection: sqlite3.Connection, batch: list[Pending]) -> None:
    """Insert a batch's entries and rows inside the caller's transaction."""
    connection.execute(_INSERT_ENTRIES, (_array([entry for part in batch for entry in part.entries]),))
    write_rows(connection, [part.rows for part in batch if part.rows is not None])


def write_rows(connection: sqlite3.Connection, parts: list[Rows]) -> None:
    """Insert or replace projection rows inside the caller's transaction, in order."""
    for statement, rows in (
        (_UPSERT_SESSIONS, [row for part in parts for row in part.session]),
        (_UPSERT_ATTEMPTS, [row for part in parts for row in part.attempt]),
        (_UPSERT_RESPONSES, [row for part in parts for row in part.response]),
        (_UPSERT_CREDITS, [row for part in parts for row in part.credit]),
        (_UPSERT_STATIONS, [row for part in parts for row in part.station]),
        (_UPSERT_BINDINGS, [row for part in parts for row in part.binding]),
    ):
        if rows:
            connection.execute(statement, (_array(rows),))


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
            self._connection.execute("BEGIN IMMEDIATE")
            insert(self._connection, batch)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._failure = error
            log.error("journal: a batch did not reach the disk: %s", error)
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            return Failed(batch, error)
        last = batch[-1]
        return Committed(batch, last.head, last.head_hash, self._sign(last.head, last.head_hash))
