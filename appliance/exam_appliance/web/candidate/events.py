"""Live state for candidates' pages: one stream a page, woken only when its own attempt changed."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp_sse import sse_response

from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.floor import SiteFacts
from exam_appliance.exam.hall import Hall
from exam_appliance.web.candidate.views import candidate_state, state_version

PING_S = 10
"""A comment goes out this often, so that a dead line is noticed, seconds."""


class CandidateEvents:
    """All open streams of one hall."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._watching: dict[str, set[asyncio.Event]] = {}
        self._seen: dict[str, int] = {}
        self._closed = False
        self._stop = hall.listen(self._changed)

    def close(self) -> None:
        """End all streams; pages come back by themselves."""
        self._stop()
        self._closed = True
        self._wake(set(self._watching))

    async def serve(
        self, request: web.Request, attempt: Attempt, token: str, site: SiteFacts
    ) -> web.StreamResponse:
        """Send the attempt's state now and after each change, until the page or its right to see it goes."""
        woken = asyncio.Event()
        watchers = self._watching.setdefault(attempt.ticket, set())
        watchers.add(woken)
        hall, sent = self._hall, -1
        async with sse_response(request, sep="\n", ping_interval=PING_S) as response:
            # The page that went away is noticed by the ping alone; it must wake this stream too.
            gone = asyncio.ensure_future(response.wait())
            gone.add_done_callback(lambda _: woken.set())
            try:
                while response.is_connected() and not self._closed and attempt.token == token:
                    version = state_version(hall, attempt)
                    if version != sent:
                        sent = self._seen[attempt.ticket] = version
                        state = candidate_state(hall, site, attempt, pending_seat=None)
                        # One line of JSON needs none of the splitting that `send` does.
                    body = state.model_dump_json().encode()
                    await response.write(b"id: %d\nevent: state\ndata: %b\n\n" % (version, body))
                    woken.clear()
                    if state_version(hall, attempt) == sent:
                        await woken.wait()
            except ConnectionError:
                pass
            finally:
                gone.cancel()
                watchers.discard(woken)
                if not watchers:
                    self._watching.pop(attempt.ticket, None)
                    self._seen.pop(attempt.ticket, None)
        return response

    def _changed(self, tickets: set[str], sessions: set[str]) -> None:
        attempts = self._hall.projection.attempts
        affected = {
            ticket
            for ticket in tickets
            # A saved response changes nothing that the stream tells; most entries are such.
            if ticket in self._watching and attempts[ticket].version != self._seen.get(ticket)
        }
        if sessions:
            affected.update(ticket for ticket in self._watching if attempts[ticket].session in sessions)
        self._wake(affected)

    def _wake(self, tickets: set[str]) -> None:
        for ticket in tickets:
            for woken in self._watching[ticket]:
                woken.set()
