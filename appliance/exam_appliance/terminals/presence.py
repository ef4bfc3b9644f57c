"""When each terminal was last heard, and what it said of itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from exam_appliance.terminals.store import Contact


@dataclass(frozen=True)
class Presence:
    """One terminal as last heard, `heard_ms` on the boot's clock and `heard_wall_ms` since 1970."""

    heard_ms: int
    heard_wall_ms: int
    address: str
    software: str = ""
    faults: tuple[str, ...] = ()
    silent: bool = False
    results: int = 0
    """Taken since the server started."""
    restored: bool = False
    """Heard before the server started, and not since; `heard_ms` is the start then."""

    @property
    def contact(self) -> Contact | None:
        """Return the last contact, None when there never was one."""
        if not self.heard_wall_ms:
            return None
        return Contact(self.heard_wall_ms, self.address, self.software, self.faults)


@dataclass
class Presences:
    """All terminals by id."""

    silent_after_ms: int
    _by_id: dict[str, Presence] = field(default_factory=dict)

    def of(self, terminal: str) -> Presence | None:
        """Return a terminal's presence, None when it never called."""
        return self._by_id.get(terminal)

    def restore(self, terminal: str, contact: Contact, started_ms: int) -> None:
        """Take up what was kept of a terminal when the server ran last."""
        self._by_id[terminal] = Presence(
            started_ms, contact.at_ms, contact.address, contact.software, contact.faults, restored=True
        )

    def heard(
        self,
        terminal: str,
        now_ms: int,
        wall_ms: int,
        address: str,
        *,
        said: tuple[str, tuple[str, ...]] | None = None,
        result: bool = False,
    ) -> bool:
        """Note that a terminal was heard, `said` is its software and faults; True when it was silent."""
        before = self._by_id.get(terminal)
        known = before or Presence(now_ms, wall_ms, address)
        software, faults = said or (known.software, known.faults)
        self._by_id[terminal] = replace(
            known,
            heard_ms=now_ms,
            heard_wall_ms=wall_ms,
            address=address,
            software=software,
            faults=faults,
            silent=False,
            results=known.results + result,
            restored=False,
        )
        return before is not None and before.silent

    def grown_silent(self, terminals: list[str], now_ms: int, started_ms: int) -> list[str]:
        """Return those that have just been silent for too long, each once until it is heard again.

        A terminal never heard counts from the server's start at `started_ms`.
        """
        found = []
        for terminal in terminals:
            known = self._by_id.get(terminal)
            since = started_ms if known is None else known.heard_ms
            if now_ms - since <= self.silent_after_ms or (known is not None and known.silent):
                continue
            self._by_id[terminal] = replace(known or Presence(0, 0, ""), silent=True)
            found.append(terminal)
        return found
