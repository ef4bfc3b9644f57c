"""The dock of simulated devices, on the daemon's side; the simulators run in dock_host.py's process.

They must be apart: what the testbed makes up, the daemon sees by being inside it, while the simulators look
after it from outside. So `prepare` starts their process and then this program anew, below the testbed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import orjson

from firmware_adapters.adapter import DeviceKind, Json, Options
from firmware_adapters.dock_interface import Act, ActParameter, Choice, DockedSimulator, DockRefusal
from firmware_adapters.process.boot import sighting_of
from firmware_adapters.sighting import Sighting
from firmware_adapters.source import Source

LINE_VARIABLE: Final = "KAODIAN_DOCK_LINE"
"""Descriptor of the line to the simulators and their process's id, over the new start."""
HOST: Final = "firmware_adapters.simulators.dock_host"
LINE_LIMIT: Final = 1024 * 1024
STARTS_WITHIN_S: Final = 60.0
ANSWERS_WITHIN_S: Final = 75.0
ENDS_WITHIN_S: Final = 15.0


def prepare() -> None:
    """Start the simulators and this program anew inside their testbed; returns when it is there already."""
    if LINE_VARIABLE in os.environ:
        return
    line, host, environment = _start_host()
    os.environ[LINE_VARIABLE] = f"{line.fileno()}:{host}"
    os.set_inheritable(line.fileno(), True)
    descriptor = line.detach()
    if environment:
        sys.stdout.flush()
        sys.stderr.flush()
        arguments = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, arguments, {**os.environ, **environment})  # noqa: S606 - this program itself
    os.set_inheritable(descriptor, False)


async def open_dock(folder: Path) -> SimulatorDock:
    """Start the simulators; see DockModule. Without `prepare` those on USB are not seen by this process."""
    told = os.environ.pop(LINE_VARIABLE, "")
    if told:
        descriptor, _, host = told.partition(":")
        line, pid = socket.socket(fileno=int(descriptor)), int(host)
        line.set_inheritable(False)
    else:
        line, pid, _ = await asyncio.to_thread(_start_host)
    line.setblocking(False)
    reader, writer = await asyncio.open_unix_connection(sock=line, limit=LINE_LIMIT)
    dock = SimulatorDock(reader, writer, pid)
    try:
        await dock.open(folder)
    except BaseException:
        await dock.close()
        raise
    return dock


def _start_host() -> tuple[socket.socket, int, Mapping[str, str]]:
    ours, theirs = socket.socketpair()
    with theirs:
        host = subprocess.Popen(
            [sys.executable, "-m", HOST, str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    ours.settimeout(STARTS_WITHIN_S)
    first = b""
    # A byte at a time: what follows the first line belongs to whoever reads next.
    while not first.endswith(b"\n"):
        byte = ours.recv(1)
        if not byte:
            raise RuntimeError(f"the simulators ended with {host.wait()}")
        first += byte
    ours.settimeout(None)
    # It is waited for by its id, since this program may be started anew in between.
    host.returncode = 0
    return ours, host.pid, orjson.loads(first)["environment"]


class SimulatorDock:
    """The simulators of one daemon; see dock_interface.Dock."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: int) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host
        self._simulators: list[Mapping[str, Any]] = []
        self._source_options: Mapping[str, Mapping[str, Json]] = {}
        self._number = 0
        self._answers: dict[int, asyncio.Future[Mapping[str, Any]]] = {}
        self._source = DockSource(self)
        self._reading = asyncio.create_task(self._read(), name="dock")

    async def open(self, folder: Path) -> None:
        """Have the simulators built."""
        told = await self._ask({"do": "open", "folder": str(folder)}, STARTS_WITHIN_S)
        self._source_options = told["source_options"]

    def list(self) -> Sequence[DockedSimulator]:
        """See Dock."""
        return [
            DockedSimulator(
                one["id"],
                DeviceKind(one["kind"]),
                one["zh"],
                one["en"],
                one["plugged"],
                tuple(_act_of(act) for act in one["acts"]),
            )
            for one in self._simulators
        ]

    async def plug(self, simulator: str) -> None:
        """See Dock."""
        await self._ask({"do": "plug", "simulator": simulator})

    async def unplug(self, simulator: str) -> None:
        """See Dock."""
        await self._ask({"do": "unplug", "simulator": simulator})

    async def act(self, simulator: str, act: str, parameters: Mapping[str, Json]) -> Mapping[str, Json]:
        """See Dock."""
        asked = {"do": "act", "simulator": simulator, "act": act, "parameters": dict(parameters)}
        return await self._ask(asked)

    def simulator_of(self, sighting: Sighting) -> str:
        """See Dock."""
        for one in self._simulators:
            for mark in one["marks"]:
                if sighting.key == mark or sighting.key.startswith(f"{mark}/"):
                    found: str = one["id"]
                    return found
        return ""

    def sources(self) -> Sequence[Source]:
        """See Dock."""
        return (self._source,)

    def source_options(self) -> Mapping[str, Mapping[str, Json]]:
        """See Dock."""
        return self._source_options

    def shown(self) -> Sequence[Sighting]:
        """Return the sightings of simulators that no ordinary source shows."""
        return [sighting_of(one["shown"]) for one in self._simulators if one["shown"] is not None]

    async def close(self) -> None:
        """See Dock: hang up, and wait until everything has ended."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
        self._reading.cancel()
        await asyncio.wait((self._reading,))
        loop = asyncio.get_running_loop()
        deadline = loop.time() + ENDS_WITHIN_S
        with contextlib.suppress(ChildProcessError, ProcessLookupError):
            while os.waitpid(self._host, os.WNOHANG) == (0, 0):  # noqa: ASYNC222 - does not wait
                if loop.time() > deadline:
                    os.kill(self._host, signal.SIGKILL)
                await asyncio.sleep(0.02)

    async def _ask(self, asked: dict[str, Any], within_s: float = ANSWERS_WITHIN_S) -> Mapping[str, Any]:
        if self._reading.done():
            raise _ended()
        self._number += 1
        number = self._number
        answered: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answered
        try:
            self._writer.write(orjson.dumps({**asked, "number": number}) + b"\n")
            async with asyncio.timeout(within_s):
                answer = await answered
        except TimeoutError:
            raise DockRefusal(
                "模拟设备没有回答，请重启设备服务", "the simulators do not answer: restart the device service"
            ) from None
        finally:
            self._answers.pop(number, None)
        if (refused := answer.get("refused")) is not None:
            raise DockRefusal(refused["zh"], refused["en"])
        told: Mapping[str, Any] = answer["told"]
        return told

    async def _read(self) -> None:
        try:
            while line := await self._reader.readline():
                answer = orjson.loads(line)
                self._simulators = answer["simulators"]
                self._source.wake()
                waiting = self._answers.get(answer["number"])
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        except ConnectionError:
            pass
        finally:
            for waiting in self._answers.values():
                if not waiting.done():
                    waiting.set_exception(_ended())


class DockSource(Source):
    """Shows simulators that no ordinary source shows, such as a printer at an address."""

    name: ClassVar[str] = "simulators"

    def __init__(self, dock: SimulatorDock) -> None:
        super().__init__(Options())
        self._dock = dock
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """Say that something may have changed."""
        self._changed.set()

    async def list(self) -> Sequence[Sighting]:
        """See Source."""
        return self._dock.shown()

    async def changed(self) -> None:
        """See Source."""
        await self._changed.wait()
        self._changed.clear()

    async def close(self) -> None:
        """See Source."""


def _ended() -> DockRefusal:
    return DockRefusal(
        "模拟设备进程已结束，请重启设备服务", "the simulators have ended: restart the device service"
    )


def _act_of(said: Mapping[str, Any]) -> Act:
    parameters = tuple(
        ActParameter(
            one["name"],
            one["zh"],
            one["en"],
            one["type"],
            tuple(Choice(each["value"], each["zh"], each["en"]) for each in one["choices"]),
        )
        for one in said["parameters"]
    )
    return Act(said["name"], said["zh"], said["en"], parameters)
