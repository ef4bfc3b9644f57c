"""Live streams of the queue: each event is the whole state as of an entry; who comes back resumes by it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web
from aiohttp_sse import sse_response
from pydantic import BaseModel

from exam_appliance.devices.live import Change, LiveDevices
from exam_appliance.queue.kiosks import Kiosks
from exam_appliance.queue.queue import Queue

PING_S = 10
"""A comment goes out this often, so that a dead line is noticed, seconds."""
AFRESH_S = 20.0
"""Waiting times move while nothing happens: the state goes out at least this often, seconds."""

Tells = Callable[[int | None], tuple[int, BaseModel]]
"""Gives (entry, state) for somebody who knows all up to an entry; None who knows nothing."""


class QueueStreams:
    """All open streams of ticket machines, displays and consoles."""

    def __init__(self, queue: Queue, kiosks: Kiosks, live: LiveDevices) -> None:
        self._pages: set[asyncio.Event] = set()
        self._closed = False
        self._stops = (queue.listen(self.wake), kiosks.listen(self.wake), live.listen(self._devices))

    def close(self) -> None:
        """End all streams; pages come back by themselves."""
        self._closed = True
        for stop in self._stops:
            stop()
        self.wake()

    async def serve(
        self, request: web.Request, event: str, tells: Tells, may: Callable[[], bool]
    ) -> web.StreamResponse:
        """Send the state now and after each change, until the page or its right to see it goes."""
        known = last_event_id(request)
        woken = asyncio.Event()
        async with sse_response(request, sep="\n", ping_interval=PING_S) as response:
            gone = asyncio.ensure_future(response.wait())
            gone.add_done_callback(lambda _: woken.set())
            self._pages.add(woken)
            try:
                while response.is_connected() and not self._closed and may():
                    woken.clear()
                    known, state = tells(known)
                    await response.send(state.model_dump_json(), id=str(known), event=event)
                    try:
                        async with asyncio.timeout(AFRESH_S):
                            await woken.wait()
                    except TimeoutError:
                        continue
            except ConnectionError:
                pass
            finally:
                gone.cancel()
                self._pages.discard(woken)
        return response

    def _devices(self, change: Change) -> None:
        if change.devices or change.gone or change.line:
            self.wake()

    def wake(self) -> None:
        """Have every stream look again, whether it may still be followed too."""
        for woken in self._pages:
            woken.set()


def last_event_id(request: web.Request) -> int | None:
    """Return up to which entry a page that comes back knows all, None for a new one."""
    text = request.headers.get("Last-Event-ID", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
