"""A program inside a testbed: Python text run in another process, which prints lines of JSON."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from firmware_adapters.simulators.testbed import Testbed

WAIT_S = 20.0
_HEAD = """
import json, sys
def say(value): print(json.dumps(value), flush=True)
def hear(): return sys.stdin.readline().strip()
"""


class Program:
    """What it says, one value at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def says(self) -> Any:
        """Return the next value that it says. Raises AssertionError when it ends or says nothing."""
        assert self._process.stdout is not None
        async with asyncio.timeout(WAIT_S):
            line = await self._process.stdout.readline()
        if not line:
            assert self._process.stderr is not None
            raise AssertionError((await self._process.stderr.read()).decode())
        return json.loads(line)

    def tell(self, text: str = "") -> None:
        """Let it go on from `hear()`."""
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode() + b"\n")


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for what the testbed's threads do, such as letting go of what a program held."""
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.01)


@asynccontextmanager
async def program(testbed: Testbed, text: str) -> AsyncIterator[Program]:
    """Run a text with `say(value)` and `hear()` in the testbed; killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _HEAD + text,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **testbed.environment()},
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
