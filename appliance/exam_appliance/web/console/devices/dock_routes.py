"""The dock of simulated devices at the console; declared in demo and test builds only."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from aiohttp import web
from pydantic import ValidationError

from central_sync.protocol.http.routes import Routes
from exam_appliance.devices.daemon_line import DaemonAway
from exam_appliance.devices.devices import Devices
from exam_appliance.web.candidate.routes import Nothing
from exam_appliance.web.console.devices.models import ActDone, ActRequest, DockView
from exam_appliance.web.console.devices.routes import BASE, TECHNICIAN
from exam_appliance.web.console.staff import StaffGate

_SIMULATOR = "{simulator:[A-Za-z0-9._-]{1,120}}"


def dock_routes(devices: Devices, gate: StaffGate, routes: Routes) -> None:
    """Declare looking at the dock, plugging and using what is in it."""

    async def dock() -> DockView:
        return _dock(await devices.daemon.get("/dock"))

    @routes.get(
        f"{BASE}/dock",
        "模拟设备坞",
        "the dock of simulated devices",
        tag="dock",
        access="technician",
        answer=DockView,
    )
    async def look(request: web.Request) -> DockView:
        await gate.person(request, TECHNICIAN)
        return await dock()

    def plugging(word: str, zh: str, en: str) -> None:
        @routes.post(
            f"{BASE}/dock/{_SIMULATOR}/{word}",
            zh,
            en,
            tag="dock",
            access="technician",
            body=Nothing,
            answer=DockView,
        )
        async def plug(request: web.Request, body: Nothing) -> DockView:
            await gate.person(request, TECHNICIAN)
            await devices.daemon.post(f"/dock/{quote(request.match_info['simulator'], safe='')}/{word}")
            return await dock()

    plugging("plug", "插入模拟设备", "plug a simulated device in")
    plugging("unplug", "拔出模拟设备", "pull a simulated device out")

    @routes.post(
        f"{BASE}/dock/{_SIMULATOR}/acts/{{act:[a-z0-9_]{{1,60}}}}",
        "使用模拟设备",
        "do something with a simulated device",
        tag="dock",
        access="technician",
        body=ActRequest,
        answer=ActDone,
    )
    async def act(request: web.Request, body: ActRequest) -> ActDone:
        await gate.person(request, TECHNICIAN)
        simulator = quote(request.match_info["simulator"], safe="")
        told = await devices.daemon.post(
            f"/dock/{simulator}/acts/{request.match_info['act']}", body.parameters
        )
        return ActDone(told=told if isinstance(told, dict) else {})


def _dock(told: Any) -> DockView:
    try:
        return DockView.model_validate(
            {
                "simulators": [
                    {
                        "id": one["id"],
                        "kind": one["kind"],
                        "zh": one["zh"],
                        "en": one["en"],
                        "plugged": one["plugged"],
                        "device": one.get("device_id"),
                        "acts": [
                            {
                                "name": act["name"],
                                "zh": act["zh"],
                                "en": act["en"],
                                "parameters": [
                                    {
                                        "name": each["name"],
                                        "zh": each["zh"],
                                        "en": each["en"],
                                        "type": each.get("type", "text"),
                                        "choices": each.get("choices", []),
                                    }
                                    for each in act.get("parameters", [])
                                ],
                            }
                            for act in one["acts"]
                        ],
                    }
                    for one in told["simulators"]
                ]
            }
        )
    except (ValidationError, KeyError, TypeError) as error:
        raise DaemonAway from error
