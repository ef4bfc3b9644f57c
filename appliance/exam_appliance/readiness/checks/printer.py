"""The printer, with the resolution that it tells."""

from __future__ import annotations

from collections.abc import Sequence

from exam_appliance.readiness.device_points import best_dpi, present_point
from exam_appliance.readiness.finding import Finding, Point, State, Text, found
from exam_appliance.readiness.sources import DeviceFacts, Missing, Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.printer",)

_PLUG_IN = Text(
    "请接好打印机并开机；不接到本服务器的请附型号参数申报",
    "connect the printer and switch it on; one that is elsewhere needs a declaration with its data",
)


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    return judge(row, sources.of_kind("printer"))


def judge(row: Row, printers: Sequence[DeviceFacts] | Missing) -> Finding:
    """Compare printers with the row: the finest one that works counts."""
    present = present_point(Text("打印机", "printer"), printers, _PLUG_IN)
    if isinstance(printers, Missing) or not printers:
        return found((present,))
    need = row.limits.dpi or 0
    told = [dpi for one in printers if one.works and (dpi := best_dpi(one.facts)) is not None]
    name = Text("分辨率", "resolution")
    if not told:
        return found(
            (
                present,
                Point(
                    name,
                    Text("分辨率未知", "resolution not told"),
                    State.UNKNOWN,
                    Text(
                        "请在“设备”页面自检打印机，或附型号参数申报",
                        "run the printer's self-test on the devices page, or declare with its data",
                    ),
                ),
            )
        )
    across, along = max(told, key=min)
    shown = Text(f"{across}×{along} dpi", f"{across} x {along} dpi")
    fine = min(across, along) >= need
    todo = Text(f"请更换 {need}×{need} dpi 及以上的打印机", f"use a printer of {need} x {need} dpi or more")
    point = Point(name, shown, State.PASS if fine else State.FAIL, None if fine else todo)
    return found((present, point))
