"""Saving responses (保存作答): checked against state, time and paper, then journalled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.journal import Receipt
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.states import SeatState
from exam_appliance.journal.journal import Draft

REFUSALS_KEPT = 50
"""Refused responses journalled for one attempt; a flood of them would fill the disk."""


class ReceiptFields(NamedTuple):
    """What a receipt holds (see `central_sync.protocol.journal.Receipt`), as quick to make as it can be."""

    seq: int
    hash: str
    head: int
    head_hash: str
    sig: str


RefusalReason = Literal["deadline", "submitted", "terminated", "not_started"]

_REFUSALS: dict[RefusalReason, Problem] = {
    "deadline": Problem(
        "conflict",
        "attempt.deadline_passed",
        "考试时间已到，此作答未被接收",
        "time is up; this response was not taken",
    ),
    "submitted": Problem(
        "conflict", "attempt.submitted", "试卷已交，此作答未被接收", "the paper is handed in; not taken"
    ),
    "terminated": Problem(
        "conflict",
        "attempt.terminated",
        "考试已被终止，此作答未被接收",
        "the attempt was terminated; not taken",
    ),
    "not_started": Problem("not_ready", "attempt.not_started", "考试尚未开始", "the exam has not started"),
}


class Answering:
    """Takes responses for one hall."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    async def save(
        self, attempt: Attempt, item: str, choices: Sequence[str], flagged: bool, n: int
    ) -> tuple[ReceiptFields, int]:
        """Save a response and return its receipt's fields, once on disk, and the time left in ms.

        A retry (`n` not above the one held for the item) changes nothing and is given the held
        response's receipt. Raises Problem: `attempt.paused`, `attempt.locked` (try again later),
        `attempt.deadline_passed`, `attempt.submitted`, `attempt.terminated` (final; recorded),
        `response.*` (not a response to this paper).
        """
        hall = self._hall
        t = hall.clock.t()
        held = hall.responses(attempt.ticket).get(item)
        if held is not None and n <= held.n:
            receipt = await hall.journal.receipt(held.seq)
            return (
                ReceiptFields(receipt.seq, receipt.hash, receipt.head, receipt.head_hash, receipt.sig),
                attempt.remaining_ms(t),
            )
        if attempt.state is not SeatState.SITTING or attempt.locked or t > attempt.deadline_t:
            self._refuse_closed(attempt, t, item, choices, n)
        paper = hall.prepared(attempt)
        allowed = paper.choices.get(item)
        if allowed is None:
            raise Problem(
                "invalid", "response.not_on_paper", "该题不在您的试卷上", "this item is not on your paper"
            )
        chosen = sorted(choices) if len(choices) > 1 else list(choices)
        if not allowed.issuperset(chosen) or (len(chosen) > 1 and len(set(chosen)) != len(chosen)):
            raise Problem("invalid", "response.no_such_choice", "没有这个选项", "there is no such choice")
        if len(chosen) > 1 and item in paper.single:
            raise Problem(
                "invalid", "response.one_choice", "本题只能选一项", "this item takes one choice only"
            )
        body = {"item": item, "choices": chosen, "flagged": flagged, "n": n, "t": t}
        (entry,), head, head_hash, sig = await hall.commit(
            [Draft("response.saved", attempt.ticket, attempt.ticket, body)]
        )
        return ReceiptFields(entry.seq, entry.hash, head, head_hash, sig), attempt.remaining_ms(t)

    def _refuse_closed(self, attempt: Attempt, t: int, item: str, choices: Sequence[str], n: int) -> None:
        state = attempt.state
        if state is SeatState.SITTING:
            if t > attempt.deadline_t:
                self._record_refusal(attempt, t, item, choices, n, "deadline")
            if attempt.locked:
                raise Problem(
                    "conflict",
                    "attempt.locked",
                    "座位已锁定，解锁后将自动重传",
                    "the seat is locked; the response will be sent again",
                )
            return
        if state is SeatState.PAUSED:
            raise Problem(
                "conflict",
                "attempt.paused",
                "考试暂停中，恢复后将自动重传",
                "the exam is paused; the response will be sent again",
            )
        if state in (SeatState.SUBMITTED, SeatState.SCORED):
            late = attempt.submitted_by == "clock"
            self._record_refusal(attempt, t, item, choices, n, "deadline" if late else "submitted")
        if state is SeatState.VOIDED:
            self._record_refusal(attempt, t, item, choices, n, "terminated")
        raise _REFUSALS["not_started"]

    def _record_refusal(
        self, attempt: Attempt, t: int, item: str, choices: Sequence[str], n: int, reason: RefusalReason
    ) -> None:
        count = self._hall.refusals.get(attempt.ticket, 0)
        if count < REFUSALS_KEPT:
            self._hall.refusals[attempt.ticket] = count + 1
            body = {"item": item, "choices": list(choices), "n": n, "t": t, "reason": reason}
            self._hall.commit([Draft("response.refused", attempt.ticket, attempt.ticket, body)])
        raise _REFUSALS[reason]

    async def show_receipt(self, attempt: Attempt, receipt: Receipt) -> str:
        """Return `held`, `incident` (which is journalled) or `not_ours` for a receipt that a page shows."""
        held = self._hall.journal.holds(receipt)
        if held is None:
            return "not_ours"
        if held:
            return "held"
        body = {"seq": receipt.seq, "hash": receipt.hash, "t": self._hall.clock.t()}
        await self._hall.commit([Draft("receipt.missing", attempt.ticket, attempt.ticket, body)])
        return "incident"
