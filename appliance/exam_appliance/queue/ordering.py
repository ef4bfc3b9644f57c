"""Who is next: the order of the queue, as pure functions over tickets, sessions, priorities and counters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from exam_appliance.queue.ticket import QueueTicket, TicketState, seconds_between

SERVICES_LOOKED_AT = 10
"""The wait is estimated from so many last services."""


@dataclass(frozen=True, slots=True)
class EntryWindow:
    """When candidates of a session are let in."""

    starts_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class CounterRule:
    """Whom a counter serves."""

    id: str
    room: str = ""
    """Only candidates of this room, empty for all."""


@dataclass(frozen=True, slots=True)
class QueueRules:
    """What the order follows."""

    windows: Mapping[str, EntryWindow]
    """By session; a session without one comes last."""
    ranks: Mapping[str, int]
    """Rank by priority, the lowest first; an ordinary ticket has `ordinary`."""
    counters: Sequence[CounterRule]
    closing: timedelta
    """A session whose entry closes so soon goes before all others."""
    ordinary: int = 100

    def rank(self, priority: str) -> int:
        """Return the rank of a priority."""
        return self.ranks.get(priority, self.ordinary)


def in_order(tickets: Iterable[QueueTicket], rules: QueueRules, now: datetime) -> list[QueueTicket]:
    """Return the waiting tickets, the next one first.

    Sessions whose entry is about to close, then by the session's start, then by priority, then by arrival.
    """

    def key(ticket: QueueTicket) -> tuple[int, float, int, int, str]:
        window = rules.windows.get(ticket.session)
        if window is None:
            return 2, 0.0, rules.rank(ticket.priority), ticket.arrival, ticket.id
        closing = window.closes_at - now <= rules.closing
        moment = (window.closes_at if closing else window.starts_at).timestamp()
        return 0 if closing else 1, moment, rules.rank(ticket.priority), ticket.arrival, ticket.id

    return sorted((one for one in tickets if one.state is TicketState.WAITING), key=key)


def may_serve(counter: CounterRule, ticket: QueueTicket) -> bool:
    """Tell whether a counter may call a ticket by itself."""
    if ticket.wanted:
        return ticket.wanted == counter.id
    return not counter.room or counter.room == ticket.room


def next_for(
    counter: CounterRule, tickets: Iterable[QueueTicket], rules: QueueRules, now: datetime
) -> QueueTicket | None:
    """Return whom a counter calls next, None when nobody waits for it."""
    return next((one for one in in_order(tickets, rules, now) if may_serve(counter, one)), None)


def servers_of(ticket: QueueTicket, counters: Sequence[CounterRule]) -> frozenset[str]:
    """Return the counters that may call a ticket."""
    return frozenset(counter.id for counter in counters if may_serve(counter, ticket))


def people_before(ticket: QueueTicket, line: Sequence[QueueTicket], counters: Sequence[CounterRule]) -> int:
    """Return how many of a line in order are called before a ticket at counters that it waits for too."""
    own = servers_of(ticket, counters)
    before = 0
    for other in line:
        if other.id == ticket.id:
            break
        if not own or own & servers_of(other, counters):
            before += 1
    return before


def estimated_minutes(before: int, tickets: Iterable[QueueTicket], at_work: int) -> int | None:
    """Return about how long somebody with `before` people ahead waits, whole minutes, at least 1.

    From the mean of the last services (called to served) shared among the counters at work; None, honestly
    unknown, while nobody was served yet.
    """
    served = sorted(
        (one for one in tickets if one.state is TicketState.SERVED and one.called_at and one.settled_at),
        key=lambda one: one.settled_at,
    )[-SERVICES_LOOKED_AT:]
    if not served:
        return None
    mean_s = sum(seconds_between(one.called_at, one.settled_at) for one in served) / len(served)
    return max(1, math.ceil((before + 1) * mean_s / max(1, at_work) / 60))
