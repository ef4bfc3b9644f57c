"""Whether a ticket can be where it is meant to be, for all that has happened since."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.sites.sites import Sites
from central_sync.centre.tables.arrangement import SessionRoomRow, SessionRow, TicketRow
from central_sync.centre.tables.rosters import CandidateRow, RosterEntryRow
from central_sync.protocol.http.problems import Problem

HELD = ("arranged", "packaged", "released")
"""States of sessions that keep their candidates and rooms busy."""


def refuse_overlap(session: Session, ticket: TicketRow, to_exam: SessionRow) -> None:
    """Raise Problem move.same_time when the candidate sits another exam while the session lasts."""
    other = session.scalar(
        select(TicketRow.ticket)
        .join(SessionRow, SessionRow.id == TicketRow.session)
        .where(
            TicketRow.candidate == ticket.candidate,
            TicketRow.ticket != ticket.ticket,
            SessionRow.state.in_(HELD),
            SessionRow.starts_at < to_exam.ends_at,
            SessionRow.ends_at > to_exam.starts_at,
        )
        .limit(1)
    )
    if other is not None:
        raise Problem(
            "conflict",
            "move.same_time",
            f"该考生在此时间已安排其他考试（准考证号 {other}）",
            f"the candidate sits another exam at that time (ticket {other})",
        )


def refuse_lost_place(session: Session, sites: Sites, ticket: TicketRow) -> None:
    """Refuse to put a ticket back to where it was when it cannot be used there any more.

    Raises Problem change.overtaken, move.same_time.
    """
    exam = session.get_one(SessionRow, ticket.session)
    name = session.get_one(CandidateRow, ticket.candidate).name
    seats = {room.name: room.seats for room in sites.rooms(session, exam.site)}
    held = session.get(SessionRoomRow, (exam.id, ticket.room))
    if held is None or ticket.seat not in seats.get(ticket.room, ()):
        raise Problem(
            "conflict",
            "change.overtaken",
            f"{name}原来的座位（{ticket.room} {ticket.seat} 号）已停用或取消，请另行安排",
            f"the seat that {name} had ({ticket.room}, {ticket.seat}) is closed or gone; arrange anew",
        )
    entry = session.scalar(
        select(RosterEntryRow.id).where(
            RosterEntryRow.roster == ticket.roster, RosterEntryRow.candidate == ticket.candidate
        )
    )
    if entry is None:
        raise Problem(
            "conflict",
            "change.overtaken",
            f"{name}已从名册 {ticket.roster} 删除，请先重新导入名册",
            f"{name} is no longer on roster {ticket.roster}; import the roster again first",
        )
    other = session.scalar(
        select(TicketRow.ticket)
        .join(SessionRow, SessionRow.id == TicketRow.session)
        .where(
            TicketRow.candidate == ticket.candidate,
            TicketRow.ticket != ticket.ticket,
            TicketRow.outcome == "",
            SessionRow.plan == exam.plan,
            SessionRow.state != "cancelled",
        )
        .limit(1)
    )
    if other is not None:
        raise Problem(
            "conflict",
            "change.overtaken",
            f"{name}之后已重新安排（准考证号 {other}），请先取消该安排",
            f"{name} was arranged again since (ticket {other}); take that back first",
        )
    refuse_overlap(session, ticket, exam)
