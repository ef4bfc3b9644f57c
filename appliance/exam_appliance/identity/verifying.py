"""The verification service (身份核验服务): desks, seats and terminals call it; every step is journalled."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.roster import masked_id
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.states import SeatState
from exam_appliance.identity.book import VerificationBook
from exam_appliance.identity.case import Case, case_from_file, facts_file
from exam_appliance.identity.decision import Decision, decide
from exam_appliance.identity.evidence import Evidence, KeptFile
from exam_appliance.identity.faces import SERVICE_AWAY, Faces, compared
from exam_appliance.identity.facts import Comparison, DocumentFacts, Facts, History, Pair, Place
from exam_appliance.identity.finding import Found, find_candidate, session_facts
from exam_appliance.identity.framing import NOBODY_LOOKS, FindsFaces, Framing
from exam_appliance.identity.pictures import taken_in
from exam_appliance.identity.rules import Verdict
from exam_appliance.identity.verification import Verification
from exam_appliance.journal.journal import Draft

OPEN_CASES = 64
"""Cases whose pictures stay in memory; older ones are read from their files again."""
MOST_LOOKS = 20
"""Pictures of one verification: whoever needs more is a case for a person."""

EvidenceKind = Literal["facts", "card", "live", "registration", "desk"]


@dataclass(frozen=True, slots=True)
class VerifyingRules:
    """The site's settings for verifying."""

    late_minutes: int | None = None
    """None: as the session's plan says."""
    registration_stands_in: bool = False
    """Where a card gives no photo, as with readers without its decoder."""


class Verifying:
    """All verifications of a site. Methods belong to the event loop's thread."""

    def __init__(
        self,
        hall: Hall,
        evidence: Evidence,
        faces: Faces,
        zone: Callable[[], str],
        wall_ms: Callable[[], int],
        rules: VerifyingRules,
    ) -> None:
        self.book = VerificationBook(hall.journal, hall.apply)
        self.evidence = evidence
        self._hall = hall
        self._faces = faces
        self._zone = zone
        self._wall_ms = wall_ms
        self._rules = rules
        self._cases: OrderedDict[str, Case] = OrderedDict()
        self._at_work: dict[str, asyncio.Lock] = {}

    def close(self) -> None:
        """Close the file."""
        self.book.close()

    async def begin(
        self,
        place: Place,
        where: str,
        actor: str,
        document: DocumentFacts | None,
        *,
        ticket: str = "",
        card_picture: bytes = b"",
        live_picture: bytes = b"",
        told: dict[Pair, Comparison] | None = None,
    ) -> Verification:
        """Begin a verification and decide on what is known. `where` is the station or terminal.

        `told` are comparisons that an integrated terminal made itself; those made here count before them.
        A broken card picture costs the card's photo, a broken live picture raises Problem `picture.*`.
        """
        case = Case(place, document, ticket, comparisons=dict(told or {}))
        if card_picture:
            try:
                case.card = (await asyncio.to_thread(taken_in, card_picture)).jpeg
            except Problem:
                case.card = b""
        if live_picture:
            case.live = (await asyncio.to_thread(taken_in, live_picture)).jpeg
        found = find_candidate(self._hall, document, ticket)
        if found is not None:
            case.registration = await self._registration(found)
        one = secrets.token_hex(16)
        body = {
            "place": where,
            "way": place.value,
            "ticket": found.candidate.ticket if found is not None else "",
            "session": found.session if found is not None else "",
            "document": document.kind.value if document is not None and document.kind is not None else "",
            "number": masked_id(document.number)[:40] if document is not None else "",
        }
        self._keep_case(one, case)
        async with self._turn(one):
            started = Draft("identity.started", one, actor, body)
            return await self.decide(one, case, found, actor, started)

    async def look(self, verification: str, live_picture: bytes, actor: str) -> Verification:
        """Take a live picture, compare it and decide again. Raises Problem `picture.*`, `identity.*`."""
        async with self._turn(verification):
            before = self.open(verification)
            if len(before.files) >= MOST_LOOKS:
                raise Problem(
                    "conflict",
                    "identity.too_many_looks",
                    "拍照次数过多，请人工核对",
                    "too many pictures were taken: a person decides",
                )
            case = await self._case(before)
            case.live = (await asyncio.to_thread(taken_in, live_picture)).jpeg
            found = self._found(before)
            return await self.decide(verification, case, found, actor, None)

    async def settle(
        self,
        verification: str,
        verdict: Literal["pass", "refuse"],
        reason: str,
        actor: str,
        second: str = "",
        *,
        of_attempt: Sequence[Draft] = (),
    ) -> Verification:
        """Write down what a person decided, with what it makes of the attempt. Raises Problem `identity.*`.

        A question is settled by one person with a reason; a refusal is overturned only with a second
        person, whose log-in the caller has checked.
        """
        async with self._turn(verification):
            # What was decided at a seat may be decided again for as long as it stands for the attempt.
            before = self.one(verification) if of_attempt else self.open(verification)
            if not reason.strip():
                raise Problem(
                    "invalid", "identity.no_reason", "请写明理由", "say why", fields=(("reason", "", ""),)
                )
            if verdict == "pass":
                self._refuse_unless_may_pass(before, second, actor)
            body = {
                "verdict": verdict,
                "before": before.verdict,
                "reason": reason.strip(),
                "second": second,
            }
            return await self.book.commit([Draft("identity.settled", verification, actor, body), *of_attempt])

    async def give_seat(self, verification: str, actor: str) -> Verification:
        """Send a verified candidate to the arranged seat. Doing it again changes nothing. Raises Problem."""
        async with self._turn(verification):
            before = self.one(verification)
            if not before.passed or not before.ticket or before.way == Place.SEAT:
                raise Problem(
                    "conflict",
                    "identity.not_passed",
                    "尚未通过核验，不能安排座位",
                    "not verified: no seat is given",
                )
            attempt = self._hall.attempt(before.ticket)
            if (before.room, before.seat) == (attempt.room, attempt.seat):
                return before
            body = {
                "ticket": before.ticket,
                "session": before.session,
                "room": attempt.room,
                "seat": attempt.seat,
            }
            return await self.book.commit([Draft("identity.seat_given", verification, actor, body)])

    async def framing(self, picture: bytes) -> Framing:
        """Return where faces are in what a camera sees now; nothing of it is kept."""
        return await self._faces.framing(picture) if isinstance(self._faces, FindsFaces) else NOBODY_LOOKS

    async def picture(self, verification: str, what: EvidenceKind, actor: str) -> bytes:
        """Return a kept file and journal who looked. Raises Problem `identity.no_file`."""
        one = self.one(verification)
        sha256 = one.evidence.get(what)
        data = await asyncio.to_thread(self.evidence.read, sha256) if sha256 is not None else None
        if data is None:
            raise Problem(
                "missing",
                "identity.no_file",
                "没有该资料，或已按策略删除",
                "there is no such file, or it was deleted by policy",
            )
        await self.book.commit([Draft("identity.viewed", verification, actor, {"what": what})])
        return data

    async def decide(
        self,
        one: str,
        case: Case,
        found: Found | None,
        actor: str,
        started: Draft | None,
        of_attempt: Callable[[Decision], Sequence[Draft]] = lambda decision: (),
    ) -> Verification:
        """Compare what a case has, decide by the rules, keep the evidence and write it down.

        `started` begins the verification; `of_attempt` gives what the decision makes of the attempt.
        """
        await self._compare(case)
        while True:
            facts = self._facts(one, case, found)
            decision = decide(facts)
            pictures: tuple[tuple[EvidenceKind, bytes], ...] = (
                ("card", case.card),
                ("live", case.live),
                ("registration", case.registration),
                ("desk", case.desk),
                ("facts", facts_file(case, decision, facts.now)),
            )
            kept = await asyncio.to_thread(self._keep, pictures)
            if self._facts(one, case, found).history == facts.history:
                break
            # At another desk somebody was decided upon as the same candidate meanwhile.
        gathered = {
            "evidence": [file.body() for file in kept],
            "comparisons": [_comparison(pair, case.comparisons[pair]) for pair in sorted(case.comparisons)],
        }
        decided = {
            "verdict": decision.verdict.value,
            "rules": [reason.code for reason in decision.reasons],
            "overridable": decision.overridable,
        }
        drafts = [] if started is None else [started]
        drafts += [
            Draft("identity.gathered", one, actor, gathered),
            Draft("identity.decided", one, actor, decided),
        ]
        case.decisions = (*case.decisions[-1:], decision)
        return await self.book.commit([*drafts, *of_attempt(decision)])

    def one(self, verification: str) -> Verification:
        """Return a verification. Raises Problem `identity.unknown`."""
        found = self.book.find(verification)
        if found is None:
            raise Problem("missing", "identity.unknown", "没有该核验记录", "there is no such verification")
        return found

    def open(self, verification: str) -> Verification:
        """Return a verification that can still change. Raises Problem `identity.closed`."""
        found = self.one(verification)
        if found.seat or found.forgotten or found.way == Place.SEAT or (found.passed and found.settled_by):
            raise Problem(
                "conflict",
                "identity.closed",
                "该核验已结束，请重新读取证件",
                "this verification is closed: read the document again",
            )
        return found

    def verified(self, ticket: str) -> Verification | None:
        """Return the newest verification that a candidate passed at a desk or terminal, None for none."""
        passed = [one for one in self.book.of_ticket(ticket) if one.passed and one.way != Place.SEAT]
        return max(passed, key=lambda one: one.version, default=None)

    def decision(self, verification: Verification) -> Decision | None:
        """Return the decision that a verification stands on, with its sentences, while it is in memory."""
        case = self._cases.get(verification.id)
        for decision in reversed(case.decisions if case is not None else ()):
            if [reason.code for reason in decision.reasons] == verification.rules:
                return decision
        return None

    def case(self, verification: str) -> Case | None:
        """Return an open case with its pictures, None when it is not in memory."""
        return self._cases.get(verification)

    async def _compare(self, case: Case) -> None:
        if not case.live:
            return
        others = {
            Pair.CARD: case.card,
            Pair.REGISTRATION: case.registration,
            Pair.DESK: case.desk,
        }
        pairs = [pair for pair, other in others.items() if other]
        answers = await asyncio.gather(*(compared(self._faces, case.live, others[pair]) for pair in pairs))
        for pair, answer in zip(pairs, answers, strict=True):
            # What a terminal compared itself holds only where nobody here could compare.
            if answer.code not in SERVICE_AWAY or pair not in case.comparisons:
                case.comparisons[pair] = answer

    def _facts(self, one: str, case: Case, found: Found | None) -> Facts:
        now = datetime.fromtimestamp(self._wall_ms() / 1000, ZoneInfo(self._zone()))
        return Facts(
            place=case.place,
            now=now,
            today=now.date(),
            document=case.document,
            ticket=case.ticket,
            roster=found.facts() if found is not None else None,
            session=session_facts(self._hall, found, now, self._rules.late_minutes)
            if found is not None
            else None,
            live=bool(case.live),
            no_picture=case.no_picture,
            card_photo=bool(case.card) or Pair.CARD in case.comparisons,
            registration_stands_in=self._rules.registration_stands_in,
            comparisons=case.comparisons,
            history=self._history(one, found),
        )

    def _history(self, one: str, found: Found | None) -> History:
        if found is None:
            return History()
        before = [known for known in self.book.of_ticket(found.candidate.ticket) if known.way != Place.SEAT]
        others = [known for known in before if known.id != one]
        own = next((known for known in before if known.id == one), None)
        refused = sum(known.verdict == Verdict.REFUSE for known in others)
        return History(
            refused=refused + (own.no_matches if own is not None else 0),
            verified=any(known.passed for known in others),
            seated=found.seated,
            finished=found.finished,
            absent=found.attempt.state is SeatState.ABSENT,
        )

    def _found(self, verification: Verification) -> Found | None:
        if not verification.ticket:
            return None
        contents = self._hall.contents.get(verification.session)
        candidate = contents.roster.get(verification.ticket) if contents is not None else None
        if candidate is None:
            return None
        return Found(verification.session, candidate, self._hall.attempt(verification.ticket))

    async def _registration(self, found: Found) -> bytes:
        if found.candidate.photo is None:
            return b""
        photo = self._hall.contents[found.session].photo
        try:
            return (await asyncio.to_thread(lambda: taken_in(photo(found.candidate.photo or "")))).jpeg
        except Problem:
            # Told as not compared: a broken registration photo must not stop the desk.
            return b""

    async def _case(self, verification: Verification) -> Case:
        case = self._cases.get(verification.id)
        if case is None:
            case = await asyncio.to_thread(self._read_case, verification)
            self._keep_case(verification.id, case)
        return case

    def _read_case(self, verification: Verification) -> Case:
        files = {what: self.evidence.read(sha256) for what, sha256 in verification.evidence.items()}
        facts = files.get("facts")
        if facts is None:
            raise Problem(
                "conflict", "identity.closed", "核验资料已删除，请重新读取证件", "read the document again"
            )
        case = case_from_file(facts)
        case.card, case.registration = files.get("card") or b"", files.get("registration") or b""
        case.live = files.get("live") or b""
        return case

    def _keep_case(self, one: str, case: Case) -> None:
        self._cases[one] = case
        while len(self._cases) > OPEN_CASES:
            self._cases.popitem(last=False)

    def _keep(self, pictures: tuple[tuple[EvidenceKind, bytes], ...]) -> list[KeptFile]:
        try:
            return [self.evidence.keep(what, data) for what, data in pictures if data]
        except OSError as error:
            raise Problem(
                "not_ready",
                "identity.not_kept",
                "核验资料无法写入磁盘，请通知技术人员检查磁盘空间",
                "the evidence could not be written to the disk: call the technician",
                status=503,
            ) from error

    def _turn(self, verification: str) -> asyncio.Lock:
        """One step of a verification at a time: two clicks at once must not both count."""
        if len(self._at_work) > OPEN_CASES:
            self._at_work = {one: lock for one, lock in self._at_work.items() if lock.locked()}
        return self._at_work.setdefault(verification, asyncio.Lock())

    def _refuse_unless_may_pass(self, before: Verification, second: str, actor: str) -> None:
        if not before.overridable or not before.ticket:
            raise Problem(
                "denied",
                "identity.not_overridable",
                "该原因不可人工放行（不在名单、场次已结束或已交卷）",
                "nobody can let this candidate in: not on the roster, session over or paper handed in",
            )
        if before.verdict == Verdict.REFUSE and (not second or second == actor):
            raise Problem(
                "denied",
                "identity.second_needed",
                "推翻拒绝须由另一名工作人员登录确认",
                "overturning a refusal takes another person's log-in",
            )


def _comparison(pair: Pair, one: Comparison) -> dict[str, Any]:
    return {
        "pair": pair.value,
        "outcome": one.outcome.value,
        "score": _millionths(one.score),
        "threshold": _millionths(one.threshold),
        "code": one.code[:80],
    }


def _millionths(value: float | None) -> int | None:
    """Return a score for the journal, whose numbers are whole; cosines below 0 are no likeness at all."""
    return None if value is None else min(1_000_000, max(0, round(value * 1_000_000)))
