"""A process that tests kill in the middle of its work, as a power cut would."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

PROGRAM = Path(__file__).parent / "integration" / "sync_process.py"
ROOT = Path(__file__).parents[1]


async def killed_when(condition: Callable[[], object], what: str, *arguments: Path) -> bool:
    """Run one end of the sync until a condition holds and kill it; tell whether it was still at work.

    A process that ends by itself must have ended well.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), what, *map(str, arguments), cwd=ROOT, env={"PYTHONPATH": str(ROOT)}
    )
    try:
        async with asyncio.timeout(60):
            while process.returncode is None and not condition():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.002)
    finally:
        at_work = process.returncode is None
        if at_work:
            process.kill()
        code = await process.wait()
    assert at_work or code == 0
    return at_work
