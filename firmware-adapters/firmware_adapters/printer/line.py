"""The two lines to a printer: to its queue at CUPS, and to the printer itself where it speaks IPP."""

from __future__ import annotations

import asyncio
from typing import Final

from pyipp.enums import IppOperation, IppStatus, IppTag

from firmware_adapters.adapter import ActionRefused, Reason
from firmware_adapters.printer import reasons
from firmware_adapters.printer.ipp_client import (
    IppAddress,
    IppClient,
    IppNoSuchHost,
    IppRefused,
    IppSilent,
    IppUnreachable,
    requested,
    scheduler_address,
    texts,
)
from firmware_adapters.printer.ipp_message import Attributes, IppGarbled, Tagged
from firmware_adapters.printer.jobs import (
    JOB_ATTRIBUTES,
    Job,
    PrintOrder,
    job_attributes,
    job_name,
    read_job,
    read_jobs,
)
from firmware_adapters.printer.standing import PrinterLook

SENDING_S: Final = 120.0
"""Handing over a document; a slow printer takes it as it prints."""
LISTED_AT_PRINTER: Final = 50
"""Jobs that are looked through for one of ours, the newest first."""
_IPP = ("ipp", "ipps")
_STATE: Final = (
    "printer-state",
    "printer-state-reasons",
    "printer-state-message",
    "printer-is-accepting-jobs",
    "queued-job-count",
    "printer-make-and-model",
    "printer-device-id",
    "printer-firmware-string-version",
    "printer-serial-number",
    "printer-resolution-supported",
    "printer-resolution-default",
    "pwg-raster-document-resolution-supported",
    "pclm-source-resolution-supported",
    "urf-supported",
    "document-format-supported",
    "sides-supported",
    "color-supported",
    "media-ready",
    "printer-input-tray",
    "printer-supply",
    "printer-supply-description",
    "marker-names",
    "marker-types",
    "marker-colors",
    "marker-levels",
    "marker-low-levels",
)
"""What is asked for; all that a printer has can be 200 kB."""
_NOT_ALLOWED: Final = frozenset(
    status.value
    for status in (
        IppStatus.ERROR_NOT_AUTHENTICATED,
        IppStatus.ERROR_NOT_AUTHORIZED,
        IppStatus.ERROR_FORBIDDEN,
    )
)
_TROUBLE = (IppUnreachable, IppGarbled, IppRefused)


class QueueGone(Exception):
    """CUPS does not have the queue any more."""


class CupsAway(Exception):
    """CUPS cannot be spoken with."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class PrinterLine:
    """Speaks with one printer; everything that is asked for goes to the queue when there is one."""

    def __init__(self, server: str, queue: str, uri: str, timeout_s: float) -> None:
        self.queue = queue
        """Name of its queue; empty for a printer that is spoken with directly."""
        self.uri = uri
        self._scheduler: IppClient | None = None
        if queue:
            address = scheduler_address(server, f"/printers/{queue}")
            self._scheduler = IppClient(address, timeout_s=timeout_s)
        address = IppAddress(uri)
        direct = uri.partition(":")[0] in _IPP and not address.is_named_service
        self._printer = IppClient(address, timeout_s=timeout_s) if direct else None
        working = self._scheduler or self._printer
        if working is None:
            raise ValueError(f"neither a queue nor an address of IPP: {uri!r}")
        self._working: IppClient = working
        self._before: tuple[Attributes | None, Reason | None] | None = None
        """What the printer itself told when it was asked last."""

    @property
    def keeps_our_key(self) -> bool:
        """Whether a job keeps attributes that only we know."""
        return self._scheduler is not None

    @property
    def asks_printer(self) -> bool:
        """Whether the printer itself can be asked."""
        return self._printer is not None

    async def look(self, *, ask_printer: bool = True) -> PrinterLook:
        """Ask both at once, or the queue only, with what the printer told before.

        Raises QueueGone, CupsAway; trouble with the printer is told in the look.
        """
        if ask_printer or self._before is None:
            (printer, trouble), queue = await asyncio.gather(self._printer_told(), self._queue_told())
            self._before = printer, trouble
        else:
            (printer, trouble), queue = self._before, await self._queue_told()
        if isinstance(queue, Exception):
            raise queue
        return PrinterLook(queue, printer, trouble)

    async def send(self, order: PrintOrder, document: bytes, media_type: str, digest: str) -> int:
        """Hand a document over and return the job's number. Raises ActionRefused, IppUnreachable."""
        marked = self.keeps_our_key
        operation = [
            Tagged("job-name", IppTag.NAME, [job_name(order.title, order.key, marked=marked)]),
            Tagged("document-format", IppTag.MIME_TYPE, [media_type]),
        ]
        try:
            answer = await self._working.ask(
                IppOperation.PRINT_JOB,
                operation,
                job_attributes=job_attributes(order, digest, marked=marked),
                document=document,
                timeout_s=SENDING_S,
            )
        except (IppGarbled, IppRefused) as error:
            raise self._refusal(error) from error
        job = read_job(answer.first_of(IppTag.JOB))
        if job is None:
            raise ActionRefused(reasons.GARBLED, "the answer to Print-Job names no job")
        return job.number

    async def jobs(self, which: str = "all") -> list[Job]:
        """Return the jobs: `all`, `completed`, `not-completed`. Raises ActionRefused."""
        asked = [Tagged("which-jobs", IppTag.KEYWORD, [which]), requested(*JOB_ATTRIBUTES)]
        try:
            answer = await self._working.ask(IppOperation.GET_JOBS, asked)
        except IppRefused as refused:
            # Many printers know no `all`.
            if which != "all" or self.keeps_our_key:
                raise self._refusal(refused) from refused
            return [*await self.jobs("completed"), *await self.jobs("not-completed")]
        except _TROUBLE as error:
            raise self._refusal(error) from error
        return read_jobs(answer.all_of(IppTag.JOB))

    async def job(self, number: int) -> Job | None:
        """Return a job; None when it is not known any more. Raises ActionRefused."""
        try:
            answer = await self._working.ask(
                IppOperation.GET_JOB_ATTRIBUTES, [requested(*JOB_ATTRIBUTES)], job_id=number
            )
        except IppRefused as refused:
            if refused.status in (IppStatus.ERROR_NOT_FOUND.value, IppStatus.ERROR_GONE.value):
                return None
            raise self._refusal(refused) from refused
        except _TROUBLE as error:
            raise self._refusal(error) from error
        return read_job(answer.first_of(IppTag.JOB))

    async def job_at_printer(self, job: Job) -> Job | None:
        """Return a job of the queue as the printer lists it: the newest that has ended under its title.

        None when the printer cannot be asked, keeps no list, or does not know it. CUPS takes a job whose end
        it missed for a good one, so the printer's word counts more.
        """
        named = await self.ended_at_printer(job.title)
        return named[-1] if named else None

    async def ended_at_printer(self, title: str) -> list[Job] | None:
        """Return the jobs that the printer lists as ended under a title; None where it cannot say."""
        if self._printer is None or self._scheduler is None or not title:
            return None
        asked = [
            Tagged("which-jobs", IppTag.KEYWORD, ["completed"]),
            Tagged("limit", IppTag.INTEGER, [LISTED_AT_PRINTER]),
            requested(*JOB_ATTRIBUTES),
        ]
        try:
            answer = await self._printer.ask(IppOperation.GET_JOBS, asked)
        except _TROUBLE:
            return None
        return [one for one in read_jobs(answer.all_of(IppTag.JOB)) if one.title == title]

    async def cancel(self, number: int) -> None:
        """Cancel a job. Raises ActionRefused; NO_SUCH_JOB for one that has ended."""
        try:
            await self._working.ask(IppOperation.CANCEL_JOB, job_id=number)
        except IppRefused as refused:
            if refused.status in (IppStatus.ERROR_NOT_FOUND.value, IppStatus.ERROR_NOT_POSSIBLE.value):
                raise ActionRefused(reasons.NO_SUCH_JOB, str(refused)) from refused
            raise self._refusal(refused) from refused
        except _TROUBLE as error:
            raise self._refusal(error) from error

    async def resume(self) -> None:
        """Let the queue print and take jobs. Raises ActionRefused."""
        operations = [IppOperation.RESUME_PRINTER]
        path = None
        if self._scheduler is not None:
            operations.append(IppOperation.CUPS_ACCEPT_JOBS)
            path = "/admin/"
        for operation in operations:
            try:
                await self._working.ask(operation, path=path)
            except _TROUBLE as error:
                raise self._refusal(error) from error

    async def close(self) -> None:
        """Hang up; may be called twice."""
        for client in (self._scheduler, self._printer):
            if client is not None:
                await client.close()

    async def _queue_told(self) -> Attributes | QueueGone | CupsAway | None:
        if self._scheduler is None:
            return None
        try:
            answer = await self._scheduler.ask(IppOperation.GET_PRINTER_ATTRIBUTES, [requested(*_STATE)])
        except IppRefused as refused:
            if refused.status == IppStatus.ERROR_NOT_FOUND.value:
                return QueueGone(self.queue)
            return CupsAway(_allowed_or(refused, reasons.CUPS_DOWN), str(refused))
        except IppUnreachable as away:
            return CupsAway(reasons.CUPS_DOWN, str(away))
        except IppGarbled as garbled:
            return CupsAway(reasons.CUPS_GARBLED, str(garbled))
        return answer.first_of(IppTag.PRINTER)

    async def _printer_told(self) -> tuple[Attributes | None, Reason | None]:
        if self._printer is None:
            return None, None
        try:
            answer = await self._printer.ask(IppOperation.GET_PRINTER_ATTRIBUTES, [requested(*_STATE)])
        except IppNoSuchHost:
            # Only CUPS may be able to find it, by DNS-SD.
            return None, None if self._scheduler is not None else reasons.OFFLINE
        except _TROUBLE as error:
            return None, printer_trouble(error)
        told = answer.first_of(IppTag.PRINTER)
        if not texts(told, "printer-state-reasons") and "printer-state" not in told:
            return None, reasons.NOT_A_PRINTER
        return told, None

    def _refusal(self, error: IppUnreachable | IppGarbled | IppRefused) -> ActionRefused:
        """Return why what was asked for was not done."""
        if isinstance(error, IppRefused):
            reason = {
                IppStatus.ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED.value: reasons.FORMAT_REFUSED,
                IppStatus.ERROR_NOT_ACCEPTING_JOBS.value: reasons.NOT_ACCEPTING,
                IppStatus.ERROR_ATTRIBUTES_OR_VALUES.value: reasons.BAD_PARAMETERS,
            }.get(error.status) or _allowed_or(error, reasons.PRINTER_REFUSED)
            return ActionRefused(reason, str(error))
        if self._scheduler is None:
            return ActionRefused(printer_trouble(error), str(error))
        garbled = isinstance(error, IppGarbled)
        return ActionRefused(reasons.CUPS_GARBLED if garbled else reasons.CUPS_DOWN, str(error))


def printer_trouble(error: IppUnreachable | IppGarbled | IppRefused) -> Reason:
    """Return what is the matter with a printer that did not tell how it is."""
    match error:
        case IppSilent():
            return reasons.NO_ANSWER_IN_TIME
        case IppUnreachable():
            return reasons.OFFLINE
        case IppRefused() if error.status == IppStatus.ERROR_NOT_FOUND.value:
            return reasons.NOT_A_PRINTER
        case IppRefused():
            return _allowed_or(error, reasons.PRINTER_REFUSED)
    return reasons.GARBLED


def _allowed_or(refused: IppRefused, other: Reason) -> Reason:
    return reasons.NO_PERMISSION if refused.status in _NOT_ALLOWED else other
