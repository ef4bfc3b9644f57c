"""The ledger: one explained state for everybody, whatever comes, and every imbalance named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from central_sync.centre.app import Centre
from central_sync.centre.exchange.tables import EntryRow
from central_sync.centre.ledger.balance import FINAL, Balance
from central_sync.centre.ledger.fold import LineFold
from central_sync.centre.tables.arrangement import SessionRow, TicketRow
from central_sync.centre.tables.ledger import LedgerLineRow, LedgerSessionRow
from central_sync.centre.tables.packages import PackageRow
from central_sync.protocol.journal import Entry
from central_sync.protocol.kinds import LedgerState
from exam_appliance.exam.attempt import Attempt
from exam_appliance.journal.journal import Written
from tests.arranged_parts import Arranged, arrange
from tests.centre_parts import centre_settings, quick_passwords
from tests.exchange_parts import APPLIANCE
from tests.received_parts import (
    DIGEST,
    OTHER,
    Said,
    absent,
    checked_in,
    forget_received,
    opened,
    present,
    receive,
    reopened,
    sat,
    saved,
    scored,
    signed_off,
    started,
    submitted,
    terminated,
)
from tests.site_parts import SESSION, bank

TICKETS = ("260001000001", "260001000002", "260001000003")
STRANGER = "260009000001"


class Clock:
    """The wall clock as the test sets it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The centre's clock."""
    return Clock()


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[tuple[Centre, Arranged]]:
    """A centre with a session of three that began just now."""
    folder = tmp_path_factory.mktemp("ledger")
    centre = Centre(centre_settings(folder), clock=clock, passwords=quick_passwords())
    arranged = arrange(centre, candidates=3)
    assert arranged.tickets == TICKETS
    yield centre, arranged
    centre.close()


@pytest.fixture
def centre(held: tuple[Centre, Arranged], clock: Clock) -> Centre:
    """The centre before the first entry."""
    forget_received(held[0])
    clock.ahead = timedelta()
    return held[0]


def balance_of(centre: Centre) -> Balance:
    """Return the session's ledger with all that was received."""
    centre.ledger.catch_up()
    with centre.database.begin() as session:
        return centre.ledger.of(session, SESSION).balance


def states(centre: Centre) -> list[str]:
    """Return the states by seat."""
    return [standing.state.value for standing in balance_of(centre).standings]


def findings(centre: Centre) -> list[tuple[str, str]]:
    """Return code and ticket of all findings."""
    return [(finding.code, finding.ticket) for finding in balance_of(centre).findings]


def outcomes(centre: Centre) -> list[tuple[str, int | None]]:
    """Return outcome and score of all tickets by seat."""
    with centre.database.begin() as session:
        rows = session.scalars(select(TicketRow).order_by(TicketRow.seat))
        return [(row.outcome, row.score) for row in rows]


def tables(centre: Centre) -> list[Any]:
    """Return all that the ledger's tables hold."""
    with centre.database.begin() as session:
        lines = session.execute(
            select(LedgerLineRow.__table__).order_by(LedgerLineRow.appliance, LedgerLineRow.ticket)
        ).all()
        sessions = session.execute(
            select(LedgerSessionRow.__table__).order_by(LedgerSessionRow.appliance, LedgerSessionRow.session)
        ).all()
    return [*map(tuple, lines), *map(tuple, sessions)]


def package_row() -> PackageRow:
    """Return a package of the session as the table keeps it."""
    return PackageRow(
        id=f"{SESSION}.1",
        session=SESSION,
        number=1,
        sha256=DIGEST,
        size=1,
        items=40,
        media=1,
        candidates=3,
        photos=0,
        bank="B0001",
        bank_version=1,
        arrangement=DIGEST,
        questions=DIGEST,
        sealed_key="",
        sealed_code="",
        built_at=datetime.now(UTC),
        by="planner",
    )


def written(said: Said, seq: int) -> tuple[Entry, Written]:
    """Return an entry as the centre and as the site hold it."""
    body = dict(said.body)
    entry = Entry(
        seq=seq,
        at="2026-11-24T01:00:00.000Z",
        kind=said.kind,
        subject=said.subject,
        actor=said.actor,
        body=body,
        prev=DIGEST,
        hash=DIGEST,
    )
    return entry, Written(seq, entry.at, entry.kind, entry.subject, entry.actor, body, entry.hash)


SERVERS = st.sampled_from([APPLIANCE, APPLIANCE, APPLIANCE, OTHER])


@st.composite
def sayings(draw: st.DrawFn) -> list[Said]:
    """Anything that servers of the site may say about the session, in any order."""
    said: list[Said] = []
    for _ in range(draw(st.integers(0, 25))):
        server = draw(SERVERS)
        ticket = draw(st.sampled_from([*TICKETS, STRANGER]))
        count = draw(st.integers(0, 3))
        said.append(
            draw(
                st.sampled_from(
                    [
                        checked_in(ticket, appliance=server),
                        started(ticket, appliance=server),
                        saved(ticket, f"t-{count:03d}", ["A"] if count else [], appliance=server),
                        submitted(ticket, count, appliance=server),
                        scored(ticket, count * 40, appliance=server),
                        terminated(ticket, appliance=server),
                        reopened(ticket, appliance=server),
                        absent(ticket, appliance=server),
                        present(ticket, appliance=server),
                        opened(appliance=server),
                        signed_off({"scored": count, "absent": 3 - count}, appliance=server),
                        Said("attempt.levitated", ticket, {"t": 1}, server),
                        Said("attempt.scored", ticket, {"points": "many"}, server),
                        Said("site.heartbeat", server, {}, server),
                    ]
                )
            )
        )
    return said


@settings(max_examples=80)
@given(said=sayings(), cut=st.integers(1, 7))
def test_whatever_comes_in_whatever_pieces_everybody_is_in_exactly_one_explained_state(
    held: tuple[Centre, Arranged], said: list[Said], cut: int
) -> None:
    centre, _ = held
    forget_received(centre)
    for start in range(0, len(said), cut):
        receive(centre, said[start : start + cut])
        centre.ledger.catch_up()
    found = balance_of(centre)
    assert [standing.seat.ticket for standing in found.standings] == list(TICKETS)
    assert sum(found.counts.values()) == len(TICKETS)
    assert all(standing.zh and standing.en for standing in found.standings)
    if all(each.appliance == APPLIANCE for each in said):
        for standing in found.standings:
            mine = [each for each in said if each.subject == standing.seat.ticket]
            known = [
                _LEDGER[each.kind]
                for each in mine
                if each.kind in _LEDGER and each.body.get("points") != "many"
            ]
            if known:
                assert standing.state is known[-1]
            elif not mine:
                assert standing.state in (LedgerState.ARRANGED, LedgerState.NOT_REPORTED)
    if found.reported is not None and found.reported.fold.signed_off_at and not found.findings:
        assert {standing.state for standing in found.standings} <= FINAL
        counts = {state.value: count for state, count in found.counts.items() if count}
        assert counts == {state: count for state, count in found.reported.fold.counts.items() if count}
    before = tables(centre), outcomes(centre)
    centre.ledger.rebuild()
    assert (tables(centre), outcomes(centre)) == before


_LEDGER = {
    "attempt.checked_in": LedgerState.CHECKED_IN,
    "attempt.started": LedgerState.SITTING,
    "attempt.submitted": LedgerState.SUBMITTED,
    "attempt.scored": LedgerState.SCORED,
    "attempt.terminated": LedgerState.VOIDED,
    "attempt.reopened": LedgerState.SITTING,
    "attempt.absent": LedgerState.ABSENT,
    "attempt.present": LedgerState.ARRANGED,
}


@given(said=sayings())
def test_the_centre_reads_a_journal_as_the_site_server_itself_does(said: list[Said]) -> None:
    for ticket in TICKETS:
        ours, theirs = LineFold(ticket), Attempt(ticket, SESSION)
        for seq, each in enumerate(said, 1):
            if each.subject == ticket and each.body.get("points") != "many":
                entry, line = written(each, seq)
                ours.take(entry)
                theirs.apply(line)
        assert ours.state is theirs.ledger_state()
        if ours.state is LedgerState.SCORED:
            assert (ours.points, ours.of, ours.passed) == (theirs.points, theirs.of, theirs.passed)
        assert LineFold.read(ours.text()) == ours


def test_a_session_that_balances_is_closed_and_its_outcomes_are_written(centre: Centre) -> None:
    said = [opened(), *sat(TICKETS[0], 92), *sat(TICKETS[1], 40), absent(TICKETS[2])]
    receive(centre, said)
    assert states(centre) == ["scored", "scored", "absent"]
    assert outcomes(centre) == [("", None)] * 3
    receive(centre, [signed_off({"scored": 2, "absent": 1})])
    assert findings(centre) == []
    assert outcomes(centre) == [("passed", 92), ("failed", 40), ("absent", None)]
    with centre.database.begin() as session:
        assert session.get_one(SessionRow, SESSION).state == "closed"


def test_nothing_reported_is_told_apart_from_not_begun_and_becomes_a_finding(
    centre: Centre, clock: Clock
) -> None:
    clock.ahead = timedelta(hours=-2)
    assert states(centre) == ["arranged"] * 3
    clock.ahead = timedelta(minutes=30)
    assert states(centre) == ["not_reported"] * 3
    assert findings(centre) == []
    clock.ahead = timedelta(hours=3)
    assert findings(centre) == [("ledger.not_reported", "")]
    receive(centre, [opened()])
    assert states(centre) == ["arranged"] * 3
    assert findings(centre) == []
    clock.ahead = timedelta(hours=20)
    assert findings(centre) == [("ledger.not_signed_off", "")]


def test_a_candidate_without_a_conclusion_at_sign_off_is_named(centre: Centre) -> None:
    receive(centre, [opened(), *sat(TICKETS[0], 92), checked_in(TICKETS[1]), absent(TICKETS[2])])
    receive(centre, [signed_off({"scored": 1, "absent": 2})])
    assert findings(centre) == [("ledger.unexplained", TICKETS[1]), ("ledger.counts", "")]
    assert outcomes(centre) == [("passed", 92), ("", None), ("absent", None)]
    counts = balance_of(centre).findings[-1]
    assert counts.zh == "考点签结：缺考 2、已评分 1；台账：缺考 1、已签到 1、已评分 1"


def test_a_change_after_the_sign_off_is_taken_and_named(centre: Centre) -> None:
    receive(centre, [opened(), *sat(TICKETS[0], 92), absent(TICKETS[1]), absent(TICKETS[2])])
    receive(centre, [signed_off({"scored": 1, "absent": 2})])
    assert findings(centre) == []
    receive(centre, [terminated(TICKETS[0])])
    assert findings(centre) == [("ledger.after_sign_off", TICKETS[0]), ("ledger.counts", "")]
    assert outcomes(centre)[0] == ("voided", None)


def test_answers_that_the_site_counted_and_the_centre_does_not_hold_are_named(centre: Centre) -> None:
    receive(centre, [checked_in(TICKETS[0]), started(TICKETS[0]), saved(TICKETS[0], "t-000", ["A"])])
    receive(centre, [submitted(TICKETS[0], 2), scored(TICKETS[0], 100)])
    assert findings(centre) == [("ledger.answers", TICKETS[0])]


def test_the_centre_marks_the_responses_anew_and_names_a_score_that_they_do_not_earn(
    centre: Centre,
) -> None:
    with centre.database.begin() as session:
        session.add(package_row())
    key = {item.id: item.key for item in bank()}
    wrong = "B" if key["t-001"] == ("A",) else "A"
    right = [saved(TICKETS[0], "t-000", key["t-000"]), saved(TICKETS[0], "t-001", [wrong])]
    begun = [checked_in(TICKETS[0]), started(TICKETS[0])]
    receive(centre, [*begun, *right, submitted(TICKETS[0], 2), scored(TICKETS[0], 4, right=1)])
    assert findings(centre) == []
    receive(centre, [reopened(TICKETS[0]), submitted(TICKETS[0], 2), scored(TICKETS[0], 8, right=2)])
    assert findings(centre) == [("ledger.marks", TICKETS[0])]
    receive(centre, [checked_in(TICKETS[1]), started(TICKETS[1]), saved(TICKETS[1], "t-999", ["A"])])
    assert findings(centre) == [("ledger.marks", TICKETS[0]), ("ledger.items", TICKETS[1])]


@pytest.mark.parametrize(
    ("points", "of", "mark", "code"),
    [(8, 10, 8, "ledger.points"), (101, 100, 80, "ledger.points"), (70, 100, 60, "ledger.pass_mark")],
)
def test_a_score_that_does_not_fit_the_plan_is_named(
    centre: Centre, points: int, of: int, mark: int, code: str
) -> None:
    receive(centre, [*sat(TICKETS[0], 90)[:-1], scored(TICKETS[0], points, of=of, mark=mark)])
    assert findings(centre) == [(code, TICKETS[0])]


def test_who_was_not_arranged_or_is_reported_from_elsewhere_is_named_and_not_counted(centre: Centre) -> None:
    receive(centre, [opened(), checked_in(STRANGER), checked_in(TICKETS[1], session="S2026-0009")])
    receive(centre, [checked_in(TICKETS[2], appliance=OTHER, site="KD0009")])
    assert states(centre) == ["arranged"] * 3
    assert findings(centre) == [
        ("ledger.other_session", TICKETS[1]),
        ("ledger.other_site", TICKETS[2]),
        ("ledger.not_arranged", STRANGER),
    ]


def test_the_server_that_signed_off_counts_when_another_reports_the_same_candidate(centre: Centre) -> None:
    receive(centre, [opened(), *sat(TICKETS[0], 92), absent(TICKETS[1]), absent(TICKETS[2])])
    receive(centre, [signed_off({"scored": 1, "absent": 2})])
    receive(centre, [checked_in(TICKETS[0], appliance=OTHER), started(TICKETS[0], appliance=OTHER)])
    assert states(centre) == ["scored", "absent", "absent"]
    assert findings(centre) == [("ledger.two_servers", TICKETS[0])]


def test_entries_that_do_not_follow_or_cannot_be_read_are_named(centre: Centre) -> None:
    receive(centre, [opened(), scored(TICKETS[0], 90), Said("attempt.absent", TICKETS[1], {"odd": 1})])
    assert findings(centre) == [("ledger.order", TICKETS[0]), ("ledger.unreadable", TICKETS[1])]


def test_what_an_older_release_could_not_read_is_read_again_at_the_next_start(centre: Centre) -> None:
    receive(centre, [opened(), Said("attempt.absent", TICKETS[1], {"odd": 1})])
    assert centre.ledger.take_up() == 2
    assert centre.ledger.take_up() == 2
    assert findings(centre) == [("ledger.unreadable", TICKETS[1])]
    with centre.database.begin() as session:
        row = session.scalars(select(EntryRow).where(EntryRow.subject == TICKETS[1])).one()
        row.line = row.line.replace('{"odd":1}', f'{{"session":"{SESSION}","t":5,"reason":"未到场"}}')
    centre.ledger.take_up()
    assert (states(centre)[1], findings(centre)) == ("absent", [])
    assert centre.ledger.take_up() == 0


def test_a_cancelled_session_explains_everybody_and_is_not_waited_for(centre: Centre, clock: Clock) -> None:
    with centre.database.begin() as session:
        row = session.get_one(SessionRow, SESSION)
        row.state, row.reason = "cancelled", "台风停考"
    clock.ahead = timedelta(days=2)
    assert Counter(states(centre)) == {"arranged": 3}
    assert {standing.zh for standing in balance_of(centre).standings} == {"场次已取消：台风停考"}
    assert findings(centre) == []
    receive(centre, [opened(), signed_off({"arranged": 3})])
    assert findings(centre) == [("ledger.cancelled", "")]
    with centre.database.begin() as session:
        assert session.get_one(SessionRow, SESSION).state == "cancelled"


def test_many_entries_are_taken_in_batches_and_none_twice(centre: Centre) -> None:
    receive(centre, [checked_in(TICKETS[0]), started(TICKETS[0])])
    receive(centre, [saved(TICKETS[0], f"t-{n % 20:03d}", ["A"]) for n in range(1200)])
    assert centre.ledger.catch_up() == 1202
    assert centre.ledger.catch_up() == 0
    line = balance_of(centre).standings[0].line
    assert line is not None
    assert (line.saved, len(line.responses)) == (1200, 20)


def test_the_follower_takes_in_what_the_exchange_says_it_received(
    tmp_path: Path,
) -> None:
    centre = Centre(centre_settings(tmp_path), passwords=quick_passwords())
    arrange(centre, candidates=1)
    receive(centre, [checked_in(TICKETS[0])])
    centre.exchange._tell_received()
    centre.close()
    reader = Centre(centre_settings(tmp_path), passwords=quick_passwords())
    try:
        with reader.database.begin() as session:
            assert [row.state for row in session.scalars(select(LedgerLineRow))] == ["checked_in"]
    finally:
        reader.close()
