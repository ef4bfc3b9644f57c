"""The numbers of a queue for the record (排队统计): pure, from the tickets of a session."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exam_appliance.queue.ticket import QueueTicket, TicketState


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """Counts of one session's queue; waits are from taking the number to the first call, seconds."""

    session: str
    taken: int
    waiting: int
    called: int
    """Called at least once."""
    served: int
    no_shows: int
    mean_wait_s: int | None
    """None while nobody was called."""
    longest_wait_s: int | None


def counted(session: str, tickets: Iterable[QueueTicket]) -> QueueCounts:
    """Return the counts of a session from its tickets."""
    own = [ticket for ticket in tickets if ticket.session == session]
    waits = [wait for ticket in own if (wait := ticket.waited_s) is not None]
    return QueueCounts(
        session,
        taken=len(own),
        waiting=sum(ticket.state is TicketState.WAITING for ticket in own),
        called=len(waits),
        served=sum(ticket.state is TicketState.SERVED for ticket in own),
        no_shows=sum(ticket.state is TicketState.NO_SHOW for ticket in own),
        mean_wait_s=round(sum(waits) / len(waits)) if waits else None,
        longest_wait_s=round(max(waits)) if waits else None,
    )
