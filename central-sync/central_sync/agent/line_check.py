"""Checks the line to the centre: does it answer, how far are the clocks apart, how much goes through."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from central_sync.agent.line import Line, LineDown, client_context
from central_sync.agent.machine import Facts, fingerprint, machine_facts
from central_sync.agent.state import Bond
from central_sync.protocol.keys import ApplianceKeys
from central_sync.protocol.line_check import LINE_BYTES, LINE_TYPE, LineAnswer, LineTaken

MEASURED_S = 4.0
"""One way is measured for so long, or until all bytes are through."""
PIECE = 128 * 1024


@dataclass(frozen=True, slots=True)
class LineReach:
    """How the centre answered."""

    offset_ms: int
    """The centre's clock minus this machine's, to half a round trip."""
    round_trip_ms: int
    seen_from: str


@dataclass(frozen=True, slots=True)
class LineThroughput:
    """What went through, kbit/s; a lower bound of what the line could carry."""

    down_kbit: int
    up_kbit: int


def bond_of(sync_folder: Path) -> Bond | None:
    """Return the enrolment that the agent keeps in its folder; None for none or a broken one."""
    try:
        return Bond.model_validate_json((sync_folder / "bond.json").read_bytes())
    except (OSError, ValidationError):
        return None


def opened_line(
    sync_folder: Path, keys: ApplianceKeys, appliance: str, facts: Facts = machine_facts
) -> Line | None:
    """Return a line of its own beside the agent's, to be closed; None when this server is not enrolled."""
    bond = bond_of(sync_folder)
    if bond is None:
        return None
    context = client_context(bond.authority, bond.certificate, keys.tls)
    return Line(bond.centre, context, appliance, fingerprint(sync_folder / "machine.json", facts))


async def reach(line: Line, clock: Callable[[], datetime]) -> LineReach:
    """Ask the centre for its time. Raises LineDown and Refused."""
    # Twice: the first request carries the handshake, which would be taken for distance.
    await line.ask("GET", "/site/v1/line", LineAnswer)
    sent, begun = clock(), time.monotonic()
    told = await line.ask("GET", "/site/v1/line", LineAnswer)
    took_s = time.monotonic() - begun
    offset_s = (told.now - sent).total_seconds() - took_s / 2
    return LineReach(round(offset_s * 1000), round(took_s * 1000), told.seen_from)


async def throughput(line: Line, measured_s: float = MEASURED_S) -> LineThroughput:
    """Fetch and send for some seconds each. Raises LineDown and Refused."""
    return LineThroughput(await _down(line, measured_s), await _up(line, measured_s))


async def _down(line: Line, measured_s: float) -> int:
    taken = 0
    async with line.open("GET", "/site/v1/line/download") as answer:
        begun = time.monotonic()
        async for piece in answer.content.iter_any():
            taken += len(piece)
            if time.monotonic() - begun >= measured_s:
                break
        took_s = time.monotonic() - begun
        # Not read to its end: the connection is of no more use.
        answer.close()
    if not taken:
        raise LineDown(
            "中心没有发来测速数据，请稍后再测", "the centre sent nothing to measure with: try later"
        )
    return _kbit(taken, took_s)


async def _up(line: Line, measured_s: float) -> int:
    begun = time.monotonic()

    async def pieces() -> AsyncIterator[bytes]:
        piece = os.urandom(PIECE)
        for _ in range(LINE_BYTES // PIECE):
            if time.monotonic() - begun >= measured_s:
                return
            yield piece

    taken = await line.ask(
        "POST", "/site/v1/line/upload", LineTaken, data=pieces(), headers={"Content-Type": LINE_TYPE}
    )
    return _kbit(taken.bytes, time.monotonic() - begun)


def _kbit(size: int, took_s: float) -> int:
    return round(size * 8 / 1000 / max(took_s, 0.001))
