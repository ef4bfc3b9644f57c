"""Candidate machines: what they report of themselves against five rows."""

from __future__ import annotations

from collections.abc import Callable

from exam_appliance.readiness.finding import Finding, Point, State, Text, unknown
from exam_appliance.readiness.heard.machines import HeardMachine
from exam_appliance.readiness.machine_points import browser_points, camera_points, os_points, pc_points
from exam_appliance.readiness.many import over_machines
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Limits, Row

_NOBODY = unknown(
    Text("尚无考生机上报", "no candidate machine has reported yet"),
    Text(
        "请打开考生机，进入考试页面（约 30 秒后自动上报），再重新检查",
        "switch the candidate machines on, open the exam page, and check again after half a minute",
    ),
)


def _client_points(machine: HeardMachine, limits: Limits) -> tuple[Point, ...]:
    client = machine.report.client
    if client:
        return (Point(Text("考试客户端", "exam client"), Text(client, client), State.PASS),)
    # Without the kiosk the page in a browser is the client; it is always of the server's own version.
    return browser_points(machine, limits)


def _recognised_points(machine: HeardMachine, limits: Limits) -> tuple[Point, ...]:
    name = Text("识别", "recognition")
    if machine.report.proven:
        return (Point(name, Text("已绑定座位并通过认证", "bound to its seat and proven"), State.PASS),)
    return (
        Point(
            name,
            Text("未绑定座位，机器未认证", "not bound to a seat; the machine is not proven"),
            State.UNKNOWN,
            Text(
                "请在考生机上打开座位页面 /seat/，并在控制台“设备—考生机”中绑定座位",
                "open the seat page /seat/ on the machines and bind them at the console, Devices - Seats",
            ),
        ),
    )


_POINTS: dict[str, Callable[[HeardMachine, Limits], tuple[Point, ...]]] = {
    "site.seat.pc": pc_points,
    "site.seat.os": os_points,
    "site.seat.camera": camera_points,
    "site.seat.client": _client_points,
    "site.seat.authentication": _recognised_points,
}
ROWS = tuple(_POINTS)


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    points = _POINTS[row.id]
    return over_machines(row, sources.heard("seat"), lambda machine: points(machine, row.limits), _NOBODY)
