"""The console's operations on seats: map, binding, order of seats, power, Safe Exam Browser."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from aiohttp import web

from central_sync.protocol.http.routes import Routes
from exam_appliance.readiness.heard.machines import HeardMachine, heard_machines
from exam_appliance.seats.places import Place
from exam_appliance.web.candidate.routes import Nothing
from exam_appliance.web.console.models import Role
from exam_appliance.web.console.seats.models import (
    BindRequest,
    LeftOutView,
    LockDownsView,
    LockDownView,
    MoveRequest,
    PlaceRequest,
    PowerAnswer,
    PowerRequest,
    SeatsView,
)
from exam_appliance.web.console.seats.views import seats_view
from exam_appliance.web.console.staff import EVERYBODY, StaffGate
from exam_appliance.web.seats.gate import origin_of
from exam_appliance.web.seats.routes import BASE as SEAT_BASE
from exam_appliance.web.seats.routes import SeatHouse, place_view

BASE = "/api/console/seats"
MAY: tuple[Role, ...] = ("technician",)
RESPONSIBLE: tuple[Role, ...] = ("technician", "lead")


def seat_console_routes(house: SeatHouse, gate: StaffGate, routes: Routes) -> None:
    """Declare them."""
    seats = house.seats

    async def view() -> SeatsView:
        path = house.readiness.place.folder / "machines.db"
        machines = await asyncio.to_thread(heard_machines, path, datetime.now(UTC))
        heard: dict[str, HeardMachine] = {one.report.machine: one for one in machines if one.use == "seat"}
        return seats_view(seats, house.power, heard)

    @routes.get(
        BASE, "考生机与座位", "seats and their machines", tag="seats", access="staff", answer=SeatsView
    )
    async def whole(request: web.Request) -> SeatsView:
        await gate.person(request, EVERYBODY)
        return await view()

    @routes.post(
        f"{BASE}/bind",
        "把显示该代码的机器绑定到座位",
        "give the machine that shows a code its seat",
        tag="seats",
        access="technician",
        body=BindRequest,
        answer=SeatsView,
    )
    async def bind(request: web.Request, body: BindRequest) -> SeatsView:
        person = await gate.person(request, MAY)
        await seats.bind(body.code, _place(body), replace=body.replace, actor=person.username)
        return await view()

    @routes.post(
        f"{BASE}/move",
        "改座位号",
        "give a bound machine another seat",
        tag="seats",
        access="technician",
        body=MoveRequest,
        answer=SeatsView,
    )
    async def move(request: web.Request, body: MoveRequest) -> SeatsView:
        person = await gate.person(request, MAY)
        await seats.move(_place(body), _place(body.to), replace=body.replace, actor=person.username)
        return await view()

    @routes.post(
        f"{BASE}/unbind",
        "解除座位绑定",
        "take a seat from its machine",
        tag="seats",
        access="technician",
        body=PlaceRequest,
        answer=SeatsView,
    )
    async def unbind(request: web.Request, body: PlaceRequest) -> SeatsView:
        person = await gate.person(request, MAY)
        await seats.unbind(_place(body), person.username)
        return await view()

    @routes.post(
        f"{BASE}/in-order",
        "按顺序点机：从某座位开始",
        "give seats in order to machines that are touched, from a seat on",
        tag="seats",
        access="technician",
        body=PlaceRequest,
        answer=SeatsView,
    )
    async def in_order(request: web.Request, body: PlaceRequest) -> SeatsView:
        person = await gate.person(request, MAY)
        seats.begin_order(_place(body), person.username)
        return await view()

    @routes.post(
        f"{BASE}/in-order/end",
        "结束按顺序点机",
        "stop giving seats in order",
        tag="seats",
        access="technician",
        body=Nothing,
        answer=SeatsView,
    )
    async def end(request: web.Request, body: Nothing) -> SeatsView:
        await gate.person(request, MAY)
        seats.in_order.end()
        return await view()

    @routes.post(
        f"{BASE}/power",
        "唤醒、关机、重启座位",
        "wake, shut down or reboot seats",
        tag="seats",
        access="technician",
        body=PowerRequest,
        answer=PowerAnswer,
    )
    async def power(request: web.Request, body: PowerRequest) -> PowerAnswer:
        person = await gate.person(request, MAY)
        places = None if body.seats is None else [_place(one) for one in body.seats]
        given = await house.power.give(body.what, places, person.username)
        return PowerAnswer(
            given=len(given.orders),
            left_out=tuple(
                LeftOutView(place=place_view(one.place), zh=one.zh, en=one.en) for one in given.left_out
            ),
        )

    @routes.get(
        f"{BASE}/lock-down",
        "各场考试的 Safe Exam Browser 配置",
        "Safe Exam Browser's configuration of each session",
        tag="seats",
        access="technician, lead",
        answer=LockDownsView,
    )
    async def lock_down(request: web.Request) -> LockDownsView:
        await gate.person(request, RESPONSIBLE)
        origin = house.lock_down.origin(origin_of(request))
        sessions = await house.lock_down.all(origin_of(request))
        return LockDownsView(
            required=house.lock_down.required,
            sessions=tuple(
                LockDownView(
                    session=one.session,
                    title=one.title,
                    starts_at=one.starts_at,
                    file=f"{origin}{SEAT_BASE}/seb/{one.session}.seb",
                    config_key=one.config_key,
                    quit_password=one.quit_password,
                )
                for one in sessions
            ),
        )


def _place(asked: PlaceRequest) -> Place:
    return Place(asked.room, asked.number)
