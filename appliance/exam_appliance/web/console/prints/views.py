"""Print jobs and printers as the console shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from exam_appliance.devices.roles import role_named
from exam_appliance.documents.job import PrintJob, PrintState
from exam_appliance.documents.kinds import DOCUMENTS
from exam_appliance.documents.printing import Printing
from exam_appliance.documents.site_printers import Obstacle
from exam_appliance.web.console.prints.models import (
    Deed,
    PrintDesk,
    PrinterView,
    PrintReason,
    PrintView,
    TemplateFault,
)
from firmware_adapters.adapter import DeviceKind

_DEEDS: dict[PrintState, tuple[Deed, ...]] = {
    PrintState.WAITING: ("retry", "redirect", "cancel"),
    PrintState.SENDING: ("redirect", "cancel", "confirm"),
    PrintState.PRINTED: ("reprint",),
    PrintState.FAILED: ("retry", "redirect", "confirm", "cancel"),
    PrintState.DOUBTFUL: ("confirm", "retry", "redirect", "cancel"),
    PrintState.CANCELLED: ("reprint",),
}


def print_view(printing: Printing, job: PrintJob, names: Mapping[str, str]) -> PrintView:
    """Return a print job as it is shown."""
    document = DOCUMENTS[job.kind]
    role = role_named(job.role)
    device = printing.printers.device(job.device) if job.device else None
    return PrintView(
        id=job.id,
        kind=job.kind,
        kind_zh=document.zh,
        kind_en=document.en,
        subject=job.subject,
        title=job.title,
        session=job.session,
        copy_number=job.copy,
        documents=job.documents,
        people=job.people,
        role=job.role,
        role_zh=role.zh if role is not None else job.role,
        role_en=role.en if role is not None else job.role,
        device=f"{device.maker} {device.model}".strip() if device is not None else job.device,
        actor=job.actor,
        actor_name=names.get(job.actor, job.actor),
        asked_at=datetime.fromisoformat(job.asked_at),
        state=job.state,
        reason=_reason(printing.book.why(job)),
        done=printing.progress.get(job.id, (0, 0))[0],
        settled_at=datetime.fromisoformat(job.settled_at) if job.settled_at else None,
        seq=job.seq,
        deeds=_DEEDS[job.state],
    )


def print_desk(printing: Printing, names: Mapping[str, str]) -> PrintDesk:
    """Return what is not out, and the printers."""
    jobs = printing.book.unsettled()
    return PrintDesk(
        jobs=tuple(print_view(printing, job, names) for job in jobs),
        needing=sum(job.state.needs_person for job in jobs),
        printers=printer_views(printing),
        faults=tuple(
            TemplateFault(file=fault.file, line=fault.line, zh=fault.zh, en=fault.en)
            for fault in printing.faults.all()
        ),
    )


def printer_views(printing: Printing) -> tuple[PrinterView, ...]:
    """Return the roles that printers may have, with whether they print now."""
    waiting = Counter(job.role for job in printing.book.unsettled() if job.state.open)
    views = []
    for role in printing.printers.roles():
        found = printing.printers.ready(role.id)
        obstacle = found if isinstance(found, Obstacle) else None
        ready = None if isinstance(found, Obstacle) else found
        views.append(
            PrinterView(
                role=role.id,
                zh=role.zh,
                en=role.en,
                device=f"{ready.maker} {ready.model}".strip() or ready.zh if ready is not None else "",
                ready=ready is not None,
                receipts=ready is not None and ready.kind is DeviceKind.RECEIPT_PRINTER,
                reason=_reason(obstacle),
                waiting=waiting[role.id],
            )
        )
    return tuple(views)


def _reason(obstacle: Obstacle | None) -> PrintReason | None:
    if obstacle is None:
        return None
    return PrintReason(code=obstacle.code, zh=obstacle.zh, en=obstacle.en)
