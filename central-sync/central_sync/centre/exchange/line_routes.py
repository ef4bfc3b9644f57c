"""The operations by which a site checks its line: what time it is here, and bytes both ways."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import datetime

from aiohttp import web

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import File, Routes, Upload, too_large
from central_sync.protocol.line_check import LINE_BYTES, LINE_TYPE, LineAnswer, LineTaken

AT_ONCE = 4
"""So many checks may load the centre's own line at once; others come later."""
LONGEST_S = 30.0
PIECE = 256 * 1024
_MUTUAL = "an enrolled server, by its certificate"


def add_line_routes(
    routes: Routes, admitted: Callable[[web.Request], Awaitable[object]], clock: Callable[[], datetime]
) -> None:
    """Declare them; `admitted` raises Problem for whoever may not speak."""
    under_way = 0

    def begin() -> None:
        nonlocal under_way
        if under_way >= AT_ONCE:
            raise Problem(
                "busy",
                "line.busy",
                "中心正在为其他考点测速，请稍后再测",
                "the centre is measuring other lines now: try again in a while",
            )
        under_way += 1

    def end() -> None:
        nonlocal under_way
        under_way -= 1

    @routes.get(
        "/site/v1/line",
        "中心的时间，和中心看到的考点地址",
        "the centre's time, and where it sees the site",
        access=_MUTUAL,
        answer=LineAnswer,
    )
    async def line(request: web.Request) -> LineAnswer:
        await admitted(request)
        return LineAnswer(now=clock(), seen_from=request.remote or "")

    @routes.get(
        "/site/v1/line/download",
        "测速：下行数据",
        "bytes for measuring the line down",
        access=_MUTUAL,
        answer=File(LINE_TYPE),
    )
    async def download(request: web.Request) -> web.StreamResponse:
        await admitted(request)
        begin()
        try:
            piece = os.urandom(PIECE)
            answer = web.StreamResponse(headers={"Cache-Control": "no-store"})
            answer.content_type = LINE_TYPE
            answer.content_length = LINE_BYTES
            await answer.prepare(request)
            async with asyncio.timeout(LONGEST_S):
                for _ in range(LINE_BYTES // PIECE):
                    await answer.write(piece)
                await answer.write_eof()
        except (TimeoutError, ConnectionError):
            # The site has seen enough and hung up, or its line is slow: both are what is measured.
            if request.transport is not None:
                request.transport.close()
        finally:
            end()
        return answer

    @routes.post(
        "/site/v1/line/upload",
        "测速：上行数据，收到即弃",
        "bytes for measuring the line up, thrown away",
        access=_MUTUAL,
        body=Upload((LINE_TYPE,), LINE_BYTES),
        answer=LineTaken,
    )
    async def upload(request: web.Request) -> LineTaken:
        await admitted(request)
        begin()
        taken = 0
        try:
            async for piece in request.content.iter_any():
                taken += len(piece)
                if taken > LINE_BYTES:
                    raise too_large(LINE_BYTES)
        finally:
            end()
        return LineTaken(bytes=taken)
