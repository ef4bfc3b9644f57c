"""The device daemon in a process of its own, followed over its socket, that can count what it holds.

The test's side is `watched_daemon`; the other side is this file run as a program.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from firmware_adapters.client import Away, DeviceClient, Listed
from firmware_adapters.daemon import dock_module, serve
from firmware_adapters.interface import Device, DeviceEvent
from firmware_adapters.settings import DaemonSettings

WAIT_S = 30.0
CENSUS = signal.SIGUSR1


@dataclass(frozen=True)
class Census:
    """What a daemon holds at one moment."""

    tasks: tuple[str, ...]
    threads: tuple[str, ...]
    descriptors: tuple[str, ...]
    processes: tuple[str, ...]
    """Its children and theirs."""


@dataclass(frozen=True)
class Told:
    """One message of the stream and when it came (time.monotonic)."""

    at: float
    news: Device | DeviceEvent | str
    """The id of a device that is gone from the list, as a string."""


@dataclass
class WatchedDaemon:
    """Everything that a daemon told since it was ready, in order."""

    client: DeviceClient
    process: asyncio.subprocess.Process
    devices: dict[str, Device] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self) -> None:
        """Take in the stream until cancelled."""
        async for news in self.client.follow():
            if isinstance(news, Listed):
                self.devices = {device.id: device for device in news.devices}
            elif isinstance(news, Device):
                self.devices[news.id] = news
                self.told.append(Told(time.monotonic(), news))
            elif isinstance(news, DeviceEvent):
                self.told.append(Told(time.monotonic(), news))
            elif not isinstance(news, Away):
                self.devices.pop(news.id, None)
                self.told.append(Told(time.monotonic(), news.id))
            self._wake()

    def _wake(self) -> None:
        woken, self.news = self.news, asyncio.Event()
        woken.set()

    async def until(self, wanted: Callable[[], bool], what: str = "", within_s: float = WAIT_S) -> None:
        """Wait for a condition on what was told. Raises AssertionError with the devices as they are."""
        try:
            async with asyncio.timeout(within_s):
                while not wanted():
                    await self.news.wait()
        except TimeoutError:
            there = {one.id: (one.state.value, one.reason and one.reason.code) for one in self.there()}
            raise AssertionError(f"{what or 'not told'}: {there}") from None

    async def until_told(
        self, wanted: Callable[[Device | DeviceEvent | str], bool], since: int = 0, what: str = ""
    ) -> Told:
        """Return the first message since number `since` that is wanted."""
        found: list[Told] = []

        def look() -> bool:
            found[:] = [one for one in self.told[since:] if wanted(one.news)][:1]
            return bool(found)

        await self.until(look, what)
        return found[0]

    async def until_event(self, name: str, since: int = 0, device: str = "") -> DeviceEvent:
        """Return the first event of a name (of a device) since number `since`."""
        told = await self.until_told(
            lambda news: isinstance(news, DeviceEvent) and news.name == name and device in ("", news.device),
            since,
            name,
        )
        assert isinstance(told.news, DeviceEvent)
        return told.news

    def there(self) -> list[Device]:
        """Return the devices that are not absent."""
        return [device for device in self.devices.values() if device.state.value != "absent"]

    async def census(self) -> Census:
        """Count what the daemon holds."""
        assert self.process.stdout is not None
        self.process.send_signal(CENSUS)
        async with asyncio.timeout(WAIT_S):
            counted = json.loads(await self.process.stdout.readline())
        children = psutil.Process(self.process.pid).children(recursive=True)
        names = []
        for child in children:
            with suppress(psutil.Error):
                names.append(f"{child.name()} {' '.join(child.cmdline()[-1:])[:80]}")
        return Census(
            tuple(counted["tasks"]),
            tuple(counted["threads"]),
            tuple(counted["descriptors"]),
            tuple(sorted(names)),
        )


@asynccontextmanager
async def watched_daemon(
    settings: DaemonSettings, environment: Mapping[str, str] | None = None
) -> AsyncIterator[WatchedDaemon]:
    """Run a daemon until the end of the block; it must end of itself then, and with 0."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.watched_daemon",
        *(["--dock"] if settings.dock else []),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **(environment or {})},
        limit=16 * 1024 * 1024,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    client = DeviceClient(settings.socket)
    following: asyncio.Task[None] | None = None
    try:
        process.stdin.write(settings.model_dump_json().encode() + b"\n")
        async with asyncio.timeout(WAIT_S):
            assert await process.stdout.readline() == b"ready\n"
        watched = WatchedDaemon(client, process)
        following = asyncio.create_task(watched.follow())
        yield watched
    finally:
        if following is not None:
            following.cancel()
            await asyncio.wait((following,))
        await client.close()
        process.stdin.close()
        try:
            async with asyncio.timeout(20):
                await process.communicate()
        except TimeoutError:
            process.kill()
            await process.communicate()
    assert process.returncode == 0


def _count() -> None:
    descriptors = []
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            target = str(entry.readlink())
            descriptors.append(target.partition(":")[0] if target[:5] in ("socke", "pipe:") else target)
    tasks = [task.get_coro() for task in asyncio.all_tasks()]
    counted = {
        "tasks": sorted(getattr(one, "__qualname__", repr(one)) for one in tasks),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "descriptors": sorted(descriptors),
    }
    print(json.dumps(counted), flush=True)


async def _run(settings: DaemonSettings) -> None:
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    os.set_blocking(0, False)

    def hear() -> None:
        with suppress(BlockingIOError):
            if not os.read(0, 4096):
                loop.remove_reader(0)
                told.set()

    loop.add_reader(0, hear)
    loop.add_signal_handler(CENSUS, _count)
    await serve(settings, lambda: print("ready", flush=True), told)


def main() -> None:
    """Run the daemon; see the module."""
    if "--dock" in sys.argv[1:]:
        dock_module().prepare()
    asyncio.run(_run(DaemonSettings.model_validate_json(sys.stdin.buffer.readline())))


if __name__ == "__main__":
    main()
