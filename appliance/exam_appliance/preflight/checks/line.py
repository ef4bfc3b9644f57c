"""The line to the centre."""

from __future__ import annotations

from exam_appliance.preflight.looking import Looked
from exam_appliance.readiness.finding import Finding, State, Text
from exam_appliance.readiness.sources import LineFacts, Missing

ID = "line"
NAME = Text("到中心的线路", "line to the centre")
SLOW_MS = 2_000


async def check(looked: Looked) -> Finding:
    """Ask the centre."""
    return judge(await looked.centre.reach())


def judge(reached: LineFacts | Missing) -> Finding:
    """Compare the centre's answer. Exams go on without the line, keys come by release code or stick."""
    if isinstance(reached, Missing):
        todo = Text(
            f"{reached.todo.zh}；线路不通也可考试：向考试机构索取解密码，考后用 U 盘上报",
            f"{reached.todo.en}; exams work without: ask for a release code, send results by stick",
        )
        return Finding(State.FAIL, reached.why, todo)
    shown = Text(f"中心应答 {reached.round_trip_ms} ms", f"the centre answers in {reached.round_trip_ms} ms")
    if reached.round_trip_ms > SLOW_MS:
        return Finding(
            State.FAIL,
            shown,
            Text("线路很慢：请停止其他上网，检查外网", "the line is slow: stop other uses and check it"),
        )
    return Finding(State.PASS, shown)
