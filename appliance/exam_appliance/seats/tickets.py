"""One-time tickets: the agent of a machine hands its admission to the browser that it starts."""

from __future__ import annotations

import secrets

from exam_appliance.seats.authority import Pass

GOOD_MS = 600_000
"""Slow machines take minutes from the agent's start to the browser's."""
MOST = 2_000


class OpeningTickets:
    """Tickets by their text. Milliseconds since the server's boot."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[Pass, int]] = {}

    def new(self, given: Pass, now_ms: int) -> str:
        """Return a ticket for a pass, good once; a machine's last one is void."""
        self._held = {
            ticket: held
            for ticket, held in self._held.items()
            if now_ms - held[1] <= GOOD_MS and held[0].machine != given.machine
        }
        while len(self._held) >= MOST:
            del self._held[next(iter(self._held))]
        ticket = secrets.token_urlsafe(24)
        self._held[ticket] = (given, now_ms)
        return ticket

    def take(self, ticket: str, address: str, now_ms: int) -> Pass | None:
        """Use a ticket up from the address it was given to; None when it does not hold."""
        held = self._held.get(ticket)
        if held is None or held[0].address != address or now_ms - held[1] > GOOD_MS:
            return None
        del self._held[ticket]
        return held[0]
