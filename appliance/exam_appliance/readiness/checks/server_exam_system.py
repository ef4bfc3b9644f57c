"""The exam system on this server: its version, and whether a centre knows it."""

from __future__ import annotations

from exam_appliance.readiness.finding import Finding, Point, State, Text, found
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.server.exam_system",)


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    return judge(sources.software, sources.enrolled)


def judge(software: str, enrolled: bool) -> Finding:
    """Compare the exam system with the row."""
    version = f"Kaodian exam-appliance {software}"
    return found(
        (
            Point(Text("版本", "version"), Text(version, version), State.PASS),
            Point(
                Text("登记", "enrolment"),
                Text("已登记到中心", "enrolled with a centre")
                if enrolled
                else Text("未登记到中心", "not enrolled"),
                State.PASS if enrolled else State.FAIL,
                None
                if enrolled
                else Text(
                    "请向考试机构索取登记码，在“同步”页面登记",
                    "ask the exam agency for a claim code and enrol on the sync page",
                ),
            ),
        )
    )
