"""Parts of tests about the queue: screens with their keys, streams as pages follow them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.site_app import Caller, SiteApp, Staff


async def enrolled(person: Staff, use: str, station: str = "") -> str:
    """Enrol a screen and return its key."""
    told = await person.post("/queue/screens", {"use": use, "name": "大厅", "station": station})
    return str(told["path"]).partition("#key=")[2]


async def screen(site: SiteApp, person: Staff, use: str, station: str = "") -> Caller:
    """Enrol a ticket machine or display and return it, entered."""
    key = await enrolled(person, use, station)
    caller = Caller(site.url, "/api/queue" if use == "tickets" else "/api/display")
    await site.people.enter_async_context(caller)
    await caller.post("/enter", {"key": key})
    return caller


@asynccontextmanager
async def following(caller: Caller, after: int | None = None) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Follow the stream of a screen as a browser does, from an entry on."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    async with caller.http.get(f"{caller.url}{caller.base}/events", headers=headers) as answer:
        assert answer.status == 200

        async def states() -> AsyncIterator[dict[str, Any]]:
            while True:
                async with asyncio.timeout(20):
                    line = await answer.content.readline()
                if not line:
                    return
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])

        yield states()
