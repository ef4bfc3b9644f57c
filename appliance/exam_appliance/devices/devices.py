"""The devices of the site in one: the daemon's view, the bindings, who hears of what, the power."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from central_sync.protocol.http.problems import Problem
from exam_appliance.devices.assigning import Assigning
from exam_appliance.devices.bindings import Bindings
from exam_appliance.devices.daemon_line import DaemonAway, DaemonLine
from exam_appliance.devices.fan_out import FanOut, Subscription
from exam_appliance.devices.live import Change, LiveDevices
from exam_appliance.devices.power import PowerWatch
from exam_appliance.devices.self_tests import SelfTests
from exam_appliance.devices.unknown import UnknownWatch
from exam_appliance.journal.journal import Journal
from firmware_adapters.interface import Device

log = logging.getLogger(__name__)


class Devices:
    """What the rest of the appliance knows of devices."""

    def __init__(self, journal: Journal, daemon: DaemonLine | None, exam_time: Callable[[], int]) -> None:
        self.bindings = Bindings()
        self.bindings.load(journal)
        journal.on_failure(lambda: self.bindings.load(journal))
        self._daemon = daemon
        self.live = LiveDevices(daemon)
        self.assigning = Assigning(journal, self.bindings, self.live)
        self.power = PowerWatch(journal, self.bindings, self.live, exam_time)
        self.self_tests = SelfTests(daemon, self.live)
        self.unknown = UnknownWatch(daemon)
        self._fan_out = FanOut(self.live, self.bindings)
        self._renaming: set[asyncio.Task[None]] = set()
        self._stop = self.live.listen(self._changed)

    async def start(self) -> None:
        """Begin to follow the daemon."""
        await asyncio.to_thread(self.power.start)
        self.live.start()

    async def stop(self) -> None:
        """End following and hang up."""
        self._stop()
        self._fan_out.close()
        self.power.close()
        await self.live.stop()
        await self.self_tests.close()
        await asyncio.gather(*self._renaming, return_exceptions=True)
        if self._daemon is not None:
            await self._daemon.close()

    def events(self, role: str) -> Subscription:
        """Return what happens at the devices of a role from now on, for `async for`."""
        return self._fan_out.events(role)

    def _changed(self, change: Change) -> None:
        for device in (self.live.devices.get(one) for one in change.devices):
            if device is not None and device.was and self.bindings.of_device(device.was):
                task = asyncio.create_task(self._rename(device))
                self._renaming.add(task)
                task.add_done_callback(self._renaming.discard)

    async def _rename(self, device: Device) -> None:
        try:
            await self.assigning.follow_rename(device)
        except Problem as problem:
            log.error("设备改名后未能保持岗位 / a renamed device lost its roles: %s", problem)

    @property
    def daemon(self) -> DaemonLine:
        """The line to the daemon. Raises DaemonAway where the site has none."""
        if self._daemon is None:
            raise DaemonAway
        return self._daemon
