"""One change of the arrangement at a time."""

from __future__ import annotations

from sqlalchemy.orm import Session

from central_sync.centre.exchange.counters import hold


def take_turn(session: Session) -> None:
    """Wait until nobody else changes seats, rooms or rosters, and keep others waiting until the end.

    It must be the first that a transaction asks of the database: MariaDB else goes on showing it
    what was there before the wait.
    """
    hold(session, "arrangement")
