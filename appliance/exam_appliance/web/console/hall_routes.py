"""The console's operations on sessions: the same in the real hall and in the practice hall."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from aiohttp import web
from pydantic import Field

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import File, Routes
from central_sync.protocol.items import Words
from central_sync.protocol.roster import TicketNumber
from exam_appliance.accounts.store import StaffAccount
from exam_appliance.exam.floor import Floor
from exam_appliance.invigilation.actions import TWO_PERSON, Actions, Order
from exam_appliance.invigilation.closing import Closing as ClosingDesk
from exam_appliance.invigilation.closing import Upload
from exam_appliance.invigilation.credits import CreditDesk, open_proposals
from exam_appliance.invigilation.log_lines import QUIET_KINDS
from exam_appliance.journal.journal import Draft
from exam_appliance.web.candidate.routes import registration_photo
from exam_appliance.web.console.board import Boards
from exam_appliance.web.console.models import (
    ActionReport,
    ActionRequest,
    Board,
    Closing,
    ClosingPoint,
    CreditDecision,
    Credits,
    Log,
    Role,
    Scores,
    Sessions,
    SessionView,
    SignOffRequest,
    StepRequest,
    UnlockRequest,
)
from exam_appliance.web.console.staff import StaffGate
from exam_appliance.web.console.views import (
    credit_view,
    log_lines,
    report,
    scores,
    session_view,
    subjects_of,
)

CREDIT_KINDS = ("attempt.credited", "attempt.credit_declined")
DECIDED_SHOWN = 200

_SESSION = "{session:[A-Z0-9][A-Z0-9-]{2,31}}"
_TICKET = "{ticket:[0-9]{12}}"


class LogQuery(Words):
    """Which lines: after a seq, at most so many, of one candidate only."""

    after: Annotated[int, Field(ge=0, le=2**53)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 200
    subject: TicketNumber | None = None


@dataclass(frozen=True)
class HallDesk:
    """What the routes of one hall need. The practice hall's parts may be missing or be replaced."""

    base: str
    """Such as /api/console or /api/console/practice."""
    practice: bool
    floor: Callable[[], Floor]
    """Raises Problem while there is no such hall."""
    boards: Callable[[], Boards]
    unlock: Callable[[str, str, str | None], Awaitable[None]] | None
    """(session, actor, release code); None where nothing is locked."""
    upload: Callable[[], Upload] | None
    """How far the journal is at the centre; None where nothing goes there."""


def hall_routes(desk: HallDesk, gate: StaffGate, routes: Routes) -> None:
    """Declare the operations on sessions below the desk's base."""
    one = f"{desk.base}/sessions/{_SESSION}"
    tag = "practice" if desk.practice else "sessions"
    watchers: tuple[Role, ...] = (
        ("lead", "technician") if desk.practice else ("invigilator", "lead", "technician")
    )
    actors: tuple[Role, ...] = ("lead", "technician") if desk.practice else ("invigilator", "lead")
    leads: tuple[Role, ...] = ("lead", "technician") if desk.practice else ("lead",)

    def view(session: str) -> SessionView:
        hall = desk.floor().hall
        return session_view(hall, *hall.planned(session))

    @routes.get(
        f"{desk.base}/sessions",
        "场次列表",
        "sessions, the next one first",
        tag=tag,
        access=", ".join(watchers),
        answer=Sessions,
    )
    async def sessions(request: web.Request) -> Sessions:
        await gate.person(request, watchers)
        try:
            hall = desk.floor().hall
        except Problem:
            if desk.practice:
                return Sessions(sessions=())
            raise
        shown = [
            session_view(hall, record, record.plan)
            for record in hall.projection.sessions.values()
            if record.plan is not None
        ]
        return Sessions(sessions=tuple(sorted(shown, key=lambda found: (found.starts_at, found.session))))

    @routes.get(one, "场次", "a session", tag=tag, access=", ".join(watchers), answer=SessionView)
    async def session(request: web.Request) -> SessionView:
        await gate.person(request, watchers)
        return view(request.match_info["session"])

    if desk.unlock is not None:
        unlock_session = desk.unlock

        @routes.post(
            f"{one}/unlock",
            "解密考试包",
            "unlock the package",
            tag=tag,
            access=", ".join(leads),
            body=UnlockRequest,
            answer=SessionView,
        )
        async def unlock(request: web.Request, body: UnlockRequest) -> SessionView:
            person = await gate.person(request, leads)
            name = request.match_info["session"]
            await unlock_session(name, person.username, body.release_code)
            return view(name)

    def step(name: str, zh: str, en: str, roles: tuple[Role, ...], *, reason: bool) -> None:
        @routes.post(
            f"{one}/{name}",
            zh,
            en,
            tag=tag,
            access=", ".join(roles),
            body=StepRequest,
            answer=SessionView,
        )
        async def take(request: web.Request, body: StepRequest) -> SessionView:
            person = await gate.person(request, roles)
            if reason and not body.reason.strip():
                raise Problem(
                    "invalid",
                    "step.reason",
                    "请填写原因",
                    "a reason is needed",
                    fields=(("reason", "请填写原因", "a reason is needed"),),
                )
            name_of_session = request.match_info["session"]
            await _take_step(desk.floor(), name, name_of_session, person.username, body.reason)
            return view(name_of_session)

    step("open", "开放登录", "let candidates log in", actors, reason=False)
    step("start", "开考", "ring the start bell", actors, reason=False)
    step("pause", "全场暂停", "pause the session", actors, reason=True)
    step("resume", "全场恢复", "resume the session", actors, reason=False)
    step("end", "结束考试", "end the session", leads, reason=True)

    @routes.post(
        f"{one}/sign-off",
        "签结（双人）",
        "sign the session off, two people",
        tag=tag,
        access=", ".join(leads),
        body=SignOffRequest,
        answer=SessionView,
    )
    async def sign_off(request: web.Request, body: SignOffRequest) -> SessionView:
        person = await gate.person(request, leads)
        second = await gate.second(request, person, body.second, ("invigilator", "lead"))
        name = request.match_info["session"]
        await ClosingDesk(desk.floor().hall).sign_off(name, person.username, second.username, body.remarks)
        return view(name)

    @routes.get(
        f"{one}/board", "考场看板", "the room board", tag=tag, access=", ".join(watchers), answer=Board
    )
    async def board(request: web.Request) -> Board:
        await gate.person(request, watchers)
        return desk.boards().of(request.match_info["session"]).board()

    @routes.get(
        f"{one}/events",
        "看板推送（SSE）",
        "the board as server-sent events",
        tag=tag,
        access=", ".join(watchers),
        answer=File("text/event-stream", "event: board"),
    )
    async def events(request: web.Request) -> web.StreamResponse:
        await gate.person(request, watchers)
        return await desk.boards().of(request.match_info["session"]).serve(request)

    @routes.post(
        f"{one}/actions",
        "对考生的操作",
        "act on one, many or all seats",
        tag=tag,
        access=", ".join(actors),
        body=ActionRequest,
        answer=ActionReport,
    )
    async def actions(request: web.Request, body: ActionRequest) -> ActionReport:
        person = await gate.person(request, actors)
        second = await _second(gate, request, person, body)
        order = Order(
            body.action,
            body.tickets,
            body.reason,
            body.minutes or 0,
            body.text,
            body.seat or 0,
            second,
        )
        outcome = await Actions(desk.floor()).carry_out(request.match_info["session"], order, person.username)
        return report(outcome)

    @routes.get(
        f"{one}/credits", "补时建议", "proposed credits", tag=tag, access=", ".join(watchers), answer=Credits
    )
    async def credits(request: web.Request) -> Credits:
        await gate.person(request, watchers)
        hall, name = desk.floor().hall, request.match_info["session"]
        hall.session(name)
        decided = await asyncio.to_thread(
            hall.journal.newest_of_kinds, subjects_of(hall, name), CREDIT_KINDS, DECIDED_SHOWN
        )
        return Credits(
            open=tuple(credit_view(hall, proposal) for proposal in open_proposals(hall, name)),
            decided=log_lines(decided),
        )

    @routes.post(
        f"{one}/credits/{{credit:[A-Za-z0-9-]{{1,80}}}}",
        "处理补时建议",
        "decide a proposed credit",
        tag=tag,
        access=", ".join(actors),
        body=CreditDecision,
        answer=ActionReport,
    )
    async def decide(request: web.Request, body: CreditDecision) -> ActionReport:
        person = await gate.person(request, actors)
        outcome = await CreditDesk(desk.floor().hall).decide(
            request.match_info["session"],
            request.match_info["credit"],
            accept=body.accept,
            reason=body.reason,
            tickets=body.tickets,
            actor=person.username,
        )
        return report(outcome)

    @routes.get(f"{one}/scores", "成绩", "scores", tag=tag, access=", ".join(watchers), answer=Scores)
    async def score_list(request: web.Request) -> Scores:
        await gate.person(request, watchers)
        hall, name = desk.floor().hall, request.match_info["session"]
        hall.session(name)
        return scores(hall, name)

    @routes.get(
        f"{one}/closing",
        "结束检查单",
        "the closing checklist",
        tag=tag,
        access=", ".join(watchers),
        answer=Closing,
    )
    async def closing(request: web.Request) -> Closing:
        await gate.person(request, watchers)
        upload = desk.upload() if desk.upload is not None else None
        points = ClosingDesk(desk.floor().hall).checklist(request.match_info["session"], upload)
        return Closing(
            points=tuple(
                ClosingPoint(
                    id=point.id,
                    zh=point.zh,
                    en=point.en,
                    ok=point.ok,
                    required=point.required,
                    detail_zh=point.detail_zh,
                    detail_en=point.detail_en,
                )
                for point in points
            ),
            ready=all(point.ok for point in points if point.required),
        )

    @routes.get(
        f"{one}/log",
        "考场日志",
        "the session's log, newest first",
        tag=tag,
        access=", ".join(watchers),
        query=LogQuery,
        answer=Log,
    )
    async def log(request: web.Request, query: LogQuery) -> Log:
        await gate.person(request, watchers)
        hall, name = desk.floor().hall, request.match_info["session"]
        hall.session(name)
        subjects = subjects_of(hall, name)
        without: tuple[str, ...] = QUIET_KINDS
        if query.subject is not None:
            # One candidate's saves are what the question is about.
            subjects, without = [query.subject], ()
            if hall.attempt(query.subject).session != name:
                raise Problem("missing", "attempt.unknown", "本场没有该准考证号", "no such ticket here")
        entries = await asyncio.to_thread(
            hall.journal.newest, subjects, after_seq=query.after, limit=query.limit, without=without
        )
        return Log(lines=log_lines(entries))

    @routes.get(
        f"{one}/photo/{_TICKET}",
        "考生报名照片",
        "a candidate's registration photo; who looks is journalled",
        tag=tag,
        access=", ".join(watchers),
        answer=File("image/jpeg", or_type="image/png"),
    )
    async def photo(request: web.Request) -> web.StreamResponse:
        person = await gate.person(request, watchers)
        floor = desk.floor()
        attempt = floor.hall.attempt(request.match_info["ticket"])
        if attempt.session != request.match_info["session"]:
            raise Problem("missing", "attempt.unknown", "本场没有该准考证号", "no such ticket here")
        shown = await registration_photo(floor, attempt)
        body = {"what": "photo", "session": attempt.session}
        await floor.hall.journal.append([Draft("candidate.viewed", attempt.ticket, person.username, body)])
        return shown


async def _take_step(floor: Floor, name: str, session: str, actor: str, reason: str) -> None:
    steps = floor.steps
    if name == "open":
        await steps.open(session, actor)
    elif name == "start":
        await steps.start(session, actor)
    elif name == "pause":
        await steps.pause(session, actor, reason)
    elif name == "resume":
        await steps.resume(session, actor)
    else:
        await steps.end(session, actor, reason)


async def _second(gate: StaffGate, request: web.Request, person: StaffAccount, body: ActionRequest) -> str:
    if body.action not in TWO_PERSON or body.second is None:
        return ""
    found = await gate.second(request, person, body.second, ("invigilator", "lead"))
    return found.username
