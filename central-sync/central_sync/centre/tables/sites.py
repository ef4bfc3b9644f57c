"""Exam sites with their servers and rooms."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from central_sync.centre.database import Base, LongText, UtcMoment
from central_sync.centre.tables.columns import key_text


class SiteRow(Base):
    """An exam site (考试点) with the fields of form 4."""

    __tablename__ = "site"

    code: Mapped[str] = mapped_column(key_text(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    province: Mapped[str] = mapped_column(String(120), default="")
    city: Mapped[str] = mapped_column(String(120))
    county: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    credit_code: Mapped[str] = mapped_column(String(18), default="")
    founded: Mapped[str] = mapped_column(String(10), default="")
    """Date, ISO 8601, or empty."""
    site_type: Mapped[str] = mapped_column(String(12), default="theory")
    person_in_charge: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(30), default="")
    time_zone: Mapped[str] = mapped_column(String(60), default="Asia/Shanghai")
    active: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime] = mapped_column(UtcMoment)


class SiteServerRow(Base):
    """A theory server (理论考场服务器) of a site."""

    __tablename__ = "site_server"

    site: Mapped[str] = mapped_column(
        key_text(20), ForeignKey("site.code", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(key_text(60), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(12))
    address_kind: Mapped[str] = mapped_column(String(12))
    mac: Mapped[str] = mapped_column(String(17))
    cpu_cores: Mapped[int] = mapped_column(Integer)
    memory_gb: Mapped[int] = mapped_column(Integer)
    disk_gb: Mapped[int] = mapped_column(Integer)


class SiteRoomRow(Base):
    """A theory exam room (理论考场) of a site: seats 1 to capacity."""

    __tablename__ = "site_room"

    site: Mapped[str] = mapped_column(
        key_text(20), ForeignKey("site.code", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(key_text(60), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    capacity: Mapped[int] = mapped_column(Integer)
    server: Mapped[str] = mapped_column(String(120))
    closed_seats: Mapped[str] = mapped_column(LongText, default="[]")
    """Seats that nobody is arranged to, as a JSON list."""
