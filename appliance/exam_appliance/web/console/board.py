"""The live room board: what changed in a session, gathered once and sent to all consoles twice a second."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from aiohttp_sse import sse_response

from exam_appliance.exam.floor import Floor
from exam_appliance.web.console.models import Board, BoardChange, Connection, SeatView
from exam_appliance.web.console.views import connection, contact_age_ms, seat_view, session_view

TICK_S = 0.5
"""Changes are gathered for this long, seconds: a start bell is one change, not a thousand."""
PING_S = 10
SLOWEST_SESSION_S = 5
"""The session's counts and clock are sent at least this often, seconds."""


class BoardFeed:
    """Follows one session of a floor for all consoles that show it; runs only while somebody looks."""

    def __init__(self, floor: Floor, session: str) -> None:
        self._floor = floor
        self._session = session
        self._changed_at: dict[str, int] = {}
        """Ticket -> number of the tick in which it changed last."""
        self._dirty: set[str] = set()
        self._session_dirty = False
        self._connections: dict[str, Connection] = {}
        self.tick = 0
        self._ticked = asyncio.Event()
        self._viewers = 0
        self._task: asyncio.Task[None] | None = None
        self._seats: dict[str, SeatView] = {}

    def board(self) -> Board:
        """Return the whole board as of now."""
        hall = self._floor.hall
        record, plan = hall.planned(self._session)
        t = hall.clock.t()
        seats = tuple(
            seat_view(hall, self._floor.rules, attempt, t) for attempt in hall.attempts_of(self._session)
        )
        return Board(seq=hall.journal.head, session=session_view(hall, record, plan), seats=seats)

    def note(self, tickets: set[str], sessions: set[str]) -> None:
        """Remember what changed; sent with the next tick."""
        if self._viewers:
            self._dirty |= tickets
            self._session_dirty = self._session_dirty or self._session in sessions

    def close(self) -> None:
        """End all streams."""
        self._session = ""
        if self._task is not None:
            self._task.cancel()
        self._ticked.set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Send the whole board and then what changes, until the console goes away.

        A console that comes back is sent the whole board too: what it missed is in it.
        """
        hall = self._floor.hall
        async with sse_response(request, sep="\n", ping_interval=PING_S) as response:
            gone = asyncio.ensure_future(response.wait())
            self._viewers += 1
            if self._task is None:
                self._task = asyncio.create_task(self._run())
            try:
                seen, whole = self.tick, self.board()
                await response.send(
                    BoardChange(seq=whole.seq, session=whole.session, seats=whole.seats).model_dump_json(),
                    id=str(whole.seq),
                    event="board",
                )
                while self._session and response.is_connected():
                    if self.tick == seen:
                        await self._next_tick(gone)
                    if gone.done() or not self._session:
                        break
                    change = self._change_since(seen)
                    seen = self.tick
                    await response.send(change, id=str(hall.journal.head), event="board")
            except ConnectionError:
                pass
            finally:
                gone.cancel()
                self._viewers -= 1
                if not self._viewers and self._task is not None:
                    self._task.cancel()
                    self._task = None
        return response

    async def _next_tick(self, gone: asyncio.Future[None]) -> None:
        ticked = asyncio.ensure_future(self._ticked.wait())
        either: set[asyncio.Future[Any]] = {gone, ticked}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        ticked.cancel()

    async def _run(self) -> None:
        hall, rules = self._floor.hall, self._floor.rules
        quiet = 0.0
        t = hall.clock.t()
        for attempt in hall.attempts_of(self._session):
            # As the whole board showed it that was just sent.
            self._connections[attempt.ticket] = connection(rules, contact_age_ms(hall, attempt.ticket, t))
        while True:
            await asyncio.sleep(TICK_S)
            t = hall.clock.t()
            own = {attempt.ticket: attempt for attempt in hall.attempts_of(self._session)}
            changed = {ticket for ticket in self._dirty if ticket in own}
            self._dirty.clear()
            for ticket in own:
                now = connection(rules, contact_age_ms(hall, ticket, t))
                if self._connections.get(ticket) is not now:
                    self._connections[ticket] = now
                    changed.add(ticket)
            quiet += TICK_S
            if not changed and not self._session_dirty and quiet < SLOWEST_SESSION_S:
                continue
            quiet, self._session_dirty = 0.0, False
            self.tick += 1
            for ticket in changed:
                self._changed_at[ticket] = self.tick
                self._seats[ticket] = seat_view(hall, rules, own[ticket], t)
            self._ticked.set()
            self._ticked = asyncio.Event()

    def _change_since(self, seen: int) -> str:
        hall = self._floor.hall
        record, plan = hall.planned(self._session)
        seats = tuple(self._seats[ticket] for ticket, at in self._changed_at.items() if at > seen)
        return BoardChange(
            seq=hall.journal.head, session=session_view(hall, record, plan), seats=seats
        ).model_dump_json()


class Boards:
    """The feeds of one floor, one for each session that was looked at."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._feeds: dict[str, BoardFeed] = {}
        self._stop = floor.hall.listen(self._changed)

    def of(self, session: str) -> BoardFeed:
        """Return the feed of a session; raises Problem when there is none."""
        self._floor.hall.planned(session)
        feed = self._feeds.get(session)
        if feed is None:
            feed = self._feeds[session] = BoardFeed(self._floor, session)
        return feed

    def close(self) -> None:
        """End all streams."""
        self._stop()
        for feed in self._feeds.values():
            feed.close()

    def _changed(self, tickets: set[str], sessions: set[str]) -> None:
        for feed in self._feeds.values():
            feed.note(tickets, sessions)
