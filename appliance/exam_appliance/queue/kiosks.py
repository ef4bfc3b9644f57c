"""Cards and codes at ticket machines: each read gives a number, and the station's pages hear of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from central_sync.protocol.http.problems import Problem
from exam_appliance.devices.devices import Devices
from exam_appliance.devices.fan_out import Subscription
from exam_appliance.queue.queue import Queue, Source, TicketTaken
from exam_appliance.queue.screens import Screens
from firmware_adapters.interface import DeviceEvent


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a card or code: a number, or why there is none."""

    n: int
    """Counts the outcomes of a station since the server started."""
    taken: TicketTaken | None
    problem: Problem | None


class Kiosks:
    """Follows the readers and scanners of the ticket machines' stations."""

    def __init__(self, queue: Queue, screens: Screens, devices: Devices) -> None:
        self._queue = queue
        self._screens = screens
        self._devices = devices
        self._following: dict[str, list[tuple[Subscription, asyncio.Task[None]]]] = {}
        self._last: dict[str, Outcome] = {}
        self._listeners: list[Callable[[], None]] = []
        self._stop = queue.listen(self.look)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a listener after each outcome; returns what takes it off."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def look(self) -> None:
        """Follow the stations that have a ticket machine now; call it after a screen was enrolled."""
        wanted = self._screens.stations() if self._queue.settings.enabled else set()
        for station in wanted - self._following.keys():
            self._following[station] = [
                self._follow(station, "reader", "card"),
                self._follow(station, "scanner", "code"),
            ]
        for station in self._following.keys() - wanted:
            for subscription, _ in self._following.pop(station):
                subscription.close()

    async def stop(self) -> None:
        """End following."""
        self._stop()
        tasks = [task for followed in self._following.values() for _, task in followed]
        self._following.clear()
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def possible_stations(self) -> list[str]:
        """Return the stations of the site at which a ticket machine may stand."""
        return [one.id for one in self._devices.bindings.present() if one.kind.name == "kiosk"]

    def last(self, station: str) -> Outcome | None:
        """Return the last outcome of a station."""
        return self._last.get(station)

    def ready(self, station: str, role: str) -> bool:
        """Tell whether a device of a station's role is plugged in."""
        return any(
            self._devices.live.there(bound.device)
            for bound in self._devices.bindings.of_role(f"{station}.{role}")
        )

    def _follow(self, station: str, role: str, source: Source) -> tuple[Subscription, asyncio.Task[None]]:
        subscription = self._devices.events(f"{station}.{role}")
        return subscription, asyncio.create_task(self._serve(station, subscription, source))

    async def _serve(self, station: str, subscription: Subscription, source: Source) -> None:
        async for event in subscription:
            try:
                identity = _identity(event)
                if identity is None:
                    continue
                taken = await self._queue.take(identity, source=source, actor=station, machine=station)
                self._tell(station, taken, None)
            except Problem as problem:
                self._tell(station, None, problem)

    def _tell(self, station: str, taken: TicketTaken | None, problem: Problem | None) -> None:
        before = self._last.get(station)
        self._last[station] = Outcome(1 if before is None else before.n + 1, taken, problem)
        for listener in tuple(self._listeners):
            listener()


def _identity(event: DeviceEvent) -> str | None:
    """Return who somebody is by a device's event, None when it does not say. Raises Problem."""
    if event.name == "card.read":
        return str(event.body["document"]["number"])
    if event.name == "code.scanned":
        return str(event.body["text"])
    if event.name == "card.unreadable":
        raise Problem(
            "invalid",
            "queue.card_unreadable",
            "没有读到证件，请拿开后重新平放在读卡区",
            "the card was not read: take it away and lay it flat on the reader again",
        )
    return None
