"""Printing (打印) as the rest of the appliance asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from exam_appliance.documents.job import PrintJob
from exam_appliance.documents.kinds import DocumentData, DocumentKind


class Prints(Protocol):
    """Has documents printed: what the queue, the desk and the console are given."""

    async def print(
        self,
        kind: DocumentKind,
        subject: str,
        data: DocumentData | Sequence[DocumentData],
        role: str,
        actor: str,
        *,
        session: str = "",
        title: str = "",
    ) -> PrintJob:
        """Have a document printed and return its job, once the order is on disk; paper comes later.

        Takes milliseconds, whatever the printer does: a printer that is absent, paused or out of paper is
        waited for, and the console tells so. Asking again for the same kind, subject and data does not
        print again but returns the job there is; changed data (another seat) is a new version and is
        printed. `data` may be several documents, which become one job.

        `role` is a role of a printer: `desk-1.slips`, `kiosk-1.slips`, `room-1.printer`, `office.reports`.
        `title` is for people's lists; without it the subject is shown. Raises Problem `role.unknown`,
        `print.not_a_printer`, `print.data` or, while the disk is full, `journal.*`.
        """
        ...
