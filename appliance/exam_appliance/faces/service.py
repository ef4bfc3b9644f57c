"""The face service: workers behind HTTP on a Unix socket or a loopback port.

`python -m exam_appliance.faces.service` reads its settings as JSON from standard input and runs until that
is closed, so that it cannot outlive whoever started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from exam_appliance.faces import reasons
from exam_appliance.faces.model_files import standing
from exam_appliance.faces.models import Health, ModelStanding
from exam_appliance.faces.routes import FaceDesk, face_app
from exam_appliance.faces.settings import ServiceSettings
from exam_appliance.faces.workers import Workers
from firmware_adapters.notifying import feed_watchdog, notify

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 2.0
"""Models that are brought while the service runs are found within this."""
SOCKET_MODE = 0o660
SHUTDOWN_S = 1.0


class ServiceRuns(Exception):
    """Another service listens there."""


class FaceServer:
    """A running service."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self.desk = FaceDesk(settings.faces, self.health)
        self._models: tuple[ModelStanding, ...] = ()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look at the models and start the workers; without models, wait for them."""
        if not await self._look():
            self._task = asyncio.create_task(self._wait_for_models())

    async def stop(self) -> None:
        """End the workers."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if isinstance(self.desk.workers, Workers):
            await self.desk.workers.stop()

    def health(self) -> Health:
        """Return how the service stands."""
        workers = self.desk.workers
        if not isinstance(workers, Workers):
            return Health(ready=False, reason=workers, service="own", models=self._models)
        ready = len(workers.pids)
        return Health(
            ready=ready > 0,
            reason=None if ready else reasons.STARTING,
            service="own",
            workers=ready,
            waiting=workers.waiting,
            restarts=workers.restarts,
            threshold=self.settings.faces.threshold,
            models=self._models,
        )

    async def _look(self) -> bool:
        self._models = await asyncio.to_thread(standing, self.settings)
        wrong = [one.reason for one in self._models if one.reason is not None]
        if wrong:
            self.desk.workers = wrong[0]
            return False
        self.desk.workers = Workers(self.settings)
        self.desk.workers.start()
        return True

    async def _wait_for_models(self) -> None:
        log.warning("%s", self.health().reason)
        found = False
        while not found:
            await asyncio.sleep(LOOK_AGAIN_S)
            found = await self._look()


def software_version() -> str:
    """Return the version of this distribution."""
    try:
        return version("exam-appliance")
    except PackageNotFoundError:
        return "0"


@asynccontextmanager
async def running(settings: ServiceSettings) -> AsyncIterator[FaceServer]:
    """Run the service and give it; it listens when given. Raises ServiceRuns, OSError."""
    server = FaceServer(settings)
    runner = web.AppRunner(
        face_app(server.desk, software_version()), access_log=None, shutdown_timeout=SHUTDOWN_S
    )
    await runner.setup()
    try:
        site: web.BaseSite
        if settings.url is None:
            _free(settings.socket)
            site = web.UnixSite(runner, str(settings.socket), backlog=1024)
        else:
            at = urlsplit(settings.url)
            site = web.TCPSite(runner, at.hostname, at.port, backlog=1024)
        await server.start()
        await site.start()
        if settings.url is None:
            settings.socket.chmod(SOCKET_MODE)
        yield server
    finally:
        await runner.cleanup()
        await server.stop()


async def serve(
    settings: ServiceSettings, ready: Callable[[], None], until: Awaitable[object] | None
) -> None:
    """Serve until SIGTERM or SIGINT, or until `until` is done. Raises ServiceRuns, OSError."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    tasks = [asyncio.ensure_future(stopping.wait()), asyncio.create_task(feed_watchdog())]
    async with running(settings):
        notify("READY=1")
        ready()
        waited = [tasks[0], *([asyncio.ensure_future(until)] if until is not None else [])]
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            notify("STOPPING=1")
            for task in (*tasks, *waited):
                task.cancel()


def _free(path: Path) -> None:
    """Remove the socket that a service left behind; raises ServiceRuns when one listens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as trial:
        try:
            trial.connect(str(path))
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise ServiceRuns(str(path))


async def _closed(source: int) -> None:
    """Return when the other end of a pipe is closed."""
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def look() -> None:
        if not os.read(source, 4096):
            loop.remove_reader(source)
            closed.set()

    loop.add_reader(source, look)
    await closed.wait()


def main() -> None:
    """Run as a child: settings on the first line of standard input."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    line = bytearray()
    # Byte by byte: what is read ahead would be lost to the event loop.
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            sys.exit(2)
        line += byte
    settings = ServiceSettings.model_validate_json(bytes(line))

    async def run() -> None:
        await serve(settings, lambda: None, _closed(0))

    try:
        asyncio.run(run())
    except ServiceRuns as error:
        log.error("人像比对服务已在运行 / the face service runs already: %s", error)
        sys.exit(3)


if __name__ == "__main__":
    main()
