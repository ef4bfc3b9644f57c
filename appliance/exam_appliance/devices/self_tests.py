"""Self-tests of devices: run by the daemon, which keeps the results; the newest of each is held here."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from central_sync.protocol.http.problems import Problem
from exam_appliance.devices.daemon_line import DaemonAway, DaemonLine, device_path
from exam_appliance.devices.live import Change, LiveDevices
from firmware_adapters.interface import SelfTest

log = logging.getLogger(__name__)

_RESULTS: TypeAdapter[tuple[SelfTest, ...]] = TypeAdapter(tuple[SelfTest, ...])


class SelfTests:
    """Runs self-tests and knows the newest result of every device."""

    def __init__(self, daemon: DaemonLine | None, live: LiveDevices) -> None:
        self._daemon = daemon
        self._live = live
        self._newest: dict[str, SelfTest] = {}
        self._asked: set[str] = set()
        self._asking: set[asyncio.Task[None]] = set()
        self._stop = live.listen(self._changed)

    async def close(self) -> None:
        """End asking."""
        self._stop()
        for task in tuple(self._asking):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def newest(self, device: str) -> SelfTest | None:
        """Return the newest result of a device, None when it was never tested."""
        return self._newest.get(device)

    async def run(self, device: str, parameters: Mapping[str, Any] | None = None) -> SelfTest:
        """Run the self-test of a device and return its result. Raises DaemonAway, Problem."""
        told = await self._line().post(device_path(device, "/self-test"), parameters)
        try:
            result = SelfTest.model_validate(told)
        except ValidationError as error:
            raise DaemonAway from error
        self._newest[device] = result
        self._live.touch(device)
        return result

    async def results(self, device: str) -> tuple[SelfTest, ...]:
        """Return the kept results of a device, newest first. Raises DaemonAway, Problem."""
        told = await self._line().get(device_path(device, "/self-tests"))
        try:
            return _RESULTS.validate_python(told["results"])
        except (ValidationError, KeyError, TypeError) as error:
            raise DaemonAway from error

    def _line(self) -> DaemonLine:
        if self._daemon is None:
            raise DaemonAway
        return self._daemon

    def _changed(self, change: Change) -> None:
        self._asked.difference_update(change.gone)
        for device in change.devices:
            if device not in self._asked:
                self._asked.add(device)
                task = asyncio.create_task(self._ask(device))
                self._asking.add(task)
                task.add_done_callback(self._asking.discard)

    async def _ask(self, device: str) -> None:
        try:
            results = await self.results(device)
        except Problem as problem:
            log.info("未能取得自检结果 / results of self-tests not to be had: %s", problem)
            self._asked.discard(device)
            return
        if results and (device not in self._newest or self._newest[device].at < results[0].at):
            self._newest[device] = results[0]
            self._live.touch(device)
