"""Bundles on a stick (U 盘传递): to a site, and from one."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from aiohttp import web

from central_sync.centre.api.models import BASE, Nothing
from central_sync.centre.api.result_models import CourierReport
from central_sync.centre.api.uploads import FORM, receive_form
from central_sync.protocol.bundle import BUNDLE_BYTES
from central_sync.protocol.http.routes import File, Routes, Upload

if TYPE_CHECKING:
    from central_sync.centre.app import Centre

BUNDLE_TYPE = "application/octet-stream"
_PIECE = 1 << 18


def add_routes(routes: Routes, centre: Centre) -> None:
    """Declare the routes of the courier."""
    gate = centre.gate

    @routes.post(
        f"{BASE}/courier/{{site:[A-Z0-9]{{4,20}}}}/export",
        "给考点的 U 盘数据包",
        "a bundle for a site's stick",
        tag="courier",
        access="planner",
        body=Nothing,
        answer=File(BUNDLE_TYPE),
    )
    async def export(request: web.Request, body: Nothing) -> web.StreamResponse:
        await gate.person(request, "planner")
        path = centre.uploads / f"{uuid.uuid4().hex}.kdb"
        try:
            written = await asyncio.to_thread(centre.exchange.export_bundle, request.match_info["site"], path)
            answer = web.StreamResponse(
                headers={
                    "Content-Type": BUNDLE_TYPE,
                    "Content-Length": str(written.size),
                    "Content-Disposition": f'attachment; filename="{written.name}"',
                    "Cache-Control": "no-store",
                }
            )
            await answer.prepare(request)
            with path.open("rb") as file:
                while piece := await asyncio.to_thread(file.read, _PIECE):
                    await answer.write(piece)
            await answer.write_eof()
        finally:
            path.unlink(missing_ok=True)
        return answer

    @routes.post(
        f"{BASE}/courier/import",
        "读入考点的 U 盘数据包",
        "take in a bundle from a site",
        tag="courier",
        access="planner",
        body=Upload((FORM,), BUNDLE_BYTES),
        answer=CourierReport,
    )
    async def import_(request: web.Request) -> CourierReport:
        await gate.person(request, "planner")
        uploaded = await receive_form(request, centre.uploads, {"file": BUNDLE_BYTES}, required="file")
        try:
            taken = await asyncio.to_thread(centre.exchange.import_bundle, uploaded["file"].path)
        finally:
            uploaded.discard()
        return CourierReport(
            bundle=taken.name,
            site=taken.site,
            appliance=taken.appliance,
            taken=taken.fresh,
            acknowledged=taken.acknowledged,
            files=taken.files,
            zh=f"收到 {taken.fresh} 条新记录、{taken.files} 个文件，已收存到第 {taken.acknowledged} 条",
            en=f"{taken.fresh} new entries, {taken.files} files; the journal is held to {taken.acknowledged}",
        )
