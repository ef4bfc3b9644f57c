"""The device daemon: hot plug and devices behind HTTP and an event stream on a Unix socket.

`python -m firmware_adapters.daemon [--dock]` reads its settings as JSON from standard input and runs until
that is closed, so that it cannot outlive whoever started it.
"""

from __future__ import annotations

import asyncio
import fcntl
import importlib
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

from aiohttp import web
from pydantic import ValidationError

from firmware_adapters.adapters import ADAPTERS
from firmware_adapters.blobs import Blobs
from firmware_adapters.board import Board
from firmware_adapters.catalogue.entry import Entry
from firmware_adapters.catalogue.loading import catalogue_files, read_entries, with_site_entries
from firmware_adapters.daemon_routes import DaemonRoutes
from firmware_adapters.dock_interface import Dock, DockModule
from firmware_adapters.manager import DeviceManager
from firmware_adapters.notifying import feed_watchdog, notify
from firmware_adapters.plugged import Desk, now
from firmware_adapters.process.nursery import Nursery
from firmware_adapters.reasons import OPTIONS_WRONG
from firmware_adapters.settings import DaemonSettings
from firmware_adapters.source import Source, SourceFault
from firmware_adapters.sources import SOURCES
from firmware_adapters.store import DeviceStore

log = logging.getLogger(__name__)

STORE = "devices.db"
DOCK_MODULE = "firmware_adapters.simulators.dock"
FIRST_LOOK_S = 3.0
"""Before it says that it is ready, the daemon waits so long for the sources' first listings."""
SHUTDOWN_S = 1.0


class DaemonRuns(Exception):
    """Another daemon has the folder."""


class FolderWrong(Exception):
    """The folder or the socket cannot be used."""


class Daemon:
    """A running daemon."""

    def __init__(self, settings: DaemonSettings, manager: DeviceManager, desk: Desk) -> None:
        self.settings = settings
        self.manager = manager
        self.desk = desk


def software_version() -> str:
    """Return the version of this distribution."""
    try:
        return version("firmware-adapters")
    except PackageNotFoundError:
        return "0"


def dock_module() -> DockModule:
    """Return the module of the dock."""
    return cast("DockModule", importlib.import_module(DOCK_MODULE))


def known_entries(site: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the catalogue with the site's entries; an entry that is wrong is logged, the others count."""
    shipped: list[Entry] = []
    for file in catalogue_files():
        placed, problems = read_entries(file.read_bytes(), file.name)
        shipped += [one.entry for one in placed]
        for problem in problems:
            log.error("%s", problem)
    return with_site_entries(shipped, site)


@asynccontextmanager
async def running(
    settings: DaemonSettings,
    *,
    sources: Mapping[str, Callable[[], Source]] | None = None,
    entries: Sequence[Entry] | None = None,
    **more: Any,
) -> AsyncIterator[Daemon]:
    """Run a daemon and give it; it listens when given. `more` goes to the manager.

    Raises DaemonRuns, FolderWrong.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(_held(settings.folder))
        since = now()
        store = DeviceStore(settings.folder / STORE)
        await store.open()
        stack.push_async_callback(store.close)
        dock: Dock | None = None
        if settings.dock:
            dock = await dock_module().open_dock(settings.folder / "dock")
            stack.push_async_callback(dock.close)
            more.setdefault("simulator_of", dock.simulator_of)
        # Higher than any number of an earlier run, unless the clock was put back by more than it ran.
        board, blobs = Board(time.time_ns() // 1_000_000), Blobs()
        desks: list[Desk] = []

        def desk(look: Callable[[], None]) -> Desk:
            desks.append(Desk(board, blobs, store, look))
            return desks[0]

        adapters = more.get("adapters", ADAPTERS)
        nursery = Nursery([where.partition(":")[0] for where in adapters.values()])
        manager = DeviceManager(
            source_builders(settings, dock) if sources is None else sources,
            known_entries(settings.entries) if entries is None else entries,
            desk,
            nursery,
            options_of=settings.options_of,
            **more,
        )
        stack.push_async_callback(manager.stop)
        routes = DaemonRoutes(manager, desks[0], dock, software_version(), since)
        runner = web.AppRunner(routes.app(), access_log=None, shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        stack.callback(board.hang_up)
        await manager.start()
        await _listen(runner, settings)
        stack.callback(settings.socket.unlink, missing_ok=True)
        yield Daemon(settings, manager, desks[0])


def source_builders(settings: DaemonSettings, dock: Dock | None) -> dict[str, Callable[[], Source]]:
    """Return how each source is built, by its name; those that are turned off are left out."""
    docked = {} if dock is None else {name: dict(given) for name, given in dock.source_options().items()}
    if dock is not None:
        # No udevd has finished what the simulators show.
        docked["udev"] = {"initialized_only": False, **docked.get("udev", {})}
    builders: dict[str, Callable[[], Source]] = {}
    for name in SOURCES:
        given = settings.sources.get(name, {})
        if given is not None:
            builders[name] = partial(_built, name, {**docked.get(name, {}), **given})
    for source in dock.sources() if dock is not None else ():
        builders[f"dock.{source.name}"] = partial(_itself, source)
    return builders


def _built(name: str, given: Mapping[str, Any]) -> Source:
    module, _, attribute = SOURCES[name].partition(":")
    found: type[Source] = getattr(importlib.import_module(module), attribute)
    try:
        options = found.options_model.model_validate(dict(given))
    except ValidationError as error:
        raise SourceFault(OPTIONS_WRONG, str(error)) from error
    return found(options)


def _itself(source: Source) -> Source:
    return source


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold the folder for this process. Raises DaemonRuns, FolderWrong."""
    try:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except OSError as error:
        raise FolderWrong(
            f"无法使用 {folder}（{error.strerror}），请检查目录权限 / "
            f"{folder} cannot be used ({error.strerror}): check who may write there"
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DaemonRuns(
                f"设备服务已在 {folder} 运行，请先停止它 / "
                f"a device service runs in {folder} already: stop it first"
            ) from None
        yield
    finally:
        os.close(lock)


async def _listen(runner: web.AppRunner, settings: DaemonSettings) -> None:
    try:
        settings.socket.parent.mkdir(parents=True, exist_ok=True)
        # Whoever holds the folder is the only daemon, so a socket that lies there is a dead one's.
        settings.socket.unlink(missing_ok=True)
        before = os.umask(0o777 & ~settings.socket_mode)
        try:
            await web.UnixSite(runner, str(settings.socket), backlog=256).start()
        finally:
            os.umask(before)
    except OSError as error:
        raise FolderWrong(
            f"无法在 {settings.socket} 监听（{error.strerror or error}）/ "
            f"cannot listen at {settings.socket} ({error.strerror or error})"
        ) from error


async def serve(
    settings: DaemonSettings, ready: Callable[[], None], until: asyncio.Event | None = None
) -> None:
    """Serve until SIGTERM or SIGINT, or until told; `ready` is called once it listens and has looked."""
    stopping = asyncio.Event() if until is None else until
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with running(settings) as daemon:
        feeding = asyncio.create_task(feed_watchdog())
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_LOOK_S):
                await daemon.manager.first_look()
        notify("READY=1")
        ready()
        await stopping.wait()
        notify("STOPPING=1")
        feeding.cancel()


async def _serve_for(settings: DaemonSettings) -> None:
    """Serve until standard input is closed."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    os.set_blocking(0, False)

    def hear() -> None:
        with suppress(BlockingIOError):
            if not os.read(0, 4096):
                loop.remove_reader(0)
                told.set()

    loop.add_reader(0, hear)
    await serve(settings, lambda: print("ready", flush=True), told)


def main() -> None:
    """Run the daemon for whoever started it; see the module."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    if "--dock" in sys.argv[1:]:
        dock_module().prepare()
    settings = DaemonSettings.model_validate_json(sys.stdin.buffer.readline())
    try:
        asyncio.run(_serve_for(settings))
    except (DaemonRuns, FolderWrong) as error:
        print(error, file=sys.stderr)
        sys.exit(3)


if __name__ == "__main__":
    main()
