"""The server's processor: class, base clock, cores, width."""

from __future__ import annotations

import re

from exam_appliance.readiness.finding import Finding, Point, State, Text, at_least, found
from exam_appliance.readiness.machine.cpu import Cpu, cpu
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.server.cpu",)

_FOR_DESKS = re.compile(r"\b(Core|Celeron|Pentium|Atom|Ryzen|Athlon|N\d{2,3}|i[3579]-\d)", re.IGNORECASE)
_REPLACE = Text(
    "请更换为至强系列或同级的服务器，或在另一台服务器上安装本系统",
    "use a server of Xeon class, or install this system on another server",
)
_DECLARE = Text(
    "请查看服务器铭牌或采购清单，在本页面申报", "look at the nameplate or purchase list and declare it here"
)


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    return judge(row, cpu(sources.root, sources.architecture))


def judge(row: Row, held: Cpu) -> Finding:
    """Compare a processor with the row."""
    limits = row.limits
    return found(
        (
            _class_point(held, limits.cpu_classes),
            _clock_point(held, limits.clock_mhz or 0),
            at_least(
                Text("核数", "cores"),
                held.cores or None,
                limits.cores or 0,
                Text(f"{held.cores} 核", f"{held.cores} cores")
                if held.cores
                else Text("核数未知", "cores not known"),
                _REPLACE,
                _DECLARE,
            ),
            Point(
                Text("位数", "width"),
                Text(f"{held.bits} 位", f"{held.bits} bit")
                if held.bits
                else Text("位数未知", "width not known"),
                State.UNKNOWN if held.bits is None else State.PASS if held.bits == 64 else State.FAIL,
                None if held.bits == 64 else _REPLACE,
            ),
        )
    )


def _class_point(held: Cpu, classes: tuple[str, ...]) -> Point:
    name = Text("型号", "model")
    if not held.model:
        return Point(name, Text("型号未知", "model not known"), State.UNKNOWN, _DECLARE)
    measured = Text(held.model, held.model)
    if any(re.search(each, held.model, re.IGNORECASE) for each in classes):
        return Point(name, measured, State.PASS)
    if _FOR_DESKS.search(held.model):
        return Point(name, measured, State.FAIL, _REPLACE)
    return Point(name, measured, State.UNKNOWN, _DECLARE)


def _clock_point(held: Cpu, need: int) -> Point:
    name = Text("主频", "clock")
    if held.clock_mhz is None and held.seen_mhz is not None and held.seen_mhz >= need:
        # What it runs at now it can run at.
        return Point(name, _ghz(held.seen_mhz), State.PASS)
    if held.clock_mhz is None:
        return Point(name, Text("主频未知", "base clock not known"), State.UNKNOWN, _DECLARE)
    shown = _ghz(held.clock_mhz)
    return at_least(name, held.clock_mhz, need, shown, _REPLACE, _DECLARE)


def _ghz(mhz: int) -> Text:
    shown = f"{mhz / 1000:.2f} GHz"
    return Text(shown, shown)
