"""The reader and the scanner of registration (报名), where the site registers candidates itself."""

from __future__ import annotations

from exam_appliance.readiness.device_points import present_point
from exam_appliance.readiness.finding import Finding, Text, found, unknown
from exam_appliance.readiness.sources import DeviceFacts, Missing, Sources
from exam_appliance.readiness.standard import Row

_ROLES = {"agency.id_reader": "office.reader", "agency.qr_scanner": "office.scanner"}
ROWS = tuple(_ROLES)


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    return judge(row, sources.devices)


def judge(row: Row, devices: tuple[DeviceFacts, ...] | Missing) -> Finding:
    """Compare the device in the office's role with the row; without one a declaration is needed."""
    if isinstance(devices, Missing):
        return unknown(devices.why, devices.todo)
    held = [one for one in devices if any(role.id == _ROLES[row.id] for role in one.roles)]
    if not held:
        return unknown(
            Text("本机未绑定报名用的该设备", "no such device is bound to registration here"),
            Text(
                "报名点在本考点的，请接好设备并在“设备”页面绑定到考务办公室；在考试机构的，请申报",
                "where candidates register here, plug it in and bind it to the exam office; else declare it",
            ),
        )
    return found((present_point(Text(row.zh, row.en), held, Text("", "")),))
