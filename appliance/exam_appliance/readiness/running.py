"""Runs the check of every row. Whatever a check does, all rows come back."""

from __future__ import annotations

import asyncio
import importlib
import logging
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from functools import cache

from exam_appliance.readiness import checks
from exam_appliance.readiness.finding import Finding, Text, unknown
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row, Standard

log = logging.getLogger(__name__)

PATIENCE_S = 60.0
"""A check that takes longer is given up."""
AT_ONCE = 4

Check = Callable[[Row, Sources], Awaitable[Finding]]


@cache
def checks_by_row() -> Mapping[str, Check]:
    """Return the check of each row, as the files in `checks` declare them."""
    found: dict[str, Check] = {}
    for module in pkgutil.iter_modules(checks.__path__):
        held = importlib.import_module(f"{checks.__name__}.{module.name}")
        for row in held.ROWS:
            if row in found:
                raise RuntimeError(f"two checks answer for the row {row}")
            found[row] = held.check
    return found


async def run_checks(
    standard: Standard,
    sources: Sources,
    by_row: Mapping[str, Check] | None = None,
    *,
    patience_s: float = PATIENCE_S,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> dict[str, Finding]:
    """Return what was found for each row of the standard, in its order.

    A check that raises, hangs or is missing leaves its row unknown and says so; the others go on.
    `progress` is told how many rows are done of how many.
    """
    held = checks_by_row() if by_row is None else by_row
    turn = asyncio.Semaphore(AT_ONCE)
    done = 0

    async def one(row: Row) -> Finding:
        nonlocal done
        async with turn:
            finding = await _guarded(row, sources, held.get(row.id), patience_s)
        done += 1
        progress(done, len(standard.rows))
        return finding

    findings = await asyncio.gather(*(one(row) for row in standard.rows))
    return {row.id: finding for row, finding in zip(standard.rows, findings, strict=True)}


async def _guarded(row: Row, sources: Sources, check: Check | None, patience_s: float) -> Finding:
    again = Text("请重新检查；仍不行请申报，并查看系统日志", "check again; else declare it and see the log")
    if check is None:
        return unknown(Text("本版本没有此项检查", "this release has no check for it"), again)
    try:
        async with asyncio.timeout(patience_s):
            return await check(row, sources)
    except TimeoutError:
        return unknown(Text("检查超时", "the check took too long"), again)
    except Exception:
        # One broken check must not cost the report of all the others.
        log.exception("就绪检查 %s 出错 / the check of %s failed", row.id, row.id)
        return unknown(Text("检查出错", "the check failed"), again)
