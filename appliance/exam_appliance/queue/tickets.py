"""All queue tickets as the journal says: in memory and as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from exam_appliance.journal.batches import Rows
from exam_appliance.journal.journal import Written
from exam_appliance.queue.ticket import QueueTicket, TicketState


class HasRows(Protocol):
    """Gives the rows of a projection table."""

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """Return all rows of a table."""
        ...


@dataclass(slots=True)
class QueueTickets:
    """Queue tickets by id. `apply` is the only way to change one."""

    held: dict[str, QueueTicket] = field(default_factory=dict)
    by_admission: dict[str, str] = field(default_factory=dict)
    """Queue ticket by admission ticket number: a candidate has one."""
    seq: int = 0
    """Last entry about the queue."""

    def load(self, journal: HasRows) -> None:
        """Take the state from the rows on disk, forgetting what is in memory."""
        tickets = sorted(
            (QueueTicket.from_row(row[4]) for row in journal.rows("queue")), key=lambda one: one.arrival
        )
        self.held = {one.id: one for one in tickets}
        self.by_admission = {one.admission: one.id for one in tickets}
        self.seq = max((one.seq for one in tickets), default=0)

    def apply(self, written: Iterable[Written]) -> Rows:
        """Take entries in order and return the rows that stand for the new state."""
        changed: set[str] = set()
        for entry in written:
            if entry.kind == "queue.taken":
                taken = _taken(entry)
                self.held[taken.id] = taken
                self.by_admission[taken.admission] = taken.id
            elif entry.kind in _CHANGES:
                before = self.held.get(entry.subject)
                if before is None:
                    continue
                self.held[entry.subject] = replace(_CHANGES[entry.kind](before, entry), seq=entry.seq)
            else:
                continue
            changed.add(entry.subject)
            self.seq = entry.seq
        return Rows(queue=[self.held[ticket].row() for ticket in sorted(changed)])

    def numbers_of(self, session: str) -> int:
        """Return how many numbers were given under a session."""
        return sum(1 for ticket in self.held if ticket.startswith(f"{session}."))

    def letter_of(self, session: str) -> str:
        """Return the letter of a session: its own, or the next one for a session without numbers."""
        letters: dict[str, str] = {}
        for ticket in self.held.values():
            letters.setdefault(ticket.id.partition(".")[0], ticket.number[0])
        return letters.get(session) or LETTERS[len(letters) % len(LETTERS)]


LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without I and O, which look like digits."""


def _taken(entry: Written) -> QueueTicket:
    body = entry.body
    return QueueTicket(
        id=entry.subject,
        number=body["number"],
        session=body["session"],
        room=body["room"],
        admission=body["admission"],
        source=body["source"],
        machine=body["machine"],
        taken_at=entry.at,
        arrival=entry.seq,
        seq=entry.seq,
        priority=body["priority"],
    )


def _called(ticket: QueueTicket, entry: Written) -> QueueTicket:
    return replace(
        ticket,
        state=TicketState.CALLED,
        counter=entry.body["counter"],
        wanted="",
        first_called_at=ticket.first_called_at or entry.at,
        called_at=entry.at,
    )


def _recalled(ticket: QueueTicket, entry: Written) -> QueueTicket:
    return ticket


def _skipped(ticket: QueueTicket, entry: Written) -> QueueTicket:
    return replace(ticket, state=TicketState.WAITING, arrival=entry.seq, skipped=ticket.skipped + 1)


def _no_show(ticket: QueueTicket, entry: Written) -> QueueTicket:
    return replace(ticket, state=TicketState.NO_SHOW, settled_at=entry.at)


def _served(ticket: QueueTicket, entry: Written) -> QueueTicket:
    counter = entry.body["counter"] or ticket.counter
    return replace(ticket, state=TicketState.SERVED, counter=counter, settled_at=entry.at)


def _transferred(ticket: QueueTicket, entry: Written) -> QueueTicket:
    body = entry.body
    return replace(
        ticket,
        state=TicketState.WAITING,
        wanted=body["counter"],
        room=body["room"],
        session=body["session"],
    )


def _prioritised(ticket: QueueTicket, entry: Written) -> QueueTicket:
    return replace(ticket, priority=entry.body["priority"])


def _returned(ticket: QueueTicket, entry: Written) -> QueueTicket:
    return replace(ticket, state=TicketState.WAITING, arrival=entry.seq, settled_at="")


_CHANGES: dict[str, Callable[[QueueTicket, Written], QueueTicket]] = {
    "queue.called": _called,
    "queue.recalled": _recalled,
    "queue.skipped": _skipped,
    "queue.no_show": _no_show,
    "queue.served": _served,
    "queue.transferred": _transferred,
    "queue.prioritised": _prioritised,
    "queue.returned": _returned,
}
