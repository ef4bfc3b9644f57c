"""Rows that only a person can answer for: computers and software elsewhere, office software, the router."""

from __future__ import annotations

from exam_appliance.readiness.finding import Finding, Text, unknown
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row

ROWS = (
    *("authority.pc", "authority.os", "authority.browser", "authority.office", "authority.network"),
    *("agency.pc", "agency.os", "agency.browser", "agency.office", "agency.network"),
    *("site.server.browser", "site.server.office", "site.invigilator.office", "site.router"),
)

_WHERE = {
    "authority": Text("发证机关", "the issuing authority"),
    "agency": Text("考试机构", "the exam agency"),
    "site": Text("考试点", "the exam site"),
}


async def check(row: Row, sources: Sources) -> Finding:
    """Return that a declaration is needed."""
    where = _WHERE[row.id.partition(".")[0]]
    return unknown(
        Text("本机无法测量", "cannot be measured from here"),
        Text(
            f"请在“就绪检查”页面申报{where.zh}的情况，并附照片、配置截图或采购清单",
            f"declare how it stands at {where.en}, with a photo, screenshot or purchase list",
        ),
    )
