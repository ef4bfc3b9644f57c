"""Runs the pre-flight checks and makes the result; whatever a check does, all items come back."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import AwareDatetime

from central_sync.protocol.canonical import canonical
from central_sync.protocol.items import Words
from exam_appliance.preflight.checks import (
    backup,
    clock,
    devices,
    disk,
    line,
    power,
    printing,
    rehearsal,
    sessions,
    staff,
)
from exam_appliance.preflight.looking import Looked
from exam_appliance.readiness.finding import Finding, State, Text, unknown
from exam_appliance.readiness.report import PointReport

log = logging.getLogger(__name__)

PATIENCE_S = 150.0
"""A printer may take its time to warm up."""


@dataclass(frozen=True, slots=True)
class PreflightCheck:
    """A file in `checks`."""

    id: str
    name: Text
    check: Callable[[Looked], Awaitable[Finding]]


CHECKS = tuple(
    PreflightCheck(one.ID, one.NAME, one.check)
    for one in (disk, clock, power, devices, printing, backup, line, sessions, rehearsal, staff)
)
"""In the order that people see them."""


class PreflightItem(Words):
    """What one check found."""

    id: str
    zh: str
    en: str
    state: Literal["pass", "fail", "unknown"]
    measured_zh: str
    measured_en: str
    todo_zh: str
    todo_en: str
    points: tuple[PointReport, ...]


class PreflightResult(Words):
    """The whole result; it may be gone through when nothing is red."""

    at: AwareDatetime
    by: str
    by_name: str
    time_zone: str
    ready: bool
    """Nothing is red. What is open is for people to make sure of."""
    items: tuple[PreflightItem, ...]

    def brief(self) -> dict[str, object]:
        """Return the body of the journal entry `site.preflight`."""
        return {
            "ready": self.ready,
            "items": {item.id: item.state for item in self.items},
            "report_sha256": hashlib.sha256(canonical(self.model_dump(mode="json"))).hexdigest(),
        }


async def run_preflight(
    looked: Looked,
    by: str,
    names: Mapping[str, str],
    *,
    checks: tuple[PreflightCheck, ...] = CHECKS,
    patience_s: float = PATIENCE_S,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> PreflightResult:
    """Return what all checks found; `progress` is told how many are done of how many."""
    done = 0

    async def one(check: PreflightCheck) -> PreflightItem:
        nonlocal done
        item = _item(check, await _guarded(check, looked, patience_s))
        done += 1
        progress(done, len(checks))
        return item

    items = tuple(await asyncio.gather(*(one(check) for check in checks)))
    return PreflightResult(
        at=looked.now,
        by=by,
        by_name=names.get(by, by),
        time_zone=looked.time_zone,
        ready=all(item.state != "fail" for item in items),
        items=items,
    )


async def _guarded(check: PreflightCheck, looked: Looked, patience_s: float) -> Finding:
    again = Text("请重新检查；仍不行请人工确认，并查看系统日志", "look again; else by hand, and see the log")
    try:
        async with asyncio.timeout(patience_s):
            return await check.check(looked)
    except TimeoutError:
        return unknown(Text("检查超时", "the check took too long"), again)
    except Exception:
        # One broken check must not cost the technician the others on the morning of an exam.
        log.exception("考前检查 %s 出错 / the pre-flight check %s failed", check.id, check.id)
        return unknown(Text("检查出错", "the check failed"), again)


def _item(check: PreflightCheck, finding: Finding) -> PreflightItem:
    states: dict[State, Literal["pass", "fail", "unknown"]] = {State.PASS: "pass", State.FAIL: "fail"}
    todo = finding.todo or Text("", "")
    return PreflightItem(
        id=check.id,
        zh=check.name.zh,
        en=check.name.en,
        state=states.get(finding.state, "unknown"),
        measured_zh=finding.measured.zh,
        measured_en=finding.measured.en,
        todo_zh=todo.zh,
        todo_en=todo.en,
        points=tuple(PointReport.of(point) for point in finding.points),
    )
