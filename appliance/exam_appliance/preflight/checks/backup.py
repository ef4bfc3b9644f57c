"""Copies of what must not be lost: the journal at the centre, and the site's own verified backups."""

from __future__ import annotations

from exam_appliance.backup.report import BackupStanding
from exam_appliance.preflight.looking import Copied, Looked
from exam_appliance.readiness.finding import Finding, Point, State, Text, found

ID = "backup"
NAME = Text("备份", "backup")

LEFT_OVER = 50
"""Entries that may be on their way while the server runs: log-ins, heartbeats, this check."""


async def check(looked: Looked) -> Finding:
    """Compare what the centre holds, and see how the site's own backups stand."""
    return judge(looked.copied, looked.backups, enrolled=looked.enrolled)


def judge(copied: Copied, backups: BackupStanding, *, enrolled: bool) -> Finding:
    """Compare how far the centre holds the journal; a backup counts once it was tried by restoring."""
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
    return found((at_centre, _own(backups)))


def _own(backups: BackupStanding) -> Point:
    """Tell of the site's own backups; where none are made, people must see to a copy."""
    name = Text("本地备份", "own backup")
    last = backups.last_good
    if backups.state == "none":
        return Point(
            name,
            Text("未设置备份目的地", "no destination is set"),
            State.UNKNOWN,
            Text(
                "请设置 backup.destinations，或人工确认：备用服务器可用，状态目录和密钥已复制到另一块硬盘",
                "set backup.destinations, or make sure by hand: a spare server works, keys are copied",
            ),
        )
    shown = Text(backups.zh, backups.en)
    if last is not None and backups.age_minutes is not None:
        hours, minutes = divmod(backups.age_minutes, 60)
        shown = Text(
            f"最近一次验证过的备份：{last.destination}，{hours} 小时 {minutes} 分钟前",
            f"last verified backup: {last.destination}, {hours} h {minutes} min ago",
        )
    if backups.state == "good":
        return Point(name, shown, State.PASS)
    return Point(name, shown, State.FAIL, Text(backups.zh, backups.en))
