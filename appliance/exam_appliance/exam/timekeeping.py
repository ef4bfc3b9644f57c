"""Time kept while sessions run: heartbeats in the journal, deadlines, gaps that may be credited."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from central_sync.protocol.http.problems import Problem
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.clock import ExamClock, LastBeat, TimeSources
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.states import SeatState
from exam_appliance.exam.submission import Submission
from exam_appliance.journal.journal import Draft, Journal

log = logging.getLogger(__name__)

DEADLINE_TICK_S = 0.2
"""How often deadlines are looked at, seconds; saves compare the time themselves."""

WALL_JUMP_MS = 2_000
"""Smaller shifts of the wall clock are the time daemon's slewing."""

_CLOCKED = ("site.started", "site.heartbeat")


def clock_from_journal(journal: Journal, sources: TimeSources) -> ExamClock:
    """Return the site's exam clock, going on where the journal's last proof of time left it."""
    beat = journal.last_of(_CLOCKED)
    if beat is None:
        return ExamClock(sources, None)
    service_t, wall_ms = _last_service(journal, beat)
    body = beat["body"]
    return ExamClock(sources, LastBeat(body["t"], body["boot"], body["boottime_ms"], service_t, wall_ms))


def _last_service(journal: Journal, beat: dict[str, object]) -> tuple[int, int]:
    """Return (t, wall ms) of the newest entry that carries exam time: until then there was service."""
    newest = beat
    for entry in journal.entries(int(str(beat["seq"]))):
        body = entry["body"]
        if isinstance(body, dict) and isinstance(body.get("t"), int):
            newest = entry
    body = newest["body"]
    if not isinstance(body, dict):
        raise TypeError("a journal entry's body is an object")
    moment = datetime.fromisoformat(str(newest["at"]))
    return int(body["t"]), int(moment.timestamp() * 1000)


class Timekeeper:
    """Beats, submits what is overdue and finds gaps, for one hall."""

    def __init__(self, hall: Hall, submission: Submission, *, heartbeat_s: float, lost_ms: int) -> None:
        self._hall = hall
        self._submission = submission
        self._heartbeat_s = heartbeat_s
        self._lost_ms = lost_ms
        self._told: dict[str, int] = {}
        self._gaps: dict[str, int] = {}
        """Open silences: ticket -> t of the last contact before."""
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, version: str) -> None:
        """Journal the start with its gap, propose a credit for the outage, and begin to beat."""
        clock = self._hall.clock
        t = clock.t()
        body = {
            "t": t,
            "boot": clock.boot,
            "boottime_ms": clock.boottime_ms(),
            "gap_ms": clock.gap_ms,
            "gap_source": clock.gap_source,
            "version": version,
        }
        drafts = [Draft("site.started", self._hall.journal.appliance, "site", body)]
        if clock.gap_ms > 0:
            drafts += self._outage(t)
        await self._hall.commit(drafts)
        # Pages that were connected before the stop count as heard now: they come back within seconds,
        # and the outage itself is already proposed for all of them.
        for attempt in self._hall.projection.attempts.values():
            if attempt.sitting and attempt.token:
                self._hall.touch(attempt.ticket, "")
        self._tasks = [asyncio.create_task(self._beat()), asyncio.create_task(self._watch_deadlines())]

    async def stop(self) -> None:
        """Stop in order, leaving proof of the time until now."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._hall.commit(
            [
                *([self._heartbeat()] if self._active() else []),
                Draft("site.stopped", self._hall.journal.appliance, "site", {"t": self._hall.clock.t()}),
            ]
        )

    def _outage(self, t: int) -> list[Draft]:
        """Return a proposal for each session that ran when the service stopped."""
        clock = self._hall.clock
        from_t = t - clock.gap_ms
        by_session: dict[str, list[str]] = {}
        for attempt in self._hall.projection.attempts.values():
            if attempt.state is SeatState.SITTING and attempt.started_t <= from_t:
                by_session.setdefault(attempt.session, []).append(attempt.ticket)
        return [
            proposal_draft(f"server-{from_t}-{session}", session, "server", from_t, t, sorted(tickets))
            for session, tickets in by_session.items()
        ]

    def _active(self) -> bool:
        return any(record.active for record in self._hall.projection.sessions.values())

    def _heartbeat(self) -> Draft:
        clock = self._hall.clock
        contacts = {}
        for ticket, contact in self._hall.contacts.items():
            if self._told.get(ticket) != contact.t:
                self._told[ticket] = contact.t
                contacts[ticket] = contact.t
        body = {"t": clock.t(), "boot": clock.boot, "boottime_ms": clock.boottime_ms(), "contacts": contacts}
        return Draft("site.heartbeat", self._hall.journal.appliance, "site", body)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._heartbeat_s)
            if not self._active():
                continue
            drafts = [self._heartbeat(), *self._silences()]
            jump = self._hall.clock.wall_jump_ms()
            if abs(jump) >= WALL_JUMP_MS:
                body = {"t": self._hall.clock.t(), "by_ms": jump}
                drafts.append(Draft("site.clock_jumped", self._hall.journal.appliance, "site", body))
            try:
                await self._hall.commit(drafts)
            except Problem as problem:
                log.error("heartbeat not written: %s", problem)

    def _silences(self) -> list[Draft]:
        """Return proposals for seats that were silent and speak again."""
        t = self._hall.clock.t()
        drafts = []
        for attempt in self._hall.projection.attempts.values():
            contact = self._hall.contacts.get(attempt.ticket)
            if contact is None or attempt.state is not SeatState.SITTING:
                self._gaps.pop(attempt.ticket, None)
                continue
            since = self._gaps.get(attempt.ticket)
            if since is None:
                if t - contact.t >= self._lost_ms:
                    self._gaps[attempt.ticket] = contact.t
            elif contact.t > since:
                del self._gaps[attempt.ticket]
                drafts += self._silence(attempt, since, contact.t)
        return drafts

    def _silence(self, attempt: Attempt, from_t: int, to_t: int) -> list[Draft]:
        start = max(from_t, attempt.started_t)
        if to_t <= start:
            return []
        name = f"seat-{start}-{attempt.ticket}"
        return [proposal_draft(name, attempt.session, "seat", start, to_t, [attempt.ticket])]

    async def _watch_deadlines(self) -> None:
        while True:
            await asyncio.sleep(DEADLINE_TICK_S)
            try:
                await self._submission.overdue()
            except Problem as problem:
                log.error("submission by the clock not written, trying again: %s", problem)


def proposal_draft(name: str, session: str, cause: str, from_t: int, to_t: int, tickets: list[str]) -> Draft:
    """Return the entry that proposes a credit of to_t - from_t milliseconds to the tickets."""
    body = {
        "session": session,
        "cause": cause,
        "from_t": from_t,
        "to_t": to_t,
        "ms": to_t - from_t,
        "tickets": tickets,
    }
    return Draft("credit.proposed", name, "site", body)
