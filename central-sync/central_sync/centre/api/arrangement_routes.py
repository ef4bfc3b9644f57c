"""Sessions, admission tickets and the arrangement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from central_sync.centre.api.files import XLSX, attachment
from central_sync.centre.api.gate import sees_masked
from central_sync.centre.api.models import BASE, Nothing
from central_sync.centre.api.plan_models import (
    ArrangementView,
    CancelRequest,
    Changes,
    ChangesQuery,
    ChangeView,
    MoveRequest,
    ProposalRequest,
    ProposalView,
    RemoveRequest,
    Sessions,
    SessionsQuery,
    SessionView,
    Tickets,
    TicketView,
)
from central_sync.centre.sessions.door_list import door_list
from central_sync.protocol.http.routes import File, Routes

if TYPE_CHECKING:
    from central_sync.centre.app import Centre

SESSION = "{session:[A-Z0-9][A-Z0-9-]{2,31}}"
PROPOSAL = "{proposal:A[0-9]{4,9}}"
CHANGE = "{change:[0-9]{1,9}}"
TICKET = "{ticket:[0-9]{12}}"


def add_routes(routes: Routes, centre: Centre) -> None:
    """Declare the routes of sessions and the arrangement."""
    _session_routes(routes, centre)
    _proposal_routes(routes, centre)
    _ticket_routes(routes, centre)


def _session_routes(routes: Routes, centre: Centre) -> None:
    gate, sessions = centre.gate, centre.sessions

    @routes.get(
        f"{BASE}/sessions",
        "场次",
        "exam sessions",
        tag="sessions",
        access="any",
        query=SessionsQuery,
        answer=Sessions,
    )
    async def all_sessions(request: web.Request, query: SessionsQuery) -> Sessions:
        await gate.person(request)
        return Sessions(sessions=tuple(await centre.transact(lambda session: sessions.all(session, query))))

    @routes.get(
        f"{BASE}/sessions/{SESSION}",
        "一个场次",
        "one exam session",
        tag="sessions",
        access="any",
        answer=SessionView,
    )
    async def one(request: web.Request) -> SessionView:
        await gate.person(request)
        exam = request.match_info["session"]
        return await centre.transact(lambda session: sessions.get(session, exam))

    @routes.get(
        f"{BASE}/sessions/{SESSION}/tickets",
        "准考证",
        "admission tickets",
        tag="sessions",
        access="planner, viewer",
        answer=Tickets,
    )
    async def tickets(request: web.Request) -> Tickets:
        person = await gate.person(request, "planner", "viewer")
        exam = request.match_info["session"]
        return await centre.transact(
            lambda session: sessions.tickets(session, exam, masked=sees_masked(person))
        )

    @routes.get(
        f"{BASE}/sessions/{SESSION}/tickets.xlsx",
        "考场座次表",
        "seating lists for the doors",
        tag="sessions",
        access="planner, viewer",
        answer=File(XLSX),
    )
    async def doors(request: web.Request) -> web.StreamResponse:
        await gate.person(request, "planner", "viewer")
        exam = request.match_info["session"]
        data = await centre.transact(lambda session: door_list(sessions.tickets(session, exam, masked=False)))
        return attachment(f"考场座次表-{exam}.xlsx", data, XLSX)

    @routes.post(
        f"{BASE}/sessions/{SESSION}/cancel",
        "取消场次",
        "cancel a session",
        tag="sessions",
        access="planner",
        body=CancelRequest,
        answer=SessionView,
    )
    async def cancel(request: web.Request, body: CancelRequest) -> SessionView:
        person = await gate.person(request, "planner")
        exam = request.match_info["session"]
        return await centre.transact(
            lambda session: centre.arrangement.cancel(session, exam, body.reason, person.username)
        )


def _proposal_routes(routes: Routes, centre: Centre) -> None:
    gate, arrangement, changes = centre.gate, centre.arrangement, centre.changes

    @routes.post(
        f"{BASE}/arrangements",
        "生成编排方案",
        "work out a proposal",
        tag="arrangement",
        access="planner",
        body=ProposalRequest,
        answer=ProposalView,
    )
    async def propose(request: web.Request, body: ProposalRequest) -> ProposalView:
        person = await gate.person(request, "planner")
        return await centre.transact(lambda session: arrangement.propose(session, body, person.username))

    @routes.get(
        f"{BASE}/arrangements/changes",
        "编排变更记录",
        "changes of the arrangement",
        tag="arrangement",
        access="any",
        query=ChangesQuery,
        answer=Changes,
    )
    async def listed(request: web.Request, query: ChangesQuery) -> Changes:
        await gate.person(request)
        return await centre.transact(lambda session: changes.page(session, query))

    @routes.post(
        f"{BASE}/arrangements/changes/{CHANGE}/undo",
        "撤销变更",
        "undo a change",
        tag="arrangement",
        access="planner",
        body=Nothing,
        answer=ChangeView,
    )
    async def undo(request: web.Request, body: Nothing) -> ChangeView:
        person = await gate.person(request, "planner")
        change = int(request.match_info["change"])
        return await centre.transact(lambda session: changes.undo(session, change, person.username))

    @routes.get(
        f"{BASE}/arrangements/{PROPOSAL}",
        "一个编排方案",
        "one proposal",
        tag="arrangement",
        access="planner",
        answer=ProposalView,
    )
    async def proposal(request: web.Request) -> ProposalView:
        await gate.person(request, "planner")
        number = request.match_info["proposal"]
        return await centre.transact(lambda session: arrangement.proposal(session, number))

    @routes.post(
        f"{BASE}/arrangements/{PROPOSAL}/confirm",
        "确认编排方案",
        "confirm a proposal",
        tag="arrangement",
        access="planner",
        body=Nothing,
        answer=ArrangementView,
    )
    async def confirm(request: web.Request, body: Nothing) -> ArrangementView:
        person = await gate.person(request, "planner")
        number = request.match_info["proposal"]
        return await centre.transact(lambda session: arrangement.confirm(session, number, person.username))


def _ticket_routes(routes: Routes, centre: Centre) -> None:
    gate, arrangement = centre.gate, centre.arrangement

    @routes.post(
        f"{BASE}/tickets/{TICKET}/move",
        "调整座位、考场或场次",
        "move a candidate",
        tag="arrangement",
        access="planner",
        body=MoveRequest,
        answer=TicketView,
    )
    async def move(request: web.Request, body: MoveRequest) -> TicketView:
        person = await gate.person(request, "planner")
        ticket = request.match_info["ticket"]
        return await centre.transact(lambda session: arrangement.move(session, ticket, body, person.username))

    @routes.post(
        f"{BASE}/tickets/{TICKET}/remove",
        "取消考生安排",
        "take a candidate out of a session",
        tag="arrangement",
        access="planner",
        body=RemoveRequest,
        answer=ChangeView,
    )
    async def remove(request: web.Request, body: RemoveRequest) -> ChangeView:
        person = await gate.person(request, "planner")
        ticket = request.match_info["ticket"]
        return await centre.transact(
            lambda session: arrangement.remove(session, ticket, body.reason, person.username)
        )
