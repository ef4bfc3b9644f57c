"""A stand-in for the site server on a real wire: the console's interface with the same models, in memory.

`async with console_double() as double:` serves pages, libraries and interface on a loopback port;
tests change `double.site` and the board's stream tells the pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import Routes
from exam_appliance.exam.states import SeatState, SessionState
from exam_appliance.web.console.models import (
    ActionReport,
    ActionRequest,
    Board,
    BoardChange,
    Closing,
    ClosingPoint,
    CreditDecision,
    Credits,
    Log,
    ScoreRow,
    Scores,
    Sessions,
    SessionView,
    SignOffRequest,
    StepRequest,
    UnlockRequest,
)
from tests.browser.console_double_desk import staff_routes, technician_routes
from tests.browser.console_double_hall import (
    PASSWORD,
    DoubleHall,
    make_seat,
    sample_site,
)
from tests.browser.console_double_state import ConsoleDouble

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "appliance" / "exam_appliance" / "web"
SHARED = ROOT / "central-sync" / "central_sync" / "web" / "shared"
LIBRARIES = ROOT / "provisioning" / "workstation" / "web-libraries" / "node_modules"
VENDOR = {
    "vue.global.prod.js": "vue/dist/vue.global.prod.js",
    "element-plus/index.full.min.js": "element-plus/dist/index.full.min.js",
    "element-plus/index.css": "element-plus/dist/index.css",
    "element-plus/zh-cn.min.js": "element-plus/dist/locale/zh-cn.min.js",
    "element-plus-icons.iife.min.js": "@element-plus/icons-vue/dist/index.iife.min.js",
}
CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'"
)
RELEASE_CODE = "guang xi yun shan"
STEP_STATES = {
    "open": SessionState.OPEN,
    "start": SessionState.RUNNING,
    "pause": SessionState.PAUSED,
    "resume": SessionState.RUNNING,
    "end": SessionState.ENDED,
}
PHOTO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 130">'
    '<rect width="100" height="130" fill="#cfe0f0"/><circle cx="50" cy="48" r="24" fill="#f2d3b5"/>'
    '<path d="M10 130c0-36 18-50 40-50s40 14 40 50z" fill="#35507a"/></svg>'
)


class LogQuery(BaseModel):
    """Query of the log."""

    model_config = ConfigDict(extra="forbid")
    after: int = 0
    limit: int = 100


def _hall_routes(double: ConsoleDouble, routes: Routes, base: str, hall: DoubleHall) -> None:
    one = f"{base}/sessions/{{session}}"

    @routes.get(f"{base}/sessions", "场次", "sessions", answer=Sessions)
    async def sessions(request: web.Request) -> Sessions:
        double.staff_of(request)
        return Sessions(sessions=tuple(hall.view(name) for name in hall.sessions))

    @routes.get(f"{one}/board", "看板", "board", answer=Board)
    async def board(request: web.Request) -> Board:
        double.staff_of(request)
        session = request.match_info["session"]
        view = hall.view(session)
        return Board(seq=hall.seq, session=view, seats=tuple(hall.seats[session].values()))

    @routes.get(f"{one}/events", "事件", "events")
    async def events(request: web.Request) -> web.StreamResponse:
        double.staff_of(request)
        if double.streams_refused:
            raise Problem("busy", "stream.refused", "稍候", "later")
        return await _stream(double, hall, request)

    @routes.post(f"{one}/unlock", "解密", "unlock", body=UnlockRequest, answer=SessionView)
    async def unlock(request: web.Request, body: UnlockRequest) -> SessionView:
        session = request.match_info["session"]
        double.requests.append((request.path, body))
        if body.release_code is None:
            raise Problem(
                "not_ready", "key.not_here", "中心尚未下发密钥", "the centre has not sent the key yet"
            )
        if body.release_code != RELEASE_CODE:
            raise Problem("invalid", "code.wrong", "解密码不正确，请逐词核对", "the release code is wrong")
        hall.seats[session] = {
            seat.ticket: seat for seat in (make_seat(n, SeatState.ARRANGED) for n in range(1, 29))
        }
        hall.step(session, SessionState.UNLOCKED)
        return hall.view(session)

    def step(name: str) -> None:
        @routes.post(f"{one}/{name}", name, name, body=StepRequest, answer=SessionView)
        async def take(request: web.Request, body: StepRequest) -> SessionView:
            double.staff_of(request)
            session = request.match_info["session"]
            double.requests.append((request.path, body))
            hall.step(session, STEP_STATES[name], body.reason)
            moves = {
                "start": (SeatState.CHECKED_IN, SeatState.SITTING),
                "end": (SeatState.SITTING, SeatState.SCORED),
            }
            moves |= {
                "pause": (SeatState.SITTING, SeatState.PAUSED),
                "resume": (SeatState.PAUSED, SeatState.SITTING),
            }
            for seat in tuple(hall.seats[session].values()):
                if name in moves and seat.state is moves[name][0]:
                    left = seat.remaining_ms or 7_200_000
                    hall.change(session, seat.ticket, state=moves[name][1], remaining_ms=left, total=100)
            return hall.view(session)

    for name in STEP_STATES:
        step(name)

    @routes.post(f"{one}/sign-off", "签结", "sign off", body=SignOffRequest, answer=SessionView)
    async def sign_off(request: web.Request, body: SignOffRequest) -> SessionView:
        session = request.match_info["session"]
        double.check_second(double.staff_of(request), body.second)
        double.requests.append((request.path, body))
        hall.step(session, SessionState.SIGNED_OFF)
        return hall.view(session)

    @routes.post(f"{one}/actions", "操作", "act", body=ActionRequest, answer=ActionReport)
    async def actions(request: web.Request, body: ActionRequest) -> ActionReport:
        person = double.staff_of(request)
        if body.action in ("terminate", "reopen"):
            double.check_second(person, body.second)
        double.requests.append((request.path, body))
        return hall.act(request.match_info["session"], body, person.username)

    @routes.get(f"{one}/credits", "补时", "credits", answer=Credits)
    async def credits(request: web.Request) -> Credits:
        decided = tuple(line for line in hall.log if line.kind.startswith("attempt.credit"))
        return Credits(open=tuple(hall.credits.values()), decided=decided)

    @routes.post(f"{one}/credits/{{credit}}", "决定", "decide", body=CreditDecision, answer=ActionReport)
    async def decide(request: web.Request, body: CreditDecision) -> ActionReport:
        person = double.staff_of(request)
        double.requests.append((request.path, body))
        proposal = hall.credits.pop(request.match_info["credit"])
        session = request.match_info["session"]
        tickets = body.tickets if body.tickets is not None else proposal.tickets
        for ticket in tickets:
            kind, word = ("credited", "补时 90 秒") if body.accept else ("credit_declined", "不予补时")
            hall.write(f"attempt.{kind}", ticket, person.username, f"{word}：{body.reason}", kind)
            if body.accept:
                held = hall.seats[session][ticket]
                more = {
                    "credit_ms": held.credit_ms + proposal.ms,
                    "remaining_ms": (held.remaining_ms or 0) + proposal.ms,
                }
                hall.change(session, ticket, **more)
        return ActionReport(done=tickets, refused=())

    @routes.get(f"{one}/scores", "成绩", "scores", answer=Scores)
    async def scores(request: web.Request) -> Scores:
        rows = [
            ScoreRow(**seat.model_dump(include=set(ScoreRow.model_fields)))
            for seat in hall.seats[request.match_info["session"]].values()
        ]
        return Scores(
            rows=tuple(rows),
            present=sum(row.state not in (SeatState.ABSENT, SeatState.ARRANGED) for row in rows),
            absent=sum(row.state is SeatState.ABSENT for row in rows),
            passed=sum(bool(row.passed) for row in rows),
        )

    @routes.get(f"{one}/closing", "检查单", "closing", answer=Closing)
    async def closing(request: web.Request) -> Closing:
        points = _closing_points(double, hall, request.match_info["session"])
        return Closing(points=points, ready=all(point.ok for point in points if point.required))

    @routes.get(f"{one}/log", "日志", "log", query=LogQuery, answer=Log)
    async def log(request: web.Request, query: LogQuery) -> Log:
        double.staff_of(request)
        return Log(lines=tuple(line for line in hall.log if line.seq > query.after)[: query.limit])

    @routes.get(f"{one}/photo/{{ticket}}", "照片", "photo")
    async def photo(request: web.Request) -> web.Response:
        if int(request.match_info["ticket"]) % 5 == 0:
            raise Problem("missing", "photo.none", "没有照片", "no photo")
        return web.Response(text=PHOTO, content_type="image/svg+xml")


def _point(name: str, zh: str, en: str, ok: bool, todo: str = "", *, required: bool = True) -> ClosingPoint:
    detail = "" if ok else todo
    return ClosingPoint(
        id=name, zh=zh, en=en, ok=ok, required=required, detail_zh=detail, detail_en="to do" if detail else ""
    )


def _closing_points(double: ConsoleDouble, hall: DoubleHall, session: str) -> tuple[ClosingPoint, ...]:
    seats = hall.seats[session].values()
    open_seats = [seat for seat in seats if seat.state in (SeatState.ARRANGED, SeatState.CHECKED_IN)]
    sent = double.site.sync.head_seq == double.site.sync.acknowledged_seq
    late = "、".join(f"{seat.seat} 号座 {seat.name}" for seat in open_seats)
    ended = hall.sessions[session].state in (SessionState.ENDED, SessionState.SIGNED_OFF)
    return (
        _point("ended", "考试已结束", "session ended", ended),
        _point("explained", "每名考生都有结论", "all accounted for", not open_seats, f"请登记缺考：{late}"),
        _point("sent", "日志已全部上报中心", "journal sent", sent, "线路恢复后自动上报", required=False),
    )


async def _stream(double: ConsoleDouble, hall: DoubleHall, request: web.Request) -> web.StreamResponse:
    session = request.match_info["session"]
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    double.streams.add(response)
    double.stream_opens += 1
    seen = int(request.headers.get("Last-Event-ID", hall.seq))
    with suppress(ConnectionError, RuntimeError):
        await response.write(b": open\n\n")
        while response in double.streams:
            if hall.seq > seen:
                seats = tuple(
                    seat for t, seat in hall.seats[session].items() if hall.changed.get(t, 0) > seen
                )
                seen = hall.seq
                change = BoardChange(seq=seen, session=hall.view(session), seats=seats)
                await response.write(
                    f"id: {seen}\nevent: board\ndata: {change.model_dump_json()}\n\n".encode()
                )
            await asyncio.sleep(0.05)
    double.streams.discard(response)
    return response


def _application(double: ConsoleDouble) -> web.Application:
    @web.middleware
    async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        if double.away and request.path.startswith("/api/") and request.transport is not None:
            request.transport.abort()
        response = await handler(request)
        if not response.prepared:
            response.headers["Content-Security-Policy"] = CSP
        return response

    async def index(request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGES / "console" / "index.html")

    async def vendor(request: web.Request) -> web.FileResponse:
        return web.FileResponse(LIBRARIES / VENDOR[request.match_info["name"]])

    app = web.Application(middlewares=[gate], client_max_size=1 << 24)
    routes = Routes("console double", "0")
    staff_routes(double, routes)
    _hall_routes(double, routes, "/api/console", double.site.hall)
    _hall_routes(double, routes, "/api/console/practice", double.site.practice)
    technician_routes(double, routes)
    routes.add_to(app)
    app.router.add_get("/console/", index)
    app.router.add_get("/vendor/{name:.+}", vendor)
    app.router.add_static("/static/console", PAGES / "console")
    app.router.add_static("/static/shared", SHARED)
    return app


@asynccontextmanager
async def console_double(many: int = 30) -> AsyncIterator[ConsoleDouble]:
    """Serve the double on a free loopback port; `many` candidates sit in the running session."""
    double = ConsoleDouble(sample_site(many))
    runner = web.AppRunner(_application(double), shutdown_timeout=0.2)
    await runner.setup()
    server = web.TCPSite(runner, "127.0.0.1", 0)
    await server.start()
    host, port = runner.addresses[0][:2]
    double.url = f"http://{host}:{port}/console/"
    try:
        yield double
    finally:
        await double.cut_streams()
        await runner.cleanup()


__all__ = ["PASSWORD", "RELEASE_CODE", "ConsoleDouble", "console_double"]
