"""Exam sessions, the admission tickets in them, and how the arrangement came about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from central_sync.centre.database import Base, LongText, UtcMoment
from central_sync.centre.tables.columns import key_text


class SessionRow(Base):
    """An exam session (场次): one plan at one site at one start time."""

    __tablename__ = "exam_session"
    __table_args__ = (Index("exam_session_site_starts_at", "site", "starts_at"),)

    id: Mapped[str] = mapped_column(key_text(32), primary_key=True)
    plan: Mapped[str] = mapped_column(key_text(12), ForeignKey("exam_plan.id"), index=True)
    site: Mapped[str] = mapped_column(key_text(20), ForeignKey("site.code"))
    title: Mapped[str] = mapped_column(String(120))
    starts_at: Mapped[datetime] = mapped_column(UtcMoment)
    unlock_from: Mapped[datetime] = mapped_column(UtcMoment)
    closes_at: Mapped[datetime] = mapped_column(UtcMoment)
    ends_at: Mapped[datetime] = mapped_column(UtcMoment)
    """Planned end without extra time: what rooms and candidates are kept free for."""
    state: Mapped[str] = mapped_column(String(12), default="arranged")
    """`arranged`, `packaged`, `released`, `closed` or `cancelled`."""
    reason: Mapped[str] = mapped_column(String(200), default="")
    """Why it was cancelled."""


class SessionRoomRow(Base):
    """A room that a session uses, as it was when arranged."""

    __tablename__ = "exam_session_room"

    session: Mapped[str] = mapped_column(
        key_text(32), ForeignKey("exam_session.id", ondelete="CASCADE"), primary_key=True
    )
    room: Mapped[str] = mapped_column(key_text(60), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    capacity: Mapped[int] = mapped_column(Integer)
    server: Mapped[str] = mapped_column(String(120))


class TicketRow(Base):
    """An admission ticket (准考证): a candidate's seat in a session."""

    __tablename__ = "admission_ticket"
    __table_args__ = (
        UniqueConstraint("session", "room", "seat", name="admission_ticket_seat"),
        UniqueConstraint("session", "candidate", name="admission_ticket_candidate"),
    )

    ticket: Mapped[str] = mapped_column(key_text(12), primary_key=True)
    session: Mapped[str] = mapped_column(key_text(32), ForeignKey("exam_session.id"))
    room: Mapped[str] = mapped_column(key_text(60))
    seat: Mapped[int] = mapped_column(Integer)
    candidate: Mapped[str] = mapped_column(key_text(18), ForeignKey("candidate.id_number"), index=True)
    roster: Mapped[str] = mapped_column(key_text(12), ForeignKey("roster.id"), index=True)
    extra_minutes: Mapped[int] = mapped_column(Integer)
    resit: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(String(12), default="")
    """`passed`, `failed`, `absent`, `voided`; empty until the session is closed."""
    score: Mapped[int | None] = mapped_column(Integer, default=None)


class ProposalRow(Base):
    """A proposed arrangement; nothing is arranged by it until it is confirmed."""

    __tablename__ = "arrangement_proposal"

    id: Mapped[str] = mapped_column(key_text(12), primary_key=True)
    plan: Mapped[str] = mapped_column(key_text(12), ForeignKey("exam_plan.id"))
    made_at: Mapped[datetime] = mapped_column(UtcMoment)
    by: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(12), default="open")
    asked: Mapped[str] = mapped_column(LongText)
    """The request as JSON."""
    proposed: Mapped[str] = mapped_column(LongText)
    """The proposal as JSON."""


class ChangeRow(Base):
    """A change of the arrangement, with what is needed to undo it."""

    __tablename__ = "arrangement_change"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcMoment)
    by: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(12))
    zh: Mapped[str] = mapped_column(String(400))
    en: Mapped[str] = mapped_column(String(400))
    reason: Mapped[str] = mapped_column(String(200), default="")
    before: Mapped[str] = mapped_column(LongText)
    """Tickets before the change as JSON; those that were not there are missing."""
    after: Mapped[str] = mapped_column(LongText)
    """Tickets after the change, and sessions that it made, as JSON."""
    undone: Mapped[bool] = mapped_column(default=False)


class ChangeSessionRow(Base):
    """A session that a change touched."""

    __tablename__ = "arrangement_change_session"

    change: Mapped[int] = mapped_column(
        ForeignKey("arrangement_change.id"), primary_key=True, autoincrement=False
    )
    session: Mapped[str] = mapped_column(key_text(32), primary_key=True, index=True)
