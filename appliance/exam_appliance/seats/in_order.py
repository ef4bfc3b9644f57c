"""Seats given by touching machines one after the other (按顺序点机)."""

from __future__ import annotations

from dataclasses import dataclass

from exam_appliance.seats.places import Place

IDLE_MS = 600_000
"""It ends by itself when nobody touches a machine for so long."""


@dataclass(slots=True)
class InOrder:
    """Who gives seats in order, and from which one on. Milliseconds since the server's boot."""

    _from: Place | None = None
    actor: str = ""
    """Who began it, in whose name machines are bound."""
    _last_ms: int = 0

    def begin(self, place: Place, actor: str, now_ms: int) -> None:
        """Begin at a seat."""
        self._from, self.actor, self._last_ms = place, actor, now_ms

    def end(self) -> None:
        """End it."""
        self._from = None

    def went_on(self, now_ms: int) -> None:
        """Note that a machine took its seat."""
        self._last_ms = now_ms

    def at(self, now_ms: int) -> Place | None:
        """Return the seat it began at; None when it is over."""
        if self._from is not None and now_ms - self._last_ms > IDLE_MS:
            self._from = None
        return self._from
