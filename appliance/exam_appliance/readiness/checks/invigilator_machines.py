"""Invigilator machines: what the console's browser tells of them."""

from __future__ import annotations

from collections.abc import Callable

from exam_appliance.readiness.finding import Finding, Point, Text, unknown
from exam_appliance.readiness.heard.machines import HeardMachine
from exam_appliance.readiness.machine_points import browser_points, os_points, pc_points
from exam_appliance.readiness.many import over_machines
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Limits, Row

_NOBODY = unknown(
    Text("尚无监考机上报", "no invigilator machine has reported yet"),
    Text("请在监考机上登录考务控制台，再重新检查", "log in to the console on it, and check again"),
)
_POINTS: dict[str, Callable[[HeardMachine, Limits], tuple[Point, ...]]] = {
    "site.invigilator.pc": pc_points,
    "site.invigilator.os": os_points,
    "site.invigilator.browser": browser_points,
}
ROWS = tuple(_POINTS)


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    points = _POINTS[row.id]
    return over_machines(
        row, sources.heard("invigilator"), lambda machine: points(machine, row.limits), _NOBODY
    )
