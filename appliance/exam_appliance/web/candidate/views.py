"""What the candidate's page is shown, made from hall, roster and paper; never a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from central_sync.protocol.items import BlueprintSection, Item, ItemType, Media
from central_sync.protocol.roster import ArrangedCandidate, masked_id
from central_sync.protocol.session import SessionPlan
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.floor import SiteFacts
from exam_appliance.exam.hall import Hall, PreparedPaper, SessionContents
from exam_appliance.exam.states import SeatState, SessionState
from exam_appliance.web.candidate.models import (
    CandidateIdentity,
    CandidateState,
    ExamClock,
    ExamSummary,
    HallSession,
    HeldResponse,
    HeldResponses,
    PaperChoice,
    PaperItem,
    PaperMedia,
    PaperView,
    Phase,
    PracticeView,
    Result,
    ResultSection,
    SeatMessage,
    SeatPicture,
    SectionSummary,
)
from exam_appliance.web.candidate.models import Hall as HallView

_PHASES = {
    SeatState.ARRANGED: Phase.IDENTITY,
    SeatState.CHECKED_IN: Phase.WAITING,
    SeatState.SITTING: Phase.SITTING,
    SeatState.PAUSED: Phase.PAUSED,
    SeatState.SUBMITTED: Phase.SUBMITTED,
    SeatState.SCORED: Phase.SUBMITTED,
    SeatState.VOIDED: Phase.TERMINATED,
    SeatState.ABSENT: Phase.ABSENT,
}
_LOCKABLE = (Phase.WAITING, Phase.SITTING)
_SHOWN = (
    SessionState.UNLOCKED,
    SessionState.OPEN,
    SessionState.RUNNING,
    SessionState.PAUSED,
)
MESSAGES_SHOWN = 20


def hall_view(hall: Hall, site: SiteFacts) -> HallView:
    """Return what the log-in page shows before anybody is logged in."""
    sessions = []
    rooms: dict[str, None] = {}
    for session, contents in hall.contents.items():
        record = hall.projection.sessions[session]
        if record.state not in _SHOWN:
            continue
        plan = contents.plan
        sessions.append(
            HallSession(session=session, title=plan.title, starts_at=plan.starts_at, open=record.active)
        )
        rooms.update(dict.fromkeys(room.name for room in plan.rooms))
    sessions.sort(key=lambda shown: shown.starts_at)
    return HallView(
        site=site.name,
        practice=hall.practice,
        now=datetime.now(UTC),
        sessions=tuple(sessions),
        rooms=tuple(rooms),
    )


def exam_clock(hall: Hall, attempt: Attempt) -> ExamClock:
    """Return the time that the page counts down from."""
    return ExamClock(
        now=datetime.now(UTC),
        remaining_ms=attempt.remaining_ms(hall.clock.t()) if attempt.sitting else None,
        running=attempt.state is SeatState.SITTING,
    )


def state_version(hall: Hall, attempt: Attempt) -> int:
    """Return the seq of the last entry that changed what the candidate is shown."""
    return max(attempt.version, hall.projection.sessions[attempt.session].version)


def candidate_state(
    hall: Hall, site: SiteFacts, attempt: Attempt, *, pending_seat: int | None
) -> CandidateState:
    """Return where the candidate stands; `pending_seat` while the identity data is not confirmed."""
    contents = hall.unlocked(attempt.session)
    candidate = contents.roster[attempt.ticket]
    phase = Phase.IDENTITY if pending_seat is not None else _PHASES[attempt.state]
    if attempt.locked and phase in _LOCKABLE:
        phase = Phase.LOCKED
    held = hall.responses(attempt.ticket)
    return CandidateState(
        phase=phase,
        version=state_version(hall, attempt),
        practice=hall.practice,
        site=site.name,
        seat=pending_seat or attempt.seat,
        candidate=_identity(candidate),
        exam=_summary(contents, candidate.extra_minutes),
        clock=exam_clock(hall, attempt),
        reason=attempt.reason,
        messages=tuple(
            SeatMessage(seq=message.seq, at=datetime.fromisoformat(message.at), text=message.text)
            for message in attempt.messages[-MESSAGES_SHOWN:]
        ),
        seat_picture=_seat_picture(hall, attempt) if pending_seat is None else None,
        last_n=max((response.n for response in held.values()), default=0),
        answered=sum(1 for response in held.values() if response.choices),
        total=contents.pool.blueprint.items,
        result=_result(contents.plan, attempt),
    )


def _seat_picture(hall: Hall, attempt: Attempt) -> SeatPicture | None:
    gate = hall.seat_pictures
    state = gate.state(attempt)
    if state is None:
        return None
    check = gate.check(attempt)
    return SeatPicture(
        state=state,
        required=gate.mode == "required",
        tries_left=gate.tries_left(attempt),
        zh=check.zh if check is not None else "",
        en=check.en if check is not None else "",
    )


def held_responses(hall: Hall, attempt: Attempt) -> HeldResponses:
    """Return all responses that the server holds for the attempt."""
    return HeldResponses(
        responses=tuple(
            HeldResponse(item=item, choices=held.choices, flagged=held.flagged, n=held.n)
            for item, held in hall.responses(attempt.ticket).items()
        )
    )


def paper_body(prepared: PreparedPaper, media_base: str) -> bytes:
    """Return the paper as JSON for the page, made once for a paper and kept with it."""
    if not prepared.body:
        paper = prepared.paper
        items = tuple(
            _paper_item(number, line.item, line.points, line.choices, media_base)
            for number, line in enumerate(paper.lines, start=1)
        )
        prepared.body = PaperView(digest=paper.digest, items=items).model_dump_json().encode()
        prepared.media = frozenset(media.sha256 for line in paper.lines for media in line.item.all_media())
    return prepared.body


def practice_view(items: Iterable[Item]) -> PracticeView:
    """Return practice items for the waiting room; they come without pictures and clips."""
    return PracticeView(
        items=tuple(
            _paper_item(number, item, 1, tuple(choice.id for choice in item.choices), "")
            for number, item in enumerate((item for item in items if not item.all_media()), start=1)
        )
    )


def _paper_item(number: int, item: Item, points: int, order: tuple[str, ...], media_base: str) -> PaperItem:
    texts = {choice.id: choice for choice in item.choices}
    return PaperItem(
        number=number,
        item=item.id,
        type=item.type,
        points=points,
        stem=item.stem,
        media=_media(item.media, media_base),
        choices=tuple(
            PaperChoice(id=letter, text=texts[letter].text, media=_media(texts[letter].media, media_base))
            for letter in order
        ),
    )


def _media(media: tuple[Media, ...], base: str) -> tuple[PaperMedia, ...]:
    return tuple(PaperMedia(url=f"{base}/{one.sha256}", type=one.type, alt=one.alt) for one in media)


@lru_cache(maxsize=2048)
def _identity(candidate: ArrangedCandidate) -> CandidateIdentity:
    """Return who the candidate is; told with every state, so it is made once."""
    return CandidateIdentity(
        ticket=candidate.ticket,
        name=candidate.name,
        sex=candidate.sex,
        id_number=masked_id(candidate.id_number),
        employer=candidate.employer,
        room=candidate.room,
        seat=candidate.seat,
        has_photo=candidate.photo is not None,
        resit=candidate.resit,
    )


@lru_cache(maxsize=32)
def _summary(contents: SessionContents, extra_minutes: int) -> ExamSummary:
    """Return what the exam is; the same for all of a session with the same extra time."""
    plan = contents.plan
    return ExamSummary(
        session=plan.session,
        title=plan.title,
        category=plan.category,
        starts_at=plan.starts_at,
        duration_minutes=plan.duration_minutes,
        extra_minutes=extra_minutes,
        points=plan.points,
        pass_points=plan.pass_points,
        sections=_summaries(contents.pool.blueprint.sections),
        show_result=plan.show_result,
    )


def _summaries(sections: Iterable[BlueprintSection]) -> tuple[SectionSummary, ...]:
    """Return a line for each type and points: a blueprint has a section for each topic besides."""
    items: dict[tuple[ItemType, int], int] = {}
    for section in sections:
        kind = (section.type, section.points)
        items[kind] = items.get(kind, 0) + section.count
    return tuple(SectionSummary(type=of, items=count, points=each) for (of, each), count in items.items())


def _results(sections: Iterable[Mapping[str, Any]]) -> tuple[ResultSection, ...]:
    """Return a line for each type; the sections are those of the paper, one for each topic besides."""
    sums: dict[str, dict[str, int]] = {}
    for section in sections:
        line = sums.setdefault(section["type"], dict.fromkeys(("items", "right", "points", "of"), 0))
        for name in line:
            line[name] += section[name]
    return tuple(ResultSection(type=ItemType(of), **line) for of, line in sums.items())


def _result(plan: SessionPlan, attempt: Attempt) -> Result | None:
    if attempt.state is not SeatState.SCORED or attempt.points is None or not plan.show_result:
        return None
    return Result(
        points=attempt.points,
        of=attempt.of,
        pass_points=plan.pass_points,
        passed=attempt.passed,
        sections=_results(attempt.sections),
    )
