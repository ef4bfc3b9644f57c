"""Our own format: JSON over HTTP, signed in four headers. Published at /api/terminal/openapi.json."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError

from central_sync.protocol.http.openapi import openapi
from central_sync.protocol.http.problems import Problem, problem_response
from central_sync.protocol.http.routes import (
    BODY_LIMIT,
    File,
    Routes,
    invalid_input,
    read_limited,
    single_values,
)
from exam_appliance.terminals.claims import Asked, NotSigned, own_claim
from exam_appliance.terminals.models import (
    RESULT_BYTES,
    Announcement,
    HeartbeatAnswer,
    PhotoQuery,
    TerminalDecision,
    TerminalHeartbeat,
    TerminalResult,
    TerminalRoster,
)
from exam_appliance.terminals.store import Terminal
from exam_appliance.terminals.terminals import Terminals, refused_request

BASE = "/api/terminal"
HEADERS_LIMIT = 200
"""Characters of a header that goes into a signature."""

Body = TypeVar("Body", bound=BaseModel)
Handler = Callable[[Terminal, bytes, web.Request], Awaitable[BaseModel | web.StreamResponse]]


def terminal_routes(terminals: Terminals, version: str) -> Routes:
    """Return the operations of our own format."""
    routes = Routes("Kaodian identity terminals 考点人证核验一体机接口", version)

    def signed(
        handler: Handler, limit: int = BODY_LIMIT
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                body = await read_limited(request, limit)
                terminal = await terminals.admit(_claim(request, body), "")
                told = await handler(terminal, body, request)
            except Problem as problem:
                return problem_response(problem)
            except ValidationError as error:
                return problem_response(invalid_input(error))
            if isinstance(told, web.StreamResponse):
                return told
            return web.Response(
                body=told.model_dump_json().encode(),
                content_type="application/json",
                headers={"Cache-Control": "no-store"},
            )

        return answer

    async def heartbeat(terminal: Terminal, body: bytes, request: web.Request) -> HeartbeatAnswer:
        said = _read(TerminalHeartbeat, body)
        return await terminals.heartbeat(terminal, said, request.remote or "")

    async def roster(terminal: Terminal, body: bytes, request: web.Request) -> TerminalRoster:
        return await terminals.roster(terminal)

    async def photo(terminal: Terminal, body: bytes, request: web.Request) -> web.Response:
        query = PhotoQuery.model_validate(single_values(request))
        return picture_response(await terminals.photo(query.ticket))

    async def announcement(terminal: Terminal, body: bytes, request: web.Request) -> Announcement:
        return terminals.announcement()

    async def result(terminal: Terminal, body: bytes, request: web.Request) -> TerminalDecision:
        return await terminals.result(terminal, _read(TerminalResult, body), request.remote or "")

    common: dict[str, Any] = {"tag": "terminal", "access": "terminal", "raw": True}
    routes.post(
        f"{BASE}/heartbeat",
        "心跳",
        "heartbeat",
        body=TerminalHeartbeat,
        answer=HeartbeatAnswer,
        **common,
    )(signed(heartbeat))
    routes.get(f"{BASE}/roster", "下载考生名单", "pull the roster", answer=TerminalRoster, **common)(
        signed(roster)
    )
    routes.get(
        f"{BASE}/photo",
        "报名照片",
        "a registration photo",
        query=PhotoQuery,
        answer=File("image/jpeg", "报名照片", "image/png"),
        **common,
    )(signed(photo))
    routes.get(f"{BASE}/announcement", "播报与提示文字", "announcement texts", answer=Announcement, **common)(
        signed(announcement)
    )
    routes.post(
        f"{BASE}/results",
        "上传核验结果",
        "push a result with its pictures",
        body=TerminalResult,
        answer=TerminalDecision,
        body_limit=RESULT_BYTES,
        **common,
    )(signed(result, RESULT_BYTES))
    description = openapi(routes)

    @routes.get(
        f"{BASE}/openapi.json",
        "本接口的说明",
        "the description of this interface",
        tag="terminal",
        answer=File("application/json"),
        raw=True,
    )
    async def described(request: web.Request) -> web.Response:
        return web.json_response(description)

    return routes


def picture_response(photo: bytes) -> web.Response:
    """Return a photo of the package, which is JPEG or PNG."""
    kind = "image/png" if photo.startswith(b"\x89PNG") else "image/jpeg"
    return web.Response(body=photo, content_type=kind, headers={"Cache-Control": "no-store"})


def asked_of(request: web.Request, path: str, body: bytes, fields: dict[str, Any]) -> Asked:
    """Return a request as it is judged; `path` is the one that is signed."""
    return Asked(
        request.method,
        path,
        request.rel_url.raw_query_string,
        {name.title(): value[:HEADERS_LIMIT] for name, value in request.headers.items()},
        body,
        fields,
        dict(request.query),
    )


def not_signed(missing: NotSigned) -> Problem:
    """Return the problem of a request without a whole signature."""
    return refused_request(
        "terminal.not_signed",
        f"请求缺少 {missing.what}，或格式不符",
        f"{missing.what} is missing or malformed",
    )


def _claim(request: web.Request, body: bytes) -> Any:
    try:
        return own_claim(asked_of(request, request.rel_url.raw_path, body, {}))
    except NotSigned as missing:
        raise not_signed(missing) from missing


def _read(model: type[Body], body: bytes) -> Body:
    return TypeAdapter(model).validate_json(body)
