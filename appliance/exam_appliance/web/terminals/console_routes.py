"""The console's operations on identity terminals: list, enrol, change, revoke, a new key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web

from central_sync.protocol.http.routes import Routes
from exam_appliance.terminals.terminals import Terminals, TerminalStanding
from exam_appliance.web.candidate.routes import Nothing
from exam_appliance.web.console.models import Role
from exam_appliance.web.console.staff import EVERYBODY, StaffGate
from exam_appliance.web.terminals.console_models import (
    MappingFault,
    MappingView,
    MissedTerminal,
    TerminalChange,
    TerminalKey,
    TerminalRequest,
    TerminalsView,
    TerminalView,
)
from exam_appliance.web.terminals.mapped_routes import MAPPED
from exam_appliance.web.terminals.own_routes import BASE as OWN

BASE = "/api/console/terminals"
TECHNICIAN: tuple[Role, ...] = ("technician",)
_ONE = f"{BASE}/{{terminal:t-[0-9a-f]{{8}}}}"


def terminal_console_routes(
    terminals: Terminals, address: Callable[[], str], gate: StaffGate, routes: Routes
) -> None:
    """Declare what staff may see and technicians may do."""

    def view(terminal_id: str) -> TerminalView:
        return next(terminal_view(one) for one in terminals.all() if one.terminal.id == terminal_id)

    def with_key(terminal_id: str, key: str) -> TerminalKey:
        shown = view(terminal_id)
        base = f"{MAPPED}/{shown.mapping}" if shown.mapping else OWN
        return TerminalKey(terminal=shown, key=key, address=address() + base)

    @routes.get(BASE, "一体机", "terminals", tag="terminals", access="staff", answer=TerminalsView)
    async def whole(request: web.Request) -> TerminalsView:
        await gate.person(request, EVERYBODY)
        return TerminalsView(
            terminals=tuple(map(terminal_view, terminals.all())),
            mappings=tuple(
                MappingView(name=one.name, zh=one.zh, en=one.en, base=f"{MAPPED}/{one.name}")
                for one in terminals.mappings.values()
            ),
            faults=tuple(
                MappingFault(place=one.place(), key=one.key, zh=one.zh, en=one.en)
                for one in terminals.mapping_problems
            ),
            interface=f"{OWN}/openapi.json",
        )

    @routes.post(
        BASE,
        "登记一体机",
        "enrol a terminal",
        tag="terminals",
        access="technician",
        body=TerminalRequest,
        answer=TerminalKey,
    )
    async def enrol(request: web.Request, body: TerminalRequest) -> TerminalKey:
        person = await gate.person(request, TECHNICIAN)
        await terminals.read_mappings()
        terminal, key = await terminals.enrol(body.name, body.place, body.mapping, person.username)
        return with_key(terminal.id, key)

    @routes.put(
        _ONE,
        "修改或停用",
        "change or revoke",
        tag="terminals",
        access="technician",
        body=TerminalChange,
        answer=TerminalView,
    )
    async def change(request: web.Request, body: TerminalChange) -> TerminalView:
        person = await gate.person(request, TECHNICIAN)
        await terminals.read_mappings()
        terminal = request.match_info["terminal"]
        await terminals.change(terminal, body.name, body.place, body.mapping, body.active, person.username)
        return view(terminal)

    @routes.post(
        f"{_ONE}/key",
        "更换密钥",
        "a new key",
        tag="terminals",
        access="technician",
        body=Nothing,
        answer=TerminalKey,
    )
    async def renew(request: web.Request, body: Nothing) -> TerminalKey:
        person = await gate.person(request, TECHNICIAN)
        terminal, key = await terminals.renew_key(request.match_info["terminal"], person.username)
        return with_key(terminal.id, key)


def terminal_view(standing: TerminalStanding) -> TerminalView:
    """Return a terminal as the console shows it."""
    terminal, presence = standing.terminal, standing.presence
    contact = presence.contact if presence is not None else None
    return TerminalView(
        id=terminal.id,
        name=terminal.name,
        place=terminal.place,
        mapping=terminal.mapping,
        state=standing.state,
        heard_at=_moment(contact.at_ms) if contact is not None else None,
        address=contact.address if contact is not None else "",
        software=contact.software if contact is not None else "",
        faults=contact.faults if contact is not None else (),
        results=presence.results if presence is not None else 0,
        enrolled_at=_moment(terminal.enrolled_ms),
    )


def missed_terminals(terminals: Terminals) -> tuple[MissedTerminal, ...]:
    """Return who fell silent, as every page of the console shows it."""
    return tuple(
        MissedTerminal(
            id=one.terminal.id,
            name=one.terminal.name,
            place=one.terminal.place,
            heard_at=_moment(one.presence.heard_wall_ms),
        )
        for one in terminals.missed()
        if one.presence is not None
    )


def _moment(wall_ms: int) -> datetime:
    return datetime.fromtimestamp(wall_ms / 1000, UTC)
