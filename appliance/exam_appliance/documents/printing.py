"""Printing (打印): ordered once, printed once, told about until it is out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from central_sync.protocol.http.problems import Problem
from exam_appliance.documents import print_faults
from exam_appliance.documents.handed import Handed
from exam_appliance.documents.job import PrintJob, PrintState, job_id
from exam_appliance.documents.kinds import DOCUMENTS, DocumentData, DocumentKind, people_on
from exam_appliance.documents.print_book import PrintBook
from exam_appliance.documents.renderer import Progress, Renderer
from exam_appliance.documents.rendering import ROLL, Made, Order
from exam_appliance.documents.sending import Lanes, PrintPace
from exam_appliance.documents.site_printers import SitePrinters, prints
from exam_appliance.documents.spool import Spool
from exam_appliance.documents.template_faults import TemplateFaults
from exam_appliance.journal.journal import Draft, Journal, Written
from firmware_adapters.adapter import Reason

log = logging.getLogger(__name__)

DOCUMENTS_LIMIT = 500
"""Documents in one job."""
FORGET_EVERY_S = 6 * 3600.0


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
        `print.not_a_printer`, `print.data`, `print.not_kept` or, while the disk is full, `journal.*`.
        """
        ...


@dataclass(frozen=True, slots=True)
class PrintSettings:
    """How a site prints."""

    folder: Path
    """Where the data of documents is kept."""
    templates: Path | None = None
    """The province's templates."""
    slip_paper: str = "A4"
    """Paper of slips on page printers."""
    keep_days: int = 180
    pace: PrintPace = field(default_factory=PrintPace)


class Printing:
    """The printing service of one site."""

    def __init__(self, journal: Journal, printers: SitePrinters, settings: PrintSettings) -> None:
        self.book = PrintBook(journal)
        self.printers = printers
        self._journal = journal
        self._settings = settings
        self._spool = Spool(settings.folder)
        self._slips = Renderer()
        self._pages = Renderer()
        """A room's tickets take seconds: a slip must not wait behind them."""
        self._handed = Handed(settings.folder / "handed")
        self._lanes = Lanes(self.book, printers, self._make, settings.pace, self._handed)
        self._forgetting: asyncio.Task[None] | None = None
        journal.follow(self._written)
        self.faults = TemplateFaults()
        self.progress: dict[str, tuple[int, int]] = {}
        """Documents made of documents, of jobs that are being made."""

    @property
    def templates(self) -> Path | None:
        """The province's templates, where there is a folder."""
        folder = self._settings.templates
        return folder if folder is not None and folder.is_dir() else None

    async def start(self) -> None:
        """Go on with what was not out when the server stopped."""
        await asyncio.to_thread(self.book.start)
        for role in self.book.roles_at_work():
            self._lanes.work(role)
        self._forgetting = asyncio.create_task(self._forget())

    async def stop(self) -> None:
        """Stop; what is not out goes on at the next start."""
        if self._forgetting is not None:
            self._forgetting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._forgetting
        await self._lanes.stop()
        await self._slips.close()
        await self._pages.close()
        self.book.close()

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
        """Have a document printed: see Prints."""
        documents = [data] if isinstance(data, DocumentData) else list(data)
        self._refuse_unless_printer(role)
        _refuse_unless_of_kind(kind, documents)
        version = await self._kept(kind, documents)
        job = job_id(kind, subject, version, 1)
        found = self.book.find(job)
        if found is not None:
            return await self._asked_before(found, role, actor)
        body: dict[str, object] = {
            "document": kind.value,
            "about": subject,
            "title": title[:120],
            "session": session,
            "version": version,
            "copy_number": 1,
            "documents": len(documents),
            "people": sum(people_on(one) for one in documents),
            "role": role,
        }
        return await self._asked(job, actor, body)

    async def reprint(self, job: str, actor: str, role: str = "") -> PrintJob:
        """Print what was printed once more, marked as a reprint (补打). Raises Problem `print.*`."""
        before = self.job(job)
        role = role or before.role
        self._refuse_unless_printer(role)
        if await asyncio.to_thread(self._spool.read, before.version) is None:
            raise Problem("missing", *_told(print_faults.DATA_GONE))
        copy = before.copy + 1
        while (last := self.book.find(job_id(before.kind, before.subject, before.version, copy))) is not None:
            if last.state.open or last.state.needs_person:
                # Asked twice for the same: a reprint is on its way already.
                return last
            copy += 1
        body: dict[str, object] = {
            "document": before.kind.value,
            "about": before.subject,
            "title": before.title,
            "session": before.session,
            "version": before.version,
            "copy_number": copy,
            "documents": before.documents,
            "people": before.people,
            "role": role,
        }
        return await self._asked(job_id(before.kind, before.subject, before.version, copy), actor, body)

    async def retry(self, job: str, actor: str) -> PrintJob:
        """Try a failed or doubtful job again: a person says that it did not come out."""
        found = self.job(job)
        if found.state.open:
            self._lanes.wake()
            return found
        _refuse_unless(found, needs_person=True)
        return await self._again(found, found.role, actor)

    async def redirect(self, job: str, role: str, actor: str) -> PrintJob:
        """Send a job that is not out to another printer. Raises Problem `print.already_printed`."""
        found = self.job(job)
        self._refuse_unless_printer(role)
        if found.state is PrintState.SENDING:
            await self._withdraw(found)
            found = self.job(job)
        elif not found.state.open:
            _refuse_unless(found, needs_person=True)
        return await self._again(found, role, actor)

    async def confirm(self, job: str, actor: str) -> PrintJob:
        """Note that a doubtful job came out: a person has seen the paper."""
        found = self.job(job)
        if found.state not in (PrintState.DOUBTFUL, PrintState.SENDING, PrintState.FAILED):
            raise _settled(found)
        await self.book.commit(Draft("print.done", job, actor, {"by_person": True}))
        return self.job(job)

    async def cancel(self, job: str, actor: str, reason: str = "") -> PrintJob:
        """Cancel a job that is not out. Raises Problem `print.already_printed`."""
        found = self.job(job)
        if found.state is PrintState.SENDING:
            await self._withdraw(found)
        elif not found.state.open:
            _refuse_unless(found, needs_person=True)
        await self.book.commit(Draft("print.cancelled", job, actor, {"reason": reason.strip()[:500]}))
        return self.job(job)

    def job(self, job: str) -> PrintJob:
        """Return a job. Raises Problem `print.unknown`."""
        found = self.book.find(job)
        if found is None:
            raise Problem("missing", "print.unknown", "没有这个打印任务", "there is no such print job")
        return found

    async def viewed(
        self,
        kind: DocumentKind,
        subject: str,
        documents: Sequence[DocumentData],
        actor: str,
        *,
        session: str = "",
        progress: Progress = lambda done, of: None,
    ) -> Made:
        """Return documents as PDF for the screen; who saw personal data is journalled. Raises Problem."""
        _refuse_unless_of_kind(kind, documents)
        body = {
            "document": kind.value,
            "session": session,
            "people": sum(people_on(one) for one in documents),
        }
        await self._journal.append([Draft("document.viewed", subject, actor, body)])
        facts = [one.model_dump(mode="json") for one in documents]
        return await self._made(kind, facts, 0, lines=False, paper=ROLL, progress=progress)

    def _written(self, written: list[Written]) -> None:
        if any(entry.kind in ("device.bound", "device.unbound") for entry in written):
            self._lanes.wake()

    async def _asked(self, job: str, actor: str, body: dict[str, object]) -> PrintJob:
        await self.book.commit(Draft("print.asked", job, actor, body))
        self._lanes.work(str(body["role"]))
        return self.job(job)

    async def _asked_before(self, found: PrintJob, role: str, actor: str) -> PrintJob:
        if found.state is PrintState.CANCELLED:
            return await self._again(found, role, actor)
        if found.seq > self._journal.head:
            # Who asked first still waits for the disk; so does who asked second.
            await self._journal.append([])
        return found

    async def _again(self, job: PrintJob, role: str, actor: str) -> PrintJob:
        body = {"role": role, "round": job.round + 1}
        await self.book.commit(Draft("print.retried", job.id, actor, body))
        self._lanes.work(role)
        return self.job(job.id)

    async def _withdraw(self, job: PrintJob) -> None:
        """Take a job back from its printer. Raises Problem where it is out or cannot be asked for."""
        try:
            told = await self.printers.cancel(job.device, job.key)
        except Problem as problem:
            if not problem.reason.endswith(".no_such_job"):
                raise Problem(
                    "conflict",
                    "print.not_withdrawn",
                    f"打印机没有确认取消（{problem.zh}）；请看出纸口：已打印的点“已打印”",
                    f"the printer did not confirm ({problem.en}); look at the tray: if it is out, say so",
                ) from problem
            told = {}
            # Over, or never there: which of them, its lane learns.
            with contextlib.suppress(Problem):
                told = await self.printers.ask(job.device, job.key)
        if told.get("state") == "completed":
            now = self.job(job.id)
            if now.state is PrintState.SENDING:
                await self.book.done(now)
            raise Problem("conflict", "print.already_printed", "已经打印完成", "it is printed already")

    async def _make(self, job: PrintJob, slip: bool) -> Made:
        facts = await asyncio.to_thread(self._spool.read, job.version)
        if facts is None:
            raise Problem("missing", *_told(print_faults.DATA_GONE))

        def note(done: int, of: int) -> None:
            self.progress[job.id] = (done, of)

        try:
            return await self._made(
                job.kind, facts, job.reprint, lines=slip, paper=self._settings.slip_paper, progress=note
            )
        finally:
            self.progress.pop(job.id, None)

    async def _made(
        self,
        kind: DocumentKind,
        facts: Sequence[dict[str, object]],
        reprint: int,
        *,
        lines: bool,
        paper: str,
        progress: Progress,
    ) -> Made:
        document = DOCUMENTS[kind]
        order = Order(
            document.template,
            facts,
            overrides=str(self.templates or ""),
            reprint=reprint,
            paper=paper if document.slip else "",
            lines=lines,
        )
        renderer = self._slips if document.slip else self._pages
        made = await renderer.made(order, progress)
        if self.templates is not None:
            self.faults.note(self.templates / document.template, made.broken)
        return made

    async def _kept(self, kind: DocumentKind, documents: Sequence[DocumentData]) -> str:
        try:
            return await asyncio.to_thread(self._spool.keep, kind, documents)
        except OSError as error:
            raise Problem(
                "not_ready",
                "print.not_kept",
                f"单据内容无法保存（{error.strerror}），请检查磁盘空间",
                "the document cannot be kept on disk: check its space",
            ) from error

    def _refuse_unless_printer(self, role: str) -> None:
        found = self.printers.role(role)
        if found is None:
            raise Problem("missing", "role.unknown", f"没有岗位 {role}", f"there is no role {role}")
        if not prints(found):
            raise Problem(
                "invalid",
                "print.not_a_printer",
                f"{found.zh}不是打印机岗位",
                f"{found.en} is no printer's role",
            )

    async def _forget(self) -> None:
        while True:
            unsettled = self.book.unsettled()
            needed = {job.version for job in unsettled}
            try:
                await asyncio.to_thread(self._handed.prune, {job.key for job in unsettled})
                gone = await asyncio.to_thread(self._spool.forget, self._settings.keep_days, needed)
                if gone:
                    log.info("已按期限删除 %d 份单据内容 / contents of documents deleted by age", gone)
            except OSError as error:
                log.warning("过期单据内容未能删除 / old contents not deleted: %s", error)
            await asyncio.sleep(FORGET_EVERY_S)


def _told(reason: Reason) -> tuple[str, str, str]:
    return reason.code, reason.zh, reason.en


def _refuse_unless_of_kind(kind: DocumentKind, documents: Sequence[DocumentData]) -> None:
    model = DOCUMENTS[kind].model
    if not 1 <= len(documents) <= DOCUMENTS_LIMIT or not all(isinstance(one, model) for one in documents):
        raise Problem(
            "invalid",
            "print.data",
            f"{DOCUMENTS[kind].zh}的内容不正确，或多于 {DOCUMENTS_LIMIT} 份",
            f"this is no data of a {DOCUMENTS[kind].en}, or more than {DOCUMENTS_LIMIT}",
        )


def _refuse_unless(job: PrintJob, *, needs_person: bool) -> None:
    if job.state.needs_person is not needs_person:
        raise _settled(job)


def _settled(job: PrintJob) -> Problem:
    if job.state is PrintState.CANCELLED:
        return Problem(
            "conflict", "print.cancelled", "该任务已取消，请用“补打”", "it was cancelled: reprint it"
        )
    if job.state is PrintState.PRINTED:
        return Problem(
            "conflict",
            "print.already_printed",
            "已经打印完成，需要时请用“补打”",
            "it is printed: reprint it if needed",
        )
    return Problem("conflict", "print.on_its_way", "任务正在进行，请稍候", "it is on its way")
