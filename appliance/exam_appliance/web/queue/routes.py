"""The interface of a ticket machine: its key, what it shows, numbers taken by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel

from central_sync.protocol.http.problems import unauthenticated
from central_sync.protocol.http.routes import File, Routes
from exam_appliance.exam.floor import SiteFacts
from exam_appliance.queue.kiosks import Kiosks
from exam_appliance.queue.queue import Queue
from exam_appliance.queue.screen_list import Screen
from exam_appliance.queue.screens import Screens, Use
from exam_appliance.queue.speech import Speech
from exam_appliance.web.candidate.routes import cookie_value
from exam_appliance.web.queue.models import EnterRequest, MachineState, TakenView, TakeRequest
from exam_appliance.web.queue.streams import QueueStreams
from exam_appliance.web.queue.views import machine_state, taken_view

BASE = "/api/queue"
COOKIE_DAYS = 400


@dataclass(frozen=True)
class QueueHouse:
    """What the pages of the queue need."""

    queue: Queue
    screens: Screens
    kiosks: Kiosks
    streams: QueueStreams
    speech: Speech
    site: Callable[[], SiteFacts]


def screen_of(house: QueueHouse, request: web.Request, use: Use) -> Screen:
    """Return which screen calls. Raises Problem 401."""
    key = cookie_value(request.headers.get("Cookie", ""), f"kd_{use}")
    if not key:
        raise unauthenticated()
    return house.screens.admit(key, use, request.remote or "")


def with_key(answer: BaseModel, request: web.Request, key: str, use: Use, base: str) -> web.Response:
    """Return an answer that leaves the key with the machine, out of reach of scripts."""
    response = web.Response(
        body=answer.model_dump_json().encode(),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
    response.set_cookie(
        f"kd_{use}",
        key,
        path=base,
        max_age=COOKIE_DAYS * 86_400,
        httponly=True,
        samesite="Strict",
        secure=request.secure,
    )
    return response


def ticket_machine_routes(house: QueueHouse, routes: Routes) -> None:
    """Declare them."""

    def state_for(screen: Screen) -> MachineState:
        return machine_state(house.queue, house.kiosks, screen, house.site())

    @routes.post(
        f"{BASE}/enter",
        "取号机凭链接中的密钥进入",
        "a ticket machine enters with the key of its link",
        tag="queue",
        body=EnterRequest,
        answer=MachineState,
    )
    async def enter(request: web.Request, body: EnterRequest) -> web.Response:
        screen = house.screens.admit(body.key, "tickets", request.remote or "")
        return with_key(state_for(screen), request, body.key, "tickets", BASE)

    @routes.get(
        f"{BASE}/state",
        "取号机状态",
        "what a ticket machine shows",
        tag="queue",
        access="ticket machine",
        answer=MachineState,
    )
    async def state(request: web.Request) -> MachineState:
        return state_for(screen_of(house, request, "tickets"))

    @routes.post(
        f"{BASE}/tickets",
        "取号",
        "take a number",
        tag="queue",
        access="ticket machine",
        body=TakeRequest,
        answer=TakenView,
    )
    async def take(request: web.Request, body: TakeRequest) -> TakenView:
        screen = screen_of(house, request, "tickets")
        taken = await house.queue.take(body.identity, source="hand", actor=screen.id, machine=screen.station)
        return taken_view(house.queue, taken)

    @routes.get(
        f"{BASE}/events",
        "取号机事件流",
        "what a ticket machine shows, live",
        tag="queue",
        access="ticket machine",
        answer=File("text/event-stream"),
    )
    async def events(request: web.Request) -> web.StreamResponse:
        screen = screen_of(house, request, "tickets")

        def tells(known: int | None) -> tuple[int, BaseModel]:
            return house.queue.seq, state_for(screen)

        with house.screens.following(screen.id):
            return await house.streams.serve(request, "machine", tells, lambda: house.screens.holds(screen))
