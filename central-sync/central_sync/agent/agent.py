"""The sync agent: keeps a site in step with its centre for as long as it runs."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from central_sync.agent import enrolment
from central_sync.agent.courier import BundleFacts, Courier
from central_sync.agent.deliveries import Deliveries, NotTaken
from central_sync.agent.downloads import BlobWrong
from central_sync.agent.file_uploads import send_files
from central_sync.agent.interfaces import AgentStatus, DocumentSink, JournalSource
from central_sync.agent.line import Line, LineDown, Refused, client_context
from central_sync.agent.machine import Facts, fingerprint, machine_facts
from central_sync.agent.outbox import Outbox, WaitingFile
from central_sync.agent.patience import Pace, Patience
from central_sync.agent.state import AgentState, Bond
from central_sync.agent.uploads import JournalsDiffer, JournalUpload
from central_sync.protocol.documents import DocumentRefused, is_for_appliance, verify_document
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import ApplianceKeys, signing_key_from
from central_sync.protocol.session import SignedDocument
from central_sync.protocol.transfer import (
    LONG_POLL_SECONDS,
    Acknowledgement,
    DocumentFeed,
    StatusReport,
)

log = logging.getLogger(__name__)

SYNC_NOW_SECONDS = 30.0

Step = Callable[[], Awaitable[float]]
"""One round of a task; returns how long to wait for the next, in seconds."""


def now_utc() -> datetime:
    """Return the wall time in UTC."""
    return datetime.now(UTC)


class SyncAgent:
    """The site's side of the sync. All methods but `export_bundle` belong to the event loop's thread.

    `state` is a folder of the agent alone. Nothing that it does can hold up an exam: it works
    beside the server, and every failure is shown by `status()` and tried again.
    """

    def __init__(
        self,
        state: Path,
        keys: ApplianceKeys,
        appliance: str,
        journal: JournalSource,
        documents: DocumentSink,
        *,
        software: str,
        pace: Pace | None = None,
        facts: Facts = machine_facts,
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self._state = AgentState(state)
        self._keys = keys
        self._appliance = appliance
        self._journal = journal
        self._software = software
        self._pace = pace or Pace()
        self._clock = clock
        self._machine = fingerprint(state / "machine.json", facts)
        self._upload = JournalUpload(journal, keys.journal, appliance)
        self._upload_turn = asyncio.Lock()
        self._files_turn = asyncio.Lock()
        self.outbox = Outbox(state / "outbox")
        """Files for the centre; journal what `put` returns as `file.offered`."""
        self._sending = ""
        self._courier = Courier(self._state, keys, appliance, self._machine, journal, self.outbox)
        self._courier_turn = asyncio.Lock()
        self._deliveries = Deliveries(self._state, documents)
        self._line: Line | None = None
        self._started = False
        self._tasks: list[asyncio.Task[None]] = []
        self._wake: dict[str, asyncio.Event] = {}
        self._documents_upto = 0
        self._held: Acknowledgement | None = None
        self._online = False
        self._quarantined = False
        self._last_contact: datetime | None = None
        self._troubles: dict[str, tuple[str, str]] = {}
        journal.follow(self._journal_grew)

    async def start(self) -> None:
        """Begin to keep in step, if enrolled; else begin with the enrolment."""
        self._started = True
        if self._state.bond is not None:
            await self._begin(self._state.bond)

    async def stop(self) -> None:
        """End all transfers where they are; they go on at the next start."""
        self._started = False
        await self._end()
        try:
            # A task may have been cancelled between hearing of the centre's progress and keeping it.
            await asyncio.to_thread(self._state.keep_seen)
        except OSError as error:
            log.warning("sync: progress could not be kept (%s); the centre tells it again", error)

    async def enrol(self, centre_url: str, claim_code: str) -> None:
        """Enrol this server with a centre. Raises Problem.

        May be repeated: when the answer was lost, or for a new certificate with a new claim code.
        """
        code = enrolment.claim_code(claim_code)
        address = enrolment.centre_address(centre_url)
        bond, site_document = await enrolment.enrol(address, code, self._keys, self._appliance, self._machine)
        held = self._state.bond
        if held is not None and held.centre_key != bond.centre_key:
            raise Problem(
                "conflict",
                "enrol.elsewhere",
                f"本机已登记在另一个中心（{held.centre}），换中心须以全新系统登记",
                f"this server is enrolled with another centre ({held.centre}): enrol a fresh system",
            )
        await self._end()
        await asyncio.to_thread(self._state.keep_bond, bond)
        self._troubles.clear()
        self._quarantined = False
        self._contacted()
        if site_document is not None:
            await self._take([site_document])
        if self._started:
            await self._begin(bond)

    async def sync_now(self) -> None:
        """Do one round in both directions at once; what goes wrong is in `status()`."""
        if self._line is None:
            return
        try:
            async with asyncio.timeout(SYNC_NOW_SECONDS):
                await self._round("report", self._report)
                await self._round("journal", self._send_journal)
                await self._round("files", self._send_files)
                await self._round("documents", lambda: self._follow_documents(0))
        except TimeoutError:
            log.info("sync: a round on demand took longer than %s s; it goes on", SYNC_NOW_SECONDS)
        for event in self._wake.values():
            event.set()

    def export_bundle(self, path: Path) -> BundleFacts:
        """Write what the centre has not acknowledged as a bundle for the stick; raises Problem.

        Belongs on a thread. The file appears whole or not at all.
        """
        report = self._status_report(self._state.progress.acknowledged)
        return self._courier.export(path, report, self._clock())

    async def import_bundle(self, path: Path) -> BundleFacts:
        """Take in a bundle of the centre and hand over what it brought; raises Problem.

        A repetition, after a cut too, ends the same; an older bundle changes nothing.
        """
        async with self._courier_turn:
            with await asyncio.to_thread(self._courier.opened, path) as bundle:
                # Packages first: a document is handed over when its package is whole.
                blobs = await asyncio.to_thread(self._courier.keep_blobs, bundle)
                documents = await self._take(bundle.documents)
                # What is not taken now is tried again by the tasks, which show it.
                with suppress(NotTaken):
                    await self._deliveries.hand_over_plain()
                with suppress(NotTaken):
                    await self._deliveries.hand_over_whole()
                await self._told_by_stick(bundle.held, bundle.about.made_at)
                for sha256 in bundle.files:
                    await asyncio.to_thread(self.outbox.delivered, sha256)
                return BundleFacts(bundle.about.name, 0, 0, documents, blobs)

    def status(self) -> AgentStatus:
        """Return how the site stands with its centre."""
        bond = self._state.bond
        zh, en = next(iter(self._troubles.values()), ("", ""))
        return AgentStatus(
            enrolled=bond is not None,
            centre=bond.centre if bond is not None else "",
            site=bond.site if bond is not None else "",
            online=self._online,
            last_contact=self._last_contact,
            head_seq=self._journal.head()[0],
            acknowledged_seq=self._state.progress.acknowledged,
            quarantined=self._quarantined,
            error_zh=zh,
            error_en=en,
            transfers=(*self._deliveries.transfers(), *filter(None, (self._sending,))),
            centre_key=signing_key_from(bond.centre_key) if bond is not None else None,
        )

    # Tasks

    async def _begin(self, bond: Bond) -> None:
        self._line = self._new_line(bond)
        steps: dict[str, Step] = {
            "journal": self._gather_and_send,
            "files": self._send_files,
            "documents": lambda: self._follow_documents(LONG_POLL_SECONDS),
            "deliveries": self._hand_over,
            "packages": self._hand_over_packages,
            "report": self._report,
        }
        self._wake = {name: asyncio.Event() for name in steps}
        self._tasks = [
            asyncio.create_task(self._keep_doing(name, step), name=f"sync-{name}")
            for name, step in steps.items()
        ]

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._line is not None:
            await self._line.close()
            self._line = None
        self._online = False

    def _new_line(self, bond: Bond) -> Line:
        context = client_context(bond.authority, bond.certificate, self._keys.tls)
        return Line(bond.centre, context, self._appliance, self._machine)

    def _open_line(self) -> Line:
        if self._line is None:
            raise LineDown("同步未启动", "the sync is not running")
        return self._line

    async def _keep_doing(self, name: str, step: Step) -> None:
        patience = Patience(self._pace)
        wake = self._wake[name]
        while True:
            wake.clear()
            wait = await self._round(name, step)
            if wait is None:
                wait = patience.next_s()
                # Only sync_now may cut a failing task's wait short, new entries may not.
                wake.clear()
            else:
                patience.reset()
            try:
                async with asyncio.timeout(wait):
                    await wake.wait()
            except TimeoutError:
                pass

    async def _round(self, name: str, step: Step) -> float | None:
        """Do a step once and note how it went; return the wait it asks for, None to be patient."""
        try:
            wait = await step()
        except LineDown as error:
            self._online = False
            self._trouble(name, error.zh, error.en)
            return None
        except Refused as error:
            self._contacted()
            self._quarantined = self._quarantined or error.reason == "appliance.quarantined"
            self._held = None
            self._trouble(name, error.zh, error.en)
            return None
        except (BlobWrong, JournalsDiffer, NotTaken) as error:
            self._trouble(name, error.zh, error.en)
            return None
        except OSError as error:
            self._trouble(
                name,
                f"本机磁盘写入失败（{error}），请检查磁盘空间",
                f"this server could not write to its disk ({error}): check its space",
            )
            return None
        except Exception as error:
            # A fault in the sync must never end the exam server that it runs in.
            log.exception("sync: %s failed", name)
            self._trouble(
                name, f"同步内部错误：{error!r}，请查看系统日志", f"the sync failed: {error!r}; see the log"
            )
            return None
        self._troubles.pop(name, None)
        return wait

    def _trouble(self, name: str, zh: str, en: str) -> None:
        if self._troubles.get(name) != (zh, en):
            log.warning("sync: %s: %s", name, en)
        self._troubles[name] = (zh, en)

    def _contacted(self) -> None:
        self._online = True
        self._last_contact = self._clock()

    def _believed(self) -> None:
        """Note that the centre answered a request of this server as it should."""
        self._contacted()
        self._quarantined = False

    def _journal_grew(self, _: object) -> None:
        wake = self._wake.get("journal")
        if wake is not None and "journal" not in self._troubles:
            wake.set()

    # Upward

    async def _gather_and_send(self) -> float:
        await asyncio.sleep(self._pace.gather_s)
        return await self._send_journal()

    async def _send_journal(self) -> float:
        async with self._upload_turn:
            line = self._open_line()
            try:
                held = self._held
                if held is None:
                    held = await self._upload.held(line)
                while held is not None:
                    self._believed()
                    self._held = held
                    self._state.progress_seen(held, self._clock())
                    held = await self._upload.next_batch(line, held)
            except JournalsDiffer:
                await self._show_difference(line)
            await asyncio.to_thread(self._state.keep_seen)
        # A file goes when its announcement is up.
        if "files" in self._wake and "files" not in self._troubles:
            self._wake["files"].set()
        return self._pace.longest_retry_s

    async def _send_files(self) -> float:
        async with self._files_turn:
            try:
                await send_files(self._open_line(), self.outbox, self._file_moved)
            finally:
                self._sending = ""
        return self._pace.longest_retry_s

    def _file_moved(self, waiting: WaitingFile, held: int) -> None:
        self._believed()
        percent = 100 * held // waiting.offered.size
        self._sending = f"{waiting.offered.name} ↑ {percent}%"

    async def _told_by_stick(self, held: Acknowledgement, made_at: datetime) -> None:
        async with self._upload_turn:
            try:
                await asyncio.to_thread(self._upload.require_same, held)
            except JournalsDiffer as error:
                raise Problem("conflict", "journal.differs", error.zh, error.en) from error
            self._state.progress_brought(held, made_at)
            # The line tells better: it is asked again before anything more is sent.
            self._held = None
            await asyncio.to_thread(self._state.keep_seen)

    async def _show_difference(self, line: Line) -> None:
        """Show the centre a journal that is not the one it holds; it decides what that means."""
        held = await line.ask("GET", "/site/v1/journal", Acknowledgement)
        await self._send_report(line, held.acknowledged)
        await self._upload.next_batch(line, Acknowledgement(acknowledged=held.acknowledged - 1, hash=""))

    async def _report(self) -> float:
        line = self._open_line()
        await self._send_report(line, None if self._held is None else self._held.acknowledged)
        self._believed()
        await self._renew_certificate(line)
        return self._pace.report_s

    def _status_report(self, seen: int | None) -> StatusReport:
        head, head_hash, _ = self._journal.head()
        troubles = list(self._troubles.items())
        return StatusReport(
            software=self._software,
            head=head,
            head_hash=head_hash,
            seen_acknowledged=seen,
            disk_free=shutil.disk_usage(self._state.folder).free,
            trouble=next((en for name, (_, en) in troubles if name != "report"), "")[:500],
        )

    async def _send_report(self, line: Line, seen: int | None) -> None:
        report = await asyncio.to_thread(self._status_report, seen)
        await line.ask("POST", "/site/v1/status", Acknowledgement, json=report.model_dump(mode="json"))

    async def _renew_certificate(self, line: Line) -> None:
        bond = self._state.bond
        if bond is None:
            return
        renewed = await enrolment.renewed(line, bond, self._keys, self._appliance, self._clock())
        if renewed is None:
            return
        await asyncio.to_thread(self._state.keep_bond, renewed)
        self._line = self._new_line(renewed)
        # Requests under way on the old line fail and are repeated on the new one.
        await line.close()

    # Downward

    async def _follow_documents(self, wait_s: float) -> float:
        feed = await self._open_line().ask(
            "GET",
            "/site/v1/documents",
            DocumentFeed,
            wait=wait_s,
            params={"after": str(self._documents_upto), "wait": str(int(wait_s))},
        )
        self._believed()
        await self._take(feed.documents)
        self._documents_upto = feed.upto
        return 0.0

    async def _take(self, documents: Sequence[SignedDocument]) -> int:
        """Keep verified documents that are news, see that they are handed over, return how many they are.

        A refused one is shown until a better version comes; all are asked for again at the next
        start, when the software may know more.
        """
        bond, news = self._state.bond, 0
        if bond is None:
            return 0
        key = signing_key_from(bond.centre_key)
        for document in documents:
            if not is_for_appliance(document, self._appliance):
                continue
            named = f"document {document.kind}/{document.name}"
            try:
                verify_document(key, document, bond.site)
            except DocumentRefused as error:
                self._trouble(named, error.zh, error.en)
                continue
            self._troubles.pop(named, None)
            if await asyncio.to_thread(self._state.keep_document, document):
                self._deliveries.add(document)
                news += 1
        for name in ("deliveries", "packages"):
            if name in self._wake:
                self._wake[name].set()
        return news

    async def _hand_over(self) -> float:
        await self._deliveries.hand_over_plain()
        return self._pace.longest_retry_s

    async def _hand_over_packages(self) -> float:
        await self._deliveries.hand_over_packages(self._open_line())
        return self._pace.longest_retry_s
