"""Candidates and the rosters that name them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from central_sync.centre.database import Base, LongText, UtcMoment
from central_sync.centre.tables.columns import key_text


class CandidateRow(Base):
    """A candidate (考生), one person over all rosters."""

    __tablename__ = "candidate"

    id_number: Mapped[str] = mapped_column(key_text(18), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    sex: Mapped[str] = mapped_column(String(1))
    employer: Mapped[str] = mapped_column(String(120))
    mobile: Mapped[str] = mapped_column(String(11))
    photo: Mapped[str | None] = mapped_column(String(64), default=None)
    """SHA-256 of the registration photo in the file store."""
    updated_at: Mapped[datetime] = mapped_column(UtcMoment)


class RosterRow(Base):
    """A roster (考生名册) of candidates of one category."""

    __tablename__ = "roster"

    id: Mapped[str] = mapped_column(key_text(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    by: Mapped[str] = mapped_column(String(32))


class RosterEntryRow(Base):
    """A line of a roster."""

    __tablename__ = "roster_entry"
    __table_args__ = (UniqueConstraint("roster", "candidate", name="roster_entry_roster_candidate"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    roster: Mapped[str] = mapped_column(key_text(12), ForeignKey("roster.id"))
    candidate: Mapped[str] = mapped_column(key_text(18), ForeignKey("candidate.id_number"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    extra_minutes: Mapped[int] = mapped_column(Integer)
    resit: Mapped[int] = mapped_column(Integer)
    """Sittings failed before, as the roster says."""
    remark: Mapped[str] = mapped_column(LongText)
