"""Rosters (考生名册): candidates as their agencies sent them in, with registration photos."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from central_sync.centre.api.models import (
    CandidateView,
    RosterPage,
    RosterQuery,
    RosterRequest,
    RosterView,
)
from central_sync.centre.arrangement.turns import take_turn
from central_sync.centre.exchange.counters import advance
from central_sync.centre.file_store import FileStore, missing_file
from central_sync.centre.files.roster_read import RosterDraft
from central_sync.centre.tables.arrangement import SessionRow, TicketRow
from central_sync.centre.tables.rosters import CandidateRow, RosterEntryRow, RosterRow
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.roster import masked_id


class Rosters:
    """The rosters of the centre. Methods work in the caller's transaction."""

    def __init__(self, files: FileStore, clock: Callable[[], datetime]) -> None:
        self._files = files
        self._clock = clock

    def all(self, session: Session) -> list[RosterView]:
        """Return all rosters, newest first."""
        rows = session.scalars(select(RosterRow).order_by(RosterRow.created_at.desc(), RosterRow.id.desc()))
        return [self._view(session, row) for row in rows]

    def create(self, session: Session, asked: RosterRequest, by: str) -> RosterView:
        """Make an empty roster."""
        row = RosterRow(
            id=f"R{advance(session, 'number/roster'):04d}",
            name=asked.name,
            category=asked.category,
            created_at=self._clock(),
            by=by,
        )
        session.add(row)
        session.flush()
        return self._view(session, row)

    def take(self, session: Session, roster: str, draft: RosterDraft) -> tuple[int, int]:
        """Put candidates on a roster and return how many lines are new and how many were there.

        A line that is there takes the new values; a photo stays when none comes. Raises Problem
        roster.unknown.
        """
        held_roster(session, roster)
        now = self._clock()
        self._files.keep(session, {sha: ("image/jpeg", data) for sha, data in draft.photos.items()}, now)
        lines = {
            row.candidate: row
            for row in session.scalars(select(RosterEntryRow).where(RosterEntryRow.roster == roster))
        }
        position = max((row.position for row in lines.values()), default=0)
        fresh = 0
        for given in draft.candidates:
            person = session.get(CandidateRow, given.id_number)
            if person is None:
                person = CandidateRow(id_number=given.id_number)
                session.add(person)
            person.name, person.sex = given.name, given.sex
            person.employer, person.mobile = given.employer, given.mobile
            person.photo = given.photo_sha256 or person.photo
            person.updated_at = now
            line = lines.get(given.id_number)
            if line is None:
                fresh += 1
                position += 1
                line = RosterEntryRow(roster=roster, candidate=given.id_number, position=position)
                # The candidate's row must be there first: no relationship tells the order.
                session.flush()
                session.add(line)
            line.extra_minutes, line.resit, line.remark = given.extra_minutes, given.resit, given.remark
        session.flush()
        return fresh, len(draft.candidates) - fresh

    def page(self, session: Session, roster: str, query: RosterQuery, *, masked: bool) -> RosterPage:
        """Return one page of a roster, ID numbers masked for who only looks on.

        Raises Problem roster.unknown.
        """
        row = held_roster(session, roster)
        chosen = (
            select(RosterEntryRow, CandidateRow)
            .join(CandidateRow, CandidateRow.id_number == RosterEntryRow.candidate)
            .where(RosterEntryRow.roster == roster)
        )
        if query.search:
            parts = [CandidateRow.name, CandidateRow.employer]
            if not masked:
                parts.append(CandidateRow.id_number)
            chosen = chosen.where(or_(*(part.contains(query.search, autoescape=True) for part in parts)))
        total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
        found = session.execute(
            chosen.order_by(RosterEntryRow.position).limit(query.size).offset((query.page - 1) * query.size)
        ).all()
        tickets = _tickets_of(session, [person.id_number for _, person in found])
        return RosterPage(
            roster=self._view(session, row),
            total=total,
            page=query.page,
            size=query.size,
            candidates=tuple(
                CandidateView.model_validate(
                    {
                        "entry": line.id,
                        "name": person.name,
                        "sex": person.sex,
                        "id_number": masked_id(person.id_number) if masked else person.id_number,
                        "employer": person.employer,
                        "mobile": "" if masked else person.mobile,
                        "extra_minutes": line.extra_minutes,
                        "resit": line.resit,
                        "remark": line.remark,
                        "photo": person.photo,
                        "tickets": tuple(tickets.get(person.id_number, ())),
                    }
                )
                for line, person in found
            ),
        )

    def remove(self, session: Session, roster: str, entry: int) -> None:
        """Take a candidate off a roster; raises Problem roster.no_entry, roster.arranged."""
        take_turn(session)
        line = session.get(RosterEntryRow, entry)
        if line is None or line.roster != roster:
            raise Problem(
                "missing",
                "roster.no_entry",
                "名册中没有这名考生，请刷新页面",
                "the roster has no such candidate; reload the page",
            )
        ticket = session.scalar(
            select(TicketRow.ticket)
            .join(SessionRow, SessionRow.id == TicketRow.session)
            .where(
                TicketRow.roster == roster,
                TicketRow.candidate == line.candidate,
                SessionRow.state != "cancelled",
            )
            .limit(1)
        )
        if ticket is not None:
            raise Problem(
                "conflict",
                "roster.arranged",
                f"该考生已安排考试（准考证号 {ticket}），请先取消其安排",
                f"the candidate holds ticket {ticket}; remove the candidate from that session first",
            )
        session.delete(line)
        session.flush()

    def require_photo(self, session: Session, sha256: str) -> None:
        """Raise Problem file.missing unless the file is a candidate's photo."""
        if not session.scalar(
            select(func.count()).select_from(CandidateRow).where(CandidateRow.photo == sha256)
        ):
            raise missing_file(sha256)

    def _view(self, session: Session, row: RosterRow) -> RosterView:
        lines = (
            select(func.count())
            .select_from(RosterEntryRow)
            .join(CandidateRow, CandidateRow.id_number == RosterEntryRow.candidate)
            .where(RosterEntryRow.roster == row.id)
        )
        arranged = (
            select(func.count(TicketRow.candidate.distinct()))
            .select_from(TicketRow)
            .join(SessionRow, SessionRow.id == TicketRow.session)
            .join(
                RosterEntryRow,
                and_(
                    RosterEntryRow.roster == TicketRow.roster,
                    RosterEntryRow.candidate == TicketRow.candidate,
                ),
            )
            .where(
                TicketRow.roster == row.id,
                SessionRow.state.in_(("arranged", "packaged", "released")),
                SessionRow.ends_at > self._clock(),
            )
        )
        return RosterView(
            roster=row.id,
            name=row.name,
            category=row.category,
            candidates=session.scalar(lines) or 0,
            photos=session.scalar(lines.where(CandidateRow.photo.is_not(None))) or 0,
            arranged=session.scalar(arranged) or 0,
            created_at=row.created_at,
            by=row.by,
        )


def held_roster(session: Session, roster: str) -> RosterRow:
    """Return a roster's row; raises Problem roster.unknown."""
    row = session.get(RosterRow, roster)
    if row is None:
        raise Problem(
            "missing",
            "roster.unknown",
            f"没有名册 {roster[:20]}，请刷新页面",
            f"there is no roster {roster[:20]}; reload the page",
        )
    return row


def _tickets_of(session: Session, people: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    rows = session.execute(
        select(TicketRow.candidate, TicketRow.ticket)
        .join(SessionRow, SessionRow.id == TicketRow.session)
        .where(TicketRow.candidate.in_(people), SessionRow.state != "cancelled")
        .order_by(SessionRow.starts_at)
    )
    for candidate, ticket in rows:
        found.setdefault(candidate, []).append(ticket)
    return found
