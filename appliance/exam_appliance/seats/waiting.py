"""Machines that have no seat yet: each shows a code, until a technician gives it a seat."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from exam_appliance.seats.facts import MachineFacts

FORGOTTEN_MS = 45_000
"""A machine that is silent for so long is switched off: its code is free again."""
MOST = 500
MOST_AT_ADDRESS = 8
"""Whoever makes machines up at a seat covers only that seat's own."""
LETTERS = "ACDEFGHJKLMNPQRTUVWXY34679"
"""None of them is taken for another on a screen across the room."""
LENGTH = 4


@dataclass(slots=True)
class WaitingMachine:
    """A machine that proved a key which no seat has."""

    machine: str
    public_key: str
    kept: str
    facts: MachineFacts
    address: str
    code: str
    since_ms: int
    """Since the server's boot."""
    heard_ms: int


class Waiting:
    """The waiting machines by name and by code. `now_ms` is always time since the server's boot."""

    def __init__(self) -> None:
        self._held: dict[str, WaitingMachine] = {}

    def entered(
        self, machine: str, public_key: str, kept: str, facts: MachineFacts, address: str, now_ms: int
    ) -> WaitingMachine | None:
        """Take a machine in; it keeps its code. None when too many wait."""
        self._forget(now_ms)
        held = self._held.get(machine)
        if held is None:
            here = [one for one in self._held.values() if one.address == address]
            if len(here) >= MOST_AT_ADDRESS:
                del self._held[min(here, key=lambda one: one.heard_ms).machine]
            if len(self._held) >= MOST:
                return None
            code = self._free_code()
            held = WaitingMachine(machine, public_key, kept, facts, address, code, now_ms, now_ms)
            self._held[machine] = held
        held.facts, held.address, held.kept, held.heard_ms = facts, address, kept, now_ms
        return held

    def heard(self, machine: str, now_ms: int) -> WaitingMachine | None:
        """Return a machine that shows it is still there."""
        held = self._held.get(machine)
        if held is not None:
            held.heard_ms = now_ms
        return held

    def by_code(self, code: str, now_ms: int) -> WaitingMachine | None:
        """Return the machine that shows a code, however it was typed."""
        self._forget(now_ms)
        wanted = code.strip().upper()
        return next((one for one in self._held.values() if one.code == wanted), None)

    def all(self, now_ms: int) -> list[WaitingMachine]:
        """Return those that are there now, who came first before the others."""
        self._forget(now_ms)
        return sorted(self._held.values(), key=lambda one: (one.since_ms, one.code))

    def leave(self, machine: str) -> None:
        """Take a machine out: it has a seat now."""
        self._held.pop(machine, None)

    def _forget(self, now_ms: int) -> None:
        for machine, held in list(self._held.items()):
            if now_ms - held.heard_ms > FORGOTTEN_MS:
                del self._held[machine]

    def _free_code(self) -> str:
        used = {one.code for one in self._held.values()}
        while True:
            code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
            if code not in used:
                return code
