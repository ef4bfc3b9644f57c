"""Site servers: how they stand, claim codes, quarantine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from central_sync.centre.api.files import attachment_headers
from central_sync.centre.api.models import BASE, Nothing, Role
from central_sync.centre.api.result_models import (
    Appliances,
    ApplianceView,
    ClaimView,
    EvidenceList,
    ReadmitRequest,
    RevokeRequest,
    SiteFileList,
)
from central_sync.centre.servers.servers import SiteServers
from central_sync.protocol.http.routes import File, Routes

if TYPE_CHECKING:
    from central_sync.centre.app import Centre

FILE_READERS: tuple[Role, ...] = ("planner", "viewer", "admin")
APPLIANCE = f"{BASE}/appliances/{{appliance:[0-9a-f-]{{36}}}}"


def add_routes(routes: Routes, centre: Centre) -> None:
    """Declare the routes of site servers."""
    gate = centre.gate
    servers = SiteServers(centre.exchange, centre.clock)

    @routes.get(
        f"{BASE}/appliances",
        "考点服务器",
        "site servers",
        tag="appliances",
        access="any",
        answer=Appliances,
    )
    async def appliances(request: web.Request) -> Appliances:
        await gate.person(request)
        return Appliances(appliances=tuple(await centre.transact(servers.all)))

    @routes.post(
        f"{BASE}/sites/{{site:[A-Z0-9]{{4,20}}}}/claims",
        "发登记码",
        "give out a claim code",
        tag="appliances",
        access="planner",
        body=Nothing,
        answer=ClaimView,
    )
    async def claim(request: web.Request, body: Nothing) -> ClaimView:
        person = await gate.person(request, "planner")
        site = request.match_info["site"]
        address = site_address(centre)
        return await centre.transact(lambda session: servers.claim(session, site, person.username, address))

    @routes.post(
        f"{APPLIANCE}/readmit",
        "解除隔离",
        "end a quarantine",
        tag="appliances",
        access="admin",
        body=ReadmitRequest,
        answer=ApplianceView,
    )
    async def readmit(request: web.Request, body: ReadmitRequest) -> ApplianceView:
        person = await gate.person(request, "admin")
        appliance = request.match_info["appliance"]
        return await centre.transact(
            lambda session: servers.readmit(session, appliance, person.username, body.reason, body.machine)
        )

    @routes.post(
        f"{APPLIANCE}/revoke",
        "停用服务器",
        "refuse a server for good",
        tag="appliances",
        access="admin",
        body=RevokeRequest,
        answer=ApplianceView,
    )
    async def revoke(request: web.Request, body: RevokeRequest) -> ApplianceView:
        person = await gate.person(request, "admin")
        appliance = request.match_info["appliance"]
        return await centre.transact(
            lambda session: servers.revoke(session, appliance, person.username, body.reason)
        )

    @routes.get(
        f"{APPLIANCE}/evidence",
        "隔离的依据",
        "what stands against a server",
        tag="appliances",
        access="admin",
        answer=EvidenceList,
    )
    async def evidence(request: web.Request) -> EvidenceList:
        await gate.person(request, "admin")
        appliance = request.match_info["appliance"]
        return await centre.transact(lambda session: servers.evidence(session, appliance))

    @routes.get(
        f"{APPLIANCE}/files",
        "考点上传的文件",
        "files that a server sent up",
        tag="appliances",
        access="planner, viewer, admin",
        answer=SiteFileList,
    )
    async def files(request: web.Request) -> SiteFileList:
        await gate.person(request, *FILE_READERS)
        appliance = request.match_info["appliance"]
        return await centre.transact(lambda session: servers.files(session, appliance))

    @routes.get(
        f"{APPLIANCE}/files/{{sha256:[0-9a-f]{{64}}}}",
        "下载考点上传的文件",
        "a file that a server sent up",
        tag="appliances",
        access="planner, viewer, admin",
        answer=File("application/octet-stream"),
    )
    async def file(request: web.Request) -> web.StreamResponse:
        await gate.person(request, *FILE_READERS)
        appliance, sha256 = request.match_info["appliance"], request.match_info["sha256"]
        path, name = await centre.transact(
            lambda session: centre.exchange.site_file(session, appliance, sha256)
        )
        # Never as its own type: what a site sent up is not a page of the centre.
        return web.FileResponse(path, headers=attachment_headers(name))


def site_address(centre: Centre) -> str:
    """Return the address that a site's technician types in: the first name that sites may call."""
    names = centre.settings.site_line.names
    port = centre.site_url.rpartition(":")[2]
    if not names or not port:
        return centre.site_url
    shown = f"[{names[0]}]" if ":" in names[0] else names[0]
    return f"https://{shown}:{port}"
