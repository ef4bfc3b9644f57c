"""The slip with the number: ordered from the printing service when a number is given at a ticket machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from exam_appliance.documents.kinds import DocumentKind, QueueSlip
from exam_appliance.documents.names import masked_name
from exam_appliance.documents.printing import Prints
from exam_appliance.exam.floor import SiteFacts
from exam_appliance.queue.queue import TicketTaken


class QueueSlips:
    """Prints slips at the machine's station; a machine without a station has none."""

    def __init__(self, prints: Prints, site: Callable[[], SiteFacts], *, mask: bool) -> None:
        self._prints = prints
        self._site = site
        self._mask = mask

    async def print(self, taken: TicketTaken) -> None:
        """Order the slip of a number. Raises Problem."""
        ticket = taken.ticket
        if not ticket.machine:
            return
        site = self._site()
        slip = QueueSlip(
            site=site.name[:120],
            time_zone=site.time_zone,
            number=ticket.number,
            service="身份核验",
            service_en="Identity check",
            session=taken.title,
            name=masked_name(taken.name) if self._mask else taken.name,
            room=ticket.room,
            ahead=taken.before,
            wait_minutes=None if taken.wait_minutes is None else min(600, taken.wait_minutes),
            taken_at=datetime.fromisoformat(ticket.taken_at),
            code=ticket.admission,
            note="请留意屏幕和广播；过号请到窗口说明",
            note_en="Watch the screen and listen; if you missed your call, come to a counter",
        )
        await self._prints.print(
            DocumentKind.QUEUE_SLIP,
            ticket.id,
            slip,
            f"{ticket.machine}.slips",
            ticket.machine,
            session=ticket.session,
            title=f"{ticket.number} {slip.name}",
        )
