"""Package and key of every session of the next exam day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from exam_appliance.preflight.looking import Looked, SessionFacts
from exam_appliance.readiness.finding import Finding, Point, State, Text, found, unknown

ID = "sessions"
NAME = Text("考试包与密钥", "packages and keys")


async def check(looked: Looked) -> Finding:
    """Compare the sessions of the next exam day."""
    return judge(looked.day(), looked.now, looked.time_zone)


def judge(day: Sequence[SessionFacts], now: datetime, zone: str) -> Finding:
    """Compare: the package must be here; the key too, once the window is open."""
    if not day:
        return unknown(
            Text("没有待考场次", "no session is announced"),
            Text(
                "应有考试的，请在“同步”页面立即同步，或向考试机构索取 U 盘数据包",
                "where there should be one, sync now, or ask the exam agency for a bundle on a stick",
            ),
        )
    return found([_point(one, now, zone) for one in day])


def _point(one: SessionFacts, now: datetime, zone: str) -> Point:
    start = one.starts_at.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M")
    name = Text(f"{one.session} {start}", f"{one.session} {start}")
    if one.state == "announced":
        return Point(
            name,
            Text(f"{one.session}（{start}）考试包未到", f"{one.session} ({start}): no package"),
            State.FAIL,
            Text(
                "请等待下载完成；线路不通请向考试机构索取 U 盘数据包",
                "let the download finish; without a line ask the exam agency for a stick",
            ),
        )
    if one.state != "downloaded":
        shown = Text(f"{one.session}（{start}）已解密", f"{one.session} ({start}): unlocked")
        return Point(name, shown, State.PASS)
    if one.key:
        shown = Text(f"{one.session}（{start}）考试包和密钥已到", f"{one.session} ({start}): package and key")
        return Point(name, shown, State.PASS)
    if now < one.unlock_from:
        due = one.unlock_from.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M")
        shown = Text(
            f"{one.session}（{start}）考试包已到，密钥 {due} 起下发",
            f"{one.session} ({start}): package here, key from {due}",
        )
        return Point(name, shown, State.PASS)
    return Point(
        name,
        Text(f"{one.session}（{start}）密钥未到", f"{one.session} ({start}): no key"),
        State.FAIL,
        Text(
            "请考试机构下发密钥；线路不通请主考电话索取解密码",
            "ask the exam agency to release the key; without a line the lead asks for a release code",
        ),
    )
