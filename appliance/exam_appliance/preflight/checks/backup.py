"""Copies of what must not be lost: the journal at the centre, and a backup that only people know of."""

from __future__ import annotations

from exam_appliance.preflight.looking import Copied, Looked
from exam_appliance.readiness.finding import Finding, Point, State, Text, found

ID = "backup"
NAME = Text("备份", "backup")

LEFT_OVER = 50
"""Entries that may be on their way while the server runs: log-ins, heartbeats, this check."""


async def check(looked: Looked) -> Finding:
    """Compare what the centre holds; whether there is another copy this server cannot know."""
    return judge(looked.copied, enrolled=looked.enrolled)


def judge(copied: Copied, *, enrolled: bool) -> Finding:
    """Compare how far the centre holds the journal."""
    name = Text("中心收存的日志", "journal at the centre")
    shown = Text(
        f"中心已收存日志 {copied.acknowledged} / {copied.head} 条",
        f"the centre holds {copied.acknowledged} of {copied.head} entries",
    )
    if not enrolled:
        at_centre = Point(
            name,
            Text("未登记到中心，日志没有异地副本", "not enrolled: the journal has no other copy"),
            State.FAIL,
            Text("请先登记到中心", "enrol with the centre first"),
        )
    elif copied.head - copied.acknowledged <= LEFT_OVER:
        at_centre = Point(name, shown, State.PASS)
    else:
        at_centre = Point(
            name,
            shown,
            State.FAIL,
            Text(
                "请等待同步完成，或在“同步”页面导出 U 盘数据包送交中心",
                "let the sync finish, or take a bundle to the centre by stick (sync page)",
            ),
        )
    own = Point(
        Text("备用服务器和系统备份", "spare server and system backup"),
        Text(
            "备用服务器和系统备份须人工确认",
            "spare server and system backup: by hand",
        ),
        State.UNKNOWN,
        Text(
            "请人工确认：备用服务器可用；状态目录和密钥已备份到另一块硬盘或 U 盘",
            "make sure by hand: a spare server works; folder and keys are on another disk or stick",
        ),
    )
    return found((at_centre, own))
