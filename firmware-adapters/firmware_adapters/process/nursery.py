"""The manager's side of the fork server: starts devices' processes, hears of their end, kills them."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from firmware_adapters.process.boot import Boot
from firmware_adapters.process.fork_server import PACKET_LIMIT
from firmware_adapters.process.frames import FrameLine

log = logging.getLogger(__name__)

_SERVER = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[3]); "
    "from firmware_adapters.process.fork_server import main; main()"
)


class CannotStart(Exception):
    """A device's process could not be started: no memory, too many processes, the server's end."""


class DeviceProcess:
    """A device's process that was started."""

    def __init__(self, pid: int, line: FrameLine, nursery: Nursery) -> None:
        self.pid = pid
        self.line = line
        self.exited: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """Its exit code once it was reaped, negative for a signal."""
        self._nursery = nursery

    def kill(self) -> None:
        """End it at once, if it still runs."""
        self._nursery.kill(self)


@dataclass(slots=True)
class _Start:
    line: FrameLine
    started: asyncio.Future[DeviceProcess]


class Nursery:
    """Starts devices' processes. The fork server is started with the first, and anew should it end."""

    def __init__(self, preload: Sequence[str]) -> None:
        self._preload = list(preload)
        self._server: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._starts: dict[int, _Start] = {}
        self._running: dict[int, DeviceProcess] = {}
        self._token = 0
        self._closed = False

    @property
    def running(self) -> int:
        """Number of devices' processes that run or are not reaped."""
        return len(self._running)

    def open(self) -> None:
        """Start the fork server, which takes a second or two to import the adapters; asking may begin now."""
        if self._line is not None or self._closed:
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        # OpenBLAS would start threads while it is imported, and a fork would lack them.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        # The supervisor must hear of the daemon's life from the daemon alone.
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
            environment.pop(name, None)
        with theirs:
            arguments = [str(theirs.fileno()), str(os.getpid()), orjson.dumps(sys.path).decode()]
            self._server = subprocess.Popen(
                [sys.executable, "-c", _SERVER, *arguments],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                env=environment,
            )
        self._line = ours
        ours.send(orjson.dumps({"preload": self._preload}))
        asyncio.get_running_loop().add_reader(ours.fileno(), self._hear, ours)

    async def start(self, boot: Boot) -> DeviceProcess:
        """Start a device's process. Raises CannotStart."""
        self.open()
        loop = asyncio.get_running_loop()
        try:
            ours, theirs = socket.socketpair()
        except OSError as error:
            raise CannotStart(str(error)) from error
        ours.setblocking(False)
        _, line = await loop.create_unix_connection(FrameLine, sock=ours)
        self._token += 1
        token = self._token
        start = self._starts[token] = _Start(line, loop.create_future())
        process: DeviceProcess | None = None
        try:
            with theirs:
                await self._send({"start": token}, theirs)
            process = await start.started
            line.send(boot.header())
        except BaseException:
            line.close()
            if start.started.done() and not start.started.cancelled() and not start.started.exception():
                start.started.result().kill()
            raise
        finally:
            self._starts.pop(token, None)
        return process

    def kill(self, process: DeviceProcess) -> None:
        """Kill a process of ours; nothing happens when it has ended."""
        if self._running.get(process.pid) is process and self._line is not None:
            try:
                self._line.send(orjson.dumps({"kill": process.pid}))
            except BlockingIOError:
                asyncio.get_running_loop().call_later(0.01, self.kill, process)
            except OSError:
                return  # the server has ended, and with it the process

    async def close(self) -> None:
        """End the fork server and with it every device's process that still runs."""
        self._closed = True
        self._hang_up()
        server, self._server = self._server, None
        if server is None:
            return
        deadline = asyncio.get_running_loop().time() + 2.0
        while server.poll() is None:
            if asyncio.get_running_loop().time() > deadline:
                server.kill()
            await asyncio.sleep(0.01)

    async def _send(self, message: dict[str, int], passed: socket.socket) -> None:
        packet = orjson.dumps(message)
        while True:
            if self._line is None:
                raise CannotStart("the fork server has ended")
            try:
                socket.send_fds(self._line, [packet], [passed.fileno()])
            except BlockingIOError:
                # The server imports or forks; its queue of packets is short.
                await asyncio.sleep(0.005)
            else:
                return

    def _hear(self, line: socket.socket) -> None:
        try:
            packet = line.recv(PACKET_LIMIT)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            log.error("the fork server has ended; it is started anew with the next device")
            self._hang_up()
            return
        told = orjson.loads(packet)
        if "started" in told:
            self._started(told)
            return
        process = self._running.pop(told["exited"], None)
        if process is not None and not process.exited.done():
            process.exited.set_result(told["status"])

    def _started(self, told: dict[str, Any]) -> None:
        start = self._starts.get(told["started"])
        if not told["pid"]:
            if start is not None and not start.started.done():
                start.started.set_exception(CannotStart(told["detail"]))
            return
        process = DeviceProcess(told["pid"], FrameLine() if start is None else start.line, self)
        self._running[process.pid] = process
        if start is None or start.started.done():
            process.kill()
        else:
            start.started.set_result(process)

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            asyncio.get_running_loop().remove_reader(line.fileno())
            line.close()
        for start in self._starts.values():
            if not start.started.done():
                start.started.set_exception(CannotStart("the fork server has ended"))
        for process in self._running.values():
            # Whoever the server has forked ends with it.
            if not process.exited.done():
                process.exited.set_result(-9)
        self._running.clear()
        if self._server is not None and not self._closed:
            self._server.poll()
