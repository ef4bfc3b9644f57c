"""The server's operating system."""

from __future__ import annotations

from exam_appliance.readiness.finding import Finding, Point, State, Text, found
from exam_appliance.readiness.machine.system import System, system, version_at_least
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.server.os",)


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    return judge(row, system(sources.root))


def judge(row: Row, held: System) -> Finding:
    """Compare an operating system with the row."""
    return found((system_point(held, row.limits.systems),))


def system_point(held: System, systems: dict[str, str]) -> Point:
    """Return how an operating system compares with those that a row names."""
    name = Text("操作系统", "operating system")
    if not held.id:
        return Point(
            name,
            Text("操作系统未知", "operating system not known"),
            State.UNKNOWN,
            Text("请申报操作系统及版本", "declare the operating system and its version"),
        )
    shown = held.name or f"{held.id} {held.version}".strip()
    if held.id not in systems:
        return Point(
            name,
            Text(shown, shown),
            State.UNKNOWN,
            Text(
                f"{shown} 不在标准所列系统中，请核实后申报",
                f"{shown} is not among the systems of the standard: verify and declare it",
            ),
        )
    lowest = systems[held.id]
    new_enough = not lowest or version_at_least(held.version, lowest)
    if new_enough is None:
        # Rolling releases such as Debian's testing carry no number and are newer than all that do.
        new_enough = True
    return Point(
        name,
        Text(shown, shown),
        State.PASS if new_enough else State.FAIL,
        None
        if new_enough
        else Text(f"请升级到 {held.id} {lowest} 及以上", f"upgrade to {held.id} {lowest} or later"),
    )
