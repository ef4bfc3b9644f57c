"""Question banks: versions, items with keys, import and export."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from aiohttp import web

from central_sync.centre.api.files import XLSX, ZIP, attachment
from central_sync.centre.api.job_routes import job_view
from central_sync.centre.api.models import (
    BASE,
    BankImportQuery,
    BankRequest,
    Banks,
    BankView,
    ItemsPage,
    ItemsQuery,
    JobView,
)
from central_sync.centre.api.uploads import FORM, Uploaded, receive_form
from central_sync.centre.banks.reading import read_bank_file
from central_sync.centre.files.bank_write import bank_template
from central_sync.centre.jobs.jobs import Ended, Progress
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import File, Routes, Upload

if TYPE_CHECKING:
    from central_sync.centre.app import Centre

BANK = "{bank:B[0-9]{4,9}}"
SHA256 = "{sha256:[0-9a-f]{64}}"
MIB = 1024 * 1024
LIMITS = {"file": 256 * MIB, "media": 512 * MIB}


def add_routes(routes: Routes, centre: Centre) -> None:
    """Declare the routes of question banks."""
    gate, banks = centre.gate, centre.banks

    @routes.get(
        f"{BASE}/banks", "题库", "question banks", tag="banks", access="planner, viewer", answer=Banks
    )
    async def all_banks(request: web.Request) -> Banks:
        await gate.person(request, "planner", "viewer")
        return Banks(banks=tuple(await centre.transact(banks.all)))

    @routes.post(
        f"{BASE}/banks",
        "新建题库",
        "make a question bank",
        tag="banks",
        access="planner",
        body=BankRequest,
        answer=BankView,
    )
    async def create(request: web.Request, body: BankRequest) -> BankView:
        await gate.person(request, "planner")
        return await centre.transact(lambda session: banks.create(session, body))

    @routes.get(
        f"{BASE}/banks/template.xlsx",
        "题库导入模板",
        "template of a bank to import",
        tag="banks",
        access="planner",
        answer=File(XLSX),
    )
    async def template(request: web.Request) -> web.StreamResponse:
        await gate.person(request, "planner")
        return attachment("题库导入模板.xlsx", await asyncio.to_thread(bank_template), XLSX)

    @routes.get(
        f"{BASE}/banks/{BANK}",
        "一个题库",
        "one question bank",
        tag="banks",
        access="planner, viewer",
        answer=BankView,
    )
    async def bank(request: web.Request) -> BankView:
        await gate.person(request, "planner", "viewer")
        return await centre.transact(lambda session: banks.get(session, request.match_info["bank"]))

    @routes.patch(
        f"{BASE}/banks/{BANK}",
        "修改题库名称和类别",
        "change name and category of a bank",
        tag="banks",
        access="planner",
        body=BankRequest,
        answer=BankView,
    )
    async def change(request: web.Request, body: BankRequest) -> BankView:
        await gate.person(request, "planner")
        return await centre.transact(lambda session: banks.change(session, request.match_info["bank"], body))

    @routes.get(
        f"{BASE}/banks/{BANK}/items",
        "试题（含答案）",
        "items with keys",
        tag="banks",
        access="planner",
        query=ItemsQuery,
        answer=ItemsPage,
    )
    async def items(request: web.Request, query: ItemsQuery) -> ItemsPage:
        await gate.person(request, "planner")
        return await centre.transact(lambda session: banks.page(session, request.match_info["bank"], query))

    @routes.get(
        f"{BASE}/banks/{BANK}/media/{SHA256}",
        "试题的图片或音视频",
        "a picture or clip of an item",
        tag="banks",
        access="planner",
        answer=File("application/octet-stream"),
    )
    async def media(request: web.Request) -> web.StreamResponse:
        await gate.person(request, "planner")
        number, sha256 = request.match_info["bank"], request.match_info["sha256"]

        def find() -> tuple[bytes, str]:
            with centre.database.begin() as session:
                banks.require_media(session, number, sha256)
                path, media_type = centre.files.path(session, sha256)
            return path.read_bytes(), media_type

        data, media_type = await asyncio.to_thread(find)
        return web.Response(
            body=data,
            content_type=media_type,
            headers={"Cache-Control": "private, max-age=86400, immutable"},
        )

    @routes.post(
        f"{BASE}/banks/{BANK}/import",
        "导入试题",
        "import items",
        tag="banks",
        access="planner",
        query=BankImportQuery,
        body=Upload((FORM,), sum(LIMITS.values())),
        answer=JobView,
        status=202,
    )
    async def take(request: web.Request, query: BankImportQuery) -> JobView:
        person = await gate.person(request, "planner")
        number = request.match_info["bank"]
        await centre.transact(lambda session: banks.get(session, number))
        uploaded = await receive_form(request, centre.uploads, LIMITS, required="file")
        if query.format == "qti" and "media" in uploaded:
            uploaded.discard()
            raise Problem(
                "invalid",
                "upload.media_not_wanted",
                "QTI 包自带图片和音视频，不需另传",
                "a QTI package holds its media; send only the package",
            )

        def work(progress: Progress) -> Ended:
            return _take_items(centre, number, uploaded, query, person.username, progress)

        job = await centre.jobs.begin("bank.import", number, person.username, work, done=uploaded.discard)
        return job_view(job)

    def export(path: str, form: Literal["qti", "xlsx", "media"], zh: str, en: str, media_type: str) -> None:
        @routes.get(
            f"{BASE}/banks/{BANK}/export/{path}",
            zh,
            en,
            tag="banks",
            access="planner",
            answer=File(media_type),
        )
        async def exported(request: web.Request) -> web.StreamResponse:
            await gate.person(request, "planner")
            number = request.match_info["bank"]
            name, data = await centre.transact(lambda session: banks.export(session, number, form))
            return attachment(name, data, media_type)

    export("qti", "qti", "导出 QTI 3.0（含答案）", "export as QTI 3.0, keys included", ZIP)
    export("xlsx", "xlsx", "导出表格（含答案）", "export as a table, keys included", XLSX)
    export("media", "media", "导出图片和音视频", "export pictures and clips", ZIP)


def _take_items(
    centre: Centre,
    bank: str,
    uploaded: Uploaded,
    query: BankImportQuery,
    by: str,
    progress: Progress,
) -> Ended:
    file, media = uploaded["file"], uploaded.get("media")
    progress(10, f"正在读取 {file.name}", f"reading {file.name}")
    draft, report = read_bank_file(file.path, query.format, media.path if media is not None else None)
    if draft is None:
        return Ended(
            False, "文件有误，没有导入任何试题", "the file is not right; nothing was imported", report
        )
    progress(70, f"正在保存 {len(draft.items)} 题", f"storing {len(draft.items)} items")
    with centre.database.begin() as session:
        made = centre.banks.take(session, bank, draft, query.mode, by=by, source=file.name)
    if made is None:
        return Ended(
            True, "试题与现有版本相同，没有变化", "the items are what the bank holds already", report
        )
    return Ended(
        True,
        f"第 {made.version} 版：新增 {made.added}，修改 {made.changed}，删除 {made.removed}，"
        f"共 {made.items} 题",
        f"version {made.version}: {made.added} new, {made.changed} changed, {made.removed} removed, "
        f"{made.items} items in all",
        report,
    )
