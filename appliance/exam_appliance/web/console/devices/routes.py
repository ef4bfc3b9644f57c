"""The console's operations on devices: list, live, roles, self-tests, actions, history, power."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import File, Routes
from exam_appliance.devices.daemon_line import DaemonAway, device_path
from exam_appliance.devices.devices import Devices
from exam_appliance.devices.power import Power
from exam_appliance.exam.floor import Floor
from exam_appliance.web.candidate.routes import Nothing
from exam_appliance.web.console.devices.actions import LIVE, actions_of, test_parameters
from exam_appliance.web.console.devices.feed import DevicesFeed
from exam_appliance.web.console.devices.models import (
    ActionAnswer,
    BindRequest,
    DeviceEvents,
    DeviceHistory,
    DevicesView,
    HistoryLine,
    HistoryQuery,
    PowerPaused,
    ReplaceRequest,
    SelfTestRequest,
    SelfTests,
    SelfTestView,
    StationChange,
    StationRequest,
    UnbindRequest,
    UnknownDevice,
    UnknownDevices,
)
from exam_appliance.web.console.devices.views import (
    blob_id,
    for_technician,
    running_sessions,
    self_test_view,
    self_test_views,
)
from exam_appliance.web.console.models import Role
from exam_appliance.web.console.staff import EVERYBODY, StaffGate

BASE = "/api/console/devices"
TECHNICIAN: tuple[Role, ...] = ("technician",)
LEAD: tuple[Role, ...] = ("lead",)
POWER_REASONS: dict[Power, str] = {"low": "UPS 电量低，保护性暂停", "battery": "市电中断，保护性暂停"}
"""The reason that a session paused for the power carries."""

_DEVICE = "{device:[^/]{1,300}}"
_ROLE = r"{role:[a-z]{1,20}(?:-[0-9]{1,2})?\.[a-z_]{1,20}}"
_STATION = "{station:[a-z]{1,20}(?:-[0-9]{1,2})?}"


@dataclass(frozen=True)
class DeviceDesk:
    """What these routes need."""

    devices: Devices
    feed: DevicesFeed
    floor: Floor


def device_routes(desk: DeviceDesk, gate: StaffGate, routes: Routes) -> None:
    """Declare what all staff may see and what technicians may have devices do."""
    devices = desk.devices
    one = f"{BASE}/by-id/{_DEVICE}"

    @routes.get(BASE, "设备", "devices", tag="devices", access="staff", answer=DevicesView)
    async def whole(request: web.Request) -> DevicesView:
        await gate.person(request, EVERYBODY)
        return desk.feed.whole()

    @routes.get(
        f"{BASE}/events",
        "设备推送（SSE）",
        "devices as server-sent events",
        tag="devices",
        access="staff",
        answer=File("text/event-stream", "event: devices"),
    )
    async def events(request: web.Request) -> web.StreamResponse:
        person = await gate.person(request, EVERYBODY)
        return await desk.feed.serve(request, with_events="technician" in person.roles)

    @routes.get(
        f"{BASE}/unknown",
        "无法识别的设备",
        "what no catalogue entry matches",
        tag="devices",
        access="technician",
        answer=UnknownDevices,
    )
    async def unknown(request: web.Request) -> UnknownDevices:
        await gate.person(request, TECHNICIAN)
        told = await devices.daemon.get("/unknown")
        return UnknownDevices(sightings=tuple(map(_unknown, told["sightings"])))

    @routes.get(
        f"{BASE}/history",
        "插拔与故障记录",
        "plugs, faults and tests, newest first",
        tag="devices",
        access="staff",
        query=HistoryQuery,
        answer=DeviceHistory,
    )
    async def history(request: web.Request, query: HistoryQuery) -> DeviceHistory:
        await gate.person(request, EVERYBODY)
        given = {"limit": str(query.limit)} | ({"device": query.device} if query.device else {})
        told = await devices.daemon.get("/history", given)
        return DeviceHistory(lines=tuple(map(_history_line, told["lines"])))

    @routes.get(
        f"{BASE}/blobs/{{blob:[0-9a-f]{{64}}}}",
        "设备图片",
        "a picture that came with an event, a test or an action",
        tag="devices",
        access="technician",
        answer=File("image/jpeg", or_type="image/png"),
    )
    async def blob(request: web.Request) -> web.StreamResponse:
        await gate.person(request, TECHNICIAN)
        return _picture(*await devices.daemon.blob(f"/v1/blobs/{request.match_info['blob']}"))

    @routes.get(
        f"{one}/events",
        "设备最近事件",
        "the newest events of a device",
        tag="devices",
        access="technician",
        answer=DeviceEvents,
    )
    async def device_events(request: web.Request) -> DeviceEvents:
        await gate.person(request, TECHNICIAN)
        return DeviceEvents(events=desk.feed.events_of(request.match_info["device"]))

    @routes.get(
        f"{one}/self-tests",
        "自检记录",
        "kept results of self-tests, newest first",
        tag="devices",
        access="staff",
        answer=SelfTests,
    )
    async def self_tests(request: web.Request) -> SelfTests:
        await gate.person(request, EVERYBODY)
        return SelfTests(
            results=self_test_views(await devices.self_tests.results(request.match_info["device"]))
        )

    @routes.post(
        f"{one}/self-test",
        "自检",
        "run a self-test",
        tag="devices",
        access="technician",
        body=SelfTestRequest,
        answer=SelfTestView,
    )
    async def self_test(request: web.Request, body: SelfTestRequest) -> SelfTestView:
        await gate.person(request, TECHNICIAN)
        device = request.match_info["device"]
        found = devices.live.devices.get(device)
        given = test_parameters(found.kind if found else None, with_person=body.with_person)
        return self_test_view(await devices.self_tests.run(device, given))

    @routes.post(
        f"{one}/actions/{{action:[a-z_]{{1,40}}}}",
        "操作设备",
        "have a device do something",
        tag="devices",
        access="technician",
        body=Nothing,
        answer=ActionAnswer,
    )
    async def act(request: web.Request, body: Nothing) -> ActionAnswer:
        await gate.person(request, TECHNICIAN)
        told = await _acted(devices, request.match_info["device"], request.match_info["action"])
        return ActionAnswer(
            body=for_technician(told.get("body", {})),
            blob=blob_id(told.get("blob", "")),
            blob_type=told.get("blob_type", ""),
        )

    @routes.get(
        f"{one}/live",
        "实时画面",
        "one frame of a camera's low-rate picture",
        tag="devices",
        access="technician",
        answer=File("image/jpeg", or_type="image/png"),
    )
    async def live(request: web.Request) -> web.StreamResponse:
        await gate.person(request, TECHNICIAN)
        told = await _acted(devices, request.match_info["device"], LIVE)
        if not told.get("blob"):
            raise Problem("not_ready", "camera.no_frame", "还没有画面，请稍候", "there is no frame yet")
        return _picture(*await devices.daemon.blob(told["blob"]))

    _role_routes(desk, gate, routes)
    _power_routes(desk, gate, routes)


def _role_routes(desk: DeviceDesk, gate: StaffGate, routes: Routes) -> None:
    assigning = desk.devices.assigning
    role = f"{BASE}/roles/{_ROLE}"

    @routes.post(
        f"{role}/bind",
        "绑定设备到岗位",
        "give a device a role",
        tag="devices",
        access="technician",
        body=BindRequest,
        answer=DevicesView,
    )
    async def bind(request: web.Request, body: BindRequest) -> DevicesView:
        person = await gate.person(request, TECHNICIAN)
        await assigning.bind(person.username, request.match_info["role"], body.device, move=body.move)
        return desk.feed.whole()

    @routes.post(
        f"{role}/replace",
        "更换岗位的设备",
        "put a device in the place of another",
        tag="devices",
        access="technician",
        body=ReplaceRequest,
        answer=DevicesView,
    )
    async def replace(request: web.Request, body: ReplaceRequest) -> DevicesView:
        person = await gate.person(request, TECHNICIAN)
        await assigning.replace(
            person.username, request.match_info["role"], body.device, body.by, move=body.move
        )
        return desk.feed.whole()

    @routes.post(
        f"{role}/unbind",
        "解除绑定",
        "take the role away from a device",
        tag="devices",
        access="technician",
        body=UnbindRequest,
        answer=DevicesView,
    )
    async def unbind(request: web.Request, body: UnbindRequest) -> DevicesView:
        person = await gate.person(request, TECHNICIAN)
        await assigning.unbind(person.username, request.match_info["role"], body.device)
        return desk.feed.whole()

    @routes.post(
        f"{BASE}/stations",
        "增设点位",
        "set up one more station",
        tag="devices",
        access="technician",
        body=StationRequest,
        answer=DevicesView,
    )
    async def add(request: web.Request, body: StationRequest) -> DevicesView:
        person = await gate.person(request, TECHNICIAN)
        await assigning.add_station(person.username, body.kind, body.label)
        return desk.feed.whole()

    @routes.patch(
        f"{BASE}/stations/{_STATION}",
        "命名点位",
        "change what the site calls a station",
        tag="devices",
        access="technician",
        body=StationChange,
        answer=DevicesView,
    )
    async def name(request: web.Request, body: StationChange) -> DevicesView:
        person = await gate.person(request, TECHNICIAN)
        await assigning.name_station(person.username, request.match_info["station"], body.label)
        return desk.feed.whole()

    @routes.delete(
        f"{BASE}/stations/{_STATION}",
        "撤销点位",
        "take a station away with its bindings",
        tag="devices",
        access="technician",
        answer=DevicesView,
    )
    async def remove(request: web.Request) -> DevicesView:
        person = await gate.person(request, TECHNICIAN)
        await assigning.remove_station(person.username, request.match_info["station"])
        return desk.feed.whole()


def _power_routes(desk: DeviceDesk, gate: StaffGate, routes: Routes) -> None:
    @routes.post(
        f"{BASE}/power/pause",
        "因停电暂停全部场次",
        "pause all sessions under way, for the mains are gone",
        tag="devices",
        access="lead",
        body=Nothing,
        answer=PowerPaused,
    )
    async def pause(request: web.Request, body: Nothing) -> PowerPaused:
        person = await gate.person(request, LEAD)
        reasons = [
            POWER_REASONS[ups.power] for ups in desk.devices.power.counting() if ups.power in POWER_REASONS
        ]
        if not reasons:
            raise Problem(
                "conflict",
                "power.mains",
                "市电正常，无需因供电暂停；如需暂停请在场次页操作",
                "the mains are there; to pause all the same use the session's page",
            )
        paused, refused = [], []
        for session in running_sessions(desk.floor.hall):
            try:
                await desk.floor.steps.pause(session, person.username, reasons[0])
            except Problem:
                refused.append(session)
            else:
                paused.append(session)
        return PowerPaused(paused=tuple(paused), refused=tuple(refused))


async def _acted(devices: Devices, device: str, action: str) -> dict[str, Any]:
    known = devices.live.devices.get(device)
    if known is None:
        raise Problem("missing", "device.unknown", "没有这台设备，请刷新", "there is no such device: refresh")
    if action not in {allowed.name for allowed in actions_of(known)}:
        raise Problem(
            "denied",
            "device.action",
            "该设备现在不能在此进行这一操作",
            "this device cannot be told to do this from here now",
        )
    told = await devices.daemon.post(device_path(device, f"/actions/{action}"))
    if not isinstance(told, dict):
        raise DaemonAway
    return told


def _unknown(told: dict[str, Any]) -> UnknownDevice:
    name = " ".join(str(told[part]) for part in ("maker", "model") if told.get(part))
    keys = told.get("keys")
    return UnknownDevice(
        key=str(told.get("key", "")),
        name=name,
        keys=keys if isinstance(keys, dict) else {},
        suggestion=str(told.get("suggestion", "")),
    )


def _history_line(told: dict[str, Any]) -> HistoryLine:
    reason = told.get("reason")
    line = {field: told.get(field, "") for field in ("at", "device", "kind", "zh", "en", "what", "detail")}
    if isinstance(reason, dict):
        line["reason"] = {part: str(reason.get(part, "")) for part in ("code", "zh", "en")}
    elif reason:
        line["reason"] = {"code": str(reason), "zh": str(reason), "en": str(reason)}
    else:
        line["reason"] = None
    try:
        return HistoryLine.model_validate(line)
    except ValidationError as error:
        raise DaemonAway from error


def _picture(data: bytes, type_: str) -> web.Response:
    return web.Response(body=data, content_type=type_, headers={"Cache-Control": "no-store"})
