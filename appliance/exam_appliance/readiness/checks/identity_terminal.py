"""Identity check, mode 1: terminals that do all in one."""

from __future__ import annotations

from datetime import datetime, timedelta

from exam_appliance.readiness.device_points import present_point
from exam_appliance.readiness.finding import Finding, Point, State, Text, found, unknown
from exam_appliance.readiness.sources import Missing, Sources, TerminalFacts, TerminalsFacts
from exam_appliance.readiness.standard import Row
from exam_appliance.terminals.standing import Standing

ROWS = ("site.identity.terminal",)
KINDS = ("terminal",)
"""Kinds of the device daemon that are such a terminal."""

LISTED = 8
"""Terminals named; more are counted."""

OTHERS = {
    Standing.SILENT: Text("失联", "silent"),
    Standing.FAULTY: Text("自报故障", "faulty"),
    Standing.NEVER_HEARD: Text("尚未联系", "never heard"),
}


async def check(row: Row, sources: Sources) -> Finding:
    """Return the terminals that are enrolled and how they stand, or one that is connected as a device.

    One that is neither needs a declaration.
    """
    if sources.terminals is not None and sources.terminals.terminals:
        return found((enrolled_point(row, sources.terminals, sources.now),))
    held = sources.of_kind(*KINDS)
    if not isinstance(held, Missing) and held:
        return found((present_point(Text(row.zh, row.en), held, Text("", "")),))
    return unknown(
        Text("未登记人证核验一体设备", "no identity terminal is enrolled"),
        Text(
            "采用方式一的请在控制台“设备 → 一体机”登记，或附型号参数和对接记录申报；采用方式二的不需要",
            "for mode 1 enrol it on the console (devices, terminals), or declare it with its data and "
            "integration record; mode 2 needs none",
        ),
    )


def enrolled_point(row: Row, held: TerminalsFacts, now: datetime) -> Point:
    """Return how the enrolled terminals stand; as many as the row asks for must be online."""
    name = Text("与考试系统对接的一体机", "terminals integrated with the exam system")
    terminals = held.terminals
    count = len(terminals)
    if not held.listening:
        return Point(
            name,
            Text(f"已登记 {count} 台；考点服务未运行", f"{count} enrolled; the server does not run"),
            State.UNKNOWN,
            Text("请启动服务后再检查", "start the server and check again"),
        )
    online = sum(one.state is Standing.ONLINE for one in terminals)
    parts = [Text(f"已登记 {count} 台，在线 {online} 台", f"{count} enrolled, {online} online")]
    parts += _others(terminals, now)
    shown = Text("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))
    if online >= (row.quantity or 1):
        return Point(name, shown, State.PASS)
    if all(one.state is Standing.NEVER_HEARD for one in terminals):
        return Point(
            name,
            shown,
            State.UNKNOWN,
            Text(
                "请在一体机上填入接口地址、编号和密钥并开机",
                "enter address, id and key at the terminal and switch it on",
            ),
        )
    return Point(
        name,
        shown,
        State.FAIL,
        Text(
            "请检查一体机的电源和网线，自报故障的按厂商说明处理",
            "check the terminals' power and cables; what they report themselves is for their maker's manual",
        ),
    )


def _others(terminals: tuple[TerminalFacts, ...], now: datetime) -> list[Text]:
    """Return who is silent, faulty or was never heard, by name."""
    parts = []
    for state, (zh, en) in OTHERS.items():
        of_state = [one for one in terminals if one.state is state]
        if not of_state:
            continue
        named = [_named(one, now) for one in of_state[:LISTED]]
        more = len(of_state) - LISTED
        parts.append(
            Text(
                f"{zh}：{'、'.join(one.zh for one in named)}{f' 等 {len(of_state)} 台' if more > 0 else ''}",
                f"{en}: {', '.join(one.en for one in named)}{f' and {more} more' if more > 0 else ''}",
            )
        )
    return parts


def _named(one: TerminalFacts, now: datetime) -> Text:
    zh, en = [], []
    if one.place:
        zh.append(one.place)
        en.append(one.place)
    if one.state is Standing.SILENT and one.last is not None:
        ago = _ago(now - one.last)
        zh.append(f"最近联系 {ago.zh}")
        en.append(f"last heard {ago.en}")
    if one.state is Standing.FAULTY:
        zh += one.faults
        en += one.faults
    return Text(
        f"{one.name}（{'，'.join(zh)}）" if zh else one.name,
        f"{one.name} ({', '.join(en)})" if en else one.name,
    )


def _ago(since: timedelta) -> Text:
    minutes = max(0, int(since.total_seconds() // 60))
    if minutes < 60:
        return Text(f"{minutes} 分钟前", f"{minutes} min ago")
    if minutes < 48 * 60:
        return Text(f"{minutes // 60} 小时前", f"{minutes // 60} h ago")
    return Text(f"{minutes // 1440} 天前", f"{minutes // 1440} days ago")
