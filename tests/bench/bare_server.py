"""Bare aiohttp, the bound: as little as a handler can do with the same bytes. Prints its address.

POST /responses parses the body and answers one of the site server's size. /papers/N and the stream
/events hand out the bytes found in the folder that is given: `event` and `paper`; POST /bell sends
the event to all streams.

Usage: bare_server.py FOLDER
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import orjson
from aiohttp import web

RECEIPT = {"seq": 123456, "hash": "a" * 64, "head": 123460, "head_hash": "b" * 64, "sig": "c" * 88}
BELL = web.AppKey("bell", asyncio.Event)


async def save(request: web.Request) -> web.Response:
    """Parse a response and answer as the site server does."""
    orjson.loads(await request.read())
    answer = {"receipt": RECEIPT, "remaining_ms": 7_000_000}
    return web.Response(body=orjson.dumps(answer), content_type="application/json")


def application(folder: Path) -> web.Application:
    """Return the bare application."""
    event, paper = (
        (folder / name).read_bytes() if (folder / name).exists() else b"" for name in ("event", "paper")
    )

    async def ring(request: web.Request) -> web.Response:
        request.app[BELL].set()
        return web.Response(status=204)

    async def events(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(b": waiting\n\n")
        await request.app[BELL].wait()
        await answer.write(event)
        return answer

    async def papers(request: web.Request) -> web.Response:
        return web.Response(body=paper, content_type="application/json")

    app = web.Application()
    app[BELL] = asyncio.Event()
    app.router.add_post("/responses", save)
    app.router.add_post("/bell", ring)
    app.router.add_get("/events", events)
    app.router.add_get("/paper", papers)
    return app


async def main() -> None:
    """Serve until killed."""
    runner = web.AppRunner(application(Path(sys.argv[1])), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
