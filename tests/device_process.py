"""Any adapter in a process of its own, run and spoken with as the device manager does."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from firmware_adapters.adapters import ADAPTERS
from firmware_adapters.process.boot import Boot
from firmware_adapters.process.frames import Frame, encoded, read_frame
from firmware_adapters.sighting import Sighting

WAIT_S = 30.0
_HOST = (
    "import os, socket, sys; from firmware_adapters.process.host import run_device; "
    "run_device(socket.socket(fileno=int(sys.argv[1]))); os._exit(0)"
)

Told = dict[str, Any]
"""A frame's header, with `blob` and the time it came, `at` (time.monotonic)."""


class DeviceProcess:
    """Everything that the adapter told, in order, and its actions."""

    def __init__(self, process: asyncio.subprocess.Process, line: socket.socket) -> None:
        self._process = process
        self._line = line
        self.told: list[Told] = []
        self._news = asyncio.Event()
        self._calls = 0
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(self, boot: Boot) -> None:
        """Tell the process what it is."""
        reader, self._writer = await asyncio.open_unix_connection(sock=self._line)
        self._reading = asyncio.create_task(self._read(reader))
        self._writer.write(encoded(boot.header()))

    async def until(self, wanted: Callable[[Told], bool], since: int = 0) -> Told:
        """Return the first thing told since number `since` that is wanted. Raises AssertionError."""
        try:
            async with asyncio.timeout(WAIT_S):
                while True:
                    news = self._news
                    for one in self.told[since:]:
                        if wanted(one):
                            return one
                    await news.wait()
        except TimeoutError:
            raise AssertionError(f"not told; what was: {self.told[since:]}") from None

    async def until_event(self, name: str, since: int = 0) -> Told:
        """Wait for an event."""
        return await self.until(lambda one: one.get("name") == name, since)

    async def until_state(self, state: str, code: str | None = None, since: int = 0) -> Told:
        """Wait for a state, with the code of its reason if one is given."""
        return await self.until(
            lambda one: one.get("state") == state and (code is None or code_of(one) == code), since
        )

    async def until_end(self) -> Told:
        """Wait until the adapter ends of itself; returns its last frame: fault, gone or error."""
        return await self.until(lambda one: one["t"] in ("fault", "gone", "error"))

    def states(self) -> list[tuple[str, str]]:
        """Return all states so far with the codes of their reasons, without repetitions."""
        found: list[tuple[str, str]] = []
        for one in self.told:
            if one["t"] == "state" and (state := (one["state"], code_of(one))) not in found[-1:]:
                found.append(state)
        return found

    def names(self) -> list[str]:
        """Return the names of all events so far."""
        return [one["name"] for one in self.told if one["t"] == "event"]

    async def act(self, action: str, parameters: Mapping[str, Any] | None = None) -> Told:
        """Do an action and return its answer or refusal."""
        self._calls += 1
        call = self._calls
        header = {"t": "call", "call": call, "action": action, "parameters": dict(parameters or {})}
        assert self._writer is not None
        self._writer.write(encoded(header))
        return await self.until(lambda one: one.get("call") == call)

    async def close(self) -> int:
        """Let the adapter close and its process end; returns the exit code, -9 when it hung."""
        if self._writer is not None:
            if self._process.returncode is None:
                self._writer.write(encoded({"t": "close"}))
            try:
                async with asyncio.timeout(5):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
            self._writer.close()
        code = await self._process.wait()
        if self._reading is not None:
            await self._reading
        return code

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while (frame := await _next_frame(reader)) is not None:
            if frame.header["t"] == "beat":
                continue
            self.told.append({**frame.header, "blob": frame.blob, "at": time.monotonic()})
            news, self._news = self._news, asyncio.Event()
            news.set()


def code_of(told: Told) -> str:
    """Return the code of a report's or refusal's reason, empty for none."""
    return str((told.get("reason") or {}).get("code", ""))


async def _next_frame(reader: asyncio.StreamReader) -> Frame | None:
    try:
        return await read_frame(reader)
    except ConnectionError:
        return None


@asynccontextmanager
async def device_process(
    adapter: str,
    sighting: Sighting,
    options: Mapping[str, Any] | None = None,
    *,
    quirks: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[DeviceProcess]:
    """Run an adapter, named as in the catalogue, on a sighting."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _HOST,
            str(theirs.fileno()),
            pass_fds=(theirs.fileno(),),
            env={**os.environ, **(environment or {})},
        )
    ours.setblocking(False)
    running = DeviceProcess(process, ours)
    await running.start(Boot(ADAPTERS[adapter], sighting, dict(options or {}), quirks))
    try:
        yield running
    finally:
        await running.close()
