"""Where candidate machines and invigilator machines report what they are."""

from __future__ import annotations

from aiohttp import web

from central_sync.protocol.http.routes import Routes
from exam_appliance.readiness.heard.machine_report import MachineReport
from exam_appliance.readiness.readiness import Readiness
from exam_appliance.web.console.staff import EVERYBODY, StaffGate

BODY_LIMIT = 16 * 1024


def machine_routes(readiness: Readiness, gate: StaffGate, routes: Routes) -> None:
    """Declare them. A seat reports before anybody logs in; the numbers of machines kept are bounded."""

    @routes.post(
        "/api/candidate/machine",
        "考生机上报配置",
        "a candidate machine says what it is",
        tag="machines",
        access="anyone on the exam's network",
        body=MachineReport,
        body_limit=BODY_LIMIT,
    )
    async def seat(request: web.Request, body: MachineReport) -> None:
        agent = request.headers.get("User-Agent", "")
        report = body.model_copy(update={"proven": False})
        await readiness.heard("seat", report, request.remote or "", agent)

    @routes.post(
        "/api/console/machine",
        "监考机上报配置",
        "an invigilator machine says what it is",
        tag="machines",
        access="staff",
        body=MachineReport,
        body_limit=BODY_LIMIT,
    )
    async def invigilator(request: web.Request, body: MachineReport) -> None:
        await gate.person(request, EVERYBODY)
        agent = request.headers.get("User-Agent", "")
        report = body.model_copy(update={"proven": False})
        await readiness.heard("invigilator", report, request.remote or "", agent)
