"""The last calls, for displays: who was called where, and what is said."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from exam_appliance.journal.journal import Written
from exam_appliance.queue.tickets import QueueTickets

KEPT = 40
"""Calls that are kept for displays that come back."""


@dataclass(frozen=True, slots=True)
class Call:
    """A number was called, or called again."""

    seq: int
    at: str
    ticket: str
    number: str
    counter: str
    again: bool


class Calls:
    """The last calls on disk, the oldest first."""

    def __init__(self) -> None:
        self._kept: deque[Call] = deque(maxlen=KEPT)

    def note(self, written: Iterable[Written], tickets: QueueTickets) -> None:
        """Take the calls among entries."""
        for entry in written:
            if entry.kind in ("queue.called", "queue.recalled"):
                ticket = tickets.held.get(entry.subject)
                if ticket is not None:
                    again = entry.kind == "queue.recalled"
                    counter = entry.body["counter"]
                    self._kept.append(Call(entry.seq, entry.at, ticket.id, ticket.number, counter, again))

    def after(self, seq: int) -> list[Call]:
        """Return the calls after an entry, the oldest first."""
        return [call for call in self._kept if call.seq > seq]

    def one(self, seq: int) -> Call | None:
        """Return the call of an entry, None when it is not kept (any more)."""
        return next((call for call in self._kept if call.seq == seq), None)
