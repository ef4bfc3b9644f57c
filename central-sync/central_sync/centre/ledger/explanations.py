"""The ledger's states and their explanations in words. Pure."""

from __future__ import annotations

from central_sync.centre.ledger.fold import LineFold
from central_sync.protocol.kinds import LedgerState

STATE_ZH = {
    LedgerState.ARRANGED: "已安排",
    LedgerState.ABSENT: "缺考",
    LedgerState.CHECKED_IN: "已签到",
    LedgerState.SITTING: "考试中",
    LedgerState.SUBMITTED: "已交卷",
    LedgerState.SCORED: "已评分",
    LedgerState.VOIDED: "作废",
    LedgerState.NOT_REPORTED: "未上报",
}
STATE_EN = {
    LedgerState.ARRANGED: "arranged",
    LedgerState.ABSENT: "absent",
    LedgerState.CHECKED_IN: "checked in",
    LedgerState.SITTING: "sitting",
    LedgerState.SUBMITTED: "submitted",
    LedgerState.SCORED: "scored",
    LedgerState.VOIDED: "voided",
    LedgerState.NOT_REPORTED: "not reported",
}
_BY_ZH = {"candidate": "考生本人交卷", "invigilator": "监考员代为交卷", "clock": "到时自动交卷"}
_BY_EN = {
    "candidate": "handed in by the candidate",
    "invigilator": "handed in by an invigilator",
    "clock": "handed in when time was up",
}


def explain(state: LedgerState, line: LineFold | None, cancelled: str | None) -> tuple[str, str]:
    """Return why a candidate is in a state, in Chinese and English.

    `cancelled` is why the session was cancelled, None when it was not.
    """
    if line is None or line.seq == 0:
        if state is LedgerState.NOT_REPORTED:
            return "已过开考时间，考点尚未上报本场次", "the start is past and the site reported nothing yet"
        if cancelled is not None:
            return f"场次已取消：{cancelled}", f"the session was cancelled: {cancelled}"
        return "已安排，尚未到场", "arranged, has not come yet"
    match state:
        case LedgerState.ARRANGED:
            return f"缺考已撤销{_after(line, '：')}", f"the absence was taken back{_after(line, ': ')}"
        case LedgerState.ABSENT:
            return f"缺考{_after(line, '：')}", f"absent{_after(line, ': ')}"
        case LedgerState.CHECKED_IN:
            return "已签到，尚未开始作答", "checked in, has not begun"
        case LedgerState.SITTING:
            return f"考试中，已答 {len(line.responses)} 题", f"sitting, {len(line.responses)} items answered"
        case LedgerState.SUBMITTED:
            return f"{_handed_in(line)}，等待评分", f"{_handed_in_en(line)}, not scored yet"
        case LedgerState.SCORED:
            return (
                f"{_handed_in(line)}，得 {line.points} 分",
                f"{_handed_in_en(line)}, {line.points} points",
            )
        case LedgerState.VOIDED:
            second = f"（{line.actor}、{line.second}）"
            return (
                f"作废{_after(line, '：')}{second}",
                f"voided{_after(line, ': ')} ({line.actor}, {line.second})",
            )
        case LedgerState.NOT_REPORTED:
            raise ValueError("a site cannot report that it did not report")


def _after(line: LineFold, colon: str) -> str:
    return f"{colon}{line.reason}" if line.reason else ""


def _handed_in(line: LineFold) -> str:
    return _BY_ZH.get(line.by, "已交卷") + (f"（{line.reason}）" if line.reason else "")


def _handed_in_en(line: LineFold) -> str:
    return _BY_EN.get(line.by, "handed in") + (f" ({line.reason})" if line.reason else "")
