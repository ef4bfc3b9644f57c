"""The console's operations on the queue: call, recall, pass over, transfer, priorities, counts, screens."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from datetime import datetime

import segno
from aiohttp import web
from pydantic import BaseModel

from central_sync.protocol.http.routes import File, Routes
from exam_appliance.queue.screen_list import Screen
from exam_appliance.queue.ticket import QueueTicket
from exam_appliance.web.candidate.routes import Nothing
from exam_appliance.web.console.models import Role
from exam_appliance.web.console.staff import EVERYBODY, StaffGate
from exam_appliance.web.queue.models import (
    CallRequest,
    LineView,
    PriorityRequest,
    QueueRecord,
    QueueView,
    ScreenLink,
    ScreenRequest,
    Screens,
    ScreenView,
    StaffTakeRequest,
    TransferRequest,
)
from exam_appliance.web.queue.routes import QueueHouse
from exam_appliance.web.queue.views import line_view, queue_record, queue_view

BASE = "/api/console/queue"
CALLERS: tuple[Role, ...] = ("invigilator", "lead")
SETTERS: tuple[Role, ...] = ("technician", "lead")
_TICKET = "{ticket:[A-Z0-9][A-Z0-9-]{2,31}[.][A-Z][0-9]{3,5}}"
_SCREEN = "{screen:q-[0-9a-f]{8}}"


def queue_routes(house: QueueHouse, gate: StaffGate, routes: Routes) -> None:
    """Declare them."""
    queue = house.queue
    callers, setters = ", ".join(CALLERS), ", ".join(SETTERS)

    @routes.get(BASE, "排队情况", "the queue", tag="queue", access=", ".join(EVERYBODY), answer=QueueView)
    async def whole(request: web.Request) -> QueueView:
        await gate.person(request, EVERYBODY)
        return queue_view(queue)

    @routes.get(
        f"{BASE}/events",
        "排队事件流",
        "the queue, live",
        tag="queue",
        access=", ".join(EVERYBODY),
        answer=File("text/event-stream"),
    )
    async def events(request: web.Request) -> web.StreamResponse:
        await gate.person(request, EVERYBODY)

        def tells(known: int | None) -> tuple[int, BaseModel]:
            return queue.seq, queue_view(queue)

        return await house.streams.serve(request, "queue", tells, lambda: True)

    @routes.get(
        f"{BASE}/record",
        "排队统计",
        "counts for the record, by session",
        tag="queue",
        access=", ".join(EVERYBODY),
        answer=QueueRecord,
    )
    async def record(request: web.Request) -> QueueRecord:
        await gate.person(request, EVERYBODY)
        return queue_record(queue)

    @routes.post(
        f"{BASE}/counters/{{counter:[A-Za-z0-9-]{{1,20}}}}/call",
        "叫号",
        "call the next one, or a certain one",
        tag="queue",
        access=callers,
        body=CallRequest,
        answer=LineView,
    )
    async def call(request: web.Request, body: CallRequest) -> LineView:
        person = await gate.person(request, CALLERS)
        counter = request.match_info["counter"]
        return line_view(queue, await queue.call(counter, person.username, body.ticket, body.finish))

    @routes.post(
        f"{BASE}/tickets",
        "代考生取号",
        "take a number for somebody",
        tag="queue",
        access=callers,
        body=StaffTakeRequest,
        answer=LineView,
    )
    async def take(request: web.Request, body: StaffTakeRequest) -> LineView:
        person = await gate.person(request, CALLERS)
        taken = await queue.take(body.identity, source="staff", actor=person.username, priority=body.priority)
        return line_view(queue, taken.ticket)

    def deed(name: str, zh: str, en: str, do: Callable[[str, str], Awaitable[QueueTicket]]) -> None:
        @routes.post(
            f"{BASE}/tickets/{_TICKET}/{name}",
            zh,
            en,
            tag="queue",
            access=callers,
            body=Nothing,
            answer=LineView,
        )
        async def done(request: web.Request, body: Nothing) -> LineView:
            person = await gate.person(request, CALLERS)
            return line_view(queue, await do(request.match_info["ticket"], person.username))

    deed("recall", "重呼", "call again", queue.recall)
    deed("skip", "过号", "pass over, waits again", queue.skip)
    deed("no-show", "未到", "note a no-show", queue.no_show)
    deed("served", "办结", "note as served", queue.served)

    @routes.post(
        f"{BASE}/tickets/{_TICKET}/transfer",
        "转窗口、考场或场次",
        "send to another counter, room or session",
        tag="queue",
        access=callers,
        body=TransferRequest,
        answer=LineView,
    )
    async def transfer(request: web.Request, body: TransferRequest) -> LineView:
        person = await gate.person(request, CALLERS)
        moved = await queue.transfer(
            request.match_info["ticket"],
            person.username,
            counter=body.counter,
            room=body.room,
            session=body.session,
        )
        return line_view(queue, moved)

    @routes.post(
        f"{BASE}/tickets/{_TICKET}/priority",
        "设置优先",
        "give a priority",
        tag="queue",
        access=callers,
        body=PriorityRequest,
        answer=LineView,
    )
    async def prioritise(request: web.Request, body: PriorityRequest) -> LineView:
        person = await gate.person(request, CALLERS)
        ticket = await queue.prioritise(request.match_info["ticket"], body.priority, person.username)
        return line_view(queue, ticket)

    def screen_view(screen: Screen) -> ScreenView:
        heard = house.screens.heard(screen.id)
        return ScreenView(
            id=screen.id,
            use="tickets" if screen.use == "tickets" else "display",
            name=screen.name,
            station=screen.station,
            enrolled_at=datetime.fromisoformat(screen.enrolled_at),
            heard_at=heard.at if heard is not None else None,
            address=heard.address if heard is not None else "",
        )

    def link(request: web.Request, screen: Screen, key: str) -> ScreenLink:
        house.kiosks.look()
        house.streams.wake()
        page = "queue" if screen.use == "tickets" else "display"
        path = f"/{page}/#key={key}"
        drawn = io.BytesIO()
        segno.make(f"{request.scheme}://{request.host}{path}").save(drawn, "svg", scale=5, xmldecl=False)
        return ScreenLink(screen=screen_view(screen), path=path, qr=drawn.getvalue().decode())

    @routes.get(
        f"{BASE}/screens",
        "取号机与显示屏",
        "ticket machines and displays",
        tag="queue",
        access=setters,
        answer=Screens,
    )
    async def screens(request: web.Request) -> Screens:
        await gate.person(request, SETTERS)
        return Screens(
            screens=tuple(screen_view(one) for one in house.screens.all()),
            stations=tuple(house.kiosks.possible_stations()),
        )

    @routes.post(
        f"{BASE}/screens",
        "登记取号机或显示屏",
        "enrol a ticket machine or display",
        tag="queue",
        access=setters,
        body=ScreenRequest,
        answer=ScreenLink,
    )
    async def enrol(request: web.Request, body: ScreenRequest) -> ScreenLink:
        person = await gate.person(request, SETTERS)
        return link(request, *await house.screens.enrol(body.use, body.name, body.station, person.username))

    @routes.post(
        f"{BASE}/screens/{_SCREEN}/renew",
        "重新生成链接",
        "make a new link; the old one is void",
        tag="queue",
        access=setters,
        body=Nothing,
        answer=ScreenLink,
    )
    async def renew(request: web.Request, body: Nothing) -> ScreenLink:
        person = await gate.person(request, SETTERS)
        return link(request, *await house.screens.renew(request.match_info["screen"], person.username))

    @routes.post(
        f"{BASE}/screens/{_SCREEN}/revoke",
        "停用取号机或显示屏",
        "revoke a ticket machine or display",
        tag="queue",
        access=setters,
        body=Nothing,
    )
    async def revoke(request: web.Request, body: Nothing) -> None:
        person = await gate.person(request, SETTERS)
        await house.screens.revoke(request.match_info["screen"], person.username)
        house.kiosks.look()
        house.streams.wake()
