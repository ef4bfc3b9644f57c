"""Long work that pages watch."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from central_sync.centre.database import Base, LongText, UtcMoment


class JobRow(Base):
    """A piece of long work (import, package) and its outcome."""

    __tablename__ = "job"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(12))
    """`waiting`, `running`, `done` or `failed`."""
    percent: Mapped[int] = mapped_column(Integer, default=0)
    zh: Mapped[str] = mapped_column(String(400), default="")
    en: Mapped[str] = mapped_column(String(400), default="")
    report: Mapped[str | None] = mapped_column(LongText, default=None)
    """The ImportReport as JSON."""
    created_at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(UtcMoment, default=None)
    by: Mapped[str] = mapped_column(String(32))
