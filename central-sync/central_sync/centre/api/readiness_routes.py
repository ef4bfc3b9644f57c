"""How ready the sites are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from central_sync.centre.api.models import BASE
from central_sync.centre.readiness.models import SitesReadiness
from central_sync.protocol.http.routes import Routes

if TYPE_CHECKING:
    from central_sync.centre.app import Centre


def add_routes(routes: Routes, centre: Centre) -> None:
    """Declare the route. Each look takes in first what was received meanwhile."""
    gate, readiness = centre.gate, centre.readiness

    @routes.get(
        f"{BASE}/readiness",
        "各考点就绪情况",
        "how ready the sites are",
        tag="sites",
        access="any",
        answer=SitesReadiness,
    )
    async def all_sites(request: web.Request) -> SitesReadiness:
        await gate.person(request)
        await asyncio.to_thread(readiness.catch_up)
        return SitesReadiness(servers=tuple(await centre.transact(readiness.all)))
