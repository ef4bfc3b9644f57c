"""Makers' own formats, below /api/terminal/mapped/NAME/, made ours by their mapping files."""

from __future__ import annotations

import asyncio
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import ValidationError

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import BODY_LIMIT, File, Routes, invalid_input, read_limited
from exam_appliance.terminals.claims import NotSigned, mapped_claim
from exam_appliance.terminals.mapping.bodies import MEDIA, BodyWrong, read_body, write_body
from exam_appliance.terminals.mapping.fields import FieldWrong, rendered, taken_fields
from exam_appliance.terminals.mapping.model import Answer, Call, Calls, Mapping
from exam_appliance.terminals.mapping.operations import heartbeat_said
from exam_appliance.terminals.models import RESULT_BYTES, PhotoQuery, TerminalResult
from exam_appliance.terminals.store import Terminal
from exam_appliance.terminals.terminals import Terminals
from exam_appliance.web.terminals.own_routes import BASE, asked_of, not_signed, picture_response

MAPPED = f"{BASE}/mapped"


def mapped_routes(terminals: Terminals, zone: Any, routes: Routes) -> None:
    """Declare the one door of all makers' formats; `zone` returns the name of the site's time zone."""
    door = MappedDoor(terminals, zone)
    path = f"{MAPPED}/{{mapping:[a-z][a-z0-9-]{{1,39}}}}/{{call:.{{1,260}}}}"
    for declare in (routes.get, routes.post, routes.put):
        declare(
            path,
            "厂商格式（见映射文件）",
            "a maker's format, as its mapping file says",
            tag="terminal",
            access="terminal",
            answer=File("application/json", "回应格式见映射文件", "application/xml"),
            raw=True,
        )(door.answer)


class MappedDoor:
    """Takes requests in makers' formats."""

    def __init__(self, terminals: Terminals, zone: Any) -> None:
        self._terminals = terminals
        self._zone = zone

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request as its mapping says."""
        mapping = self._terminals.mappings.get(request.match_info["mapping"])
        if mapping is None:
            raise web.HTTPNotFound
        try:
            return await self._answered(request, mapping)
        except Problem as problem:
            return self._refused(mapping, problem)
        except ValidationError as error:
            return self._refused(mapping, invalid_input(error))
        except (BodyWrong, FieldWrong) as wrong:
            zh, _, en = str(wrong).partition(" / ")
            return self._refused(mapping, Problem("invalid", "terminal.body", zh, en))

    async def _answered(self, request: web.Request, mapping: Mapping) -> web.StreamResponse:
        path = "/" + request.match_info["call"]
        found = next(
            (
                (kind, call)
                for kind, call in mapping.calls.items()
                if (call.method, call.path) == (request.method, path)
            ),
            None,
        )
        if found is None:
            raise Problem(
                "missing",
                "terminal.no_call",
                f"映射 {mapping.name} 中没有 {request.method} {path}",
                f"the mapping has no {request.method} {path}",
            )
        kind, call = found
        body = await read_limited(request, RESULT_BYTES if kind == "result" else BODY_LIMIT)
        tree: dict[str, Any] = (
            dict(request.query)
            if call.method == "GET"
            else await asyncio.to_thread(read_body, body, call.format)
        )
        try:
            claim = await asyncio.to_thread(mapped_claim, mapping, asked_of(request, path, body, tree))
        except NotSigned as missing:
            raise not_signed(missing) from missing
        terminal = await self._terminals.admit(claim, mapping.name)
        zone = ZoneInfo(self._zone())
        fields = await asyncio.to_thread(taken_fields, call, tree, zone)
        return await self._done(kind, call, terminal, fields, request.remote or "")

    async def _done(
        self, kind: Calls, call: Call, terminal: Terminal, fields: dict[str, Any], address: str
    ) -> web.StreamResponse:
        terminals = self._terminals
        ours: dict[str, Any]
        match kind:
            case "heartbeat":
                told = await terminals.heartbeat(terminal, heartbeat_said(fields), address)
                ours = told.model_dump(mode="json") | {"server_time_s": told.server_time_ms // 1000}
            case "roster":
                roster = await terminals.roster(terminal)
                wanted = fields.get("session")
                ours = {
                    "version": roster.version,
                    "candidates": [
                        one.model_dump(mode="json")
                        for one in roster.candidates
                        if wanted is None or one.session == wanted
                    ],
                }
            case "photo":
                query = PhotoQuery.model_validate(fields)
                return picture_response(await terminals.photo(query.ticket))
            case "announcement":
                ours = terminals.announcement().model_dump()
            case "result":
                result = TerminalResult.model_validate(fields)
                ours = (await terminals.result(terminal, result, address)).model_dump()
        return web.Response(status=204) if call.answer is None else _response(call.answer, ours, 200)

    def _refused(self, mapping: Mapping, problem: Problem) -> web.Response:
        now = self._terminals.now_ms()
        ours = {
            "status": problem.status,
            "code": problem.reason,
            "zh": problem.zh,
            "en": problem.en,
            "server_time_ms": now,
            "server_time_s": now // 1000,
        }
        answer = _response(mapping.refusal, ours, problem.status)
        if problem.code == "busy":
            answer.headers["Retry-After"] = "2"
        return answer


def _response(answer: Answer, ours: dict[str, Any], status: int) -> web.Response:
    body = write_body(rendered(answer, ours), answer.format, answer.root)
    return web.Response(
        body=body,
        status=status,
        content_type=MEDIA[answer.format],
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )
