"""Whether the server is a rack server."""

from __future__ import annotations

from exam_appliance.readiness.finding import Finding, State, Text, unknown
from exam_appliance.readiness.machine.chassis import NAMES, OTHER_BOX, RACK, Chassis, chassis
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.server.form",)

_DECLARE = Text("请附机房照片申报", "declare it with a photo of the server room")


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    return judge(chassis(sources.root))


def judge(box: Chassis) -> Finding:
    """Compare a box with the row."""
    if box.virtual:
        return unknown(
            Text(f"虚拟机 {box.named}".strip(), f"virtual machine {box.named}".strip()),
            Text("请对宿主机申报，并附机房照片", "declare the host, with a photo of the server room"),
        )
    zh, en = NAMES.get(box.type or 0, (f"机箱类型 {box.type}", f"chassis type {box.type}"))
    shown = Text(f"{zh} {box.named}".strip(), f"{en} {box.named}".strip())
    if box.type in RACK:
        return Finding(State.PASS, shown)
    if box.type in OTHER_BOX:
        return Finding(
            State.FAIL,
            shown,
            Text("推荐更换为机架式服务器，不影响考试", "a rack server is recommended; exams work without"),
        )
    if box.type is None or box.type in (1, 2):
        shown = Text("主板未提供机箱类型", "the board tells no chassis type")
    return unknown(shown, _DECLARE)
