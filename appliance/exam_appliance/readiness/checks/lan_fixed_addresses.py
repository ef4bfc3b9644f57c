"""Whether server, candidate machines and invigilator machines have fixed addresses on one LAN."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from exam_appliance.readiness.finding import Finding, Point, State, Text, found
from exam_appliance.readiness.heard.machines import HeardMachine
from exam_appliance.readiness.machine.addresses import Address, addresses
from exam_appliance.readiness.many import names_of
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.lan.fixed_addresses",)


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    told = await sources.ask(("ip", "-json", "address"))
    return judge(addresses(told.out), sources.heard("seat"), sources.heard("invigilator"))


def judge(
    held: tuple[Address, ...], seats: Sequence[HeardMachine], invigilators: Sequence[HeardMachine]
) -> Finding:
    """Compare addresses with the row."""
    machines = [*seats, *invigilators]
    return found(
        (
            _server_point(held, machines),
            _machines_point(Text("考生机", "candidate machines"), seats),
            _machines_point(Text("监考机", "invigilator machines"), invigilators),
        )
    )


def _server_point(held: tuple[Address, ...], machines: Sequence[HeardMachine]) -> Point:
    name = Text("服务器", "server")
    inside = [address for address in held if any(_on_its_net(address, one.address) for one in machines)]
    if not inside:
        private = [address for address in held if ip_address(address.address).is_private]
        inside = private if len(private) == 1 else []
    if not inside:
        return Point(
            name,
            Text("未识别考场局域网的网卡", "the card of the exam's LAN is not known yet"),
            State.UNKNOWN,
            Text(
                "请先让考生机打开考试页面，再重新检查",
                "open the exam page on a candidate machine and check again",
            ),
        )
    lent = [address for address in inside if not address.fixed]
    shown = "、".join(address.shown for address in inside)
    if lent:
        return Point(
            name,
            Text(f"服务器地址 {shown} 是动态的", f"the server's address {shown} is lent by DHCP"),
            State.FAIL,
            Text(f"请为 {lent[0].card} 配置固定 IP", f"set a fixed address on {lent[0].card}"),
        )
    return Point(name, Text(f"服务器固定 IP {shown}", f"server fixed, {shown}"), State.PASS)


def _machines_point(name: Text, machines: Sequence[HeardMachine]) -> Point:
    if not machines:
        return Point(
            name,
            Text(f"{name.zh}尚未上报", f"{name.en}: none reported"),
            State.UNKNOWN,
            Text(
                f"请打开{name.zh}的页面后重新检查，或附地址规划表申报",
                f"open the pages of the {name.en} and check again, or declare with the address plan",
            ),
        )
    # A bound seat had an address of the waiting pool before; the server knows that it has its own now.
    moved = [
        one
        for one in machines
        if one.report.fixed_address is False
        or (len(one.addresses) > 1 and not (one.report.proven and one.report.fixed_address))
    ]
    if moved:
        named = names_of(moved)
        return Point(
            name,
            Text(f"{name.zh}地址不固定：{named.zh}", f"{name.en} without a fixed address: {named.en}"),
            State.FAIL,
            Text(
                "请配置固定 IP，或在服务器的 DHCP 中按 MAC 保留地址",
                "set fixed addresses, or reserve them by MAC in the server's DHCP",
            ),
        )
    known = [one for one in machines if one.report.fixed_address is True]
    total = len(machines)
    if len(known) < total:
        return Point(
            name,
            Text(
                f"{name.zh} {total} 台上报，{len(known)} 台确认固定",
                f"{name.en}: {total} reported, {len(known)} known to be fixed",
            ),
            State.UNKNOWN,
            Text(
                "浏览器读不到地址设置：请附地址规划表申报",
                "a browser cannot tell: declare with the address plan",
            ),
        )
    return Point(name, Text(f"{name.zh} {total} 台均为固定 IP", f"{name.en}: all {total} fixed"), State.PASS)


def _on_its_net(address: Address, other: str) -> bool:
    try:
        return ip_address(other) in ip_network(f"{address.address}/{address.prefix}", strict=False)
    except ValueError:
        return False
