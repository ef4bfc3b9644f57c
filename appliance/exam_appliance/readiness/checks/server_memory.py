"""The server's memory."""

from __future__ import annotations

from exam_appliance.readiness.finding import Finding, Text, at_least, found
from exam_appliance.readiness.machine.memory import installed_gib
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.server.memory",)


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    return judge(row, installed_gib(sources.root))


def judge(row: Row, gib: int | None) -> Finding:
    """Compare installed memory with the row."""
    need = row.limits.memory_gb or 0
    shown = f"{gib} GB"
    return found(
        (
            at_least(
                Text("内存", "memory"),
                gib,
                need,
                Text("内存未知", "memory not known") if gib is None else Text(shown, shown),
                Text(f"请加装内存到 {need} GB", f"install memory up to {need} GB"),
                Text("请查看服务器铭牌后申报", "look at the nameplate and declare it"),
            ),
        )
    )
