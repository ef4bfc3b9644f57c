"""The order of the queue, its estimates, its counts and its words, as pure functions."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central_sync.protocol.http.problems import Problem
from exam_appliance.config.settings import AnnouncementSettings, CounterSettings
from exam_appliance.queue.counting import counted
from exam_appliance.queue.finding import wanted
from exam_appliance.queue.ordering import (
    CounterRule,
    EntryWindow,
    QueueRules,
    estimated_minutes,
    in_order,
    may_serve,
    next_for,
    people_before,
    servers_of,
)
from exam_appliance.queue.speech import counted_zh, number_said, said_text
from exam_appliance.queue.ticket import QueueTicket, TicketState

NOW = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
RANKS = {"pregnant": 10, "elderly": 20, "resit": 50}
COUNTERS = (CounterRule("1"), CounterRule("2", room="第二考场"), CounterRule("3"))


def moment(seconds: float) -> str:
    """Return a moment as entries carry it, seconds after NOW."""
    return (NOW + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ticket(n: int, **more: object) -> QueueTicket:
    """Return the ticket that was taken as n-th."""
    one = QueueTicket(
        id=f"S-1.A{n:03d}",
        number=f"A{n:03d}",
        session="S-1",
        room="第一考场",
        admission=f"{n:012d}",
        source="hand",
        machine="",
        taken_at=moment(n),
        arrival=n,
        seq=n,
    )
    return replace(one, **more)  # type: ignore[arg-type]


def rules(**windows: tuple[int, int]) -> QueueRules:
    """Return rules with sessions as (start, close) in minutes from NOW."""
    return QueueRules(
        {
            name.replace("_", "-"): EntryWindow(
                NOW + timedelta(minutes=start), NOW + timedelta(minutes=close)
            )
            for name, (start, close) in windows.items()
        },
        RANKS,
        COUNTERS,
        timedelta(minutes=15),
    )


TICKETS = st.builds(
    lambda session, room, priority, wanted_counter: {
        "session": session,
        "room": room,
        "priority": priority,
        "wanted": wanted_counter,
    },
    st.sampled_from(["S-1", "S-2", "S-GONE"]),
    st.sampled_from(["第一考场", "第二考场"]),
    st.sampled_from(["", *RANKS]),
    st.sampled_from(["", "", "", "1", "2"]),
)


@settings(max_examples=150)
@given(st.lists(TICKETS, max_size=14), st.lists(st.sampled_from(["1", "2", "3"]), max_size=40))
def test_counters_that_call_in_any_turn_call_everybody_once_and_lose_nobody(
    fields: list[dict[str, str]], turns: list[str]
) -> None:
    rule = rules(S_1=(30, 60), S_2=(90, 120))
    line = {one.id: one for one in (ticket(n, **one) for n, one in enumerate(fields, 1))}
    by_id = {counter.id: counter for counter in COUNTERS}
    called: list[str] = []

    def call(counter: CounterRule) -> bool:
        whom = next_for(counter, line.values(), rule, NOW)
        if whom is None:
            assert not any(
                may_serve(counter, one) for one in line.values() if one.state is TicketState.WAITING
            )
            return False
        assert may_serve(counter, whom)
        # Nobody whom this counter may serve stands before.
        before = in_order(line.values(), rule, NOW)
        assert not any(may_serve(counter, one) for one in before[: before.index(whom)])
        called.append(whom.id)
        line[whom.id] = replace(whom, state=TicketState.CALLED, counter=counter.id)
        return True

    for turn in turns:
        call(by_id[turn])
    while any(call(counter) for counter in COUNTERS):
        pass
    assert sorted(called) == sorted(line)
    assert len(called) == len(set(called))


@settings(max_examples=150)
@given(st.lists(TICKETS, min_size=2, max_size=12))
def test_a_better_rank_is_never_behind_a_worse_one_of_its_session_and_equals_go_by_arrival(
    fields: list[dict[str, str]],
) -> None:
    rule = rules(S_1=(30, 60), S_2=(90, 120))
    order = in_order([ticket(n, **one) for n, one in enumerate(fields, 1)], rule, NOW)
    for earlier, later in itertools.pairwise(order):
        if earlier.session == later.session:
            ranks = rule.rank(earlier.priority), rule.rank(later.priority)
            assert ranks[0] <= ranks[1]
            assert ranks[0] < ranks[1] or earlier.arrival < later.arrival


def test_an_earlier_session_goes_first_and_one_about_to_close_before_all_others() -> None:
    early, late = ticket(1, session="S-2", priority="pregnant"), ticket(2, session="S-1")
    assert in_order([early, late], rules(S_1=(30, 60), S_2=(90, 120)), NOW) == [late, early]
    # The session that began long ago closes in ten minutes.
    closing = rules(S_1=(-20, 30), S_2=(-20, 10))
    assert in_order([late, early], closing, NOW) == [early, late]


def test_people_before_are_those_who_wait_for_the_same_counters() -> None:
    line = [ticket(1, wanted="1"), ticket(2, wanted="2"), ticket(3), ticket(4, wanted="2")]
    assert servers_of(line[2], COUNTERS) == {"1", "3"}
    assert [people_before(one, line, COUNTERS) for one in line] == [0, 0, 1, 1]


def test_a_wait_is_unknown_until_somebody_was_served_and_then_follows_the_last_services() -> None:
    assert estimated_minutes(3, [ticket(1), ticket(2)], 1) is None
    served = [
        ticket(n, state=TicketState.SERVED, called_at=moment(n * 100), settled_at=moment(n * 100 + 90))
        for n in range(1, 6)
    ]
    assert estimated_minutes(3, served, 1) == 6
    assert estimated_minutes(3, served, 2) == 3
    assert estimated_minutes(0, served, 5) == 1
    # The wall clock was set back between call and end: no negative times.
    odd = [ticket(1, state=TicketState.SERVED, called_at=moment(100), settled_at=moment(0))]
    assert estimated_minutes(5, odd, 1) == 1


def test_counts_add_up_and_waits_run_to_the_first_call() -> None:
    tickets = [
        ticket(1, state=TicketState.SERVED, first_called_at=moment(61)),
        ticket(2, state=TicketState.NO_SHOW, first_called_at=moment(122)),
        ticket(3),
        ticket(4, session="S-2"),
    ]
    counts = counted("S-1", tickets)
    assert (counts.taken, counts.called, counts.served, counts.no_shows, counts.waiting) == (3, 2, 1, 1, 1)
    assert (counts.mean_wait_s, counts.longest_wait_s) == (90, 120)
    assert counted("S-9", tickets).mean_wait_s is None


def test_numbers_are_said_sign_by_sign_and_counters_as_numbers() -> None:
    words = AnnouncementSettings(zh="请 {number} 号到 {counter}", en="Number {number}, to {counter}")
    counter = CounterSettings(id="3", zh="3 号窗口", en="counter 3")
    assert said_text(words, "A023", counter, "zh") == "请 A 零 二 三 号到 三 号窗口"
    assert said_text(words, "A023", counter, "en") == "Number A 0 2 3, to counter 3"
    assert number_said("B110", "zh") == "B 一 一 零"
    said = [counted_zh(text) for text in ("10 号", "12 号", "20 号", "35 号", "305 室", "0 号")]
    assert said == ["十 号", "十二 号", "二十 号", "三十五 号", "三 零 五 室", "零 号"]


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_number_or_refused_in_words(text: str) -> None:
    try:
        what = wanted(text)
    except Problem as problem:
        assert problem.reason == "queue.input"
    else:
        assert sum(map(bool, (what.ticket, what.id_number, what.tail))) == 1


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("260001000001", "ticket"),
        (" 2600 0100 0001 ", "ticket"),
        ("010016", "tail"),
        ("01001x", "tail"),
        ("０１００１６", "tail"),
        ("https://kszx.example/t?zkzh=260001000001", "ticket"),
    ],
)
def test_tickets_and_tails_are_told_apart(text: str, kind: str) -> None:
    assert getattr(wanted(text), kind)
