"""The technician's operations: line to the centre, courier, journal, practice hall and rehearsal."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from central_sync.agent.agent import SyncAgent
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import File, Routes, Upload, too_large
from exam_appliance.config import Settings
from exam_appliance.intake.intake import Intake
from exam_appliance.journal.journal import Draft, Journal
from exam_appliance.journal.verify import verify_file
from exam_appliance.practice.ground import PracticeGround
from exam_appliance.practice.rehearsing import Rehearsing
from exam_appliance.web.candidate.routes import Nothing
from exam_appliance.web.console.models import (
    CourierImported,
    EnrolRequest,
    JournalVerdict,
    PracticePrepared,
    RehearsalRequest,
    RehearsalView,
    Role,
    SyncView,
)
from exam_appliance.web.console.staff import EVERYBODY, StaffGate

BASE = "/api/console"
BUNDLE_LIMIT = 4 * 1024 * 1024 * 1024
"""Bytes of a courier bundle."""
TECHNICIAN: tuple[Role, ...] = ("technician",)
PRACTICE: tuple[Role, ...] = ("technician", "lead")
COURIER: tuple[Role, ...] = ("technician", "lead")


@dataclass(frozen=True)
class TechnicianDesk:
    """What these routes need."""

    agent: SyncAgent
    intake: Intake
    journal: Journal
    practice: PracticeGround
    rehearsing: Rehearsing
    settings: Settings
    inbox: Path
    """Folder for bundles while they are read or written."""
    address: Callable[[], str]
    """Where this server listens."""


def technician_routes(desk: TechnicianDesk, gate: StaffGate, routes: Routes) -> None:
    """Declare the technician's operations."""

    def sync_view() -> SyncView:
        status = desk.agent.status()
        return SyncView(
            enrolled=status.enrolled,
            centre=status.centre,
            appliance=desk.journal.appliance,
            online=status.online,
            last_contact=status.last_contact,
            head_seq=status.head_seq,
            acknowledged_seq=status.acknowledged_seq,
            quarantined=status.quarantined,
            error_zh=status.error_zh,
            error_en=status.error_en,
            transfers=status.transfers,
        )

    @routes.get(
        f"{BASE}/sync", "与中心的同步", "the line to the centre", tag="sync", access="staff", answer=SyncView
    )
    async def sync(request: web.Request) -> SyncView:
        await gate.person(request, EVERYBODY)
        return sync_view()

    @routes.post(
        f"{BASE}/sync/enrol",
        "登记到中心",
        "enrol with the centre",
        tag="sync",
        access="technician",
        body=EnrolRequest,
        answer=SyncView,
    )
    async def enrol(request: web.Request, body: EnrolRequest) -> SyncView:
        await gate.person(request, TECHNICIAN)
        await desk.agent.enrol(body.centre, body.claim_code)
        return sync_view()

    @routes.post(
        f"{BASE}/sync/now",
        "立即同步",
        "sync now",
        tag="sync",
        access="technician",
        body=Nothing,
        answer=SyncView,
    )
    async def sync_now(request: web.Request, body: Nothing) -> SyncView:
        await gate.person(request, TECHNICIAN)
        await desk.agent.sync_now()
        return sync_view()

    @routes.get(
        f"{BASE}/courier/export",
        "导出 U 盘数据包",
        "a bundle for the stick",
        tag="sync",
        access="technician, lead",
        answer=File("application/octet-stream"),
    )
    async def courier_export(request: web.Request) -> web.StreamResponse:
        person = await gate.person(request, COURIER)
        desk.inbox.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=desk.inbox) as folder:
            path = Path(folder) / "bundle"
            facts = await asyncio.to_thread(desk.agent.export_bundle, path)
            await _moved(desk.journal, person.username, "export", facts.name, facts.first_seq, facts.last_seq)
            answer = web.StreamResponse(
                headers={
                    "Content-Disposition": f'attachment; filename="{facts.name}"',
                    "Cache-Control": "no-store",
                },
            )
            answer.content_type = "application/octet-stream"
            answer.content_length = path.stat().st_size
            # Sent here and now: the file goes with its folder.
            await answer.prepare(request)
            with path.open("rb") as file:
                while piece := await asyncio.to_thread(file.read, 1 << 20):
                    await answer.write(piece)
            await answer.write_eof()
        return answer

    @routes.post(
        f"{BASE}/courier/import",
        "导入 U 盘数据包",
        "take a bundle from the stick",
        tag="sync",
        access="technician, lead",
        body=Upload(("application/octet-stream",), BUNDLE_LIMIT),
        answer=CourierImported,
    )
    async def courier_import(request: web.Request) -> CourierImported:
        person = await gate.person(request, COURIER)
        desk.inbox.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=desk.inbox) as folder:
            path = Path(folder) / "bundle"
            await receive(request, path, BUNDLE_LIMIT)
            desk.intake.by_courier = True
            try:
                facts = await desk.agent.import_bundle(path)
            finally:
                desk.intake.by_courier = False
        await _moved(desk.journal, person.username, "import", facts.name, 0, 0)
        return CourierImported(
            documents=facts.documents,
            blobs=facts.blobs,
            acknowledged_seq=desk.agent.status().acknowledged_seq,
            zh=f"已导入 {facts.documents} 份文档、{facts.blobs} 个考试包",
            en=f"{facts.documents} documents and {facts.blobs} packages taken in",
        )

    @routes.post(
        f"{BASE}/journal/verify",
        "校验日志",
        "verify the journal",
        tag="journal",
        access="technician",
        body=Nothing,
        answer=JournalVerdict,
    )
    async def verify(request: web.Request, body: Nothing) -> JournalVerdict:
        await gate.person(request, TECHNICIAN)
        verdict = await asyncio.to_thread(verify_file, desk.journal.path, desk.journal.appliance)
        first = verdict.findings[0] if verdict.findings else None
        return JournalVerdict(
            ok=verdict.ok,
            entries=verdict.entries,
            head=verdict.head,
            zh=first.zh if first is not None else f"日志完整，共 {verdict.entries} 条",
            en=first.en if first is not None else f"the journal holds, {verdict.entries} entries",
        )

    @routes.post(
        f"{BASE}/practice/prepare",
        "准备练习考场",
        "prepare the practice hall",
        tag="practice",
        access="technician, lead",
        body=RehearsalRequest,
        answer=PracticePrepared,
    )
    async def prepare(request: web.Request, body: RehearsalRequest) -> PracticePrepared:
        await gate.person(request, PRACTICE)
        most = desk.settings.rehearsal.max_candidates
        if body.candidates > most:
            raise Problem(
                "invalid",
                "rehearsal.too_many",
                f"最多 {most} 名考生，可在配置 rehearsal.max_candidates 中调整",
                f"at most {most} candidates; see rehearsal.max_candidates in the configuration",
                fields=(("candidates", f"最多 {most}", f"at most {most}"),),
            )
        session, tickets = await desk.practice.prepare(body.candidates, body.minutes)
        return PracticePrepared(session=session, tickets=tickets)

    @routes.post(
        f"{BASE}/rehearsal",
        "开始压力演练",
        "begin a rehearsal",
        tag="practice",
        access="technician",
        body=RehearsalRequest,
        answer=RehearsalView,
    )
    async def rehearse(request: web.Request, body: RehearsalRequest) -> RehearsalView:
        person = await gate.person(request, TECHNICIAN)
        # The rehearsal plays over HTTP like everybody else, as the technician who ordered it.
        token = await gate.sessions.open(person, "127.0.0.1")
        return await desk.rehearsing.begin(desk.address(), body.candidates, body.minutes, token)

    @routes.get(
        f"{BASE}/rehearsal",
        "压力演练进度",
        "how the rehearsal goes",
        tag="practice",
        access="technician",
        answer=RehearsalView,
    )
    async def rehearsal(request: web.Request) -> RehearsalView:
        await gate.person(request, TECHNICIAN)
        return desk.rehearsing.view()

    @routes.post(
        f"{BASE}/rehearsal/stop",
        "停止压力演练",
        "stop the rehearsal",
        tag="practice",
        access="technician",
        body=Nothing,
        answer=RehearsalView,
    )
    async def stop(request: web.Request, body: Nothing) -> RehearsalView:
        await gate.person(request, TECHNICIAN)
        await desk.rehearsing.stop()
        return desk.rehearsing.view()


async def receive(request: web.Request, path: Path, limit: int) -> None:
    """Write a request's body to a file; raises Problem beyond `limit` bytes."""
    if request.content_length is not None and request.content_length > limit:
        raise too_large(limit)
    size = 0
    with path.open("wb") as file:
        async for chunk in request.content.iter_chunked(1 << 20):
            size += len(chunk)
            if size > limit:
                raise too_large(limit)
            await asyncio.to_thread(file.write, chunk)


async def _moved(
    journal: Journal, actor: str, direction: str, bundle: str, first_seq: int, last_seq: int
) -> None:
    body = {"direction": direction, "bundle": bundle, "first_seq": first_seq, "last_seq": last_seq}
    await journal.append([Draft("courier.moved", journal.appliance, actor, body)])
