"""What staff did about site servers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from central_sync.centre.database import Base, UtcMoment
from central_sync.centre.tables.columns import key_text


class ApplianceActRow(Base):
    """Somebody gave a claim code out, readmitted or revoked a server. Rows are only ever added."""

    __tablename__ = "appliance_act"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    site: Mapped[str] = mapped_column(key_text(20))
    appliance: Mapped[str] = mapped_column(String(36), index=True)
    """Empty for a claim code: the server is not known yet."""
    act: Mapped[str] = mapped_column(String(12))
    """`claim`, `readmit` or `revoke`."""
    at: Mapped[datetime] = mapped_column(UtcMoment)
    by: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(200))
