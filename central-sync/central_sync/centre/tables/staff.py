"""Staff of the centre and their log-ins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from central_sync.centre.database import Base, UtcMoment
from central_sync.centre.tables.columns import key_text


class StaffRow(Base):
    """A staff account of the centre."""

    __tablename__ = "staff_account"

    username: Mapped[str] = mapped_column(key_text(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    roles: Mapped[str] = mapped_column(String(60))
    """Separated by spaces."""
    active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str] = mapped_column(String(200))
    """An argon2id string."""
    password_version: Mapped[int] = mapped_column(Integer, default=1)
    """Grows with every new password; log-ins of an older one end."""
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    last_login: Mapped[datetime | None] = mapped_column(UtcMoment, default=None)


class StaffLoginRow(Base):
    """A log-in of a staff member; the token itself is nowhere."""

    __tablename__ = "staff_login"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    username: Mapped[str] = mapped_column(
        key_text(32), ForeignKey("staff_account.username", ondelete="CASCADE"), index=True
    )
    password_version: Mapped[int] = mapped_column(Integer)
    address: Mapped[str] = mapped_column(String(60))
    opened_at: Mapped[datetime] = mapped_column(UtcMoment)
    heard_at: Mapped[datetime] = mapped_column(UtcMoment)
