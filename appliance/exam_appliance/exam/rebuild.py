"""The tables made again from the journal alone, compared with those on disk, and put in their place."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from exam_appliance.devices.bindings import Bindings
from exam_appliance.documents.print_jobs import PrintJobs
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.projection import Projection, written
from exam_appliance.identity.verifications import Verifications
from exam_appliance.journal.batches import Batch, gathered, take_batches, write_batch
from exam_appliance.journal.database import ALL_ROWS, connect_to_read, held_alone
from exam_appliance.journal.journal import Written
from exam_appliance.journal.writing import connect
from exam_appliance.queue.screen_list import ScreenList
from exam_appliance.queue.tickets import QueueTickets
from exam_appliance.seats.bound import BoundSeats

STEP = 500
"""Entries that are projected at a time."""

_KEY_COLUMNS = {
    "session": 1,
    "attempt": 1,
    "response": 2,
    "credit": 1,
    "station": 1,
    "binding": 2,
    "print": 1,
    "verification": 1,
    "queue": 1,
    "screen": 1,
    "seat": 1,
}
_EMPTY = (
    "DELETE FROM session",
    "DELETE FROM attempt",
    "DELETE FROM response",
    "DELETE FROM credit",
    "DELETE FROM station",
    "DELETE FROM binding",
    "DELETE FROM print",
    "DELETE FROM verification",
    "DELETE FROM queue",
    "DELETE FROM screen",
    "DELETE FROM seat",
)
_TOLD = {
    "missing": ("表中缺少此行", "the row is missing"),
    "extra": ("日志中没有此行的依据", "the journal knows nothing of the row"),
    "differs": ("内容与日志不符", "the row is not what the journal says"),
}

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Difference:
    """A row that is not what the journal says."""

    table: str
    key: str
    what: str
    """`missing`, `extra` or `differs`."""

    @property
    def zh(self) -> str:
        """Return what is wrong in Chinese."""
        return _TOLD[self.what][0]

    @property
    def en(self) -> str:
        """Return what is wrong in English."""
        return _TOLD[self.what][1]


@dataclass(frozen=True)
class Rebuilt:
    """The tables as the journal makes them, and how those on disk differ."""

    rows: Batch
    differences: tuple[Difference, ...]


def rebuild(path: Path, progress: Callable[[int, int], None] | None = None) -> Rebuilt:
    """Make all rows again from a journal file that verifies. `progress` is called with (done, total)."""
    with closing(connect_to_read(path)) as reading:
        total = int(reading.execute("SELECT count(*) FROM journal").fetchone()[0])
        stored = {
            table: {row[: _KEY_COLUMNS[table]]: row for row in reading.execute(statement)}
            for table, statement in ALL_ROWS.items()
        }
        projection = Projection()
        projected = (
            projection,
            Bindings(),
            PrintJobs(),
            Verifications(),
            QueueTickets(),
            ScreenList(),
            BoundSeats(),
        )
        for row in stored["attempt"].values():
            arranged = _arranged(row)
            if arranged is not None:
                projection.attempts[arranged.ticket] = arranged
        made: dict[str, dict[Row, Row]] = {table: {} for table in ALL_ROWS}
        entries = _entries(reading)
        done = 0
        while batch := list(islice(entries, STEP)):
            given = gathered((), [one.apply(batch) for one in projected])
            for table, columns in _KEY_COLUMNS.items():
                made[table].update((tuple(row[:columns]), tuple(row)) for row in given.get(table, ()))
            done += len(batch)
            if progress is not None:
                progress(done, total)
    found = [
        Difference(table, " ".join(key), what)
        for table in ALL_ROWS
        for key, what in _compare(stored[table], made[table])
    ]
    return Rebuilt({table: list(rows.values()) for table, rows in made.items()}, tuple(found))


def put_in_place(path: Path, rows: Batch) -> None:
    """Replace all tables with rebuilt rows, in one transaction. No server may run on the file."""
    with closing(held_alone(path)), closing(connect(path)) as connection:
        take_batches(connection)
        connection.execute("BEGIN IMMEDIATE")
        for statement in _EMPTY:
            connection.execute(statement)
        write_batch(connection, rows)
        connection.execute("COMMIT")


def _entries(reading: sqlite3.Connection) -> Iterator[Written]:
    for (line,) in reading.execute("SELECT line FROM journal ORDER BY seq"):
        yield written(orjson.loads(line))


def _arranged(row: Row) -> Attempt | None:
    """Return an attempt as it was arranged, None when the row cannot be read.

    Session, room and seat of somebody who never checked in come from the package, not from the
    journal; where an entry tells them, it comes later and wins.
    """
    try:
        held = Attempt.from_row(row[3])
    except (ValueError, TypeError, KeyError):
        return None
    return Attempt(str(row[0]), held.session, room=held.room, seat=held.seat)


def _compare(stored: dict[Row, Row], made: dict[Row, Row]) -> Iterator[tuple[Row, str]]:
    for key in sorted(stored.keys() | made.keys()):
        if key not in stored:
            yield key, "missing"
        elif key not in made:
            yield key, "extra"
        elif stored[key] != made[key]:
            yield key, "differs"
