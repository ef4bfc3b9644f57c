"""The steps of a session: open, start, pause, resume, end. Each is one commit for all its seats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from central_sync.protocol.http.problems import Problem
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.session import SessionRecord
from exam_appliance.exam.states import SeatState, SessionState
from exam_appliance.exam.submission import Submission
from exam_appliance.journal.journal import Draft

POSSIBLE: dict[SessionState, tuple[str, ...]] = {
    SessionState.DOWNLOADED: ("unlock",),
    SessionState.UNLOCKED: ("open",),
    SessionState.OPEN: ("start", "end"),
    SessionState.RUNNING: ("pause", "end"),
    SessionState.PAUSED: ("resume", "end"),
    SessionState.ENDED: ("sign_off",),
}
"""Steps that each state allows; a state that is not named allows none."""

_STEP_ZH = {
    "unlock": "解密",
    "open": "开放登录",
    "start": "开考",
    "pause": "暂停",
    "resume": "恢复",
    "end": "结束",
    "sign_off": "签结",
}


def refuse_unless_possible(record: SessionRecord, step: str) -> None:
    """Raise Problem `session.step` when the session's state does not allow the step."""
    if step not in POSSIBLE.get(record.state, ()):
        raise Problem(
            "conflict",
            "session.step",
            f"场次当前状态不能{_STEP_ZH[step]}，请刷新页面后再试",
            f"the session is {record.state.value}; {step} is not possible now",
        )


class SessionSteps:
    """Takes sessions of one hall through their steps."""

    def __init__(self, hall: Hall, submission: Submission) -> None:
        self._hall = hall
        self._submission = submission

    async def open(self, session: str, actor: str) -> None:
        """Let candidates log in."""
        record, plan = self._hall.planned(session)
        refuse_unless_possible(record, "open")
        self._hall.unlocked(session)
        if not self._hall.practice and datetime.now(UTC) > plan.closes_at:
            raise Problem(
                "conflict",
                "session.window_closed",
                "已过本场考试的有效时间，请联系考试机构重新安排",
                "the session's window has closed; ask the exam agency to arrange it anew",
            )
        await self._hall.commit([Draft("session.opened", session, actor, {"t": self._hall.clock.t()})])

    async def start(self, session: str, actor: str) -> int:
        """Ring the start bell: everyone who waits begins now, but who must pass the picture first.

        Returns how many begin.
        """
        record = self._hall.session(session)
        refuse_unless_possible(record, "start")
        waiting = [
            attempt for attempt in self._hall.attempts_of(session) if attempt.state is SeatState.CHECKED_IN
        ]
        if not waiting:
            raise Problem(
                "conflict",
                "session.nobody_waits",
                "还没有考生签到，不能开考",
                "no candidate has checked in yet",
            )
        held_back = len(waiting)
        waiting = [attempt for attempt in waiting if not self._hall.seat_pictures.holds_back(attempt)]
        if not waiting:
            raise Problem(
                "conflict",
                "session.all_held_back",
                f"已签到的 {held_back} 名考生座位照片都未通过核对，请先在考场看板逐一核对",
                f"none of the {held_back} checked in has passed the picture at the seat: look at them first",
            )
        t = self._hall.clock.t()
        drafts = [Draft("session.started", session, actor, {"t": t})]
        drafts += [self.start_draft(attempt, t, actor) for attempt in waiting]
        await self._hall.commit(drafts)
        return len(waiting)

    def start_draft(self, attempt: Attempt, t: int, actor: str) -> Draft:
        """Return the entry that begins an attempt at exam time t."""
        plan = self._hall.unlocked(attempt.session).plan
        candidate = self._hall.candidate(attempt)
        paper = self._hall.prepared(attempt).paper
        duration_ms = plan.duration_minutes * 60_000
        extra_ms = candidate.extra_minutes * 60_000
        body = {
            "t": t,
            "seed": paper.seed,
            "paper": paper.digest,
            "duration_ms": duration_ms,
            "extra_ms": extra_ms,
            "deadline_t": t + duration_ms + extra_ms,
        }
        return Draft("attempt.started", attempt.ticket, actor, body)

    async def pause(self, session: str, actor: str, reason: str) -> None:
        """Stop the time of all who sit."""
        record = self._hall.session(session)
        refuse_unless_possible(record, "pause")
        t = self._hall.clock.t()
        drafts = [Draft("session.paused", session, actor, {"t": t, "reason": reason})]
        drafts += [
            pause_draft(attempt, t, actor, reason, "session")
            for attempt in self._hall.attempts_of(session)
            if attempt.state is SeatState.SITTING
        ]
        await self._hall.commit(drafts)

    async def resume(self, session: str, actor: str) -> None:
        """Let the time of all go on that the session's pause stopped."""
        record = self._hall.session(session)
        refuse_unless_possible(record, "resume")
        t = self._hall.clock.t()
        body = {"t": t, "paused_ms": t - record.paused_t}
        drafts = [Draft("session.resumed", session, actor, body)]
        drafts += [
            continue_draft(attempt, t, actor)
            for attempt in self._hall.attempts_of(session)
            if attempt.state is SeatState.PAUSED and attempt.paused_scope == "session"
        ]
        await self._hall.commit(drafts)

    async def end(self, session: str, actor: str, reason: str) -> None:
        """End the session: whoever still sits is submitted; whoever never began stays for the roll."""
        record = self._hall.session(session)
        refuse_unless_possible(record, "end")
        sitting = [attempt for attempt in self._hall.attempts_of(session) if attempt.sitting]
        await self._submission.by_invigilator(sitting, actor, reason)
        await self._hall.commit(
            [Draft("session.ended", session, actor, {"t": self._hall.clock.t(), "reason": reason})]
        )


def pause_draft(attempt: Attempt, t: int, actor: str, reason: str, scope: str) -> Draft:
    """Return the entry that pauses one attempt; `scope` is `seat` or `session`."""
    return Draft("attempt.paused", attempt.ticket, actor, {"t": t, "scope": scope, "reason": reason})


def continue_draft(attempt: Attempt, t: int, actor: str) -> Draft:
    """Return the entry that lets a paused attempt go on, its deadline moved by the pause."""
    paused_ms = max(0, t - attempt.paused_t)
    return Draft("attempt.continued", attempt.ticket, actor, {"t": t, "paused_ms": paused_ms})


def still_open(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Return the attempts that are in no final state."""
    final = (SeatState.SCORED, SeatState.ABSENT, SeatState.VOIDED)
    return [attempt for attempt in attempts if attempt.state not in final]
