"""The server's network interface."""

from __future__ import annotations

from collections.abc import Mapping

from exam_appliance.readiness.finding import Finding, Point, State, Text, unknown
from exam_appliance.readiness.machine.cards import Card, cards, supported_mbit
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.server.nic",)


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    held = cards(sources.root)
    able = {card.name: supported_mbit((await sources.ask(("ethtool", card.name))).out) for card in held}
    return judge(row, held, able)


def judge(row: Row, held: tuple[Card, ...], able: Mapping[str, int | None]) -> Finding:
    """Compare cards with the row: the best one counts. `able` is what each could do, Mbit/s."""
    if not held:
        return unknown(
            Text("未找到有线网卡", "no wired network card found"),
            Text("请检查网卡及其驱动", "check the network card and its driver"),
        )
    need = row.limits.nic_mbit or 0
    points = [_point(card, able.get(card.name), need) for card in held]
    rank = (State.PASS, State.FAIL, State.UNKNOWN)
    best = min(points, key=lambda point: rank.index(point.state))
    shown = Text("、".join(p.measured.zh for p in points), ", ".join(p.measured.en for p in points))
    return Finding(best.state, shown, best.todo, tuple(points))


def _point(card: Card, able: int | None, need: int) -> Point:
    name = Text(f"网卡 {card.name}", f"card {card.name}")
    if card.mbit is not None:
        shown = f"{card.name} {card.mbit} Mbit/s"
        if card.mbit >= need:
            return Point(name, Text(shown, shown), State.PASS)
        if able is not None and able >= need:
            return Point(
                name,
                Text(f"{shown}（网卡支持 {able}）", f"{shown} (the card can do {able})"),
                State.FAIL,
                Text(
                    f"网卡支持 {able} Mbit/s 但只连到 {card.mbit}：请更换网线（六类）或交换机端口",
                    f"the card can do {able} Mbit/s, got {card.mbit}: change the cable (cat. 6) or the port",
                ),
            )
        return Point(
            name,
            Text(shown, shown),
            State.FAIL,
            Text(f"请更换为 {need} Mbit/s 网卡", f"install a card of {need} Mbit/s"),
        )
    if able is not None:
        idle = Text(f"{card.name} 支持 {able} Mbit/s，未连接", f"{card.name} can do {able} Mbit/s, no link")
        if able >= need:
            return Point(name, idle, State.PASS)
        todo = Text(f"请更换为 {need} Mbit/s 网卡", f"install a card of {need} Mbit/s")
        return Point(name, idle, State.FAIL, todo)
    return Point(
        name,
        Text(f"{card.name} 速率未知", f"{card.name} speed not known"),
        State.UNKNOWN,
        Text(
            "请插好网线后重新检查；虚拟机请对宿主机申报",
            "plug the cable in and check again; on a virtual machine declare the host",
        ),
    )
