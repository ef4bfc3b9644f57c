"""The queue as its pages are told, made from the services."""

from __future__ import annotations

from datetime import UTC, datetime

from central_sync.protocol.http.problems import Problem
from exam_appliance.documents.names import masked_name
from exam_appliance.exam.floor import SiteFacts
from exam_appliance.queue.calls import Call
from exam_appliance.queue.kiosks import Kiosks, Outcome
from exam_appliance.queue.ordering import CounterRule, estimated_minutes, may_serve
from exam_appliance.queue.queue import Queue, TicketTaken
from exam_appliance.queue.screen_list import Screen
from exam_appliance.queue.speech import said_text
from exam_appliance.queue.ticket import QueueTicket, TicketState, seconds_between
from exam_appliance.web.queue.models import (
    CallView,
    CounterNow,
    CounterView,
    CountsView,
    DisplayState,
    LineView,
    MachineState,
    OutcomeView,
    PriorityView,
    ProblemView,
    QueueRecord,
    QueueView,
    TakenView,
    TakingView,
    WaitingLine,
)

LAST_SHOWN = 6
WAITING_SHOWN = 30
SETTLED_SHOWN = 50


def shown_name(queue: Queue, ticket: QueueTicket) -> str:
    """Return the name on screens, its middle hidden where the site wants that."""
    candidate = queue.candidate(ticket)
    if candidate is None:
        return ""
    return masked_name(candidate.name) if queue.settings.mask_names else candidate.name


def taken_view(queue: Queue, taken: TicketTaken) -> TakenView:
    """Return a number as it is told to its owner."""
    ticket = taken.ticket
    called = queue.counters.get(ticket.counter) if ticket.state is TicketState.CALLED else None
    return TakenView(
        number=ticket.number,
        session=taken.title,
        name=shown_name(queue, ticket),
        room=ticket.room,
        state=ticket.state.value,
        before=taken.before,
        wait_minutes=taken.wait_minutes,
        counter_zh=called.zh if called is not None else "",
        counter_en=called.en if called is not None else "",
        fresh=taken.fresh,
    )


def problem_view(problem: Problem) -> ProblemView:
    """Return why there is no number."""
    return ProblemView(reason=problem.reason, zh=problem.zh, en=problem.en)


def outcome_view(queue: Queue, outcome: Outcome | None) -> OutcomeView | None:
    """Return what came of a card or code."""
    if outcome is None:
        return None
    return OutcomeView(
        n=outcome.n,
        taken=taken_view(queue, outcome.taken) if outcome.taken is not None else None,
        problem=problem_view(outcome.problem) if outcome.problem is not None else None,
    )


def machine_state(queue: Queue, kiosks: Kiosks, screen: Screen, site: SiteFacts) -> MachineState:
    """Return what a ticket machine shows."""
    station, settings = screen.station, queue.settings
    return MachineState(
        site=site.name,
        enabled=settings.enabled,
        name=screen.name,
        reader=kiosks.ready(station, "reader"),
        scanner=kiosks.ready(station, "scanner"),
        printer=kiosks.ready(station, "slips"),
        waiting=sum(one.state is TicketState.WAITING for one in queue.tickets.held.values()),
        taking=tuple(
            TakingView(title=title, starts_at=window.starts_at) for _, title, window in queue.entry.taking()
        ),
        return_seconds=settings.return_seconds,
        help_zh=settings.help_zh,
        help_en=settings.help_en,
        outcome=outcome_view(queue, kiosks.last(station)),
    )


def display_state(queue: Queue, site: SiteFacts, after: int | None) -> DisplayState:
    """Return what a display shows, with the calls after an entry; none for a display that just came."""
    now = datetime.now(UTC)
    line = queue.line()
    calls = queue.calls.after(0)
    minutes = estimated_minutes(len(line), queue.tickets.held.values(), max(1, _at_work(queue)))
    return DisplayState(
        seq=queue.seq,
        site=site.name,
        enabled=queue.settings.enabled,
        now=now,
        time_zone=site.time_zone,
        counters=tuple(_counter_now(queue, one.id, now) for one in queue.settings.counters),
        last=tuple(_call(queue, call, now) for call in reversed(calls[-LAST_SHOWN:])),
        calls=tuple(_call(queue, call, now) for call in calls if after is not None and call.seq > after),
        waiting=tuple(_waiting(queue, one) for one in line[:WAITING_SHOWN]),
        waiting_count=len(line),
        wait_minutes=minutes,
        voice=queue.settings.voice,
        languages=queue.settings.languages,
    )


def queue_view(queue: Queue) -> QueueView:
    """Return the whole queue for the console."""
    now = datetime.now(UTC)
    line = queue.line()
    settled = sorted(
        (one for one in queue.tickets.held.values() if not one.live),
        key=lambda one: one.settled_at,
        reverse=True,
    )
    counters = []
    for one in queue.settings.counters:
        current = queue.at_counter(one.id)
        rule = CounterRule(one.id, one.room)
        counters.append(
            CounterView(
                id=one.id,
                zh=one.zh,
                en=one.en,
                room=one.room,
                current=line_view(queue, current, now) if current is not None else None,
                for_it=sum(may_serve(rule, ticket) for ticket in line),
            )
        )
    rooms = {ticket.room for ticket in queue.tickets.held.values()} - {""}
    return QueueView(
        seq=queue.seq,
        enabled=queue.settings.enabled,
        counters=tuple(counters),
        waiting=tuple(line_view(queue, one, now) for one in line),
        settled=tuple(line_view(queue, one, now) for one in settled[:SETTLED_SHOWN]),
        priorities=tuple(PriorityView(id=one.id, zh=one.zh, en=one.en) for one in queue.settings.priorities),
        rooms=tuple(sorted(rooms)),
        sessions=queue_record(queue).sessions,
    )


def line_view(queue: Queue, ticket: QueueTicket, now: datetime | None = None) -> LineView:
    """Return a queue ticket for the console."""
    at = (now or datetime.now(UTC)).isoformat()
    candidate = queue.candidate(ticket)
    return LineView(
        id=ticket.id,
        number=ticket.number,
        session=ticket.session,
        title=queue.entry.titles().get(ticket.session, ticket.session),
        room=ticket.room,
        name=candidate.name if candidate is not None else "",
        admission=ticket.admission,
        state=ticket.state.value,
        priority=ticket.priority,
        counter=ticket.counter,
        wanted=ticket.wanted,
        skipped=ticket.skipped,
        source=ticket.source,
        waited_s=seconds_between(ticket.taken_at, at),
        since_s=seconds_between(ticket.settled_at or ticket.called_at or ticket.taken_at, at),
    )


def queue_record(queue: Queue) -> QueueRecord:
    """Return the counts of all sessions with numbers."""
    titles = queue.entry.titles()
    return QueueRecord(
        sessions=tuple(
            CountsView(
                session=one.session,
                title=titles.get(one.session, one.session),
                taken=one.taken,
                waiting=one.waiting,
                called=one.called,
                served=one.served,
                no_shows=one.no_shows,
                mean_wait_s=one.mean_wait_s,
                longest_wait_s=one.longest_wait_s,
            )
            for one in queue.all_counts()
        )
    )


def _at_work(queue: Queue) -> int:
    return sum(queue.at_counter(one.id) is not None for one in queue.settings.counters)


def _counter_now(queue: Queue, counter: str, now: datetime) -> CounterNow:
    where, ticket = queue.counters[counter], queue.at_counter(counter)
    return CounterNow(
        id=counter,
        zh=where.zh,
        en=where.en,
        number=ticket.number if ticket is not None else "",
        name=shown_name(queue, ticket) if ticket is not None else "",
        since_s=seconds_between(ticket.called_at, now.isoformat()) if ticket is not None else 0.0,
    )


def _call(queue: Queue, call: Call, now: datetime) -> CallView:
    where = queue.counters.get(call.counter)
    return CallView(
        seq=call.seq,
        number=call.number,
        counter=call.counter,
        counter_zh=where.zh if where is not None else call.counter,
        counter_en=where.en if where is not None else call.counter,
        again=call.again,
        age_s=seconds_between(call.at, now.isoformat()),
        texts={
            language: said_text(queue.settings.announcement, call.number, where, language)
            for language in queue.settings.languages
            if where is not None
        },
    )


def _waiting(queue: Queue, ticket: QueueTicket) -> WaitingLine:
    wanted = queue.counters.get(ticket.wanted)
    return WaitingLine(
        number=ticket.number,
        name=shown_name(queue, ticket),
        wanted_zh=wanted.zh if wanted is not None else "",
    )
