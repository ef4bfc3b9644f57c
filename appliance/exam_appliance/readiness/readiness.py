"""Readiness on a running server: runs, declarations, the form, and what machines report."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from central_sync.protocol.http.problems import Problem
from exam_appliance.intake.offering import FilesForCentre
from exam_appliance.journal.journal import Draft, Journal
from exam_appliance.readiness.declarations import Declarations
from exam_appliance.readiness.evidence import EvidenceStore
from exam_appliance.readiness.form_4 import Form4, ServerFacts, filled_in, server_facts
from exam_appliance.readiness.gathering import Place, Services, gathered, reported, site_about
from exam_appliance.readiness.heard.machine_report import MachineReport
from exam_appliance.readiness.heard.machines import Machines, Use
from exam_appliance.readiness.kept_run import KeptRun, KeptRunFile
from exam_appliance.readiness.report import ReadinessReport
from exam_appliance.readiness.running import run_checks
from exam_appliance.readiness.sources import CentreLine, DeviceList
from exam_appliance.readiness.standard import standard
from exam_appliance.readiness.unit_form import UnitForm, UnitFormFile

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How a run goes: rows done of how many; `running` False when none is under way."""

    running: bool
    done: int
    of: int


class Readiness:
    """Runs the checks one at a time and keeps what came of them."""

    def __init__(
        self,
        place: Place,
        journal: Journal,
        files: FilesForCentre,
        devices: DeviceList,
        centre: CentreLine,
        names: Callable[[], Mapping[str, str]],
        services: Callable[[], Awaitable[Services]],
    ) -> None:
        self.place = place
        self.evidence = EvidenceStore(place.folder / "evidence")
        self.form_file = UnitFormFile(place.folder / "unit.json")
        self._journal = journal
        self._files = files
        self._declarations = Declarations(journal, standard())
        self._machines: Machines | None = None
        self._opening = asyncio.Lock()
        self._devices = devices
        self._centre = centre
        self._names = names
        self._services = services
        self._kept = KeptRunFile(place.folder)
        self._progress = Progress(False, 0, len(standard().rows))
        self._task: asyncio.Task[None] | None = None

    async def stop(self) -> None:
        """End a run under way and close the files."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._machines is not None:
            self._machines.close()

    def progress(self) -> Progress:
        """Return how a run goes."""
        return self._progress

    def begin(self, by: str) -> None:
        """Begin a run. Raises Problem readiness.running."""
        if self._progress.running:
            raise Problem(
                "conflict",
                "readiness.running",
                "检查正在进行，请稍候",
                "a check is under way: wait for it",
            )
        self._progress = Progress(True, 0, len(standard().rows))
        self._task = asyncio.create_task(self._run(by))

    async def report(self) -> ReadinessReport | None:
        """Return the report of the last run with the declarations of now; None before the first."""
        run = await asyncio.to_thread(self._kept.read, standard())
        if run is None:
            return None
        declarations = await asyncio.to_thread(self._declarations.held)
        return await reported(self.place, run.at, run.findings, declarations, run.by, self._names())

    async def declare(self, row: str, by: str, note: str, name: str, sha256: str) -> None:
        """Declare a row with a file that was sent before. Raises Problem."""
        evidence = await asyncio.to_thread(self.evidence.described, name, sha256)
        await self._declarations.declare(row, by, note, evidence)
        await self._tell()

    async def withdraw(self, row: str, by: str, reason: str) -> None:
        """Take a declaration back. Raises Problem."""
        held = await asyncio.to_thread(self._declarations.held)
        await self._declarations.withdraw(row, by, reason, held)
        await self._tell()

    async def used_evidence(self) -> frozenset[str]:
        """Return the digests that declarations name."""
        held = await asyncio.to_thread(self._declarations.held)
        return frozenset(one.evidence.sha256 for one in held.values())

    async def evidence_name(self, sha256: str) -> str | None:
        """Return the name under which a declared file was sent, None for one that none names."""
        held = await asyncio.to_thread(self._declarations.held)
        return next((one.evidence.name for one in held.values() if one.evidence.sha256 == sha256), None)

    async def server_facts(self) -> ServerFacts:
        """Return this server as the form asks."""
        place = self.place
        return await server_facts(place.root, place.architecture, place.ask)

    async def form(self, unit: UnitForm | None = None) -> Form4:
        """Return the form of what is kept, or of what is about to be. Raises Problem form.*."""
        held = await asyncio.to_thread(self.form_file.read) if unit is None else unit
        site = await asyncio.to_thread(site_about, self.place)
        return filled_in(held, await self.server_facts(), site.rooms, datetime.now(UTC))

    async def keep_form(self, unit: UnitForm) -> Form4:
        """Keep the unit's fields if the form holds together. Raises Problem form.*."""
        form = await self.form(unit)
        await asyncio.to_thread(self.form_file.keep, unit)
        return form

    async def heard(self, use: Use, report: MachineReport, address: str, user_agent: str) -> None:
        """Keep what a machine says of itself."""
        async with self._opening:
            if self._machines is None:
                self._machines = await asyncio.to_thread(Machines, self.place.folder / "machines.db")
        await asyncio.to_thread(self._machines.keep, use, report, address, user_agent, datetime.now(UTC))

    async def _run(self, by: str) -> None:
        try:
            now = datetime.now(UTC)
            sources = await gathered(self.place, now, self._devices, self._centre, await self._services())
            findings = await run_checks(standard(), sources, progress=self._went_on)
            await asyncio.to_thread(self._kept.keep, KeptRun(now, by, findings))
            await self._tell(by)
        except (Problem, OSError):
            log.exception("就绪检查结果未能保存 / the result of the readiness check could not be kept")
        finally:
            self._progress = Progress(False, 0, len(standard().rows))

    def _went_on(self, done: int, of: int) -> None:
        self._progress = Progress(True, done, of)

    async def _tell(self, by: str = "site") -> None:
        """Journal the report as it is now, and send it up whole beside the journal."""
        report = await self.report()
        if report is not None:
            draft = Draft("site.readiness", self._journal.appliance, by, report.brief())
            await self._journal.append([draft])
            await self._files.offer(
                report.document(),
                subject=self._journal.appliance,
                name=f"就绪报告 {report.at:%Y-%m-%d %H%M}.json",
                media_type="application/json",
                purpose="readiness_report",
                by=by,
            )
