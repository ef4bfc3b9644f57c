"""Any device's adapter in a process of its own, run and spoken with as the device manager does."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from firmware_adapters.process.boot import Boot
from firmware_adapters.sighting import Sighting
from tests.id_card_process import ReaderProcess, Told

DeviceProcess = ReaderProcess
__all__ = ["DeviceProcess", "Told", "device_process"]

_HOST = (
    "import os, socket, sys; from firmware_adapters.process.host import run_device; "
    "run_device(socket.socket(fileno=int(sys.argv[1]))); os._exit(0)"
)


@asynccontextmanager
async def device_process(
    adapter: str,
    sighting: Sighting,
    options: Mapping[str, Any] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    quirks: Sequence[str] = (),
) -> AsyncIterator[DeviceProcess]:
    """Run an adapter, `module:Class`, on what a source has seen."""
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
    await running.start(Boot(adapter, sighting, dict(options or {}), tuple(quirks)))
    try:
        yield running
    finally:
        await running.close()
