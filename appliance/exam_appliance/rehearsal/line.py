"""HTTP to the server that is rehearsed: few connections, shared by all who are played."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson

CONNECTIONS = 200
"""Connections for requests; live streams have one each beside them."""
ANSWER_WITHIN_S = 30.0
STREAM_SILENT_S = 35.0
"""A stream that says nothing for this long, not even its ping, is dead, seconds."""

UNREACHABLE = (aiohttp.ClientError, TimeoutError, OSError)
"""What a request raises when no answer came."""


class Refused(Exception):
    """The server answered with a problem; its sentence in Chinese and English."""

    def __init__(self, status: int, reason: str, zh: str, en: str) -> None:
        super().__init__(f"{status} {reason}: {en}")
        self.status = status
        self.reason = reason
        self.zh = zh
        self.en = en


class Line:
    """Requests to one server; who asks is told by the cookie that goes along."""

    def __init__(self, url: str, requests: aiohttp.ClientSession, streams: aiohttp.ClientSession) -> None:
        self.url = url.rstrip("/")
        self._requests = requests
        self._streams = streams

    async def ask(self, method: str, path: str, cookie: str, body: object = None) -> Any:
        """Return the JSON that the server answers. Raises Refused, UNREACHABLE."""
        _, told = await self.ask_for_cookie(method, path, cookie, body)
        return told

    async def ask_for_cookie(
        self, method: str, path: str, cookie: str, body: object = None
    ) -> tuple[str, Any]:
        """Return the cookie that the server set (`name=value`, else empty) and its JSON."""
        headers = {"Cookie": cookie} if cookie else {}
        data = None
        if method != "GET":
            headers["Content-Type"] = "application/json"
            data = orjson.dumps({} if body is None else body)
        async with self._requests.request(method, self.url + path, data=data, headers=headers) as answer:
            raw = await answer.read()
            if answer.status >= 400:
                raise _refused(answer.status, raw)
            given = next((f"{name}={morsel.value}" for name, morsel in answer.cookies.items()), "")
            return given, orjson.loads(raw) if raw else None

    async def events(self, path: str, cookie: str) -> AsyncIterator[Any]:
        """Yield the JSON of each server-sent event until the stream ends. Raises Refused, UNREACHABLE."""
        async with self._streams.get(self.url + path, headers={"Cookie": cookie}) as answer:
            if answer.status >= 400:
                raise _refused(answer.status, await answer.read())
            async for line in answer.content:
                if line.startswith(b"data:"):
                    yield orjson.loads(line[5:])


@asynccontextmanager
async def line_to(url: str) -> AsyncIterator[Line]:
    """Give a line to a server."""
    jar = aiohttp.DummyCookieJar
    async with (
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            cookie_jar=jar(),
            timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_S),
        ) as requests,
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=jar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_read=STREAM_SILENT_S),
            read_bufsize=2**14,
        ) as streams,
    ):
        yield Line(url, requests, streams)


async def log_in(line: Line, username: str, password: str) -> str:
    """Return the log-in session of a member of staff, to be used from this machine. Raises Refused."""
    body = {"username": username, "password": password}
    given, _ = await line.ask_for_cookie("POST", "/api/console/login", "", body)
    return given.partition("=")[2]


def _refused(status: int, raw: bytes) -> Refused:
    try:
        told = orjson.loads(raw)
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        return Refused(status, "http", f"服务器返回 {status}", f"the server answered {status}")
    return Refused(
        status, str(told.get("reason", "")), str(told.get("detail", "")), str(told.get("detail_en", ""))
    )
