"""Which candidate somebody is: found on the rosters of the open sessions by document number or ticket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from central_sync.protocol.roster import ArrangedCandidate
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.states import SeatState, SessionState
from exam_appliance.identity.facts import DocumentFacts, RosterFacts, SessionFacts
from exam_appliance.identity.matching import newer_card_of, same_number

_OVER = (SessionState.ENDED, SessionState.SIGNED_OFF, SessionState.CANCELLED)
_FINISHED = (SeatState.SUBMITTED, SeatState.SCORED, SeatState.VOIDED)
_SEATED = (SeatState.CHECKED_IN, SeatState.SITTING, SeatState.PAUSED)


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate in a session."""

    session: str
    candidate: ArrangedCandidate
    attempt: Attempt

    @property
    def finished(self) -> bool:
        """Whether the paper is handed in or void."""
        return self.attempt.state in _FINISHED

    @property
    def seated(self) -> int:
        """Seat at which the candidate is at work, 0 for none."""
        return self.attempt.seat if self.attempt.state in _SEATED and self.attempt.token else 0

    def facts(self) -> RosterFacts:
        """Return what the roster says, with the seat as it is now."""
        return RosterFacts(
            self.candidate.ticket,
            self.candidate.id_number,
            self.candidate.name,
            self.candidate.photo is not None,
            self.attempt.room,
            self.attempt.seat,
        )


def find_candidate(hall: Hall, document: DocumentFacts | None, ticket: str) -> Found | None:
    """Return whom a document, else a ticket, leads to; of several sessions the next one that is not over."""
    everybody = list(_all(hall))
    found: list[Found] = []
    if document is not None and document.number:
        found = [one for one in everybody if same_number(document.number, one.candidate.id_number)]
    if not found and ticket:
        found = [one for one in everybody if one.candidate.ticket == ticket]
    if not found and document is not None:
        found = [
            one
            for one in everybody
            if newer_card_of(document.number, document.name, document.english_name, one.facts())
        ]
    own = [one for one in found if one.candidate.ticket == ticket]
    return min(own or found, key=lambda one: _order(hall, one), default=None)


def session_facts(hall: Hall, found: Found, now: datetime, late_minutes: int | None) -> SessionFacts:
    """Return when a candidate may come to the session; moments in the zone of `now`.

    `late_minutes` is the site's own setting, None for the plan's. Whom an invigilator let in although
    late has no latest moment.
    """
    record, plan = hall.planned(found.session)
    latest = None
    if record.state in (SessionState.RUNNING, SessionState.PAUSED) and not found.attempt.admitted:
        late = plan.late_minutes if late_minutes is None else late_minutes
        left_ms = record.started_t + late * 60_000 - hall.clock.t()
        latest = now + timedelta(milliseconds=left_ms)
    return SessionFacts(plan.title, plan.unlock_from.astimezone(now.tzinfo), latest, record.state in _OVER)


def _all(hall: Hall) -> Iterator[Found]:
    for session, contents in hall.contents.items():
        for ticket, candidate in contents.roster.items():
            yield Found(session, candidate, hall.attempt(ticket))


def _order(hall: Hall, found: Found) -> tuple[bool, bool, datetime]:
    record, plan = hall.planned(found.session)
    return record.state in _OVER, found.finished, plan.starts_at
