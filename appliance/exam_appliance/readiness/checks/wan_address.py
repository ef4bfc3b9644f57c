"""The address towards the internet: fixed or lent."""

from __future__ import annotations

from exam_appliance.readiness.finding import Finding, State, Text, unknown
from exam_appliance.readiness.machine.addresses import Address, WayOut, addresses, way_out
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.wan.address",)


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    told = await sources.ask(("ip", "-json", "address"))
    routes = await sources.ask(("ip", "-json", "route"))
    if told.code != 0 or routes.code != 0:
        return unknown(
            Text("无法读取网络设置", "the network's settings cannot be read"),
            Text("请安装 iproute2，或申报", "install iproute2, or declare it"),
        )
    return judge(addresses(told.out), way_out(routes.out))


def judge(held: tuple[Address, ...], out: WayOut | None) -> Finding:
    """Compare the address of the way out with the row: either kind is right, a fixed one is better."""
    used = next((address for address in held if out is not None and address.card == out.card), None)
    if used is None:
        return Finding(
            State.FAIL,
            Text("没有通往互联网的地址和路由", "no address and route to the internet"),
            Text(
                "请接好外网网线并配置地址、网关",
                "connect the outside network and set its address and gateway",
            ),
        )
    if used.fixed:
        return Finding(State.PASS, Text(f"固定 IP：{used.shown}", f"fixed: {used.shown}"))
    return Finding(
        State.PASS,
        Text(f"动态 IP：{used.shown}（推荐固定 IP）", f"dynamic: {used.shown} (fixed is recommended)"),
    )
