"""Typed routes: the URL stands above its handler, the body is a model, the description is made from both."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError

from central_sync.protocol.http.problems import Problem, problem_response

log = logging.getLogger(__name__)

BODY_LIMIT = 256 * 1024
"""Bytes of a JSON body, unless a route says otherwise."""

Handler = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Upload:
    """A route's body when it is a file rather than JSON: the media types that it takes."""

    types: tuple[str, ...]
    limit: int
    """Bytes."""


@dataclass(frozen=True)
class File:
    """A route's answer when it is a file or stream rather than JSON."""

    type: str
    zh: str = ""
    or_type: str | None = None
    """Another type that the same file may have."""


@dataclass(frozen=True)
class Operation:
    """One route as declared; `access` names who may call it, for the description only."""

    method: str
    path: str
    handler: Handler
    zh: str
    en: str
    tag: str
    access: str
    body: type[BaseModel] | Upload | None
    query: type[BaseModel] | None
    answer: type[BaseModel] | File | None
    status: int
    body_limit: int
    raw: bool
    """The handler is given the request alone and does everything itself; only described here."""


@dataclass
class Routes:
    """A collection of operations of one interface.

    A handler is `async def h(request, body=..., query=...)`: `body` and `query` are passed only
    when declared, as validated models; an Upload handler reads the request itself. It returns
    the answer model, None, or a ready StreamResponse.
    """

    title: str
    version: str
    operations: list[Operation] = field(default_factory=list)

    def _declare(
        self,
        method: str,
        path: str,
        zh: str,
        en: str,
        *,
        tag: str = "",
        access: str = "",
        body: type[BaseModel] | Upload | None = None,
        query: type[BaseModel] | None = None,
        answer: type[BaseModel] | File | None = None,
        status: int = 200,
        body_limit: int = BODY_LIMIT,
        raw: bool = False,
    ) -> Callable[[Handler], Handler]:
        def remember(handler: Handler) -> Handler:
            self.operations.append(
                Operation(
                    method, path, handler, zh, en, tag, access, body, query, answer, status, body_limit, raw
                )
            )
            return handler

        return remember

    def get(self, path: str, zh: str, en: str, **more: Any) -> Callable[[Handler], Handler]:
        """Declare a GET route; `zh` and `en` are its one-line summaries."""
        return self._declare("GET", path, zh, en, **more)

    def post(self, path: str, zh: str, en: str, **more: Any) -> Callable[[Handler], Handler]:
        """Declare a POST route."""
        return self._declare("POST", path, zh, en, **more)

    def put(self, path: str, zh: str, en: str, **more: Any) -> Callable[[Handler], Handler]:
        """Declare a PUT route."""
        return self._declare("PUT", path, zh, en, **more)

    def patch(self, path: str, zh: str, en: str, **more: Any) -> Callable[[Handler], Handler]:
        """Declare a PATCH route."""
        return self._declare("PATCH", path, zh, en, **more)

    def delete(self, path: str, zh: str, en: str, **more: Any) -> Callable[[Handler], Handler]:
        """Declare a DELETE route."""
        return self._declare("DELETE", path, zh, en, **more)

    def add_to(self, app: web.Application) -> None:
        """Put all operations on the application's router."""
        for operation in self.operations:
            handler = operation.handler if operation.raw else _bound(operation)
            app.router.add_route(operation.method, operation.path, handler)


def _bound(operation: Operation) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the aiohttp handler of an operation: parse, call, answer, map errors."""
    handler, status, limit = operation.handler, operation.status, operation.body_limit
    model = operation.body if isinstance(operation.body, type) else None
    adapter: TypeAdapter[BaseModel] | None = TypeAdapter(model) if model is not None else None
    query_model = operation.query

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            given: dict[str, Any] = {}
            if adapter is not None:
                if request.content_type != "application/json":
                    raise not_json()
                given["body"] = adapter.validate_json(await read_limited(request, limit), strict=True)
            if query_model is not None:
                given["query"] = query_model.model_validate(single_values(request))
            result = await handler(request, **given)
        except Problem as problem:
            return problem_response(problem)
        except ValidationError as error:
            return problem_response(invalid_input(error))
        if isinstance(result, web.StreamResponse):
            return result
        if result is None:
            return web.Response(status=204, headers={"Cache-Control": "no-store"})
        return web.Response(
            body=result.model_dump_json(by_alias=True).encode(),
            status=status,
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    return answer


async def read_limited(request: web.Request, limit: int) -> bytes:
    """Return the request's body, or raise a Problem once it proves longer than `limit` bytes."""
    length = request.content_length
    if length is not None and length > limit:
        raise too_large(limit)
    if length is not None:
        content = request.content
        # Small bodies come with their headers: nothing to wait for.
        return content.read_nowait() if content.is_eof() else await content.read(-1)
    body = bytearray()
    async for chunk in request.content.iter_chunked(65536):
        body += chunk
        if len(body) > limit:
            raise too_large(limit)
    return bytes(body)


def not_json() -> Problem:
    """Return the problem of a body that is something else than JSON."""
    return Problem(
        "invalid",
        "body.not_json",
        "请求须为 application/json",
        "the body must be application/json",
        status=415,
    )


def too_large(limit: int) -> Problem:
    """Return the problem of a body beyond `limit` bytes."""
    kib = limit // 1024
    return Problem(
        "invalid", "body.too_large", f"内容过大，上限 {kib} KiB", f"the body is over {kib} KiB", status=413
    )


def single_values(request: web.Request) -> dict[str, str]:
    """Return the query as a mapping; a name given twice is refused."""
    values: dict[str, str] = {}
    for name, value in request.query.items():
        if name in values:
            raise Problem(
                "invalid", "query.twice", f"参数 {name} 重复", f"query parameter {name} is given twice"
            )
        values[name] = value
    return values


def invalid_input(error: ValidationError) -> Problem:
    """Return what pydantic found wrong as a Problem that names each field."""
    fields = tuple(
        (".".join(str(part) for part in found["loc"]) or "body", f"不符合要求：{found['msg']}", found["msg"])
        for found in error.errors(include_url=False, include_context=False, include_input=False)[:20]
    )
    named = "、".join(name for name, _, _ in fields)
    return Problem(
        "invalid",
        "fields.invalid",
        f"以下字段有误：{named}",
        f"these fields are wrong: {named}",
        fields=fields,
    )
