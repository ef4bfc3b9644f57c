"""The console's operations on printing: waiting and failed prints, history, documents of a session."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

from aiohttp import web

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import File, Routes
from exam_appliance.documents.job import PrintJob
from exam_appliance.documents.kinds import DOCUMENTS
from exam_appliance.documents.print_book import HistoryQuery
from exam_appliance.documents.printing import Printing
from exam_appliance.documents.session_papers import SESSION_KINDS, SessionPapers
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.states import SessionState
from exam_appliance.web.candidate.routes import Nothing
from exam_appliance.web.console.models import Role
from exam_appliance.web.console.prints.models import (
    CancelRequest,
    PaperKind,
    PaperOrdered,
    PaperQuery,
    PaperRequest,
    PaperRoom,
    Papers,
    PrintDesk,
    PrintHistory,
    PrintHistoryQuery,
    PrintView,
    RoleRequest,
)
from exam_appliance.web.console.prints.views import print_desk, print_view, printer_views
from exam_appliance.web.console.staff import EVERYBODY, StaffGate

BASE = "/api/console/prints"
EXAM_STAFF: tuple[Role, ...] = ("invigilator", "lead")
"""Who may have personal data of a session on paper."""
OFFICE = "office.reports"
SHOWN = 200
"""Jobs of a session that are shown beside what can be printed of it."""
_JOB = "{job:[0-9a-f]{32}}"
_SESSION = "{session:[A-Z0-9][A-Z0-9-]{2,31}}"


def print_routes(
    printing: Printing,
    papers: SessionPapers,
    hall: Hall,
    staff_names: Callable[[], Mapping[str, str]],
    gate: StaffGate,
    routes: Routes,
) -> None:
    """Declare them."""

    def view(job: PrintJob) -> PrintView:
        return print_view(printing, job, staff_names())

    @routes.get(
        BASE,
        "打印任务与打印机",
        "what is not printed yet, and the printers",
        tag="prints",
        access=", ".join(EVERYBODY),
        answer=PrintDesk,
    )
    async def desk(request: web.Request) -> PrintDesk:
        await gate.person(request, EVERYBODY)
        return print_desk(printing, staff_names())

    @routes.get(
        f"{BASE}/history",
        "打印记录",
        "what was printed, newest first",
        tag="prints",
        access=", ".join(EVERYBODY),
        query=PrintHistoryQuery,
        answer=PrintHistory,
    )
    async def history(request: web.Request, query: PrintHistoryQuery) -> PrintHistory:
        await gate.person(request, EVERYBODY)
        wanted = HistoryQuery(query.session, query.kind, query.state, query.limit + 1, query.before)
        found = await asyncio.to_thread(printing.book.history, wanted)
        names = staff_names()
        return PrintHistory(
            jobs=tuple(print_view(printing, job, names) for job in found[: query.limit]),
            more=len(found) > query.limit,
        )

    def deed(
        name: str, zh: str, en: str, do: Callable[[str, str], Awaitable[PrintJob]], roles: tuple[Role, ...]
    ) -> None:
        @routes.post(
            f"{BASE}/{_JOB}/{name}",
            zh,
            en,
            tag="prints",
            access=", ".join(roles),
            body=Nothing,
            answer=PrintView,
        )
        async def done(request: web.Request, body: Nothing) -> PrintView:
            person = await gate.person(request, roles)
            return view(await do(request.match_info["job"], person.username))

    deed("retry", "重试", "try again", printing.retry, EVERYBODY)
    deed("confirm", "确认已打印", "say that it came out", printing.confirm, EVERYBODY)

    @routes.post(
        f"{BASE}/{_JOB}/cancel",
        "取消打印",
        "cancel a print",
        tag="prints",
        access=", ".join(EVERYBODY),
        body=CancelRequest,
        answer=PrintView,
    )
    async def cancel(request: web.Request, body: CancelRequest) -> PrintView:
        person = await gate.person(request, EVERYBODY)
        return view(await printing.cancel(request.match_info["job"], person.username, body.reason))

    @routes.post(
        f"{BASE}/{_JOB}/redirect",
        "改用其他打印机",
        "send to another printer",
        tag="prints",
        access=", ".join(EVERYBODY),
        body=RoleRequest,
        answer=PrintView,
    )
    async def redirect(request: web.Request, body: RoleRequest) -> PrintView:
        person = await gate.person(request, EVERYBODY)
        job = printing.job(request.match_info["job"])
        return view(await printing.redirect(job.id, body.role or job.role, person.username))

    @routes.post(
        f"{BASE}/{_JOB}/reprint",
        "补打",
        "print once more, marked as a reprint",
        tag="prints",
        access=", ".join(EXAM_STAFF),
        body=RoleRequest,
        answer=PrintView,
    )
    async def reprint(request: web.Request, body: RoleRequest) -> PrintView:
        person = await gate.person(request, EXAM_STAFF)
        return view(await printing.reprint(request.match_info["job"], person.username, body.role))

    @routes.get(
        f"{BASE}/papers/{_SESSION}",
        "场次单据",
        "what can be printed of a session",
        tag="prints",
        access=", ".join(EVERYBODY),
        answer=Papers,
    )
    async def of_session(request: web.Request) -> Papers:
        await gate.person(request, EVERYBODY)
        session = request.match_info["session"]
        record, plan = hall.planned(session)
        printers = printer_views(printing)
        roles = {printer.role: printer for printer in printers}
        done = await asyncio.to_thread(printing.book.history, HistoryQuery(session=session, limit=SHOWN))
        names = staff_names()
        return Papers(
            session=session,
            ended=record.state in (SessionState.ENDED, SessionState.SIGNED_OFF),
            kinds=tuple(
                PaperKind(kind=kind, zh=DOCUMENTS[kind].zh, en=DOCUMENTS[kind].en) for kind in SESSION_KINDS
            ),
            rooms=tuple(
                PaperRoom(
                    name=name,
                    candidates=candidates,
                    scored=scored,
                    role=own if (own := f"room-{number}.printer") in roles and roles[own].ready else OFFICE,
                )
                for number, (name, candidates, scored) in enumerate(papers.rooms(plan.session), 1)
            ),
            printers=printers,
            jobs=tuple(print_view(printing, job, names) for job in done),
        )

    @routes.post(
        f"{BASE}/papers/{_SESSION}",
        "打印场次单据",
        "print a document of a room",
        tag="prints",
        access=", ".join(EXAM_STAFF),
        body=PaperRequest,
        answer=PaperOrdered,
    )
    async def order(request: web.Request, body: PaperRequest) -> PaperOrdered:
        person = await gate.person(request, EXAM_STAFF)
        session = request.match_info["session"]
        paper = await papers.paper(body.kind, session, body.room, body.ticket or "")
        head = hall.journal.head
        job = await printing.print(
            paper.kind,
            paper.subject,
            paper.documents,
            body.role,
            person.username,
            session=session,
            title=paper.title,
        )
        return PaperOrdered(job=view(job), before=job.seq <= head)

    @routes.get(
        f"{BASE}/papers/{_SESSION}/pdf",
        "查看场次单据（PDF）",
        "look at a document of a room; who did is journalled",
        tag="prints",
        access=", ".join(EXAM_STAFF),
        query=PaperQuery,
        answer=File("application/pdf"),
    )
    async def look(request: web.Request, query: PaperQuery) -> web.Response:
        person = await gate.person(request, EXAM_STAFF)
        session = request.match_info["session"]
        paper = await papers.paper(query.kind, session, query.room, query.ticket or "")
        made = await printing.viewed(
            paper.kind, paper.subject, paper.documents, person.username, session=session
        )
        if not made.pdf:
            raise Problem("not_ready", "document.failed", "无法生成 PDF", "the PDF could not be made")
        name = quote(f"{DOCUMENTS[paper.kind].zh}-{session}-{query.room}.pdf")
        return web.Response(
            body=made.pdf,
            content_type="application/pdf",
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": f"inline; filename*=UTF-8''{name}",
            },
        )
