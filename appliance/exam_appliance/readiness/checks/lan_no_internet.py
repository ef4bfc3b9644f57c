"""Whether candidate machines can reach the internet, which they must not."""

from __future__ import annotations

from exam_appliance.readiness.finding import Finding, Point, State, Text, found
from exam_appliance.readiness.heard.machines import HeardMachine
from exam_appliance.readiness.machine.files import text
from exam_appliance.readiness.many import names_of
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.lan.no_internet",)


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    forwards = text(sources.root / "proc/sys/net/ipv4/ip_forward")
    return judge(forwards, sources.heard("seat"))


def judge(forwards: str, seats: tuple[HeardMachine, ...]) -> Finding:
    """Compare the server's forwarding (`0`, `1` or empty for not known) and the seats' attempts."""
    return found((_server_point(forwards), _seats_point(seats)))


def _server_point(forwards: str) -> Point:
    name = Text("服务器转发", "forwarding by the server")
    if forwards == "0":
        return Point(name, Text("服务器不转发", "the server forwards nothing"), State.PASS)
    # Forwarding may be on for other networks: whether seats get through is for their attempts to show.
    told = Text("服务器开启了转发", "the server forwards") if forwards else Text("转发状态未知", "not known")
    return Point(name, told, State.PASS if forwards else State.UNKNOWN)


def _seats_point(seats: tuple[HeardMachine, ...]) -> Point:
    name = Text("考生机试访问", "attempts of the seats")
    tried = [seat for seat in seats if seat.report.probes]
    through = [seat for seat in tried if any(probe.reached for probe in seat.report.probes or ())]
    if through:
        named = names_of(through)
        return Point(
            name,
            Text(f"{named.zh} 能访问互联网", f"{named.en} can reach the internet"),
            State.FAIL,
            Text(
                "请检查这些座位的网线和无线网卡、路由器和服务器转发规则，封闭后重新检查",
                "check cables and radio of these seats, the router and the forwarding; then check again",
            ),
        )
    if not tried or len(tried) < len(seats):
        return Point(
            name,
            Text(
                f"上报 {len(seats)} 台，其中 {len(tried)} 台做过试访问",
                f"{len(seats)} reported, {len(tried)} of them tried",
            ),
            State.UNKNOWN,
            Text(
                "浏览器页面不能试访问外网：请用考试终端启动考生机，或逐台试访问后申报",
                "a page cannot try: boot the seats as kiosks, or try by hand on each and declare",
            ),
        )
    return Point(
        name,
        Text(f"{len(tried)} 台试访问，均不通", f"{len(tried)} seats tried, none got through"),
        State.PASS,
    )
