"""Tickets as they were before and after a change, so that it can be shown and undone."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from central_sync.centre.tables.arrangement import SessionRoomRow, SessionRow, TicketRow

_COLUMNS = ("ticket", "session", "room", "seat", "candidate", "roster", "extra_minutes", "resit")

Snapshot = dict[str, dict[str, object]]
"""Seats by ticket number."""


def snapshot(session: Session, tickets: Iterable[str]) -> Snapshot:
    """Return the tickets of these numbers that are there now."""
    rows = session.scalars(
        select(TicketRow).where(TicketRow.ticket.in_(list(tickets))).order_by(TicketRow.ticket)
    )
    return {row.ticket: {name: getattr(row, name) for name in _COLUMNS} for row in rows}


def restore(session: Session, before: Snapshot, after: Snapshot) -> None:
    """Put the tickets of a change back to how they were before it; sessions left empty go away.

    Raises sqlalchemy's IntegrityError when a seat is taken meanwhile.
    """
    session.execute(delete(TicketRow).where(TicketRow.ticket.in_([*before, *after])))
    for values in before.values():
        session.add(TicketRow(**values))
    session.flush()


def drop_empty_sessions(session: Session, made: Iterable[str]) -> None:
    """Remove sessions that a change made and nobody sits in any more; no site knows them yet."""
    for exam in made:
        row = session.get(SessionRow, exam)
        held = session.scalar(select(TicketRow.ticket).where(TicketRow.session == exam).limit(1))
        if row is not None and row.state == "arranged" and held is None:
            session.execute(delete(SessionRoomRow).where(SessionRoomRow.session == exam))
            session.delete(row)
    session.flush()


def packed(value: object) -> str:
    """Return a snapshot as JSON."""
    return orjson.dumps(value).decode()
