"""Exam packages as built, and who gave their keys out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from central_sync.centre.database import Base, UtcMoment
from central_sync.centre.tables.columns import key_text


class PackageRow(Base):
    """A package (考试包) of a session; the one with the highest number is the one that counts."""

    __tablename__ = "exam_package"
    __table_args__ = (UniqueConstraint("session", "number", name="exam_package_session_number"),)

    id: Mapped[str] = mapped_column(key_text(48), primary_key=True)
    session: Mapped[str] = mapped_column(key_text(32))
    number: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    """Bytes."""
    items: Mapped[int] = mapped_column(Integer)
    media: Mapped[int] = mapped_column(Integer)
    candidates: Mapped[int] = mapped_column(Integer)
    photos: Mapped[int] = mapped_column(Integer)
    bank: Mapped[str] = mapped_column(key_text(12))
    bank_version: Mapped[int] = mapped_column(Integer)
    """Where its items are from."""
    arrangement: Mapped[str] = mapped_column(String(64))
    """Digest of plan and roster: when it is no longer that of the tables, the package is outdated."""
    questions: Mapped[str] = mapped_column(String(64))
    """Digest of blueprint and bank version."""
    sealed_key: Mapped[str] = mapped_column(Text)
    """The content key, sealed for the centre itself."""
    sealed_code: Mapped[str] = mapped_column(Text)
    """The release code, sealed for the centre itself."""
    built_at: Mapped[datetime] = mapped_column(UtcMoment)
    by: Mapped[str] = mapped_column(String(32))


class KeyReleaseRow(Base):
    """A key was given out: who did it, when, how and why. Rows are only ever added."""

    __tablename__ = "key_release"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    session: Mapped[str] = mapped_column(key_text(32), index=True)
    package: Mapped[str] = mapped_column(key_text(48))
    way: Mapped[str] = mapped_column(String(12))
    """`online` or `code`."""
    at: Mapped[datetime] = mapped_column(UtcMoment)
    by: Mapped[str] = mapped_column(String(32))
    servers: Mapped[int] = mapped_column(Integer)
    """How many servers the key was sealed for; 0 for a code."""
    reason: Mapped[str] = mapped_column(String(200))
