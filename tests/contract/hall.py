"""A daemon with stands: what the suite's cases run in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware_adapters.adapter import DeviceState
from firmware_adapters.client import DaemonRefused
from firmware_adapters.interface import Device, DeviceEvent
from firmware_adapters.settings import DaemonSettings
from firmware_adapters.simulators.base import Simulator
from firmware_adapters.simulators.testbed import Testbed
from firmware_adapters.sources import SOURCES
from tests.contract.stand import Stand
from tests.watched_daemon import WatchedDaemon, watched_daemon

ALWAYS = ("udev", "fixed")


@dataclass
class Hall:
    """The daemon and the stands by the names of their adapters."""

    testbed: Testbed
    daemon: WatchedDaemon
    stands: dict[str, Stand[Any]]

    def shown(self, stand: Stand[Any], simulator: Simulator) -> Device | None:
        """Return the device at a simulator's place that is not absent."""
        return next(
            (
                device
                for device in self.daemon.there()
                if device.kind is stand.kind and stand.is_shown(simulator, device)
            ),
            None,
        )

    async def until_ready(self, stand: Stand[Any], simulator: Simulator, within_s: float = 30.0) -> Device:
        """Wait until a simulator's device is ready, and is this very simulator."""

        def ready() -> bool:
            device = self.shown(stand, simulator)
            return (
                device is not None
                and device.state is DeviceState.READY
                and stand.is_itself(simulator, device)
            )

        await self.daemon.until(ready, f"{stand.adapter} did not become ready", within_s)
        device = self.shown(stand, simulator)
        assert device is not None
        return device

    async def until_in_use(self, stand: Stand[Any], simulator: Simulator, within_s: float = 30.0) -> Device:
        """Wait until a simulator's device works, though perhaps with a reason to look after it."""

        def used() -> bool:
            device = self.shown(stand, simulator)
            return device is not None and device.state in (DeviceState.READY, DeviceState.DEGRADED)

        await self.daemon.until(used, f"{stand.adapter} did not come back", within_s)
        device = self.shown(stand, simulator)
        assert device is not None
        return device

    async def until_absent(self, stand: Stand[Any], simulator: Simulator) -> None:
        """Wait until nothing is at a simulator's place."""
        await self.daemon.until(
            lambda: self.shown(stand, simulator) is None, f"{stand.adapter} stayed in the list"
        )

    async def works(
        self, stand: Stand[Any], simulator: Simulator, number: int, *, settle: bool = True
    ) -> float:
        """Do what a person does there until it is told; return how long it took at last, seconds.

        What is done while a device opens is lost, as in life, and done again.
        """
        device = await self.until_in_use(stand, simulator)

        def act(name: str, parameters: Mapping[str, Any]) -> Awaitable[Any]:
            return self.daemon.client.act(device.id, name, parameters)

        for attempt in range(10):
            since, begun = len(self.daemon.told), time.monotonic()
            with suppress(DaemonRefused):
                await stand.provoke(simulator, number + attempt, act)
            try:
                await self.daemon.until(
                    lambda since=since, number=number + attempt: any(
                        isinstance(told.news, DeviceEvent)
                        and told.news.device == device.id
                        and told.news.name == stand.event
                        and stand.is_told(told.news, number)
                        for told in self.daemon.told[since:]
                    ),
                    within_s=4,
                )
            except AssertionError:
                await stand.settle(simulator)
                continue
            took = time.monotonic() - begun
            if settle:
                await stand.settle(simulator)
            return took
        raise AssertionError(f"{stand.adapter}: {stand.event} was not told")

    async def operation(self, stand: Stand[Any], device: Device) -> DaemonRefused | None:
        """Do the stand's operation; return the refusal that it ends with, None when it is done."""
        name, parameters = stand.operation
        try:
            async with asyncio.timeout(75):
                await self.daemon.client.act(device.id, name, parameters)
        except DaemonRefused as refused:
            return refused
        return None


@asynccontextmanager
async def hall(folder: Path, stands: Sequence[type[Stand[Any]]]) -> AsyncIterator[Hall]:
    """Run a daemon with these stands until the end of the block."""
    async with AsyncExitStack() as stack:
        testbed = stack.enter_context(Testbed())
        built = [stand(testbed, folder) for stand in stands]
        for stand in built:
            await stand.start(stack)
        sources: dict[str, dict[str, Any] | None] = {name: None for name in SOURCES if name not in ALWAYS}
        options: dict[str, dict[str, Any]] = {}
        for stand in built:
            sources.update({name: dict(given) for name, given in stand.sources().items()})
            options.update({entry: dict(given) for entry, given in stand.options().items()})
        settings = DaemonSettings(
            folder=folder / "devices", socket=testbed.root / "daemon", sources=sources, options=options
        )
        daemon = await stack.enter_async_context(watched_daemon(settings, testbed.environment()))
        yield Hall(testbed, daemon, {stand.adapter: stand for stand in built})
