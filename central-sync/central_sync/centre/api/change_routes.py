"""The stream that tells pages what changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson
from aiohttp import web
from aiohttp_sse import sse_response

from central_sync.centre.api.models import BASE
from central_sync.protocol.http.routes import File, Routes

if TYPE_CHECKING:
    from central_sync.centre.app import Centre

PING_S = 10
"""A comment goes out this often, so that a dead line is noticed, seconds."""
GATHER_S = 0.3
"""Changes of this long go out together: a session in full swing changes the ledger all the time."""


def add_routes(routes: Routes, centre: Centre) -> None:
    """Declare the stream."""

    @routes.get(
        f"{BASE}/changes",
        "变更通知",
        "what changed",
        tag="changes",
        access="any",
        answer=File("text/event-stream"),
    )
    async def changes(request: web.Request) -> web.StreamResponse:
        await centre.gate.person(request)
        announcements = centre.announcements
        with announcements.watching() as watch:
            async with sse_response(request, sep="\n", ping_interval=PING_S) as response:
                # The page that went away is noticed by the ping alone; it must wake this stream too.
                gone = asyncio.ensure_future(response.wait())
                gone.add_done_callback(lambda _: watch.woken.set())
                try:
                    while response.is_connected() and not announcements.closed:
                        for topic in watch.take():
                            await response.send(orjson.dumps({"topic": topic}).decode(), event="changed")
                        await watch.woken.wait()
                        await asyncio.sleep(GATHER_S)
                except ConnectionError:
                    pass
                finally:
                    gone.cancel()
            return response
