"""Exam sessions (场次): what they are, who sits in them, and cancelling one."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.api.plan_models import (
    RoomFill,
    SessionsQuery,
    SessionView,
    Tickets,
    TicketView,
)
from central_sync.centre.exchange.service import Exchange
from central_sync.centre.exchange.tables import DocumentRow
from central_sync.centre.sites.sites import Sites
from central_sync.centre.tables.arrangement import SessionRoomRow, SessionRow, TicketRow
from central_sync.centre.tables.plans import PlanRow
from central_sync.centre.tables.rosters import CandidateRow
from central_sync.centre.tables.sites import SiteRow
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.roster import masked_id
from central_sync.protocol.session import SessionDocument, SignedDocument

CHANGEABLE = ("arranged", "packaged")
"""States in which seats may still change: once the key is released the site may have started."""


class Sessions:
    """The sessions of the centre. Methods work in the caller's transaction."""

    def __init__(self, exchange: Exchange, sites: Sites) -> None:
        self._exchange = exchange
        self._sites = sites

    def all(self, session: Session, query: SessionsQuery) -> list[SessionView]:
        """Return the sessions asked for by start and site."""
        chosen = select(SessionRow).order_by(SessionRow.starts_at, SessionRow.site, SessionRow.id)
        if query.plan is not None:
            chosen = chosen.where(SessionRow.plan == query.plan)
        if query.site is not None:
            chosen = chosen.where(SessionRow.site == query.site)
        if query.state is not None:
            chosen = chosen.where(SessionRow.state == query.state)
        if query.day is not None:
            # A day in any zone lies within these hours of the same day in UTC.
            noon = datetime.combine(query.day, time(12), ZoneInfo("UTC"))
            around = timedelta(hours=36)
            chosen = chosen.where(
                SessionRow.starts_at >= noon - around, SessionRow.starts_at <= noon + around
            )
        views = [self.view(session, row) for row in session.scalars(chosen)]
        if query.day is None:
            return views
        return [
            view for view in views if view.starts_at.astimezone(ZoneInfo(view.time_zone)).date() == query.day
        ]

    def get(self, session: Session, exam: str) -> SessionView:
        """Return a session; raises Problem session.unknown."""
        return self.view(session, held_session(session, exam))

    def tickets(self, session: Session, exam: str, *, masked: bool) -> Tickets:
        """Return the tickets of a session by room and seat; raises Problem session.unknown."""
        row = held_session(session, exam)
        found = session.execute(
            select(TicketRow, CandidateRow)
            .join(CandidateRow, CandidateRow.id_number == TicketRow.candidate)
            .join(
                SessionRoomRow,
                (SessionRoomRow.session == TicketRow.session) & (SessionRoomRow.room == TicketRow.room),
            )
            .where(TicketRow.session == exam)
            .order_by(SessionRoomRow.position, TicketRow.seat)
        )
        return Tickets(
            session=self.view(session, row),
            site_address=session.get_one(SiteRow, row.site).address,
            tickets=tuple(ticket_view(ticket, person, masked=masked) for ticket, person in found),
        )

    def ticket(self, session: Session, ticket: str) -> TicketView:
        """Return one ticket; raises Problem ticket.unknown."""
        row = held_ticket(session, ticket)
        return ticket_view(row, session.get_one(CandidateRow, row.candidate), masked=False)

    def cancel(self, session: Session, exam: str, reason: str) -> SessionView:
        """Cancel a session; its candidates may be arranged anew.

        The site is told when it knows the session. Raises Problem session.unknown, session.fixed.
        """
        row = changeable_session(session, exam)
        row.state, row.reason = "cancelled", reason
        session.flush()
        told = session.get(DocumentRow, (row.site, "session", exam))
        if told is not None:
            held = SignedDocument.model_validate_json(told.signed)
            document = SessionDocument.model_validate(held.body).model_copy(
                update={"cancelled": True, "reason": reason}
            )
            self._exchange.publish(session, "session", exam, row.site, document.model_dump(mode="json"))
        return self.view(session, row)

    def view(self, session: Session, row: SessionRow) -> SessionView:
        """Return a session as pages show it."""
        plan = session.get_one(PlanRow, row.plan)
        site = session.get_one(SiteRow, row.site)
        filled: Counter[str] = Counter(
            session.scalars(select(TicketRow.room).where(TicketRow.session == row.id))
        )
        usable = {room.name: len(room.seats) for room in self._sites.rooms(session, row.site)}
        rooms = tuple(
            RoomFill(
                room=room.room,
                capacity=usable.get(room.room, room.capacity),
                arranged=filled[room.room],
            )
            for room in session.scalars(
                select(SessionRoomRow)
                .where(SessionRoomRow.session == row.id)
                .order_by(SessionRoomRow.position)
            )
        )
        return SessionView(
            session=row.id,
            title=row.title,
            plan=plan.id,
            plan_name=plan.name,
            category=plan.category,
            site=site.code,
            site_name=site.name,
            time_zone=site.time_zone,
            starts_at=row.starts_at,
            unlock_from=row.unlock_from,
            closes_at=row.closes_at,
            duration_minutes=plan.duration_minutes,
            points=plan.points,
            pass_points=plan.pass_points,
            state=row.state,
            reason=row.reason,
            rooms=rooms,
            candidates=filled.total(),
            capacity=sum(room.capacity for room in rooms),
        )


def session_title(plan: PlanRow, starts_at: datetime, zone: str) -> str:
    """Return what people call a session, such as 低压电工作业（初训）2026年11月24日上午场."""
    local = starts_at.astimezone(ZoneInfo(zone))
    part = "上午" if local.hour < 12 else "下午" if local.hour < 18 else "晚间"
    return f"{plan.name[:90]} {local.year}年{local.month}月{local.day}日{part}场"


def new_session_times(plan: PlanRow, starts_at: datetime) -> dict[str, datetime]:
    """Return the moments of a session that starts at `starts_at` by the rules of its plan."""
    return {
        "starts_at": starts_at,
        "unlock_from": starts_at - timedelta(minutes=plan.unlock_before_minutes),
        "closes_at": starts_at + timedelta(minutes=plan.start_within_minutes),
        "ends_at": starts_at + timedelta(minutes=plan.duration_minutes),
    }


def ticket_view(ticket: TicketRow, person: CandidateRow, *, masked: bool) -> TicketView:
    """Return a ticket as pages show it."""
    return TicketView.model_validate(
        {
            "ticket": ticket.ticket,
            "session": ticket.session,
            "room": ticket.room,
            "seat": ticket.seat,
            "name": person.name,
            "sex": person.sex,
            "id_number": masked_id(person.id_number) if masked else person.id_number,
            "employer": person.employer,
            "photo": person.photo,
            "extra_minutes": ticket.extra_minutes,
            "resit": ticket.resit,
            "outcome": ticket.outcome,
            "score": ticket.score,
        }
    )


def held_session(session: Session, exam: str) -> SessionRow:
    """Return a session's row, locked until the transaction ends; raises Problem session.unknown."""
    row = session.get(SessionRow, exam, with_for_update=True)
    if row is None:
        raise Problem(
            "missing",
            "session.unknown",
            f"没有场次 {exam[:32]}，请刷新页面",
            f"there is no session {exam[:32]}; reload the page",
        )
    return row


def changeable_session(session: Session, exam: str) -> SessionRow:
    """Return a session whose seats may still change; raises Problem session.unknown, session.fixed."""
    row = held_session(session, exam)
    if row.state not in CHANGEABLE:
        raise Problem(
            "conflict",
            "session.fixed",
            f"场次 {exam} 已发放密钥、结束或取消，座位安排不能再改；现场调整请由考点监考员办理",
            f"the key of session {exam} is released, or it is over or cancelled: its seats are fixed; "
            "invigilators can still move a candidate at the site",
        )
    return row


def held_ticket(session: Session, ticket: str) -> TicketRow:
    """Return a ticket's row; raises Problem ticket.unknown."""
    row = session.get(TicketRow, ticket, with_for_update=True)
    if row is None:
        raise Problem(
            "missing",
            "ticket.unknown",
            f"没有准考证 {ticket[:12]}，请刷新页面",
            f"there is no admission ticket {ticket[:12]}; reload the page",
        )
    return row
