"""The newest readiness and pre-flight of each site server, made from the received entries alone."""

from __future__ import annotations

from sqlalchemy import Boolean, String
from sqlalchemy.orm import Mapped, mapped_column

from central_sync.centre.database import Base, LongText
from central_sync.centre.tables.columns import key_text


class ServerReadinessRow(Base):
    """What one server told last; empty texts and None before it told anything of the kind."""

    __tablename__ = "server_readiness"

    appliance: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(key_text(20), index=True)
    checked_at: Mapped[str] = mapped_column(String(40), default="")
    """By the server's clock, as its entry has it."""
    ready: Mapped[bool | None] = mapped_column(Boolean, default=None)
    rows: Mapped[str] = mapped_column(LongText, default="{}")
    """States by row of the standard, JSON."""
    report_sha256: Mapped[str] = mapped_column(String(64), default="")
    preflight_at: Mapped[str] = mapped_column(String(40), default="")
    preflight_ready: Mapped[bool | None] = mapped_column(Boolean, default=None)
    items: Mapped[str] = mapped_column(LongText, default="{}")
    """States by item of the pre-flight, JSON."""
