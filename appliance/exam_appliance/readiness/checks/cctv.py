"""Room cameras (CCTV)."""

from __future__ import annotations

from exam_appliance.readiness.device_points import present_point
from exam_appliance.readiness.finding import Finding, Text, found, unknown
from exam_appliance.readiness.sources import Missing, Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.cctv",)
KINDS = ("cctv",)
"""Kinds of the device daemon that are such cameras."""


async def check(row: Row, sources: Sources) -> Finding:
    """Return the recorders and cameras that are connected; others need a declaration."""
    held = sources.of_kind(*KINDS)
    rooms = len(sources.rooms)
    if not isinstance(held, Missing) and held:
        return found((present_point(Text(row.zh, row.en), held, Text("", "")),))
    need = f"{rooms} 个考场至少 {2 * rooms} 个摄像头；" if rooms else ""
    need_en = f"{rooms} rooms need {2 * rooms} cameras or more; " if rooms else ""
    return unknown(
        Text("监控设备未接入本机", "the room cameras are not connected here"),
        Text(
            f"{need}请附设备型号、点位图和存储时长（不短于证书有效期）申报",
            f"{need_en}declare with models, a plan of the cameras and how long recordings are kept",
        ),
    )
