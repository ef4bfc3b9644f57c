"""Actions on one, many or all attempts (考场操作): each checked seat by seat, all that pass in one commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from central_sync.protocol.http.problems import Problem
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.floor import Floor
from exam_appliance.exam.session import SessionRecord
from exam_appliance.exam.states import SeatState, SessionState
from exam_appliance.exam.steps import continue_draft, pause_draft
from exam_appliance.journal.journal import Draft

ActionName = Literal[
    "start",
    "pause",
    "resume",
    "extend",
    "lock",
    "unlock",
    "message",
    "move",
    "submit",
    "terminate",
    "reopen",
    "absent",
    "present",
]

TWO_PERSON: frozenset[ActionName] = frozenset({"terminate", "reopen"})
"""Actions for which a second person must stand (双人确认)."""

_NEED_REASON: frozenset[ActionName] = frozenset(
    {"pause", "extend", "lock", "move", "submit", "terminate", "reopen", "absent"}
)
_NEED_MINUTES: frozenset[ActionName] = frozenset({"extend", "reopen"})

_ENTERED = (SeatState.CHECKED_IN, SeatState.SITTING, SeatState.PAUSED)
_HANDED_IN = (SeatState.SUBMITTED, SeatState.SCORED)
_AFTER_END: frozenset[ActionName] = frozenset({"absent", "present", "terminate"})
"""What may still be done between the end of a session and its sign-off."""

_APPLIES: dict[ActionName, tuple[SeatState, ...]] = {
    "start": (SeatState.CHECKED_IN,),
    "pause": (SeatState.SITTING,),
    "resume": (SeatState.PAUSED,),
    "extend": (SeatState.SITTING, SeatState.PAUSED),
    "lock": _ENTERED,
    "unlock": _ENTERED,
    "message": _ENTERED,
    "move": (SeatState.ARRANGED, *_ENTERED),
    "submit": (SeatState.SITTING, SeatState.PAUSED),
    "terminate": (*_ENTERED, *_HANDED_IN),
    "reopen": (*_HANDED_IN, SeatState.VOIDED),
    "absent": (SeatState.ARRANGED, SeatState.CHECKED_IN),
    "present": (SeatState.ABSENT,),
}

_STATE_ZH = {
    SeatState.ARRANGED: "未签到",
    SeatState.ABSENT: "缺考",
    SeatState.CHECKED_IN: "已签到",
    SeatState.SITTING: "考试中",
    SeatState.PAUSED: "暂停",
    SeatState.SUBMITTED: "已交卷",
    SeatState.SCORED: "已评分",
    SeatState.VOIDED: "已作废",
}


@dataclass(frozen=True)
class Order:
    """An action as ordered; what it does not need is left empty."""

    action: ActionName
    tickets: tuple[str, ...] | None
    """None: all to whom the action can apply."""
    reason: str = ""
    minutes: int = 0
    text: str = ""
    seat: int = 0
    second: str = ""
    """User name of the second person, once that person has confirmed."""


@dataclass(frozen=True)
class Refusal:
    """Why an action did not apply to one attempt."""

    ticket: str
    reason: str
    zh: str
    en: str


@dataclass(frozen=True)
class Outcome:
    """What an action did."""

    done: tuple[str, ...]
    refused: tuple[Refusal, ...]


class Actions:
    """Carries out orders on the attempts of one floor."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._make: dict[ActionName, Callable[[Attempt, int, str, Order], Draft]] = {
            "start": lambda attempt, t, actor, order: floor.steps.start_draft(attempt, t, actor),
            "pause": lambda attempt, t, actor, order: pause_draft(attempt, t, actor, order.reason, "seat"),
            "resume": lambda attempt, t, actor, order: continue_draft(attempt, t, actor),
            "extend": _extended,
            "lock": _reasoned("attempt.locked"),
            "unlock": _reasoned("attempt.unlocked"),
            "message": _messaged,
            "move": _moved,
            "terminate": _terminated,
            "reopen": _reopened,
            "absent": _absent,
            "present": _present,
        }

    async def carry_out(self, session: str, order: Order, actor: str) -> Outcome:
        """Do what can be done and name what cannot; raises Problem when the order itself is wrong."""
        record = self._floor.hall.session(session)
        self._floor.hall.unlocked(session)
        refuse_wrong_order(order)
        self._refuse_session(record, order.action)
        refused: list[Refusal] = []
        chosen: list[Attempt] = []
        for attempt in self._named(session, order, refused):
            refusal = self._refusal(record, attempt, order)
            if refusal is None:
                chosen.append(attempt)
            elif order.tickets is not None:
                refused.append(refusal)
        if chosen and order.action == "submit":
            await self._floor.submission.by_invigilator(chosen, actor, order.reason)
        elif chosen:
            t = self._floor.hall.clock.t()
            make = self._make[order.action]
            await self._floor.hall.commit([make(attempt, t, actor, order) for attempt in chosen])
        return Outcome(tuple(attempt.ticket for attempt in chosen), tuple(refused))

    def _named(self, session: str, order: Order, refused: list[Refusal]) -> Sequence[Attempt]:
        hall = self._floor.hall
        if order.tickets is None:
            return hall.attempts_of(session)
        found = []
        for ticket in dict.fromkeys(order.tickets):
            attempt = hall.projection.attempts.get(ticket)
            if attempt is None or attempt.session != session:
                refused.append(
                    Refusal(ticket, "attempt.unknown", "本场没有该准考证号", "no such ticket in this session")
                )
            else:
                found.append(attempt)
        return found

    def _refuse_session(self, record: SessionRecord, action: ActionName) -> None:
        if record.active or (record.state is SessionState.ENDED and action in _AFTER_END):
            return
        raise Problem(
            "conflict",
            "session.not_active",
            "场次未开放或已结束，不能进行此操作",
            f"the session is {record.state.value}; this is not possible now",
        )

    def _refusal(self, record: SessionRecord, attempt: Attempt, order: Order) -> Refusal | None:
        action = order.action
        if attempt.state not in _APPLIES[action]:
            return Refusal(
                attempt.ticket,
                "attempt.state",
                f"考生当前为“{_STATE_ZH[attempt.state]}”，不适用此操作",
                f"the attempt is {attempt.state.value}; this does not apply",
            )
        if action in ("start", "reopen") and record.state is not SessionState.RUNNING:
            return Refusal(
                attempt.ticket,
                "session.not_running",
                "场次不在考试中（未开考、已暂停或已结束），请先开考或恢复",
                "the session is not running: start or resume it first",
            )
        if action == "start" and self._floor.hall.seat_pictures.holds_back(attempt):
            return Refusal(
                attempt.ticket,
                "attempt.seat_picture",
                "座位照片未通过核对，请先核对该考生本人",
                "the picture at the seat has not passed: look at the candidate first",
            )
        if action == "resume" and record.state is SessionState.PAUSED:
            return Refusal(
                attempt.ticket, "session.paused", "全场暂停中，请恢复全场", "the session is paused: resume it"
            )
        if action in ("lock", "unlock") and attempt.locked == (action == "lock"):
            return Refusal(
                attempt.ticket,
                "attempt.lock",
                "座位已锁定" if attempt.locked else "座位未锁定",
                "the seat is already locked" if attempt.locked else "the seat is not locked",
            )
        if action == "reopen" and not attempt.seed:
            return Refusal(
                attempt.ticket,
                "attempt.never_started",
                "该考生未曾开始作答，请用“撤销缺考”或重新安排",
                "the attempt never started, so there is nothing to reopen",
            )
        return self._seat_taken(attempt, order) if action == "move" else None

    def _seat_taken(self, attempt: Attempt, order: Order) -> Refusal | None:
        plan = self._floor.hall.unlocked(attempt.session).plan
        capacity = next((room.capacity for room in plan.rooms if room.name == attempt.room), 0)
        if order.seat > capacity:
            return Refusal(
                attempt.ticket,
                "seat.unknown",
                f"{attempt.room}只有 {capacity} 个座位",
                f"the room has {capacity} seats only",
            )
        if order.seat == attempt.seat:
            return Refusal(attempt.ticket, "seat.same", "已在该座位", "the candidate is at that seat already")
        for other in self._floor.hall.attempts_of(attempt.session):
            if (
                other.ticket != attempt.ticket
                and (other.room, other.seat) == (attempt.room, order.seat)
                and other.state in (SeatState.ARRANGED, *_ENTERED)
            ):
                return Refusal(
                    attempt.ticket,
                    "seat.taken",
                    f"{order.seat} 号座位已有考生（{_STATE_ZH[other.state]}），请换一个座位",
                    f"seat {order.seat} is another candidate's; choose another",
                )
        return None


def refuse_wrong_order(order: Order) -> None:
    """Raise Problem `invalid` when an order lacks what its action needs; names the field."""
    wrong: list[tuple[str, str, str]] = []
    if order.action in _NEED_REASON and not order.reason.strip():
        wrong.append(("reason", "请填写原因", "a reason is needed"))
    if order.action in _NEED_MINUTES and not order.minutes:
        wrong.append(("minutes", "请填写分钟数", "minutes are needed"))
    if order.action == "message" and not order.text.strip():
        wrong.append(("text", "请填写消息内容", "a text is needed"))
    if order.action == "move":
        if not order.seat:
            wrong.append(("seat", "请填写座位号", "a seat number is needed"))
        if order.tickets is None or len(order.tickets) != 1:
            wrong.append(("tickets", "换座一次只能选一名考生", "move takes one candidate at a time"))
    if order.action in TWO_PERSON and not order.second:
        wrong.append(("second", "此操作须由第二人确认", "a second person must confirm"))
    if wrong:
        raise Problem(
            "invalid",
            "action.incomplete",
            "；".join(zh for _, zh, _ in wrong),
            "; ".join(en for _, _, en in wrong),
            fields=tuple(wrong),
        )


def _extended(attempt: Attempt, t: int, actor: str, order: Order) -> Draft:
    body = {"t": t, "ms": order.minutes * 60_000, "reason": order.reason}
    return Draft("attempt.extended", attempt.ticket, actor, body)


def _reasoned(kind: str) -> Callable[[Attempt, int, str, Order], Draft]:
    def make(attempt: Attempt, t: int, actor: str, order: Order) -> Draft:
        return Draft(kind, attempt.ticket, actor, {"t": t, "reason": order.reason})

    return make


def _messaged(attempt: Attempt, t: int, actor: str, order: Order) -> Draft:
    return Draft("attempt.messaged", attempt.ticket, actor, {"t": t, "text": order.text})


def _moved(attempt: Attempt, t: int, actor: str, order: Order) -> Draft:
    body = {"t": t, "from_seat": attempt.seat, "to_seat": order.seat, "reason": order.reason}
    return Draft("attempt.moved", attempt.ticket, actor, body)


def _terminated(attempt: Attempt, t: int, actor: str, order: Order) -> Draft:
    body = {"t": t, "reason": order.reason, "second": order.second}
    return Draft("attempt.terminated", attempt.ticket, actor, body)


def _reopened(attempt: Attempt, t: int, actor: str, order: Order) -> Draft:
    body = {
        "t": t,
        "reason": order.reason,
        "second": order.second,
        "deadline_t": t + order.minutes * 60_000,
    }
    return Draft("attempt.reopened", attempt.ticket, actor, body)


def _absent(attempt: Attempt, t: int, actor: str, order: Order) -> Draft:
    body = {"session": attempt.session, "t": t, "reason": order.reason}
    return Draft("attempt.absent", attempt.ticket, actor, body)


def _present(attempt: Attempt, t: int, actor: str, order: Order) -> Draft:
    body = {"session": attempt.session, "t": t, "reason": order.reason}
    return Draft("attempt.present", attempt.ticket, actor, body)
