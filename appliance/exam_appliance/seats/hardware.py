"""What falls short of the environment standard at a seat: its machine's report against the rows."""

from __future__ import annotations

from exam_appliance.readiness.finding import Point, State
from exam_appliance.readiness.heard.machines import HeardMachine
from exam_appliance.readiness.machine_points import camera_points, os_points, pc_points
from exam_appliance.readiness.standard import standard

_ROWS = (
    ("site.seat.pc", pc_points),
    ("site.seat.os", os_points),
    ("site.seat.camera", camera_points),
)


def points_of_seat(machine: HeardMachine) -> tuple[Point, ...]:
    """Return every point of a candidate machine that a machine can tell, each once."""
    rows = standard()
    points: dict[str, Point] = {}
    for name, points_of in _ROWS:
        row = rows.row(name)
        if row is None:
            continue
        for point in points_of(machine, row.limits):
            points.setdefault(point.name.zh, point)
    return tuple(points.values())


def falls_short(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return the points that fail."""
    return tuple(point for point in points if point.state is State.FAIL)
