"""The interface of candidate machines: enter, state, touch, report, orders, Safe Exam Browser's file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import File, Routes
from exam_appliance.exam.floor import SiteFacts
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.states import SessionState
from exam_appliance.readiness.heard.machine_report import MachineReport
from exam_appliance.readiness.readiness import Readiness
from exam_appliance.seats.authority import Pass
from exam_appliance.seats.entering import EnterRequest
from exam_appliance.seats.lock_down import LockDown
from exam_appliance.seats.places import Place, place_of
from exam_appliance.seats.powering import SeatPower
from exam_appliance.seats.presence import Voice
from exam_appliance.seats.safe_exam_browser import HEADER, MEDIA_TYPE
from exam_appliance.seats.seats import Seats
from exam_appliance.seats.tickets import OpeningTickets
from exam_appliance.web.candidate.routes import Nothing
from exam_appliance.web.seats.gate import COOKIE, origin_of, token_of
from exam_appliance.web.seats.models import (
    ChallengeView,
    EnteredView,
    OpenRequest,
    OrderAnswer,
    OrdersQuery,
    OrdersView,
    OrderView,
    PlaceView,
    SeatSession,
    SeatStateView,
    TicketView,
)

BASE = "/api/seat"
BODY_LIMIT = 16 * 1024
COMING_WITHIN = timedelta(days=14)
_SESSIONS = {
    SessionState.ANNOUNCED: "coming",
    SessionState.DOWNLOADED: "coming",
    SessionState.UNLOCKED: "coming",
    SessionState.OPEN: "open",
    SessionState.RUNNING: "running",
    SessionState.PAUSED: "paused",
}


@dataclass(frozen=True)
class SeatHouse:
    """What the routes of seats need."""

    seats: Seats
    power: SeatPower
    lock_down: LockDown
    tickets: OpeningTickets
    hall: Hall
    readiness: Readiness
    site: Callable[[], SiteFacts]


def place_view(place: Place) -> PlaceView:
    """Return a seat as pages show it."""
    return PlaceView(room=place.room, number=place.number, zh=place.zh, en=place.en)


def seat_routes(house: SeatHouse, routes: Routes) -> None:
    """Declare them."""
    seats = house.seats

    def machine_of(request: web.Request, voice: Voice | None) -> Pass:
        address = request.remote or ""
        given = seats.read(token_of(request), address)
        seats.heard(given.machine, address, voice)
        return given

    def with_token(answer: web.Response, request: web.Request, token: str, until: datetime) -> web.Response:
        answer.set_cookie(
            COOKIE,
            token,
            path="/",
            max_age=max(1, int((until - datetime.now(UTC)).total_seconds())),
            httponly=True,
            samesite="Strict",
            secure=request.secure,
        )
        return answer

    @routes.get(
        f"{BASE}/challenge",
        "获取认证口令",
        "a challenge for a machine to sign",
        tag="seats",
        answer=ChallengeView,
    )
    async def challenge(request: web.Request) -> ChallengeView:
        return ChallengeView(challenge=seats.challenge())

    @routes.post(
        f"{BASE}/enter",
        "考生机认证",
        "a machine proves its key",
        tag="seats",
        body=EnterRequest,
        answer=EnteredView,
        body_limit=BODY_LIMIT,
    )
    async def enter(request: web.Request, body: EnterRequest) -> web.Response:
        entered = await seats.enter(body, request.remote or "")
        until = datetime.fromtimestamp(entered.until_ms / 1000, UTC)
        view = EnteredView(
            machine=entered.machine,
            place=place_view(entered.place) if entered.place is not None else None,
            code=entered.code,
            token=entered.token,
            until=until,
            certificate=entered.certificate,
            authority=entered.authority,
        )
        answer = web.Response(
            body=view.model_dump_json().encode(),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )
        return with_token(answer, request, entered.token, until)

    @routes.post(
        f"{BASE}/ticket",
        "为本机浏览器取一次性凭条",
        "a one-time ticket for the machine's browser",
        tag="seats",
        access="seat agent",
        answer=TicketView,
    )
    async def ticket(request: web.Request) -> TicketView:
        given = machine_of(request, "agent")
        return TicketView(ticket=house.tickets.new(given, seats.now_ms()))

    @routes.post(
        f"{BASE}/open",
        "浏览器凭一次性凭条进入",
        "the machine's browser enters with the agent's ticket",
        tag="seats",
        body=OpenRequest,
        status=204,
    )
    async def open_(request: web.Request, body: OpenRequest) -> web.Response:
        given = house.tickets.take(body.ticket, request.remote or "", seats.now_ms())
        if given is None:
            raise Problem(
                "denied",
                "seat.ticket",
                "凭条已用过或已过期，请重启本机",
                "the ticket was used or is over: start this machine again",
                status=401,
            )
        until = datetime.fromtimestamp(given.until_ms / 1000, UTC)
        answer = web.Response(status=204, headers={"Cache-Control": "no-store"})
        return with_token(answer, request, seats.token_for(given), until)

    @routes.get(
        f"{BASE}/state",
        "座位页面内容",
        "what an idle seat shows",
        tag="seats",
        access="seat",
        answer=SeatStateView,
    )
    async def state(request: web.Request) -> SeatStateView:
        given = machine_of(request, "page")
        held = seats.bound.of_machine(given.machine)
        waits = seats.waiting.heard(given.machine, seats.now_ms()) if held is None else None
        turn = seats.next_in_order() if waits is not None else None
        now = datetime.now(UTC)
        lasts = timedelta(hours=seats.settings.admission_hours)
        return SeatStateView(
            now=now,
            site=house.site().name,
            machine=given.machine[:8],
            place=place_view(place_of(held.seat)) if held is not None else None,
            code=waits.code if waits is not None else "",
            turn=place_view(turn) if turn is not None else None,
            required=seats.settings.binding == "required",
            browser=await house.lock_down.browser(
                origin_of(request), request.raw_path, request.headers.get(HEADER, "")
            ),
            renew=datetime.fromtimestamp(given.until_ms / 1000, UTC) - now < lasts / 2,
            session=_session(house.hall, now),
        )

    @routes.post(
        f"{BASE}/touch",
        "按顺序点机：本机取下一个座位",
        "this machine is touched: it takes the next seat, where seats are given in order",
        tag="seats",
        access="seat",
        body=Nothing,
        status=204,
    )
    async def touch(request: web.Request, body: Nothing) -> None:
        await seats.touch(machine_of(request, "page").machine)

    @routes.post(
        f"{BASE}/machine",
        "考生机上报配置",
        "a machine that proved its key says what it is",
        tag="seats",
        access="seat",
        body=MachineReport,
        body_limit=BODY_LIMIT,
        status=204,
    )
    async def machine(request: web.Request, body: MachineReport) -> None:
        given = machine_of(request, "agent" if body.source == "agent" else "page")
        held = seats.bound.of_machine(given.machine)
        place = place_of(held.seat) if held is not None else None
        known: dict[str, object] = {
            "machine": given.machine,
            "room": place.room if place is not None else "",
            "seat": place.number if place is not None else None,
            "proven": place is not None,
        }
        if place is not None and seats.settings.fixed_addresses is not None:
            known["fixed_address"] = given.address in seats.settings.fixed_addresses.of(place.number)
        report = body.model_copy(update=known)
        agent = request.headers.get("User-Agent", "")
        await house.readiness.heard("seat", report, request.remote or "", agent)

    @routes.get(
        f"{BASE}/orders",
        "座位代理取指令",
        "the agent asks for orders; waits a while for one",
        tag="seats",
        access="seat agent",
        query=OrdersQuery,
        answer=OrdersView,
    )
    async def orders(request: web.Request, query: OrdersQuery) -> OrdersView:
        given = machine_of(request, "agent")
        signed = await house.power.ask(given.machine, query.nonce, query.wait)
        seats.heard(given.machine, given.address, "agent")
        order = None
        if signed is not None and signed.order.what != "wake":
            order = OrderView(id=signed.order.id, what=signed.order.what, signature=signed.signature)
        return OrdersView(standing=seats.standing(given.machine), order=order)

    @routes.post(
        f"{BASE}/orders/{{order:[0-9a-f]{{16}}}}",
        "座位代理回报指令",
        "the agent says what it makes of an order",
        tag="seats",
        access="seat agent",
        body=OrderAnswer,
        status=204,
    )
    async def answer(request: web.Request, body: OrderAnswer) -> None:
        given = machine_of(request, "agent")
        await house.power.answer(given.machine, request.match_info["order"], body.outcome, body.detail)

    @routes.get(
        f"{BASE}/seb/{{session:[A-Za-z0-9._-]{{1,40}}}}.seb",
        "本场考试的 Safe Exam Browser 配置文件",
        "a session's configuration file of Safe Exam Browser",
        tag="seats",
        answer=File(MEDIA_TYPE),
    )
    async def seb(request: web.Request) -> web.Response:
        session = request.match_info["session"]
        body = await house.lock_down.file(session, origin_of(request))
        return web.Response(
            body=body,
            content_type=MEDIA_TYPE,
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": f'attachment; filename="{session}.seb"',
            },
        )


def _session(hall: Hall, now: datetime) -> SeatSession | None:
    """Return the session that goes on, else the next of the coming days."""
    found = []
    for record in hall.projection.sessions.values():
        state = _SESSIONS.get(record.state)
        if record.plan is None or state is None:
            continue
        if state == "coming" and not now - timedelta(hours=6) < record.plan.starts_at < now + COMING_WITHIN:
            continue
        found.append((state == "coming", record.plan.starts_at, record.plan.title, state))
    if not found:
        return None
    _, starts_at, title, state = min(found)
    return SeatSession.model_validate({"title": title, "starts_at": starts_at, "state": state})
