"""Rosters of candidates and their photos."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from central_sync.centre.api.bank_routes import MIB, SHA256
from central_sync.centre.api.files import XLSX, attachment
from central_sync.centre.api.gate import sees_masked
from central_sync.centre.api.job_routes import job_view
from central_sync.centre.api.models import (
    BASE,
    JobView,
    RosterPage,
    RosterQuery,
    RosterRequest,
    Rosters,
    RosterView,
)
from central_sync.centre.api.uploads import FORM, Uploaded, receive_form
from central_sync.centre.files.roster_read import read_roster
from central_sync.centre.files.roster_template import roster_template
from central_sync.centre.jobs.jobs import Ended, Progress
from central_sync.centre.rosters.rosters import held_roster
from central_sync.protocol.http.routes import File, Routes, Upload

if TYPE_CHECKING:
    from central_sync.centre.app import Centre

ROSTER = "{roster:R[0-9]{4,9}}"
LIMITS = {"file": 32 * MIB, "photos": 2048 * MIB}


def add_routes(routes: Routes, centre: Centre) -> None:
    """Declare the routes of rosters."""
    gate, rosters = centre.gate, centre.rosters

    @routes.get(
        f"{BASE}/rosters", "考生名册", "rosters", tag="rosters", access="planner, viewer", answer=Rosters
    )
    async def all_rosters(request: web.Request) -> Rosters:
        await gate.person(request, "planner", "viewer")
        return Rosters(rosters=tuple(await centre.transact(rosters.all)))

    @routes.post(
        f"{BASE}/rosters",
        "新建名册",
        "make a roster",
        tag="rosters",
        access="planner",
        body=RosterRequest,
        answer=RosterView,
    )
    async def create(request: web.Request, body: RosterRequest) -> RosterView:
        person = await gate.person(request, "planner")
        return await centre.transact(lambda session: rosters.create(session, body, person.username))

    @routes.get(
        f"{BASE}/rosters/template.xlsx",
        "名册导入模板",
        "template of a roster to import",
        tag="rosters",
        access="planner",
        answer=File(XLSX),
    )
    async def template(request: web.Request) -> web.StreamResponse:
        await gate.person(request, "planner")
        return attachment("考生名册导入模板.xlsx", await asyncio.to_thread(roster_template), XLSX)

    @routes.get(
        f"{BASE}/rosters/{ROSTER}",
        "名册中的考生",
        "the candidates of a roster",
        tag="rosters",
        access="planner, viewer",
        query=RosterQuery,
        answer=RosterPage,
    )
    async def page(request: web.Request, query: RosterQuery) -> RosterPage:
        person = await gate.person(request, "planner", "viewer")
        number = request.match_info["roster"]
        return await centre.transact(
            lambda session: rosters.page(session, number, query, masked=sees_masked(person))
        )

    @routes.post(
        f"{BASE}/rosters/{ROSTER}/import",
        "导入考生和照片",
        "import candidates and photos",
        tag="rosters",
        access="planner",
        body=Upload((FORM,), sum(LIMITS.values())),
        answer=JobView,
        status=202,
    )
    async def take(request: web.Request) -> JobView:
        person = await gate.person(request, "planner")
        number = request.match_info["roster"]
        await centre.transact(lambda session: held_roster(session, number))
        uploaded = await receive_form(request, centre.uploads, LIMITS, required="file")

        def work(progress: Progress) -> Ended:
            return _take_candidates(centre, number, uploaded, progress)

        job = await centre.jobs.begin("roster.import", number, person.username, work, done=uploaded.discard)
        return job_view(job)

    @routes.delete(
        f"{BASE}/rosters/{ROSTER}/candidates/{{entry:[0-9]{{1,9}}}}",
        "从名册删除考生",
        "take a candidate off a roster",
        tag="rosters",
        access="planner",
    )
    async def remove(request: web.Request) -> None:
        await gate.person(request, "planner")
        number, entry = request.match_info["roster"], int(request.match_info["entry"])
        await centre.transact(lambda session: rosters.remove(session, number, entry))

    @routes.get(
        f"{BASE}/photos/{SHA256}",
        "报名照片",
        "a registration photo",
        tag="rosters",
        access="planner, viewer",
        answer=File("image/jpeg"),
    )
    async def photo(request: web.Request) -> web.StreamResponse:
        await gate.person(request, "planner", "viewer")
        sha256 = request.match_info["sha256"]

        def find() -> bytes:
            with centre.database.begin() as session:
                rosters.require_photo(session, sha256)
            return centre.files.read(sha256)

        return web.Response(
            body=await asyncio.to_thread(find),
            content_type="image/jpeg",
            headers={"Cache-Control": "private, max-age=3600"},
        )


def _take_candidates(centre: Centre, roster: str, uploaded: Uploaded, progress: Progress) -> Ended:
    file, photos = uploaded["file"], uploaded.get("photos")
    progress(10, f"正在读取 {file.name}", f"reading {file.name}")
    draft, report = read_roster(
        file.path.read_bytes(), photos.path.read_bytes() if photos is not None else None
    )
    if draft is None:
        return Ended(
            False, "名册有误，没有导入任何考生", "the roster is not right; nobody was imported", report
        )
    progress(80, f"正在保存 {len(draft.candidates)} 名考生", f"storing {len(draft.candidates)} candidates")
    with centre.database.begin() as session:
        fresh, known = centre.rosters.take(session, roster, draft)
    return Ended(
        True,
        f"新增 {fresh} 人，更新 {known} 人，照片 {len(draft.photos)} 张",
        f"{fresh} new, {known} brought up to date, {len(draft.photos)} photos",
        report,
    )
