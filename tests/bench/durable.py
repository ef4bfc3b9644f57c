"""durable: the server killed again and again under load, every receipt compared in the end."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from tests.bench.figure import Figure
from tests.killed_site import kill_under_load


async def durable(folder: Path, *, kills: int, tell: Callable[[int, int], None]) -> Figure:
    """Kill the server so many times; the seed of the moments is told with the result."""
    seed = secrets.randbits(32)
    found = await kill_under_load(folder, kills, seed, tell)
    wrong = len(found.lost) + len(found.older) + len(found.changed)
    faults = (f"{wrong} receipts lost",) if wrong else ()
    faults += tuple(f"journal: {finding.en}" for finding in found.findings)
    return Figure(
        "durable",
        wrong,
        "receipts lost",
        "none may be",
        0,
        0.0 if wrong else 1.0,
        1.0,
        {"kills": kills, "receipts": found.receipts, "seed": seed},
        faults,
    )
