"""The console's operations on readiness: run, report, declarations with evidence, form 4."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from urllib.parse import quote

from aiohttp import web

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import File, Routes, Upload, read_limited
from exam_appliance.readiness.evidence import EVIDENCE_LIMIT, TYPES
from exam_appliance.readiness.form_4_printed import form_4_docx, form_4_pdf
from exam_appliance.readiness.gathering import site_about
from exam_appliance.readiness.printed import readiness_pdf
from exam_appliance.readiness.readiness import Readiness
from exam_appliance.readiness.unit_form import UnitForm
from exam_appliance.web.candidate.routes import Nothing
from exam_appliance.web.console.models import Role
from exam_appliance.web.console.readiness.models import (
    DeclareRequest,
    EvidenceKept,
    EvidenceQuery,
    FormView,
    ReadinessView,
    WithdrawRequest,
)
from exam_appliance.web.console.staff import StaffGate

BASE = "/api/console/readiness"
RESPONSIBLE: tuple[Role, ...] = ("technician", "lead")
ACCESS = "technician, lead"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_ROW = r"{row:[a-z]{1,20}(?:\.[a-z_]{1,30}){1,2}}"
_SHA256 = "{sha256:[0-9a-f]{64}}"


def readiness_routes(readiness: Readiness, gate: StaffGate, routes: Routes) -> None:
    """Declare them."""

    async def view() -> ReadinessView:
        progress = readiness.progress()
        report = await readiness.report()
        return ReadinessView(running=progress.running, done=progress.done, of=progress.of, report=report)

    @routes.get(
        BASE, "就绪检查", "readiness of the site", tag="readiness", access=ACCESS, answer=ReadinessView
    )
    async def whole(request: web.Request) -> ReadinessView:
        await gate.person(request, RESPONSIBLE)
        return await view()

    @routes.post(
        f"{BASE}/run",
        "开始就绪检查",
        "check all rows of the environment standard",
        tag="readiness",
        access=ACCESS,
        body=Nothing,
        answer=ReadinessView,
    )
    async def run(request: web.Request, body: Nothing) -> ReadinessView:
        person = await gate.person(request, RESPONSIBLE)
        readiness.begin(person.username)
        return await view()

    @routes.post(
        f"{BASE}/evidence",
        "上传证明材料（PDF、PNG、JPEG、WebP）",
        "send a file that stands behind a declaration",
        tag="readiness",
        access=ACCESS,
        query=EvidenceQuery,
        body=Upload(("application/octet-stream",), EVIDENCE_LIMIT),
        answer=EvidenceKept,
    )
    async def send_evidence(request: web.Request, query: EvidenceQuery) -> EvidenceKept:
        await gate.person(request, RESPONSIBLE)
        data = await read_limited(request, EVIDENCE_LIMIT)
        used = await readiness.used_evidence()
        kept = await asyncio.to_thread(readiness.evidence.keep, query.name, data, used, datetime.now(UTC))
        return EvidenceKept(name=kept.name, type=kept.type, sha256=kept.sha256, size=kept.size)

    @routes.get(
        f"{BASE}/evidence/{_SHA256}",
        "下载证明材料",
        "a file that stands behind a declaration",
        tag="readiness",
        access=ACCESS,
        answer=File("application/octet-stream"),
    )
    async def evidence(request: web.Request) -> web.StreamResponse:
        await gate.person(request, RESPONSIBLE)
        sha256 = request.match_info["sha256"]
        path = await asyncio.to_thread(readiness.evidence.path, sha256)
        name = await readiness.evidence_name(sha256)
        if path is None or name is None:
            raise Problem(
                "missing",
                "evidence.missing",
                "没有这份证明材料，请刷新页面",
                "there is no such file; reload the page",
            )
        # As bytes to be saved, whatever they are: evidence is never shown inside the console.
        answer = web.FileResponse(path, headers={**_saved_as(name), "Cache-Control": "no-store"})
        answer.content_type = "application/octet-stream"
        return answer

    @routes.post(
        f"{BASE}/rows/{_ROW}/declare",
        "申报一项",
        "declare a row",
        tag="readiness",
        access=ACCESS,
        body=DeclareRequest,
        answer=ReadinessView,
    )
    async def declare(request: web.Request, body: DeclareRequest) -> ReadinessView:
        person = await gate.person(request, RESPONSIBLE)
        row = request.match_info["row"]
        await readiness.declare(row, person.username, body.note, body.name, body.evidence)
        return await view()

    @routes.post(
        f"{BASE}/rows/{_ROW}/withdraw",
        "撤回申报",
        "take a declaration back",
        tag="readiness",
        access=ACCESS,
        body=WithdrawRequest,
        answer=ReadinessView,
    )
    async def withdraw(request: web.Request, body: WithdrawRequest) -> ReadinessView:
        person = await gate.person(request, RESPONSIBLE)
        await readiness.withdraw(request.match_info["row"], person.username, body.reason)
        return await view()

    @routes.get(
        f"{BASE}/report.pdf",
        "就绪报告（PDF，供盖章）",
        "the report as PDF, to be stamped",
        tag="readiness",
        access=ACCESS,
        answer=File("application/pdf"),
    )
    async def report_pdf(request: web.Request) -> web.Response:
        await gate.person(request, RESPONSIBLE)
        report = await readiness.report()
        if report is None:
            raise Problem(
                "not_ready",
                "readiness.none",
                "尚未检查，请先开始检查",
                "there is no report yet: run the check first",
            )
        return _file(await readiness_pdf(report), f"就绪报告-{report.site_name}.pdf", "application/pdf")

    async def form_view() -> FormView:
        unit = await asyncio.to_thread(readiness.form_file.read)
        server = await readiness.server_facts()
        try:
            form = await readiness.form(unit)
        except Problem as problem:
            return FormView(unit=unit, form=None, server=server, zh=problem.zh, en=problem.en)
        return FormView(unit=unit, form=form, server=server, zh="", en="")

    @routes.get(
        f"{BASE}/form-4",
        "考试点申请表",
        "the application form of the exam site",
        tag="readiness",
        access=ACCESS,
        answer=FormView,
    )
    async def form_4(request: web.Request) -> FormView:
        await gate.person(request, RESPONSIBLE)
        return await form_view()

    @routes.put(
        f"{BASE}/form-4",
        "填写考试点申请表",
        "fill the application form in",
        tag="readiness",
        access=ACCESS,
        body=UnitForm,
        answer=FormView,
    )
    async def put_form_4(request: web.Request, body: UnitForm) -> FormView:
        await gate.person(request, RESPONSIBLE)
        await readiness.keep_form(body)
        return await form_view()

    @routes.get(
        f"{BASE}/form-4.pdf",
        "考试点申请表（PDF）",
        "the application form as PDF",
        tag="readiness",
        access=ACCESS,
        answer=File("application/pdf"),
    )
    async def form_pdf(request: web.Request) -> web.Response:
        await gate.person(request, RESPONSIBLE)
        form = await readiness.form()
        zone = (await asyncio.to_thread(site_about, readiness.place)).time_zone
        return _file(await form_4_pdf(form, zone), "附件4-考试点申请表.pdf", "application/pdf")

    @routes.get(
        f"{BASE}/form-4.docx",
        "考试点申请表（Word）",
        "the application form as a Word file",
        tag="readiness",
        access=ACCESS,
        answer=File(DOCX),
    )
    async def form_docx(request: web.Request) -> web.Response:
        await gate.person(request, RESPONSIBLE)
        form = await readiness.form()
        return _file(await asyncio.to_thread(form_4_docx, form), "附件4-考试点申请表.docx", DOCX)


def _file(data: bytes, name: str, kind: str) -> web.Response:
    return web.Response(
        body=data, content_type=kind, headers={**_saved_as(name), "Cache-Control": "no-store"}
    )


def _saved_as(name: str) -> dict[str, str]:
    ending = name.rpartition(".")[2]
    plain = f"evidence.{ending}" if ending in TYPES.values() else f"form.{ending}"
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"}
