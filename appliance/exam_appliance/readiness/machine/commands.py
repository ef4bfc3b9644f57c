"""Programs of the system, asked with a time limit; one that is missing or silent has told nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

PATIENCE_S = 10.0
LONGEST = 1024 * 1024
"""Bytes of output that are looked at."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a program printed, and its exit code; code None when it is not there or was too slow."""

    code: int | None
    out: str
    err: str = ""


Ask = Callable[[Sequence[str]], Awaitable[Told]]
"""Runs a program and returns what it told; never raises for what the program does."""


async def ask(words: Sequence[str], patience_s: float = PATIENCE_S) -> Told:
    """Run a program of the system without shell and with plain English output."""
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C", "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"},
        )
    except OSError as error:
        return Told(None, "", f"{words[0]}: {error.strerror}")
    try:
        async with asyncio.timeout(patience_s):
            out, err = await process.communicate()
    except TimeoutError:
        return Told(None, "", f"{words[0]}: no answer within {patience_s:.0f} s")
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return Told(
        process.returncode,
        out[:LONGEST].decode("utf-8", errors="replace"),
        err[:LONGEST].decode("utf-8", errors="replace"),
    )
