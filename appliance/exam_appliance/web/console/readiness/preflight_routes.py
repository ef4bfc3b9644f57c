"""The console's operations on pre-flight: one button, and what came of it."""

from __future__ import annotations

from aiohttp import web

from central_sync.protocol.http.routes import Routes
from exam_appliance.preflight.preflight import Preflight
from exam_appliance.web.candidate.routes import Nothing
from exam_appliance.web.console.readiness.models import PreflightView
from exam_appliance.web.console.readiness.routes import ACCESS, RESPONSIBLE
from exam_appliance.web.console.staff import StaffGate

BASE = "/api/console/preflight"


def preflight_routes(preflight: Preflight, gate: StaffGate, routes: Routes) -> None:
    """Declare them."""

    async def view() -> PreflightView:
        progress = preflight.progress()
        result = await preflight.result()
        return PreflightView(running=progress.running, done=progress.done, of=progress.of, result=result)

    @routes.get(
        BASE,
        "考前检查",
        "the site before an exam day",
        tag="preflight",
        access=ACCESS,
        answer=PreflightView,
    )
    async def whole(request: web.Request) -> PreflightView:
        await gate.person(request, RESPONSIBLE)
        return await view()

    @routes.post(
        f"{BASE}/run",
        "开始考前检查",
        "look the site over, a page at each bound printer included",
        tag="preflight",
        access=ACCESS,
        body=Nothing,
        answer=PreflightView,
    )
    async def run(request: web.Request, body: Nothing) -> PreflightView:
        person = await gate.person(request, RESPONSIBLE)
        preflight.begin(person.username)
        return await view()
