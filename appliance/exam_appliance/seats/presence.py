"""When each machine was last heard, from where, and by which of its two voices: page and agent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Voice = Literal["page", "agent"]

SILENT_MS = 30_000
ELSEWHERE_MS = 15_000
"""A key that two addresses use within this is in two machines."""
MOST = 4000
"""Machines remembered; the one unheard for longest goes."""


@dataclass(slots=True)
class Heard:
    """Contact with a machine; milliseconds since the server's boot, None for never."""

    address: str
    last_ms: int
    page_ms: int | None = None
    agent_ms: int | None = None


class Presences:
    """All machines heard since the server started."""

    def __init__(self) -> None:
        self._held: dict[str, Heard] = {}

    def heard(self, machine: str, address: str, voice: Voice | None, now_ms: int) -> None:
        """Note that a machine spoke."""
        held = self._held.get(machine)
        if held is None:
            if len(self._held) >= MOST:
                del self._held[min(self._held, key=lambda one: self._held[one].last_ms)]
            held = self._held[machine] = Heard(address, now_ms)
        held.address, held.last_ms = address, now_ms
        if voice == "page":
            held.page_ms = now_ms
        elif voice == "agent":
            held.agent_ms = now_ms

    def of(self, machine: str) -> Heard | None:
        """Return the contact with a machine."""
        return self._held.get(machine)

    def online(self, machine: str, now_ms: int) -> bool:
        """Tell whether a machine was heard lately."""
        held = self._held.get(machine)
        return held is not None and now_ms - held.last_ms <= SILENT_MS

    def has_agent(self, machine: str, now_ms: int) -> bool:
        """Tell whether a machine's agent was heard lately, which carries out orders."""
        held = self._held.get(machine)
        return held is not None and held.agent_ms is not None and now_ms - held.agent_ms <= SILENT_MS

    def elsewhere(self, machine: str, address: str, now_ms: int) -> str:
        """Return the other address that uses a machine's key at this moment, empty for none."""
        held = self._held.get(machine)
        if held is None or held.address == address or now_ms - held.last_ms > ELSEWHERE_MS:
            return ""
        return held.address
