"""Exam sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from central_sync.centre.api.models import BASE, SiteRequest, Sites, SiteView
from central_sync.protocol.http.routes import Routes

if TYPE_CHECKING:
    from central_sync.centre.app import Centre

SITE = "{site:[A-Z0-9]{4,20}}"


def add_routes(routes: Routes, centre: Centre) -> None:
    """Declare the routes of exam sites."""
    gate, sites = centre.gate, centre.sites

    @routes.get(f"{BASE}/sites", "考点", "exam sites", tag="sites", access="any", answer=Sites)
    async def all_sites(request: web.Request) -> Sites:
        await gate.person(request)
        return Sites(sites=tuple(await centre.transact(sites.all)))

    @routes.get(
        f"{BASE}/sites/{SITE}", "一个考点", "one exam site", tag="sites", access="any", answer=SiteView
    )
    async def site(request: web.Request) -> SiteView:
        await gate.person(request)
        code = request.match_info["site"]
        return await centre.transact(lambda session: sites.get(session, code))

    @routes.put(
        f"{BASE}/sites/{SITE}",
        "登记或修改考点",
        "register or change an exam site",
        tag="sites",
        access="planner",
        body=SiteRequest,
        answer=SiteView,
    )
    async def put(request: web.Request, body: SiteRequest) -> SiteView:
        await gate.person(request, "planner")
        code = request.match_info["site"]
        return await centre.transact(lambda session: sites.put(session, code, body))
