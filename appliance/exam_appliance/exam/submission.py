"""Submission (交卷) by candidate, invigilator or clock, and the score that follows at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

from central_sync.protocol.http.problems import Problem
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.grading import grade
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.states import SeatState
from exam_appliance.journal.journal import Draft

CREDIT_HOLD_MS = 300_000
"""A deadline that passed waits this long for the decision on an outage's credit, ms. Nothing is
saved meanwhile; the candidate only keeps the chance to get the lost time back."""

GROUP = 100
"""Attempts graded in one go; between groups the event loop serves others."""


class Submission:
    """Hands in attempts of one hall."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    async def by_candidate(self, attempt: Attempt, blanks: int) -> None:
        """Submit on the candidate's word; `blanks` is the number that the page warned of.

        Raises Problem `attempt.blanks_differ` (with the true number as `blank`) when the page and
        the server do not agree, so that nothing unsent is lost unseen.
        """
        if attempt.state in (SeatState.SUBMITTED, SeatState.SCORED):
            return
        if attempt.state is not SeatState.SITTING or attempt.locked:
            raise Problem(
                "conflict",
                "attempt.not_sitting",
                "现在不能交卷，请等待监考员",
                "the paper cannot be handed in now",
            )
        blank = len(self._hall.prepared(attempt).paper.lines) - self._hall.answered(attempt.ticket)
        if blank != blanks:
            raise Problem(
                "conflict",
                "attempt.blanks_differ",
                f"服务器记录有 {blank} 题未答，请核对后再交卷",
                f"the server counts {blank} blanks; check and submit again",
                more={"blank": blank},
            )
        await self._hall.commit(self._drafts(attempt, "candidate", attempt.ticket, ""))

    async def by_invigilator(self, attempts: Sequence[Attempt], actor: str, reason: str) -> None:
        """Submit sitting attempts on an invigilator's word."""
        await self._many(attempts, "invigilator", actor, reason)

    async def overdue(self) -> int:
        """Submit every attempt whose time is up; return how many."""
        t = self._hall.clock.t()
        undecided = {
            ticket
            for proposal in self._hall.projection.credits.values()
            if proposal.cause == "server"
            for ticket in proposal.open_tickets()
        }
        late = [
            attempt
            for attempt in self._hall.projection.attempts.values()
            if attempt.state is SeatState.SITTING and attempt.session in self._hall.contents
            if t > attempt.deadline_t + (CREDIT_HOLD_MS if attempt.ticket in undecided else 0)
        ]
        if late:
            await self._many(late, "clock", "site", "")
        return len(late)

    async def _many(
        self, attempts: Sequence[Attempt], by: Literal["invigilator", "clock"], actor: str, reason: str
    ) -> None:
        waiting = []
        for start in range(0, len(attempts), GROUP):
            drafts: list[Draft] = []
            for attempt in attempts[start : start + GROUP]:
                if attempt.sitting:
                    drafts += self._drafts(attempt, by, actor, reason)
            if drafts:
                waiting.append(self._hall.commit(drafts))
            await asyncio.sleep(0)
        await asyncio.gather(*waiting)

    def _drafts(self, attempt: Attempt, by: str, actor: str, reason: str) -> list[Draft]:
        """Return submission and score; both go to disk together."""
        paper = self._hall.prepared(attempt).paper
        responses = {item: held.choices for item, held in self._hall.responses(attempt.ticket).items()}
        answered = self._hall.answered(attempt.ticket)
        score = grade(paper, responses)
        plan = self._hall.unlocked(attempt.session).plan
        submitted = {
            "t": self._hall.clock.t(),
            "by": by,
            "answered": answered,
            "blank": len(paper.lines) - answered,
            "reason": reason,
        }
        scored = {
            "points": score.points,
            "of": score.of,
            "passed": score.points >= plan.pass_points,
            "right": score.right,
            "items": score.items,
            "sections": [section.model_dump() for section in score.sections],
        }
        return [
            Draft("attempt.submitted", attempt.ticket, actor, submitted),
            Draft("attempt.scored", attempt.ticket, "site", scored),
        ]
