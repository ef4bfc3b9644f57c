"""The switch: speeds can be seen from both ends of its cables, the rest is on its nameplate."""

from __future__ import annotations

from exam_appliance.readiness.finding import Finding, Point, State, Text, found
from exam_appliance.readiness.heard.machines import HeardMachine
from exam_appliance.readiness.machine.cards import Card, cards
from exam_appliance.readiness.many import names_of
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.switch",)


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    return judge(row, cards(sources.root), sources.heard("seat"))


def judge(row: Row, held: tuple[Card, ...], seats: tuple[HeardMachine, ...]) -> Finding:
    """Compare negotiated speeds with the row; capacity and management need a declaration."""
    need = row.limits.nic_mbit or 0
    linked = [card for card in held if card.mbit is not None]
    told = [seat for seat in seats if seat.report.nic_mbit is not None]
    slow_cards = [card for card in linked if (card.mbit or 0) < need]
    slow_seats = [seat for seat in told if (seat.report.nic_mbit or 0) < need]
    ports = Text("端口速率", "speed of the ports")
    if slow_cards or slow_seats:
        parts = [f"{card.name} {card.mbit} Mbit/s" for card in slow_cards]
        named = names_of(slow_seats)
        point = Point(
            ports,
            Text(
                "低于 1000 Mbit/s：" + "、".join([*parts, *([named.zh] if slow_seats else [])]),
                "below 1000 Mbit/s: " + ", ".join([*parts, *([named.en] if slow_seats else [])]),
            ),
            State.FAIL,
            Text(
                "请检查这些网线（六类）和交换机端口速率",
                "check these cables (cat. 6) and the ports they are in",
            ),
        )
    elif linked or told:
        point = Point(
            ports,
            Text(
                f"服务器 {len(linked)} 口、考生机 {len(told)} 台均达 1000 Mbit/s",
                f"{len(linked)} server ports and {len(told)} seats at 1000 Mbit/s",
            ),
            State.PASS,
        )
    else:
        point = Point(ports, Text("端口速率未知", "speeds not known"), State.UNKNOWN)
    nameplate = Point(
        Text("交换容量、转发率、管理", "capacity, forwarding, management"),
        Text("交换容量和管理功能须申报", "capacity and management need a declaration"),
        State.UNKNOWN,
        Text(
            "请附交换机型号参数（交换容量、包转发率、ACL）申报",
            "declare with the switch's data sheet (capacity, forwarding rate, ACL)",
        ),
    )
    return found((point, nameplate))
