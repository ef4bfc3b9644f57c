"""Scanners and smart-card readers through the whole device daemon: real udev, evdev, serial line, pcscd."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from firmware_adapters.client import Away, DeviceClient, Listed, News
from firmware_adapters.interface import Device, DeviceEvent
from firmware_adapters.settings import DaemonSettings
from firmware_adapters.simulators.scanner import (
    SimulatedAcmScanner,
    SimulatedKeyboardScanner,
    SimulatedScanner,
)
from firmware_adapters.simulators.smart_card import SimulatedSmartCardReader
from firmware_adapters.simulators.smart_card_cards import SimulatedSmartCard
from firmware_adapters.simulators.smart_card_service import SimulatedPcscd
from firmware_adapters.simulators.testbed import Testbed

WAIT_S = 30.0
TICKET = "140108250017"


class Seen:
    """All that the daemon told."""

    def __init__(self, client: DeviceClient, daemon: int) -> None:
        self.client = client
        self.daemon = daemon
        self.devices: dict[str, Device] = {}
        self.events: list[DeviceEvent] = []
        self._news = asyncio.Event()

    async def follow(self) -> None:
        async for news in self.client.follow():
            self._take(news)
            told, self._news = self._news, asyncio.Event()
            told.set()

    def _take(self, news: News) -> None:
        if isinstance(news, Listed):
            self.devices = {device.id: device for device in news.devices}
        elif isinstance(news, Device):
            self.devices[news.id] = news
        elif isinstance(news, DeviceEvent):
            self.events.append(news)
        elif not isinstance(news, Away):
            self.devices.pop(news.id, None)

    async def until(self, wanted: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(WAIT_S):
                while not wanted():
                    news = self._news
                    await news.wait()
        except TimeoutError:
            raise AssertionError(f"{self.devices}, {self.events[-5:]}") from None

    async def until_state(self, state: str, kind: str, node: str = "") -> Device:
        def found() -> list[Device]:
            return [
                device
                for device in self.devices.values()
                if (device.kind.value, device.state.value) == (kind, state) and node in device.node
            ]

        await self.until(lambda: bool(found()))
        return found()[0]

    async def until_event(self, name: str, since: int = 0) -> DeviceEvent:
        def found() -> list[DeviceEvent]:
            return [event for event in self.events[since:] if event.name == name]

        await self.until(lambda: bool(found()))
        return found()[0]


@pytest.fixture
def testbed() -> Iterator[Testbed]:
    with Testbed() as made:
        yield made


@pytest.fixture
async def service() -> AsyncIterator[SimulatedPcscd]:
    made = SimulatedPcscd()
    yield made
    await made.close()


@asynccontextmanager
async def daemon(testbed: Testbed, folder: Path, pcscd: SimulatedPcscd | None = None) -> AsyncIterator[Seen]:
    settings = DaemonSettings(
        folder=folder,
        socket=testbed.root / "daemon",
        sources={
            "pcsc": None if pcscd is None else {"socket": pcscd.socket},
            "cups": None,
            "nut": None,
        },
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
    following: asyncio.Task[None] | None = None
    client = DeviceClient(settings.socket)
    try:
        async with asyncio.timeout(WAIT_S):
            assert await process.stdout.readline() == b"ready\n"
        seen = Seen(client, process.pid)
        following = asyncio.create_task(seen.follow())
        yield seen
    finally:
        if following is not None:
            following.cancel()
        await client.close()
        process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("kind", [SimulatedKeyboardScanner, SimulatedAcmScanner], ids=["keyboard", "acm"])
async def test_a_scanner_plugged_in_is_known_read_and_gone_within_a_second_each(
    testbed: Testbed, tmp_path: Path, kind: type[SimulatedScanner]
) -> None:
    scanner = kind(testbed)
    shown_s, gone_s = [], []
    async with daemon(testbed, tmp_path / "devices") as seen:
        # The limit is the appliance's, not of a machine at work on other things: the best counts.
        for number in range(5):
            begun = time.monotonic()
            await scanner.plug()
            device = await seen.until_state("ready", "scanner")
            shown_s.append(time.monotonic() - begun)
            assert (device.maker, device.model) == (scanner.facts.maker, scanner.facts.model)
            assert (device.serial, device.usb_id) == (
                scanner.facts.serial,
                f"{scanner.facts.vendor_id}:{scanner.facts.product_id}",
            )
            assert set(device.actions) == {"self_test", "read_one"}
            since = len(seen.events)
            scanner.scan(f"{TICKET}{number}")
            event = await seen.until_event("code.scanned", since)
            assert (event.device, event.body["text"]) == (device.id, f"{TICKET}{number}")
            assert (await seen.client.self_test(device.id)).passed
            begun = time.monotonic()
            await scanner.unplug()
            await seen.until_state("absent", "scanner")
            gone_s.append(time.monotonic() - begun)
        assert min(shown_s) < 1.0, shown_s
        assert min(gone_s) < 1.0, gone_s
        print(f"shown after {min(shown_s):.3f} s, gone after {min(gone_s):.3f} s")


async def test_thirty_replugs_leave_one_device_that_works_and_nothing_behind(
    testbed: Testbed, tmp_path: Path
) -> None:
    scanner = SimulatedKeyboardScanner(testbed)
    async with daemon(testbed, tmp_path / "devices") as seen:
        await scanner.plug()
        await seen.until_state("ready", "scanner")
        before = open_files(seen.daemon)
        for _ in range(30):
            await scanner.unplug()
            await scanner.plug()
        # Its node's number tells which arrival is shown: the last one only.
        await seen.until_state("ready", "scanner", scanner.sighting.node)
        await until_read(seen, scanner)
        assert [device.state.value for device in seen.devices.values()] == ["ready"]
        async with asyncio.timeout(WAIT_S):
            while open_files(seen.daemon) > before:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.02)
        await scanner.unplug()
        await seen.until_state("absent", "scanner")


async def until_read(seen: Seen, scanner: SimulatedScanner) -> None:
    """Scan until a code arrives: one scanned while the device opens is lost, as in life."""
    async with asyncio.timeout(WAIT_S):
        number = 0
        while not any(event.body.get("text", "").startswith("CODE") for event in seen.events):
            number += 1
            scanner.scan(f"CODE{number}")
            await asyncio.sleep(0.1)


def open_files(process: int) -> int:
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


async def test_a_card_is_read_through_the_daemon_and_the_reader_is_back_after_each_death_of_pcscd(
    testbed: Testbed, tmp_path: Path, service: SimulatedPcscd
) -> None:
    reader = SimulatedSmartCardReader(service)
    reader.insert_card(SimulatedSmartCard(uid=b"\xca\xfe"))
    await reader.plug()
    try:
        async with daemon(testbed, tmp_path / "devices", service) as seen:
            ids = set()
            for _ in range(3):
                device = await seen.until_state("ready", "smart_card", reader.reader_name(0))
                ids.add(device.id)
                event = await seen.until_event("card.inserted")
                assert event.body["protocols"] == ["T=0"]
                answer = await seen.client.act(device.id, "run_script", {"script": "uid"})
                assert answer.body["values"] == {"uid": "CAFE"}
                await service.kill()
                await seen.until_state("absent", "smart_card", reader.reader_name(0))
                seen.events.clear()
                await service.start()
            await seen.until_event("card.inserted")
            assert len(ids) == 1, "the same reader keeps its id"
            reader.remove_card()
            await seen.until_event("card.removed")
    finally:
        await reader.close()
