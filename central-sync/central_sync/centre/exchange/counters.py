"""Numbers that only grow, given in the order of commits."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central_sync.centre.exchange.tables import CounterRow

RECEIPT_ORDER = "journal/received"


def advance(session: Session, name: str, by: int = 1) -> int:
    """Raise a counter and return its new value; its row stays locked until the transaction ends."""
    raised = update(CounterRow).where(CounterRow.name == name).values(value=CounterRow.value + by)
    if session.execute(raised).rowcount == 0:  # type: ignore[attr-defined]
        try:
            with session.begin_nested():
                session.execute(insert(CounterRow).values(name=name, value=by))
        except IntegrityError:
            # Another transaction made the row meanwhile; now there is one to raise.
            session.execute(raised)
    return current(session, name)


def hold(session: Session, name: str) -> None:
    """Lock a counter until the transaction ends, so that what it numbers is changed by one at a time."""
    advance(session, name, 0)


def current(session: Session, name: str) -> int:
    """Return a counter's value, 0 when it was never raised."""
    return session.scalar(select(CounterRow.value).where(CounterRow.name == name)) or 0


def document_versions(site: str) -> str:
    """Return the name of the counter of a site's document versions."""
    return f"document/{site}"
