"""The queue of a site: numbers given, called, served; everything on disk before anybody is told."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.roster import ArrangedCandidate
from exam_appliance.config.settings import CounterSettings, QueueSettings
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.projection import written as as_written
from exam_appliance.exam.states import SeatState
from exam_appliance.journal.journal import Draft, Journal, Written
from exam_appliance.queue.calls import KEPT, Calls
from exam_appliance.queue.counting import QueueCounts, counted
from exam_appliance.queue.entry import Entry
from exam_appliance.queue.finding import chosen, wanted
from exam_appliance.queue.ordering import (
    CounterRule,
    QueueRules,
    estimated_minutes,
    in_order,
    next_for,
    people_before,
    servers_of,
)
from exam_appliance.queue.ticket import QueueTicket, TicketState, seconds_between
from exam_appliance.queue.tickets import QueueTickets

log = logging.getLogger(__name__)

Source = Literal["card", "code", "hand", "staff"]
AT_WORK_S = 1200.0
"""A counter that called somebody within this counts as at work, seconds."""


@dataclass(frozen=True, slots=True)
class TicketTaken:
    """A number was given: what a slip or a page shows of it."""

    ticket: QueueTicket
    title: str
    """Title of the session."""
    name: str
    before: int
    """How many are called before."""
    wait_minutes: int | None
    """About how long; None where nothing is known yet."""
    fresh: bool
    """False when the candidate had this number already."""


class Queue:
    """Gives and calls numbers. All methods belong to the event loop's thread."""

    def __init__(
        self,
        journal: Journal,
        hall: Hall,
        settings: QueueSettings,
        late_minutes: int | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.settings = settings
        self.counters = {one.id: one for one in settings.counters}
        self.tickets = QueueTickets()
        self.calls = Calls()
        self.on_taken: Callable[[TicketTaken], Awaitable[None]] | None = None
        self._journal = journal
        self._hall = hall
        self._now = now
        self.entry = Entry(hall, late_minutes, settings.opens_minutes, now)
        self._listeners: list[Callable[[], None]] = []
        self.tickets.load(journal)
        if self.tickets.held:
            called = journal.newest_of_kinds(
                list(self.tickets.held), ("queue.called", "queue.recalled"), KEPT
            )
            self.calls.note((as_written(one) for one in reversed(called)), self.tickets)
        journal.on_failure(lambda: self.tickets.load(journal))
        journal.follow(self._on_disk)

    @property
    def seq(self) -> int:
        """Number of the last entry about the queue."""
        return self.tickets.seq

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a listener once a change is on disk; returns what takes it off."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def take(
        self,
        identity: str,
        *,
        source: Source,
        actor: str,
        machine: str = "",
        priority: str = "",
    ) -> TicketTaken:
        """Give somebody a number, or the one already held.

        `identity` is an admission ticket or ID number, the text of a scanned code, or the last six characters
        of an ID number. Raises Problem `queue.*` with where to go.
        """
        self._refuse_unless_on()
        if priority:
            self._known_priority(priority)
        if not self._hall.contents:
            raise Problem(
                "not_ready",
                "queue.no_roster",
                f"考生名单尚未就绪，{self.settings.help_zh}",
                f"the roster is not ready yet; {self.settings.help_en}",
            )
        found = chosen(wanted(identity), self.entry.arranged(), self.settings.help_zh, self.settings.help_en)
        admission = found.candidate.ticket
        held = self.of_candidate(admission)
        if held is None:
            attempt = self._hall.attempt(admission)
            if attempt.state not in (SeatState.ARRANGED, SeatState.ABSENT):
                raise Problem(
                    "conflict",
                    "queue.seated",
                    "您已签到入座，不需要取号",
                    "you have checked in at your seat and need no number",
                )
            number = (
                f"{self.tickets.letter_of(found.session)}{self.tickets.numbers_of(found.session) + 1:03d}"
            )
            body: dict[str, Any] = {
                "number": number,
                "session": found.session,
                "room": attempt.room,
                "admission": admission,
                "source": source,
                "machine": machine,
                "priority": priority,
            }
            await self._commit([Draft("queue.taken", f"{found.session}.{number}", actor, body)])
        elif held.state is TicketState.NO_SHOW:
            await self._commit(
                [Draft("queue.returned", held.id, actor, {"source": source, "machine": machine})]
            )
        elif held.state is TicketState.SERVED:
            raise Problem(
                "conflict",
                "queue.served",
                f"您的 {held.number} 号已办理完毕，请按座位条入座",
                f"number {held.number} has been served: please go to your seat",
            )
        ticket = self.tickets.held[self.tickets.by_admission[admission]]
        fresh = held is None or held.state is TicketState.NO_SHOW
        taken = self.told(ticket, fresh=fresh)
        if fresh and self.on_taken is not None:
            try:
                await self.on_taken(taken)
            except Problem as problem:
                # The number stands on the page and on the display; only the slip is missing.
                log.warning("排队号 %s 的号条未能打印 / no slip: %s", ticket.number, problem)
        return taken

    def of_candidate(self, admission: str) -> QueueTicket | None:
        """Return the queue ticket of an admission ticket number."""
        found = self.tickets.by_admission.get(admission)
        return None if found is None else self.tickets.held[found]

    def told(self, ticket: QueueTicket, *, fresh: bool = False) -> TicketTaken:
        """Return what is told of a ticket: people before it and about how long."""
        counters = self.counter_rules()
        before = people_before(ticket, self.line(), counters)
        minutes = estimated_minutes(before, self.tickets.held.values(), self._at_work(ticket))
        candidate = self.candidate(ticket)
        contents = self._hall.contents.get(ticket.session)
        return TicketTaken(
            ticket,
            contents.plan.title if contents is not None else ticket.session,
            candidate.name if candidate is not None else "",
            before,
            minutes if ticket.state is TicketState.WAITING else None,
            fresh,
        )

    def candidate(self, ticket: QueueTicket) -> ArrangedCandidate | None:
        """Return whose ticket it is, None when the roster is not (any more) on this server."""
        for contents in self._hall.contents.values():
            found = contents.roster.get(ticket.admission)
            if found is not None:
                return found
        return None

    def line(self) -> list[QueueTicket]:
        """Return all who wait, the next one first."""
        return in_order(self.tickets.held.values(), self._rules(), self._now())

    def at_counter(self, counter: str) -> QueueTicket | None:
        """Return who is called to a counter now."""
        return next(
            (
                one
                for one in self.tickets.held.values()
                if one.state is TicketState.CALLED and one.counter == counter
            ),
            None,
        )

    async def call(self, counter: str, actor: str, ticket: str = "", finish: str = "") -> QueueTicket:
        """Call the next one, or a certain one, to a counter, and return whom.

        Whoever stands there must be finished before, by `served` and so on, or now
        with `finish`: `served`, `skipped` or `no_show`. No number is called to two counters: choosing and
        entering are one step. Raises Problem `queue.counter_busy`, `queue.nobody`, `queue.not_waiting`.
        """
        where = self.counter(counter)
        now_there = self.at_counter(counter)
        if now_there is not None and not finish:
            raise Problem(
                "conflict",
                "queue.counter_busy",
                f"{where.zh}的 {now_there.number} 号还没有办结，请先办结、过号或记未到",
                f"number {now_there.number} is still at {where.en}: serve it, pass it over or note a no-show",
            )
        drafts = []
        left_out = ""
        if now_there is not None:
            drafts.append(Draft(f"queue.{finish}", now_there.id, actor, {"counter": counter}))
            left_out = now_there.id
        if ticket:
            whom = self._one(ticket)
            if whom.state is not TicketState.WAITING:
                raise _state_changed(whom)
        else:
            rule = CounterRule(where.id, where.room)
            waiting = [one for one in self.tickets.held.values() if one.id != left_out]
            following = next_for(rule, waiting, self._rules(), self._now())
            if following is None:
                if drafts:
                    await self._commit(drafts)
                raise Problem(
                    "missing", "queue.nobody", "没有等候的考生", "nobody is waiting for this counter"
                )
            whom = following
        drafts.append(Draft("queue.called", whom.id, actor, {"counter": counter}))
        await self._commit(drafts)
        return self.tickets.held[whom.id]

    async def recall(self, ticket: str, actor: str) -> QueueTicket:
        """Call somebody once more to the same counter. Raises Problem `queue.not_called`."""
        return await self._at_counter_only("queue.recalled", ticket, actor)

    async def skip(self, ticket: str, actor: str) -> QueueTicket:
        """Pass somebody over who is called (过号): waits again behind those of equal rank."""
        return await self._at_counter_only("queue.skipped", ticket, actor)

    async def no_show(self, ticket: str, actor: str) -> QueueTicket:
        """Note that somebody called did not come; taking a number again gives the same one."""
        return await self._at_counter_only("queue.no_show", ticket, actor)

    async def served(self, ticket: str, actor: str, counter: str = "") -> QueueTicket:
        """Note that somebody was served; whoever still waits may be too. Twice is as once."""
        one = self._one(ticket)
        if one.state is TicketState.SERVED:
            return one
        await self._commit([Draft("queue.served", one.id, actor, {"counter": counter or one.counter})])
        return self.tickets.held[one.id]

    async def served_candidate(self, admission: str, actor: str, counter: str = "") -> QueueTicket | None:
        """Note that the candidate of an admission ticket was served; None where no number was taken."""
        held = self.of_candidate(admission)
        return None if held is None else await self.served(held.id, actor, counter)

    async def transfer(
        self, ticket: str, actor: str, *, counter: str = "", room: str = "", session: str = ""
    ) -> QueueTicket:
        """Send somebody to another counter, room or session; the place in line stays. Raises Problem."""
        one = self._one(ticket)
        if not one.live:
            raise _state_changed(one)
        if counter:
            self.counter(counter)
        if session:
            self._hall.planned(session)
        if room:
            known = self.entry.rooms() | {where.room for where in self.counters.values() if where.room}
            if room not in known:
                raise Problem("invalid", "queue.no_room", f"没有考场 {room}", f"there is no room {room}")
        body = {"counter": counter, "room": room or one.room, "session": session or one.session}
        await self._commit([Draft("queue.transferred", one.id, actor, body)])
        return self.tickets.held[one.id]

    async def prioritise(self, ticket: str, priority: str, actor: str) -> QueueTicket:
        """Give a waiting ticket a priority, empty for none. Raises Problem."""
        one = self._one(ticket)
        if not one.live:
            raise _state_changed(one)
        if priority:
            self._known_priority(priority)
        if one.priority != priority:
            await self._commit([Draft("queue.prioritised", one.id, actor, {"priority": priority})])
        return self.tickets.held[one.id]

    def counts(self, session: str) -> QueueCounts:
        """Return the counts of a session for the record."""
        return counted(session, self.tickets.held.values())

    def all_counts(self) -> list[QueueCounts]:
        """Return the counts of every session with numbers."""
        sessions = sorted({ticket.session for ticket in self.tickets.held.values()})
        return [self.counts(session) for session in sessions]

    def counter(self, counter: str) -> CounterSettings:
        """Return a counter. Raises Problem `queue.no_counter`."""
        found = self.counters.get(counter)
        if found is None:
            raise Problem(
                "missing", "queue.no_counter", f"没有窗口 {counter}", f"there is no counter {counter}"
            )
        return found

    def counter_rules(self) -> list[CounterRule]:
        """Return whom each counter serves."""
        return [CounterRule(one.id, one.room) for one in self.settings.counters]

    async def _at_counter_only(self, kind: str, ticket: str, actor: str) -> QueueTicket:
        one = self._one(ticket)
        if one.state is not TicketState.CALLED:
            raise _state_changed(one)
        await self._commit([Draft(kind, one.id, actor, {"counter": one.counter})])
        return self.tickets.held[one.id]

    async def _commit(self, drafts: list[Draft]) -> None:
        await self._journal.append(drafts, self.tickets.apply)

    def _on_disk(self, written: list[Written]) -> None:
        ours = [entry for entry in written if entry.kind.startswith("queue.")]
        if ours:
            self.calls.note(ours, self.tickets)
            for listener in tuple(self._listeners):
                listener()

    def _one(self, ticket: str) -> QueueTicket:
        self._refuse_unless_on()
        found = self.tickets.held.get(ticket)
        if found is None:
            raise Problem(
                "missing", "queue.no_ticket", f"没有排队号 {ticket}", f"there is no queue ticket {ticket}"
            )
        return found

    def _known_priority(self, priority: str) -> None:
        if priority not in {one.id for one in self.settings.priorities}:
            raise Problem(
                "invalid",
                "queue.no_priority",
                f"没有优先类别 {priority}",
                f"there is no priority {priority}",
            )

    def _refuse_unless_on(self) -> None:
        if not self.settings.enabled:
            raise Problem(
                "not_ready", "queue.off", "本考点没有启用叫号排队", "queue calling is off at this site"
            )

    def _rules(self) -> QueueRules:
        return QueueRules(
            self.entry.windows(),
            {one.id: one.rank for one in self.settings.priorities},
            self.counter_rules(),
            timedelta(minutes=self.settings.closing_minutes),
        )

    def _at_work(self, ticket: QueueTicket) -> int:
        """Return how many of the counters that may call a ticket called somebody lately."""
        now = self._now().isoformat()
        own = servers_of(ticket, self.counter_rules())
        return len(
            {
                one.counter
                for one in self.tickets.held.values()
                if one.counter in own
                and one.called_at
                and seconds_between(one.settled_at or one.called_at, now) < AT_WORK_S
            }
        )


def _state_changed(ticket: QueueTicket) -> Problem:
    words = {
        TicketState.WAITING: ("还在等候", "is waiting"),
        TicketState.CALLED: ("已被叫号", "has been called"),
        TicketState.SERVED: ("已办理完毕", "has been served"),
        TicketState.NO_SHOW: ("已记为未到", "is noted as a no-show"),
    }
    zh, en = words[ticket.state]
    return Problem("conflict", "queue.state", f"{ticket.number} 号{zh}", f"number {ticket.number} {en}")
