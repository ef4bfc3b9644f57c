"""A batch of entries and rows on its way to disk: all of it or nothing, in one statement."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

import orjson


class Rows(TypedDict, total=False):
    """Projection rows that go with entries, table by table, as tuples in column order."""

    session: Sequence[tuple[str, str, str]]
    attempt: Sequence[tuple[str, str, str, str]]
    response: Sequence[tuple[str, str, str, int, int, int, int]]
    credit: Sequence[tuple[str, str, str]]
    station: Sequence[tuple[str, int, str]]
    binding: Sequence[tuple[str, str, int, str]]
    print: Sequence[tuple[str, int, str, str, str, str]]
    verification: Sequence[tuple[str, int, str, str, str]]
    queue: Sequence[tuple[str, str, str, int, str]]
    screen: Sequence[tuple[str, int, str]]
    seat: Sequence[tuple[str, int, str]]


Batch = Mapping[str, Sequence[Sequence[object]]]
"""Rows of each table, those of `journal` as (seq, kind, subject, line)."""

# One statement takes a whole batch to disk: a view of this connection alone, whose trigger hands each
# column, a JSON array of rows, to its table.
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
TABLES = ("journal", *Rows.__annotations__)
_INSERT_BATCH = f"INSERT INTO batch({', '.join(TABLES)}) VALUES (?{', ?' * (len(TABLES) - 1)})"  # noqa: S608


def take_batches(connection: sqlite3.Connection) -> None:
    """Prepare a connection for `write_batch`; the tables must be there."""
    connection.execute(_BATCH_VIEW)
    connection.execute(_BATCH_TRIGGER)


def write_batch(connection: sqlite3.Connection, batch: Batch) -> None:
    """Insert entries, insert or replace rows in order: all of it or nothing.

    Outside a transaction it is one of its own, on disk when this returns.
    """
    connection.execute(_INSERT_BATCH, [orjson.dumps(batch.get(table, ())).decode() for table in TABLES])


def gathered(entries: Iterable[Sequence[object]], parts: Iterable[Rows]) -> Batch:
    """Return entries and the rows that go with them as one batch."""
    batch: dict[str, list[Sequence[object]]] = {"journal": list(entries)}
    for part in parts:
        for table, rows in part.items():
            batch.setdefault(table, []).extend(rows)  # type: ignore[arg-type]
    return batch
