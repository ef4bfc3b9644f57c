"""The last rehearsal: lately, with enough candidates, nothing lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from exam_appliance.practice.kept_rehearsal import KeptRehearsal
from exam_appliance.preflight.looking import Looked
from exam_appliance.readiness.finding import Finding, Point, State, Text, found, unknown

ID = "rehearsal"
NAME = Text("压力演练", "rehearsal")

GOOD_FOR = timedelta(days=7)
SLOWEST_SAVE_MS = 1_000
_AGAIN = Text(
    "请在“压力演练”页面按实际人数再演练一次", "rehearse once more with the real number of candidates"
)


async def check(looked: Looked) -> Finding:
    """Compare the kept result with the next exam day."""
    most = max((one.candidates for one in looked.day()), default=0)
    return judge(looked.rehearsal, looked.now, most, looked.time_zone)


def judge(kept: KeptRehearsal | None, now: datetime, candidates: int, zone: str) -> Finding:
    """Compare a result with so many candidates of the largest session."""
    if kept is None:
        return unknown(Text("尚未演练", "no rehearsal yet"), _AGAIN)
    report = kept.report
    day = kept.at.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M")
    fresh = now - kept.at <= GOOD_FOR
    enough = report.candidates >= candidates
    clean = report.lost == 0 and report.errors == 0
    quick = report.save_ms.p99 <= SLOWEST_SAVE_MS
    help_ = Text(
        "请查看系统日志，检查网络和硬盘后再演练", "see the log, check network and disk, and rehearse again"
    )
    return found(
        (
            Point(
                Text("时间", "when"),
                Text(f"{day} 演练", f"rehearsed {day}"),
                State.PASS if fresh else State.UNKNOWN,
                None if fresh else _AGAIN,
            ),
            Point(
                Text("人数", "candidates"),
                Text(
                    f"{report.candidates} 人（最大场次 {candidates} 人）",
                    f"{report.candidates} of {candidates}",
                ),
                State.PASS if enough else State.UNKNOWN,
                None if enough else _AGAIN,
            ),
            Point(
                Text("丢失与错误", "lost and errors"),
                Text(
                    f"丢失 {report.lost}，错误 {report.errors}", f"{report.lost} lost, {report.errors} errors"
                ),
                State.PASS if clean else State.FAIL,
                None if clean else help_,
            ),
            Point(
                Text("保存耗时", "save time"),
                Text(f"保存 p99 {report.save_ms.p99} ms", f"save p99 {report.save_ms.p99} ms"),
                State.PASS if quick else State.FAIL,
                None if quick else help_,
            ),
        )
    )
