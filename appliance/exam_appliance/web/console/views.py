"""What the console is shown of sessions, seats, credits and scores."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from central_sync.protocol.roster import masked_id
from central_sync.protocol.session import SessionPlan
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.floor import FloorRules
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.projection import Proposal
from exam_appliance.exam.session import SessionRecord
from exam_appliance.exam.states import SeatState
from exam_appliance.exam.steps import POSSIBLE
from exam_appliance.invigilation.actions import Outcome
from exam_appliance.invigilation.closing import seat_counts
from exam_appliance.invigilation.credits import open_proposals, proposal_text
from exam_appliance.invigilation.log_lines import sentence
from exam_appliance.web.console.models import (
    ActionReport,
    Connection,
    CreditProposal,
    LogLine,
    Refused,
    ScoreRow,
    Scores,
    SeatView,
    SessionView,
)

_BY_ZH = {"candidate": "考生交卷", "invigilator": "监考员交卷", "clock": "到时自动交卷"}
_PRESENT = (
    SeatState.CHECKED_IN,
    SeatState.SITTING,
    SeatState.PAUSED,
    SeatState.SUBMITTED,
    SeatState.SCORED,
    SeatState.VOIDED,
)


def session_view(hall: Hall, record: SessionRecord, plan: SessionPlan) -> SessionView:
    """Return a session as the console shows it."""
    attempts = hall.attempts_of(record.session)
    return SessionView(
        session=record.session,
        title=plan.title,
        category=plan.category,
        plan=plan.plan,
        state=record.state,
        practice=hall.practice,
        starts_at=plan.starts_at,
        unlock_from=plan.unlock_from,
        closes_at=plan.closes_at,
        duration_minutes=plan.duration_minutes,
        points=plan.points,
        pass_points=plan.pass_points,
        rooms=plan.rooms,
        package=record.package or None,
        counts=seat_counts(attempts) if attempts else {},
        candidates=plan.candidates,
        now=datetime.now(UTC),
        steps=POSSIBLE.get(record.state, ()),
        reason=record.reason,
        open_credits=len(open_proposals(hall, record.session)),
    )


def connection(rules: FloorRules, age_ms: int | None) -> Connection:
    """Return how live a seat's page is that was last heard `age_ms` ago."""
    if age_ms is None:
        return Connection.NONE
    if age_ms < rules.slow_ms:
        return Connection.LIVE
    return Connection.SLOW if age_ms < rules.lost_ms else Connection.LOST


def contact_age_ms(hall: Hall, ticket: str, t: int) -> int | None:
    """Return how long ago a seat's page was heard, ms; None when never since the server's start."""
    contact = hall.contacts.get(ticket)
    return None if contact is None else max(0, t - contact.t)


def seat_view(hall: Hall, rules: FloorRules, attempt: Attempt, t: int) -> SeatView:
    """Return one candidate as the room board shows it at exam time t."""
    contents = hall.unlocked(attempt.session)
    candidate = contents.roster[attempt.ticket]
    held = hall.responses(attempt.ticket)
    contact = hall.contacts.get(attempt.ticket)
    age = contact_age_ms(hall, attempt.ticket, t)
    scored = attempt.state is SeatState.SCORED
    check = hall.seat_pictures.check(attempt)
    return SeatView(
        ticket=attempt.ticket,
        name=candidate.name,
        sex=candidate.sex,
        id_number=masked_id(candidate.id_number),
        room=attempt.room,
        seat=attempt.seat,
        arranged_seat=candidate.seat,
        state=attempt.state,
        locked=attempt.locked,
        reason=attempt.reason,
        answered=sum(1 for response in held.values() if response.choices),
        flagged=sum(1 for response in held.values() if response.flagged),
        total=contents.pool.blueprint.items,
        remaining_ms=attempt.remaining_ms(t) if attempt.sitting else None,
        credit_ms=attempt.credit_ms,
        extra_minutes=candidate.extra_minutes,
        resit=candidate.resit,
        connection=connection(rules, age),
        contact_age_ms=age,
        address=contact.address if contact is not None else "",
        saves=max((response.n for response in held.values()), default=0),
        points=attempt.points if scored else None,
        passed=attempt.passed if scored else None,
        seat_picture=hall.seat_pictures.state(attempt),
        seat_picture_zh=check.zh if check is not None else "",
        seat_picture_en=check.en if check is not None else "",
        seat_picture_check=check.verification if check is not None else "",
        held_back=attempt.state is SeatState.CHECKED_IN and hall.seat_pictures.holds_back(attempt),
        note=_note(attempt),
    )


def scores(hall: Hall, session: str) -> Scores:
    """Return the session's scores in order of room and seat."""
    attempts = sorted(hall.attempts_of(session), key=lambda attempt: (attempt.room, attempt.seat))
    rows = []
    for attempt in attempts:
        candidate = hall.candidate(attempt)
        scored = attempt.state is SeatState.SCORED
        rows.append(
            ScoreRow(
                ticket=attempt.ticket,
                name=candidate.name,
                id_number=masked_id(candidate.id_number),
                room=attempt.room,
                seat=attempt.seat,
                state=attempt.state,
                points=attempt.points if scored else None,
                passed=attempt.passed if scored else None,
                reason=attempt.reason,
            )
        )
    return Scores(
        rows=tuple(rows),
        present=sum(row.state in _PRESENT for row in rows),
        absent=sum(row.state is SeatState.ABSENT for row in rows),
        passed=sum(bool(row.passed) for row in rows),
    )


def credit_view(hall: Hall, proposal: Proposal) -> CreditProposal:
    """Return an open proposal with the tickets that still wait."""
    zh, en = proposal_text(proposal)
    return CreditProposal(
        id=proposal.id,
        cause="server" if proposal.cause == "server" else "seat",
        from_at=hall.clock.wall_at(proposal.from_t),
        to_at=hall.clock.wall_at(proposal.to_t),
        ms=proposal.ms,
        tickets=tuple(proposal.open_tickets()),
        zh=zh,
        en=en,
    )


def log_lines(entries: Iterable[dict[str, Any]]) -> tuple[LogLine, ...]:
    """Return journal entries as lines for people."""
    lines = []
    for entry in entries:
        zh, en = sentence(entry["kind"], entry["body"])
        lines.append(
            LogLine(
                seq=entry["seq"],
                at=datetime.fromisoformat(entry["at"]),
                kind=entry["kind"],
                subject=entry["subject"],
                actor=entry["actor"],
                zh=zh,
                en=en,
            )
        )
    return tuple(lines)


def report(outcome: Outcome) -> ActionReport:
    """Return what an action did, as the console shows it."""
    return ActionReport(
        done=outcome.done,
        refused=tuple(
            Refused(ticket=refusal.ticket, reason=refusal.reason, zh=refusal.zh, en=refusal.en)
            for refusal in outcome.refused
        ),
    )


def subjects_of(hall: Hall, session: str) -> list[str]:
    """Return what a session's log is about: the session, its tickets, its credits, the server."""
    credits = [proposal.id for proposal in hall.projection.credits.values() if proposal.session == session]
    tickets = [attempt.ticket for attempt in hall.attempts_of(session)]
    return [session, hall.journal.appliance, *tickets, *credits]


def _note(attempt: Attempt) -> str:
    if attempt.submitted_by:
        return _BY_ZH[attempt.submitted_by]
    return attempt.messages[-1].text if attempt.messages else ""
