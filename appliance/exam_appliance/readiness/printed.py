"""The readiness report on paper, with boxes for seal and signature."""

from __future__ import annotations

from exam_appliance.documents.pdf import printed
from exam_appliance.readiness.report import ReadinessReport


async def readiness_pdf(report: ReadinessReport) -> bytes:
    """Return the report as PDF, A4 across. Raises Problem document.failed."""
    facts = {"report": report.model_dump(mode="json", by_alias=True), "sha256": report.sha256()}
    return await printed("readiness.html", facts)
