"""Identity check, mode 1: terminals that do all in one."""

from __future__ import annotations

from exam_appliance.readiness.device_points import present_point
from exam_appliance.readiness.finding import Finding, Text, found, unknown
from exam_appliance.readiness.sources import Missing, Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.identity.terminal",)
KINDS = ("terminal",)
"""Kinds of the device daemon that are such a terminal."""


async def check(row: Row, sources: Sources) -> Finding:
    """Return the terminals that are connected; one that is not connected here needs a declaration."""
    held = sources.of_kind(*KINDS)
    if isinstance(held, Missing) or held:
        return found((present_point(Text(row.zh, row.en), held, Text("", "")),))
    return unknown(
        Text("未接入人证核验一体设备", "no identity terminal is connected"),
        Text(
            "采用方式一的请接入设备，或附型号参数和对接记录申报；采用方式二的不需要",
            "for mode 1 connect it, or declare with its data and integration record; mode 2 needs none",
        ),
    )
