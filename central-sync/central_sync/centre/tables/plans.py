"""Blueprints and exam plans."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from central_sync.centre.database import Base, LongText, UtcMoment
from central_sync.centre.tables.columns import key_text


class BlueprintRow(Base):
    """A blueprint (组卷蓝图) for papers of a bank."""

    __tablename__ = "blueprint"

    id: Mapped[str] = mapped_column(key_text(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    bank: Mapped[str] = mapped_column(key_text(12), ForeignKey("bank.id"))
    body: Mapped[str] = mapped_column(LongText)
    """The Blueprint of the protocol as JSON."""
    updated_at: Mapped[datetime] = mapped_column(UtcMoment)


class PlanRow(Base):
    """An exam plan (考试计划)."""

    __tablename__ = "exam_plan"

    id: Mapped[str] = mapped_column(key_text(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(60))
    blueprint: Mapped[str] = mapped_column(key_text(12), ForeignKey("blueprint.id"))
    duration_minutes: Mapped[int] = mapped_column(Integer)
    points: Mapped[int] = mapped_column(Integer)
    pass_points: Mapped[int] = mapped_column(Integer)
    resits: Mapped[int] = mapped_column(Integer)
    late_minutes: Mapped[int] = mapped_column(Integer)
    show_result: Mapped[bool] = mapped_column()
    window_from: Mapped[datetime] = mapped_column(UtcMoment)
    window_until: Mapped[datetime] = mapped_column(UtcMoment)
    unlock_before_minutes: Mapped[int] = mapped_column(Integer)
    start_within_minutes: Mapped[int] = mapped_column(Integer)
    updated_at: Mapped[datetime] = mapped_column(UtcMoment)
