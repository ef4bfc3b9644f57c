"""The rules of a session as candidates and invigilators meet them, over a real journal file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central_sync.protocol.http.problems import Problem
from exam_appliance.exam.answering import REFUSALS_KEPT, Answering
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.login import CandidateLogin, LoginRules
from exam_appliance.exam.projection import rebuilt
from exam_appliance.exam.states import SeatState, SessionState
from exam_appliance.exam.steps import SessionSteps, continue_draft, pause_draft
from exam_appliance.exam.submission import CREDIT_HOLD_MS, Submission
from exam_appliance.exam.timekeeping import Timekeeper
from exam_appliance.journal.journal import Draft
from exam_appliance.journal.verify import verify_file
from tests.site_parts import APPLIANCE, SESSION, HandClock, Site, contents

FIRST, SECOND = "260001000001", "260001000002"
TWO_HOURS_MS = 120 * 60_000


class Desk:
    """A site with its services, as one test uses them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.time = HandClock()
        self.key = Ed25519PrivateKey.generate()
        self.open()

    def open(self) -> None:
        self.site = Site(self.folder, self.time, self.key)
        self.hall = self.site.hall
        self.login = CandidateLogin(self.hall, LoginRules())
        self.answering = Answering(self.hall)
        self.submission = Submission(self.hall)
        self.steps = SessionSteps(self.hall, self.submission)
        self.keeper = Timekeeper(self.hall, self.submission, heartbeat_s=3600, lost_ms=30_000)

    def cut(self) -> None:
        """Stop as a power cut does: no word in the journal."""
        self.site.journal.close()

    async def restart(self, *, what: bool = True) -> None:
        self.open()
        if what:
            self.hall.install(contents())
        await self.keeper.start("test")

    async def enter(self, ticket: str, seat: int | None = None, address: str = "10.0.0.1") -> Attempt:
        secret, _, _ = self.login.login(ticket, seat, address)
        return await self.login.confirm(secret, address)

    def line(self, attempt: Attempt, at: int) -> tuple[str, tuple[str, ...]]:
        line = self.hall.prepared(attempt).paper.lines[at]
        return line.item.id, line.item.key

    async def answer(self, attempt: Attempt, at: int, n: int) -> None:
        item, key = self.line(attempt, at)
        await self.answering.save(attempt, item, key, False, n)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    await desk.site.begin(contents())
    yield desk
    desk.cut()


def reason(problem: pytest.ExceptionInfo[Problem]) -> str:
    return problem.value.reason


async def test_an_attempt_goes_from_log_in_to_score(desk: Desk) -> None:
    attempt = await desk.enter(FIRST)
    assert attempt.state is SeatState.CHECKED_IN
    assert await desk.steps.start(SESSION, "invigilator") == 1
    for at in range(20):
        await desk.answer(attempt, at, at + 1)
    await desk.submission.by_candidate(attempt, 0)
    assert (attempt.state, attempt.points, attempt.of, attempt.passed) == (SeatState.SCORED, 100, 100, True)


async def test_log_in_finds_people_by_id_number_too_and_names_what_is_wrong(desk: Desk) -> None:
    number = desk.hall.contents[SESSION].roster[FIRST].id_number
    assert desk.login.login(f" {number[:6]} {number[6:].lower()} ", 3, "10.0.0.1")[1].ticket == FIRST
    with pytest.raises(Problem) as unknown:
        desk.login.login("999999999999", None, "10.0.0.9")
    assert reason(unknown) == "login.unknown"
    for _ in range(9):
        with pytest.raises(Problem):
            desk.login.login("999999999999", None, "10.0.0.9")
    with pytest.raises(Problem) as flood:
        desk.login.login(FIRST, None, "10.0.0.9")
    assert reason(flood) == "login.too_many"
    desk.login.login(FIRST, None, "10.0.0.1")


async def test_nobody_sits_twice_and_a_taken_seat_is_refused(desk: Desk) -> None:
    await desk.enter(FIRST, 1, "10.0.0.1")
    with pytest.raises(Problem) as elsewhere:
        await desk.enter(FIRST, 5, "10.0.0.5")
    assert reason(elsewhere) == "login.elsewhere"
    with pytest.raises(Problem) as taken:
        await desk.enter(SECOND, 1, "10.0.0.2")
    assert reason(taken) == "login.seat_in_use"


async def test_a_silent_page_is_replaced_on_any_seat_and_the_old_secret_dies(desk: Desk) -> None:
    secret, _, _ = desk.login.login(FIRST, 1, "10.0.0.1")
    attempt = await desk.login.confirm(secret, "10.0.0.1")
    await desk.steps.start(SESSION, "invigilator")
    await desk.answer(attempt, 0, 1)
    desk.time.pass_ms(16_000)
    resumed = await desk.enter(FIRST, 7, "10.0.0.7")
    assert resumed is attempt
    assert (attempt.seat, attempt.state) == (7, SeatState.SITTING)
    assert desk.hall.by_token(secret, "10.0.0.1") is None
    assert desk.hall.answered(FIRST) == 1


async def test_a_page_secret_opens_nothing_at_another_address(desk: Desk) -> None:
    secret, _, _ = desk.login.login(FIRST, 1, "10.0.0.1")
    assert desk.login.pending(secret, "10.0.0.9") is None
    attempt = await desk.login.confirm(secret, "10.0.0.1")
    assert desk.hall.by_token(secret, "10.0.0.1") is attempt
    assert desk.hall.by_token(secret, "10.0.0.9") is None
    desk.cut()
    await desk.restart()
    assert desk.hall.by_token(secret, "10.0.0.9") is None
    assert desk.hall.by_token(secret, "10.0.0.1") is desk.hall.attempt(FIRST)


async def test_late_comers_are_refused_until_an_invigilator_lets_them_in(desk: Desk) -> None:
    await desk.enter(FIRST)
    await desk.steps.start(SESSION, "invigilator")
    desk.time.pass_ms(31 * 60_000)
    with pytest.raises(Problem) as late:
        await desk.enter(SECOND)
    assert reason(late) == "login.late"
    await desk.hall.commit(
        [Draft("attempt.present", SECOND, "lead", {"session": SESSION, "t": 1, "reason": "堵车"})]
    )
    assert (await desk.enter(SECOND)).state is SeatState.CHECKED_IN


async def test_a_retry_changes_nothing_and_gets_the_receipt_of_what_is_held(desk: Desk) -> None:
    attempt = await desk.enter(FIRST)
    await desk.steps.start(SESSION, "invigilator")
    item, key = desk.line(attempt, 0)
    first, _ = await desk.answering.save(attempt, item, key, False, 5)
    again, _ = await desk.answering.save(attempt, item, (), True, 5)
    assert (again.seq, again.hash) == (first.seq, first.hash)
    assert desk.hall.responses(FIRST)[item].choices == tuple(key)
    assert await desk.answering.show_receipt(attempt, again) == "held"


async def test_responses_not_of_this_paper_are_refused_by_name(desk: Desk) -> None:
    attempt = await desk.enter(FIRST)
    await desk.steps.start(SESSION, "invigilator")
    single = next(line for line in desk.hall.prepared(attempt).paper.lines if line.item.type == "single")
    for item, choices, expected in (
        ("no-such-item", ("A",), "response.not_on_paper"),
        (single.item.id, ("A", "B"), "response.one_choice"),
        (single.item.id, ("H",), "response.no_such_choice"),
        (single.item.id, ("A", "A"), "response.no_such_choice"),
    ):
        with pytest.raises(Problem) as refused:
            await desk.answering.save(attempt, item, choices, False, 1)
        assert reason(refused) == expected
    assert desk.hall.responses(FIRST) == {}


async def test_nothing_is_taken_before_the_start_or_after_the_deadline(desk: Desk) -> None:
    attempt = await desk.enter(FIRST)
    with pytest.raises(Problem) as early:
        await desk.answer(attempt, 0, 1)
    assert reason(early) == "attempt.not_started"
    await desk.steps.start(SESSION, "invigilator")
    desk.time.pass_ms(TWO_HOURS_MS)
    await desk.answer(attempt, 0, 1)
    assert await desk.submission.overdue() == 0
    desk.time.pass_ms(1)
    for n in range(REFUSALS_KEPT + 20):
        with pytest.raises(Problem) as late:
            await desk.answer(attempt, 1, n + 2)
        assert reason(late) == "attempt.deadline_passed"
    assert await desk.submission.overdue() == 1
    assert (attempt.state, attempt.submitted_by) == (SeatState.SCORED, "clock")
    kinds = [entry["kind"] for entry in desk.hall.journal.entries()]
    assert kinds.count("response.refused") == REFUSALS_KEPT
    assert desk.hall.answered(FIRST) == 1


@pytest.mark.parametrize("jump_ms", [3_600_000, -3_600_000])
async def test_the_wall_clock_moves_no_deadline(desk: Desk, jump_ms: int) -> None:
    attempt = await desk.enter(FIRST)
    await desk.steps.start(SESSION, "invigilator")
    desk.time.wall += jump_ms
    desk.time.pass_ms(60_000)
    assert attempt.remaining_ms(desk.hall.clock.t()) == TWO_HOURS_MS - 60_000


async def test_pauses_give_back_exactly_their_length(desk: Desk) -> None:
    one, two = await desk.enter(FIRST), await desk.enter(SECOND, 2, "10.0.0.2")
    await desk.steps.start(SESSION, "invigilator")
    t = desk.hall.clock.t
    await desk.hall.commit([pause_draft(two, t(), "invigilator", "身体不适", "seat")])
    desk.time.pass_ms(10_000)
    await desk.steps.pause(SESSION, "invigilator", "断电")
    with pytest.raises(Problem) as paused:
        await desk.answer(one, 0, 1)
    assert reason(paused) == "attempt.paused"
    desk.time.pass_ms(90_000)
    await desk.steps.resume(SESSION, "invigilator")
    assert two.state is SeatState.PAUSED
    desk.time.pass_ms(5_000)
    await desk.hall.commit([continue_draft(two, t(), "invigilator")])
    assert one.remaining_ms(t()) == TWO_HOURS_MS - 15_000
    assert two.remaining_ms(t()) == TWO_HOURS_MS


async def test_an_outage_costs_its_time_until_the_credit_is_confirmed(desk: Desk) -> None:
    await desk.keeper.start("test")
    attempt = await desk.enter(FIRST)
    await desk.steps.start(SESSION, "invigilator")
    desk.time.pass_ms(60_000)
    await desk.answer(attempt, 0, 1)
    desk.cut()
    desk.time.pass_ms(90_000)
    desk.time.wall -= 3_600_000
    await desk.restart()
    attempt = desk.hall.attempt(FIRST)
    assert attempt.remaining_ms(desk.hall.clock.t()) == TWO_HOURS_MS - 150_000
    (proposal,) = desk.hall.projection.credits.values()
    assert (proposal.cause, proposal.ms, proposal.tickets) == ("server", 90_000, [FIRST])
    body = {
        "t": desk.hall.clock.t(),
        "ms": proposal.ms,
        "reason": "服务器重启",
        "proposal": proposal.id,
        "cause": "server",
        "from_t": proposal.from_t,
        "to_t": proposal.to_t,
    }
    await desk.hall.commit([Draft("attempt.credited", FIRST, "invigilator", body)])
    assert attempt.remaining_ms(desk.hall.clock.t()) == TWO_HOURS_MS - 60_000
    assert proposal.open_tickets() == []
    await desk.keeper.stop()


async def test_a_deadline_that_fell_into_an_outage_waits_for_the_credit_but_takes_no_response(
    desk: Desk,
) -> None:
    await desk.keeper.start("test")
    attempt = await desk.enter(FIRST)
    await desk.steps.start(SESSION, "invigilator")
    desk.time.pass_ms(TWO_HOURS_MS - 30_000)
    await desk.answer(attempt, 0, 1)
    desk.cut()
    desk.time.pass_ms(90_000)
    await desk.restart()
    attempt = desk.hall.attempt(FIRST)
    assert await desk.submission.overdue() == 0
    with pytest.raises(Problem) as late:
        await desk.answer(attempt, 1, 2)
    assert reason(late) == "attempt.deadline_passed"
    desk.time.pass_ms(CREDIT_HOLD_MS)
    assert await desk.submission.overdue() == 1
    await desk.keeper.stop()


async def test_a_silent_seat_is_proposed_a_credit_when_it_speaks_again(desk: Desk) -> None:
    attempt = await desk.enter(FIRST)
    await desk.steps.start(SESSION, "invigilator")
    desk.hall.touch(FIRST, "10.0.0.1")
    desk.time.pass_ms(45_000)
    assert desk.keeper._silences() == []
    desk.hall.touch(FIRST, "10.0.0.1")
    await desk.hall.commit(desk.keeper._silences())
    (proposal,) = desk.hall.projection.credits.values()
    assert (proposal.cause, proposal.ms, proposal.tickets) == ("seat", 45_000, [attempt.ticket])


async def test_submission_warns_until_page_and_server_count_the_same_blanks(desk: Desk) -> None:
    attempt = await desk.enter(FIRST)
    await desk.steps.start(SESSION, "invigilator")
    await desk.answer(attempt, 0, 1)
    with pytest.raises(Problem) as differ:
        await desk.submission.by_candidate(attempt, 18)
    assert differ.value.more == {"blank": 19}
    await desk.submission.by_candidate(attempt, 19)
    with pytest.raises(Problem) as closed:
        await desk.answer(attempt, 1, 2)
    assert reason(closed) == "attempt.submitted"


async def test_ending_a_session_submits_whoever_sits(desk: Desk) -> None:
    attempt = await desk.enter(FIRST)
    await desk.steps.start(SESSION, "invigilator")
    await desk.steps.end(SESSION, "lead", "时间到")
    assert (attempt.state, attempt.submitted_by) == (SeatState.SCORED, "invigilator")
    assert desk.hall.session(SESSION).state is SessionState.ENDED
    with pytest.raises(Problem) as step:
        await desk.steps.start(SESSION, "lead")
    assert reason(step) == "session.step"


async def test_tables_rebuilt_from_the_journal_equal_those_on_disk(desk: Desk) -> None:
    attempt = await desk.enter(FIRST)
    await desk.enter(SECOND, 2, "10.0.0.2")
    await desk.steps.start(SESSION, "invigilator")
    for at in range(12):
        await desk.answer(attempt, at, at + 1)
    await desk.steps.pause(SESSION, "invigilator", "断电")
    await desk.steps.resume(SESSION, "invigilator")
    await desk.steps.end(SESSION, "lead", "时间到")
    again = rebuilt(desk.hall.journal)
    journal = desk.hall.journal
    assert sorted(attempt.row() for attempt in again.attempts.values()) == sorted(journal.rows("attempt"))
    assert sorted(record.row() for record in again.sessions.values()) == sorted(journal.rows("session"))
    assert again.responses == {FIRST: desk.hall.responses(FIRST)}
    assert verify_file(journal.path, APPLIANCE).findings == ()
