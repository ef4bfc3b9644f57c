"""Ticket machines and displays: enrolled with a key that is shown once and can be revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from central_sync.protocol.http.problems import Problem
from exam_appliance.devices.roles import station_named
from exam_appliance.journal.journal import Draft, Journal
from exam_appliance.queue.screen_list import Screen, ScreenList

MOST = 40
"""Screens of one site that are in use."""

Use = Literal["tickets", "display"]


@dataclass(frozen=True, slots=True)
class Heard:
    """When and from where a screen was last heard, since the server started."""

    at: datetime
    address: str


class Screens:
    """All screens of the site. Methods belong to the event loop's thread."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._list = ScreenList()
        self._list.load(journal)
        self._heard: dict[str, Heard] = {}
        self._following: Counter[str] = Counter()
        journal.on_failure(lambda: self._list.load(journal))

    def all(self) -> list[Screen]:
        """Return the screens in use, in order of names."""
        active = (one for one in self._list.held.values() if one.active)
        return sorted(active, key=lambda one: (one.use, one.name, one.id))

    def heard(self, screen: str) -> Heard | None:
        """Return when a screen was last heard."""
        return self._heard.get(screen)

    def follows(self, screen: str) -> bool:
        """Tell whether a screen's page follows what happens now."""
        return self._following[screen] > 0

    @contextmanager
    def following(self, screen: str) -> Iterator[None]:
        """Count a screen as connected while one of its pages follows."""
        self._following[screen] += 1
        try:
            yield
        finally:
            self._following[screen] -= 1

    def stations(self) -> set[str]:
        """Return the stations of ticket machines in use."""
        return {one.station for one in self.all() if one.use == "tickets" and one.station}

    async def enrol(self, use: Use, name: str, station: str, actor: str) -> tuple[Screen, str]:
        """Enrol a screen; returns it with its key, which is kept nowhere. Raises Problem."""
        found = station_named(station) if station else None
        if station and (found is None or found.kind.name != "kiosk" or use != "tickets"):
            raise Problem(
                "invalid",
                "screen.no_station",
                f"{station} 不是取号处点位",
                f"{station} is no station of a ticket machine",
            )
        if len(self.all()) >= MOST:
            raise Problem(
                "conflict",
                "screen.too_many",
                f"最多登记 {MOST} 台，请先停用不再使用的",
                f"at most {MOST} screens; revoke one that is no longer used",
            )
        screen = f"q-{secrets.token_hex(4)}"
        key = secrets.token_urlsafe(24)
        await self._keep(screen, "enrolled", use, name, station, _digest(key), actor)
        return self._list.held[screen], key

    async def renew(self, screen: str, actor: str) -> tuple[Screen, str]:
        """Give a screen a new key; the old one is void at once. Raises Problem."""
        one = self._one(screen)
        key = secrets.token_urlsafe(24)
        await self._keep(one.id, "renewed", one.use, one.name, one.station, _digest(key), actor)
        return self._list.held[screen], key

    async def revoke(self, screen: str, actor: str) -> None:
        """Take a screen's key away. Raises Problem."""
        one = self._one(screen)
        await self._keep(one.id, "revoked", one.use, one.name, one.station, one.key_sha256, actor)

    def admit(self, key: str, use: Use, address: str) -> Screen:
        """Return whose key this is. Raises Problem 401."""
        digest = _digest(key)
        for one in self._list.held.values():
            if one.active and one.use == use and secrets.compare_digest(one.key_sha256, digest):
                self._heard[one.id] = Heard(datetime.now(UTC), address)
                return one
        raise Problem(
            "denied",
            "screen.not_known",
            "本机没有登记或已停用，请在控制台“叫号”页重新生成链接",
            "this machine is not enrolled or was revoked: make a new link at the console's queue page",
            status=401,
        )

    def holds(self, screen: Screen) -> bool:
        """Tell whether a screen's key still holds."""
        now = self._list.held.get(screen.id)
        return now is not None and now.active and now.key_sha256 == screen.key_sha256

    def _one(self, screen: str) -> Screen:
        found = self._list.held.get(screen)
        if found is None or not found.active:
            raise Problem("missing", "screen.unknown", f"没有设备 {screen}", f"there is no screen {screen}")
        return found

    async def _keep(
        self, screen: str, what: str, use: str, name: str, station: str, digest: str, actor: str
    ) -> None:
        body = {"what": what, "use": use, "name": name, "station": station, "key_sha256": digest}
        await self._journal.append([Draft("queue.screen", screen, actor, body)], self._list.apply)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
