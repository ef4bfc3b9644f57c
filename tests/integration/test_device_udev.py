"""Hot plug over real udev: the daemon as a program of its own in a testbed, devices come and go."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from firmware_adapters.catalogue.entry import Entry
from firmware_adapters.client import DeviceClient, Listed
from firmware_adapters.interface import Device
from firmware_adapters.settings import DaemonSettings
from firmware_adapters.simulators.testbed import Device as TestbedDevice
from firmware_adapters.simulators.testbed import Testbed
from firmware_adapters.simulators.testbed_nodes import PtyNode
from firmware_adapters.simulators.testbed_tree import UsbFacts, plug_serial, plug_usb

WAIT_S = 30.0
REPLUGS = 100


class Watched:
    """A daemon, and its devices as its stream tells them."""

    def __init__(self, process: asyncio.subprocess.Process, client: DeviceClient) -> None:
        self.process = process
        self.client = client
        self.devices: dict[str, Device] = {}

    async def follow(self) -> None:
        """Take in what is told, for ever."""
        async for news in self.client.follow():
            if isinstance(news, Listed):
                self.devices = {device.id: device for device in news.devices}
            elif isinstance(news, Device):
                self.devices[news.id] = news

    async def until(self, wanted: Callable[[], bool]) -> float:
        """Wait; return how long it took, seconds."""
        began = time.monotonic()
        while not wanted():
            assert time.monotonic() - began < WAIT_S, self.devices
            await asyncio.sleep(0.005)
        return time.monotonic() - began

    async def until_state(self, device: str, state: str) -> float:
        """Wait for a state of a device."""
        return await self.until(lambda: device in self.devices and self.devices[device].state == state)

    def left_over(self) -> tuple[int, int, int]:
        """Return the daemon's descriptors, its threads, and the processes of devices."""
        pid = self.process.pid
        (server,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        forked = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        return (
            len(list(Path(f"/proc/{pid}/fd").iterdir())),
            len(list(Path(f"/proc/{pid}/task").iterdir())),
            len(forked),
        )


@pytest.fixture
def testbed() -> Iterator[Testbed]:
    with Testbed() as made:
        yield made


@asynccontextmanager
async def watched(testbed: Testbed, **more: Any) -> AsyncIterator[Watched]:
    with tempfile.TemporaryDirectory(prefix="kd-") as name:
        folder = Path(name)
        settings = DaemonSettings(
            folder=folder,
            socket=folder / "s",
            sources={
                "pcsc": None,
                "cups": None,
                "nut": None,
                "udev": {"initialized_only": False},
                **more.pop("sources", {}),
            },
            **more,
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "firmware_adapters.daemon",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **testbed.environment()},
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(settings.model_dump_json().encode() + b"\n")
        async with asyncio.timeout(WAIT_S):
            assert await process.stdout.readline() == b"ready\n"
        async with DeviceClient(settings.socket) as client:
            on = Watched(process, client)
            following = asyncio.create_task(on.follow())
            try:
                yield on
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
                process.stdin.close()
                async with asyncio.timeout(WAIT_S):
                    await process.wait()


def plug_scanner(testbed: Testbed, serial: str, port: str = "1-3") -> TestbedDevice:
    """Plug in a CDC-ACM scanner that the shipped catalogue knows."""
    facts = UsbFacts(
        "1eab",
        "1d06",
        maker="Newland",
        model="HR22 Dorado",
        serial=serial,
        interfaces=("020201", "0a0000"),
        port=port,
    )
    usb = plug_usb(testbed, facts)
    plug_serial(testbed, usb, "ttyACM", PtyNode())
    return usb


async def test_device_is_shown_within_a_second_of_its_plug_and_gone_within_one_of_its_unplug(
    testbed: Testbed,
) -> None:
    async with watched(testbed) as on:
        shown_s, gone_s = [9.0], [9.0]
        # The limit is the appliance's, not of a machine at other work: the best of some tries counts.
        while max(min(shown_s), min(gone_s)) >= 1.0 and len(shown_s) < 6:
            usb = plug_scanner(testbed, "A1")
            shown_s.append(await on.until_state("scanner-1eab1d06-A1", "ready"))
            testbed.unplug(usb)
            gone_s.append(await on.until_state("scanner-1eab1d06-A1", "absent"))
        assert min(shown_s) < 1.0, shown_s
        assert min(gone_s) < 1.0, gone_s
        device = on.devices["scanner-1eab1d06-A1"]
        assert (device.maker, device.model, device.serial) == ("Newland", "HR22 Dorado", "A1")
        assert (device.port, device.usb_id, device.node) == ("1-3", "1eab:1d06", "/dev/ttyACM0")


async def test_devices_that_are_there_before_the_daemon_are_found(testbed: Testbed) -> None:
    plug_scanner(testbed, "A1", "1-1")
    plug_scanner(testbed, "B2", "1-2")
    async with watched(testbed) as on:
        await on.until_state("scanner-1eab1d06-A1", "ready")
        await on.until_state("scanner-1eab1d06-B2", "ready")


async def test_two_of_a_kind_without_serial_numbers_are_told_apart_by_their_ports(testbed: Testbed) -> None:
    async with watched(testbed) as on:
        first = plug_scanner(testbed, "", "1-1")
        plug_scanner(testbed, "", "1-2.4")
        await on.until_state("scanner-1eab1d06-at-1-1", "ready")
        await on.until_state("scanner-1eab1d06-at-1-2.4", "ready")
        testbed.unplug(first)
        await on.until_state("scanner-1eab1d06-at-1-1", "absent")
        assert on.devices["scanner-1eab1d06-at-1-2.4"].state == "ready"


async def test_device_swapped_on_the_same_port_in_an_instant_is_the_other_one(testbed: Testbed) -> None:
    async with watched(testbed) as on:
        usb = plug_scanner(testbed, "A1")
        await on.until_state("scanner-1eab1d06-A1", "ready")
        testbed.unplug(usb)
        plug_scanner(testbed, "B2")
        await on.until_state("scanner-1eab1d06-B2", "ready")
        assert on.devices["scanner-1eab1d06-A1"].state == "absent"


async def test_device_that_was_away_for_an_instant_is_opened_anew(testbed: Testbed) -> None:
    async with watched(testbed) as on:
        usb = plug_scanner(testbed, "A1")
        await on.until_state("scanner-1eab1d06-A1", "ready")
        testbed.unplug(usb)
        plug_scanner(testbed, "A1")
        lines = []
        while [line.what for line in lines][:2] != ["plugged", "unplugged"]:
            lines = list((await on.client.history("scanner-1eab1d06-A1")).lines)
        await on.until_state("scanner-1eab1d06-A1", "ready")
        assert (await on.client.self_test("scanner-1eab1d06-A1")).steps


async def test_hundred_replugs_end_in_the_right_state_and_leave_nothing_over(testbed: Testbed) -> None:
    async with watched(testbed) as on:
        usb = plug_scanner(testbed, "A1")
        await on.until_state("scanner-1eab1d06-A1", "ready")
        await on.until(lambda: on.left_over()[2] == 1)
        before = on.left_over()
        for number in range(REPLUGS):
            testbed.unplug(usb)
            if number % 4 == 0:
                await on.until_state("scanner-1eab1d06-A1", "absent")
            usb = plug_scanner(testbed, "A1", f"1-{number % 5 + 1}")
            if number % 9 == 0:
                await on.until_state("scanner-1eab1d06-A1", "ready")
        last = f"1-{(REPLUGS - 1) % 5 + 1}"
        await on.until(
            lambda: (
                (on.devices["scanner-1eab1d06-A1"].port, on.devices["scanner-1eab1d06-A1"].state)
                == (last, "ready")
            )
        )
        await on.until(lambda: on.left_over() == before)
        assert list(on.devices) == ["scanner-1eab1d06-A1"]
        testbed.unplug(usb)
        await on.until_state("scanner-1eab1d06-A1", "absent")
        await on.until(lambda: on.left_over()[2] == 0)


async def test_unknown_device_is_suggested_and_known_once_its_entry_is_pasted(testbed: Testbed) -> None:
    facts = UsbFacts(
        "abcd", "0001", maker="无名", model="Desk Scanner", serial="X9", interfaces=("020201", "0a0000")
    )
    usb = plug_usb(testbed, facts)
    plug_serial(testbed, usb, "ttyACM", PtyNode())
    plug_usb(testbed, UsbFacts("1d6b", "0002", model="Hub", interfaces=("090000",)))
    plug_usb(testbed, UsbFacts("046d", "c31c", model="USB Keyboard", interfaces=("030101", "030000")))
    async with watched(testbed) as on:
        (unknown,) = (await on.client.unknown()).sightings
        assert (unknown.maker, unknown.model, unknown.port) == ("无名", "Desk Scanner", usb.name)
        assert unknown.keys == {"subsystem": "tty", "usb": ["abcd:0001"]}
        assert on.devices == {}
    (pasted,) = yaml.safe_load(unknown.suggestion)
    async with watched(testbed, entries=(Entry.model_validate(pasted),)) as on:
        await on.until_state("scanner-abcd0001-X9", "ready")
        assert (await on.client.unknown()).sightings == ()


async def test_site_names_a_node_itself_and_the_bus_s_own_sighting_gives_way(testbed: Testbed) -> None:
    plug_scanner(testbed, "A1")
    fixed = {"devices": [{"entry": "scanner-serial-line", "node": "/dev/ttyACM0", "serial": "DESK"}]}
    async with watched(testbed, sources={"fixed": fixed}) as on:
        await on.until_state("scanner-DESK", "ready")
        assert list(on.devices) == ["scanner-DESK"]
