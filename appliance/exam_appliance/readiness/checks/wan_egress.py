"""Whether the server is the way out to the internet, and the only one."""

from __future__ import annotations

from exam_appliance.readiness.finding import Finding, Point, State, Text, found
from exam_appliance.readiness.heard.machines import HeardMachine
from exam_appliance.readiness.machine.addresses import WayOut, way_out
from exam_appliance.readiness.many import names_of
from exam_appliance.readiness.sources import LineFacts, Missing, Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.wan.egress",)


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    routes = await sources.ask(("ip", "-json", "route"))
    reached = await sources.centre.reach()
    return judge(way_out(routes.out), reached, sources.heard("seat"))


def judge(out: WayOut | None, reached: LineFacts | Missing, seats: tuple[HeardMachine, ...]) -> Finding:
    """Compare route, line and seats with the row."""
    return found((_route_point(out), _line_point(reached), _seats_point(seats)))


def _route_point(out: WayOut | None) -> Point:
    name = Text("服务器出口", "route of the server")
    if out is None:
        return Point(
            name,
            Text("服务器没有默认路由", "the server has no default route"),
            State.FAIL,
            Text("请在服务器的外网网卡上配置网关", "set the gateway on the server's outside card"),
        )
    return Point(
        name,
        Text(f"经 {out.card} 到 {out.gateway or '对端'}", f"over {out.card} to {out.gateway or 'the peer'}"),
        State.PASS,
    )


def _line_point(reached: LineFacts | Missing) -> Point:
    name = Text("到中心", "to the centre")
    if isinstance(reached, Missing):
        return Point(name, reached.why, State.UNKNOWN, reached.todo)
    return Point(
        name,
        Text(
            f"服务器可达中心（{reached.round_trip_ms} ms）",
            f"the server reaches the centre ({reached.round_trip_ms} ms)",
        ),
        State.PASS,
    )


def _seats_point(seats: tuple[HeardMachine, ...]) -> Point:
    name = Text("其他出口", "other ways out")
    around = [seat for seat in seats if any(probe.reached for probe in seat.report.probes or ())]
    if around:
        named = names_of(around)
        return Point(
            name,
            Text(f"{named.zh} 可绕过服务器上网", f"{named.en} reach the internet around the server"),
            State.FAIL,
            Text("请拔掉考生机的其他网线、无线网卡", "remove other cables and radio cards from the seats"),
        )
    return Point(name, Text("未发现其他出口", "no other way out seen"), State.PASS)
