"""One audit from beginning to end."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from central_sync.protocol.advisories import AdvisoriesDocument
from exam_appliance.app import software_version
from exam_appliance.intake.documents import DocumentStore
from exam_appliance.readiness.machine.commands import Ask
from exam_appliance.security_audit.integrity import PROGRAMS, integrity_points
from exam_appliance.security_audit.logs import log_points
from exam_appliance.security_audit.packages import package_point
from exam_appliance.security_audit.ports import port_point
from exam_appliance.security_audit.report import AuditReport


async def audit(state_dir: Path, ask: Ask, hours: int, programs: Path = PROGRAMS) -> AuditReport:
    """Look at logs, ports, files and packages of this machine."""
    known = advisories(state_dir)
    points = [
        *await log_points(ask, hours),
        await port_point(ask),
        *await integrity_points(ask, programs),
        await package_point(ask, known),
    ]
    return AuditReport(
        at=datetime.now(UTC),
        version=software_version(),
        hours=hours,
        advisories=None if known is None else known.issued,
        points=tuple(points),
    )


def advisories(state_dir: Path) -> AdvisoriesDocument | None:
    """Return the centre's list that came last, None when there is none."""
    for document in reversed(DocumentStore(state_dir / "documents").of_kind("advisories")):
        try:
            return AdvisoriesDocument.model_validate(document.body)
        except ValidationError:
            continue
    return None
