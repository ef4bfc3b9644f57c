"""The check at the seat (座位拍照核对): its picture against the desk's, and what an invigilator decides."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import Final, Literal

from central_sync.protocol.http.problems import Problem
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.seat_pictures import MOST_TRIES, SeatPictureState
from exam_appliance.exam.states import SeatState
from exam_appliance.faces import reasons
from exam_appliance.faces.reasons import OF_PICTURE, OF_REFERENCE
from exam_appliance.identity.case import Case
from exam_appliance.identity.decision import Decision
from exam_appliance.identity.faces import SERVICE_AWAY
from exam_appliance.identity.facts import Comparison, NoPicture, Outcome, Pair, Place
from exam_appliance.identity.finding import find_candidate
from exam_appliance.identity.pictures import taken_in
from exam_appliance.identity.rules import Verdict
from exam_appliance.identity.verification import Verification
from exam_appliance.identity.verifying import Verifying
from exam_appliance.journal.journal import Draft

NO_DESK_PICTURE: Final = Comparison(
    Outcome.NOT_COMPARED,
    code="desk.no_picture",
    zh="核验台没有留下现场照片",
    en="the desk kept no picture",
)
AT_ONCE: Final = 4
"""Pictures of seats compared at the same time: a whole room asks at once, and the desks must not wait."""
_PASSING: Final = frozenset({reasons.BUSY.code, reasons.LATE.code, reasons.STARTING.code})
_OTHER_FACE: Final = (
    "与核验台照片不一致：请摘下帽子、口罩，正对摄像头再拍",
    "not like the picture from the desk: take off cap and mask and look straight into the camera",
)
_NOT_COMPARED: Final = (
    "未比对：照片无法自动比对，由监考员核对",
    "not compared: an invigilator looks in person",
)
_BUSY: Final = ("比对服务繁忙，请稍候几秒再拍", "the comparison is busy: wait some seconds and try again")


@dataclass(frozen=True, slots=True)
class Advice:
    """What a decision means for the candidate, in words; `retake` where another picture may change it."""

    retake: bool
    zh: str
    en: str


class SeatChecks:
    """All checks at seats of a site. Methods belong to the event loop's thread."""

    def __init__(self, verifying: Verifying, hall: Hall) -> None:
        self.verifying = verifying
        self._hall = hall
        self._at_work: dict[str, asyncio.Lock] = {}
        self._comparing = asyncio.Semaphore(AT_ONCE)

    def latest(self, attempt: Attempt) -> Verification | None:
        """Return the newest check that counts for an attempt, None for none."""
        check = self._hall.seat_pictures.check(attempt)
        return None if check is None else self.verifying.book.find(check.verification)

    async def take(self, attempt: Attempt, picture: bytes) -> None:
        """Decide about a picture of the seat's camera. Raises Problem `picture.*`, `seat_picture.*`.

        Whoever passed has passed: a page that lost the answer may send its picture again.
        """
        if self._turn(attempt.ticket).locked():
            raise Problem(
                "conflict",
                "seat_picture.at_work",
                "上一张照片正在核对，请稍候",
                "the last picture is still being looked at: wait a moment",
            )
        async with self._turn(attempt.ticket):
            if self._passed_or_refused(attempt):
                return
            if not self._hall.seat_pictures.tries_left(attempt):
                raise Problem(
                    "conflict",
                    "seat_picture.too_many",
                    f"已拍 {MOST_TRIES} 次，请坐好等候，监考员会来核对",
                    f"{MOST_TRIES} pictures were taken: stay seated, an invigilator comes and looks",
                )
            live = (await asyncio.to_thread(taken_in, picture)).jpeg
            await self._check(attempt, live, None, attempt.ticket)

    async def without(self, attempt: Attempt, why: NoPicture) -> None:
        """Note that a seat has no picture to show, so that an invigilator is told. Raises Problem.

        Told again with nothing new it changes nothing: pages tell it after each reload.
        """
        async with self._turn(attempt.ticket):
            if self._passed_or_refused(attempt):
                return
            before = self.latest(attempt)
            if before is None or before.rules != [f"seat.{why}"]:
                await self._check(attempt, b"", why, attempt.ticket)

    async def settle(
        self,
        attempt: Attempt,
        verification: str,
        verdict: Literal["pass", "refuse"],
        reason: str,
        actor: str,
        second: str,
    ) -> None:
        """Write down what an invigilator decided who looked. Raises Problem `identity.*`, `seat_picture.*`.

        `verification` is the check that was looked at, empty where there was none. A refusal is overturned
        only with a second person.
        """
        async with self._turn(attempt.ticket):
            if self._hall.seat_pictures.state(attempt) is None:
                raise _not_now()
            latest = self.latest(attempt)
            if verification != (latest.id if latest is not None else ""):
                raise Problem(
                    "conflict",
                    "seat_picture.another",
                    "该考生又拍了照片，请看过新照片再决定",
                    "there is a newer picture of this candidate: look at it first",
                )
            if latest is None:
                latest = await self._check(attempt, b"", NoPicture.NOT_TAKEN, actor)
            zh, en = (
                ("监考员已核对本人", "an invigilator looked and let the candidate in")
                if verdict == "pass"
                else ("监考员核对后不予通过", "an invigilator looked and refused")
            )
            entry = self._entry(
                attempt, latest.id, actor, Verdict(verdict), Advice(False, zh, en), by_person=True
            )
            await self.verifying.settle(latest.id, verdict, reason, actor, second, of_attempt=[entry])

    async def renew(self, attempt: Attempt, reason: str, actor: str) -> None:
        """Have another picture taken before the start; tries begin anew. Raises Problem `seat_picture.*`."""
        async with self._turn(attempt.ticket):
            if attempt.state is not SeatState.CHECKED_IN or self._hall.seat_pictures.state(attempt) is None:
                raise _not_now()
            body = {"t": self._hall.clock.t(), "reason": reason.strip()}
            await self._hall.commit([Draft("attempt.seat_renewed", attempt.ticket, actor, body)])

    async def _check(self, attempt: Attempt, live: bytes, why: NoPicture | None, actor: str) -> Verification:
        ticket = attempt.ticket
        case = Case(Place.SEAT, None, ticket, live=live, no_picture=why)
        verified = self.verifying.verified(ticket)
        if verified is not None and "live" in verified.evidence:
            kept = await asyncio.to_thread(self.verifying.evidence.read, verified.evidence["live"])
            case.desk = kept or b""
        if live and not case.desk:
            case.comparisons[Pair.DESK] = NO_DESK_PICTURE
        found = find_candidate(self._hall, None, ticket)
        one = secrets.token_hex(16)
        room, seat = attempt.room, attempt.seat
        body = {
            "place": f"{room} {seat}"[:60],
            "way": Place.SEAT.value,
            "ticket": ticket if found is not None else "",
            "session": found.session if found is not None else "",
            "document": "",
            "number": "",
        }

        def of_attempt(decision: Decision) -> list[Draft]:
            told = advice(decision, case.comparisons.get(Pair.DESK))
            entry = self._entry(attempt, one, actor, decision.verdict, told, picture=bool(live))
            # Where the picture was taken: the candidate may be sent elsewhere while it is compared.
            entry.body.update(room=room, seat=seat)
            return [entry]

        started = Draft("identity.started", one, actor, body)
        async with self._comparing:
            return await self.verifying.decide(one, case, found, actor, started, of_attempt)

    def _entry(
        self,
        attempt: Attempt,
        verification: str,
        actor: str,
        verdict: Verdict,
        told: Advice,
        *,
        picture: bool = False,
        by_person: bool = False,
    ) -> Draft:
        body = {
            "t": self._hall.clock.t(),
            "verification": verification,
            "room": attempt.room,
            "seat": attempt.seat,
            "verdict": verdict.value,
            "picture": picture,
            "by_person": by_person,
            "retake": told.retake,
            "zh": told.zh[:500],
            "en": told.en[:500],
        }
        return Draft("attempt.seat_checked", attempt.ticket, actor, body)

    def _passed_or_refused(self, attempt: Attempt) -> bool:
        """Return whether the candidate has passed. Raises Problem where no picture is to be taken."""
        state = self._hall.seat_pictures.state(attempt)
        if state is None or attempt.state is not SeatState.CHECKED_IN:
            raise _not_now()
        if state is SeatPictureState.REFUSED:
            raise Problem(
                "denied",
                "seat_picture.refused",
                "监考员核对后未予通过，请听从监考员安排",
                "an invigilator has looked and refused: follow the invigilator",
            )
        return state is SeatPictureState.PASSED

    def _turn(self, ticket: str) -> asyncio.Lock:
        return self._at_work.setdefault(ticket, asyncio.Lock())


def advice(decision: Decision, comparison: Comparison | None) -> Advice:
    """Return what a decision about a seat means for the candidate."""
    first = decision.reasons[0]
    if first.code == "face.desk_no_match":
        return Advice(True, *_OTHER_FACE)
    if first.code == "face.desk_not_compared" and comparison is not None:
        if comparison.code in _PASSING:
            return Advice(True, *_BUSY)
        of_desk = comparison.zh.startswith(OF_REFERENCE[0])
        if of_desk or comparison.code in SERVICE_AWAY or comparison.code == NO_DESK_PICTURE.code:
            return Advice(False, *_NOT_COMPARED)
        zh, en = comparison.zh.removeprefix(OF_PICTURE[0]), comparison.en.removeprefix(OF_PICTURE[1])
        return Advice(True, zh, en)
    return Advice(False, first.zh, first.en)


def _not_now() -> Problem:
    return Problem(
        "conflict",
        "seat_picture.not_now",
        "现在不需要座位照片，请刷新页面",
        "no picture at the seat is wanted now: refresh the page",
    )
