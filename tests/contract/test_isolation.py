"""Devices that hang or whose programs are killed do not delay another: its codes arrive as before."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from firmware_adapters.client import DaemonRefused
from firmware_adapters.interface import Device, DeviceEvent
from firmware_adapters.simulators.scanner import SimulatedScanner
from tests.contract.hall import Hall, hall
from tests.contract.stand import Stand
from tests.contract.stands import STANDS, KeyboardScannerStand

DELAY_S = 0.1
"""The issue's limit for what a failing adapter may cost another."""
SCANS = 25
TRIES = 4
"""The limit is the appliance's, not of a machine at work on other things: the best of some tries counts."""


@pytest.mark.alone
async def test_hanging_and_killed_devices_delay_no_other_by_a_tenth_of_a_second(tmp_path: Path) -> None:
    async with hall(tmp_path, STANDS) as place:
        scanner_stand = place.stands[KeyboardScannerStand.adapter]
        others = [stand for stand in place.stands.values() if stand is not scanner_stand]
        scanner = scanner_stand.device(0)
        simulators = [stand.device(0) for stand in others]
        for simulator in (scanner, *simulators):
            await simulator.plug()
        device = await place.until_ready(scanner_stand, scanner)
        for stand, simulator in zip(others, simulators, strict=True):
            await place.until_ready(stand, simulator)
        await place.works(scanner_stand, scanner, 1)

        delays = []
        for number in range(TRIES):
            usual = await _longest(place, scanner, device, 100 * number)
            for simulator in simulators:
                simulator.misbehave("hang")
            asked = [
                asyncio.create_task(_tested(place, stand, one))
                for stand, one in zip(others, simulators, strict=True)
            ]
            hanging = await _longest(place, scanner, device, 100 * number + 30)
            doomed = _device_processes(place, but=device)
            for process in doomed:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            assert len(doomed) >= len(others), "a process for every device"
            killed = await _longest(place, scanner, device, 100 * number + 60)
            for simulator in simulators:
                simulator.misbehave("none")
            await asyncio.gather(*asked)
            delays.append(max(hanging, killed) - usual)
            if delays[-1] < DELAY_S:
                break
        print(f"delays by hanging and killed devices, s: {delays}")
        assert min(delays) < DELAY_S, delays


async def _longest(place: Hall, scanner: SimulatedScanner, device: Device, first: int) -> float:
    """Return the longest time from a scan to its event, seconds."""
    longest = 0.0
    for number in range(first, first + SCANS):
        text = f"27{number:06}"
        since, begun = len(place.daemon.told), time.monotonic()
        scanner.scan(text)
        told = await place.daemon.until_told(
            lambda news, text=text: (
                isinstance(news, DeviceEvent) and news.device == device.id and news.body.get("text") == text
            ),
            since,
            "the code was not told",
        )
        longest = max(longest, told.at - begun)
    return longest


async def _tested(place: Hall, stand: Stand[Any], simulator: Any) -> None:
    """Ask a hanging device for a self-test, whose end nobody needs."""
    device = place.shown(stand, simulator)
    if device is not None:
        with suppress(DaemonRefused):
            await place.daemon.client.self_test(device.id)


def _device_processes(place: Hall, but: Device) -> list[psutil.Process]:
    """Return the processes of all devices but one: children of the daemon's fork server."""
    found = []
    for child in psutil.Process(place.daemon.process.pid).children():
        for process in child.children():
            with suppress(psutil.Error, OSError):
                opened = {str(one.readlink()) for one in Path(f"/proc/{process.pid}/fd").iterdir()}
                if not any(path.endswith(but.node) for path in opened):
                    found.append(process)
    return found
