"""Question banks: versions, items, media."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from central_sync.centre.database import Base, LongText, UtcMoment
from central_sync.centre.tables.columns import key_text


class BankRow(Base):
    """A question bank (题库)."""

    __tablename__ = "bank"

    id: Mapped[str] = mapped_column(key_text(12), primary_key=True)
    name: Mapped[str] = mapped_column(key_text(120), unique=True)
    category: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(Integer, default=0)
    """Newest version, 0 while the bank is empty."""
    updated_at: Mapped[datetime] = mapped_column(UtcMoment)


class BankVersionRow(Base):
    """A version of a bank, as one import made it."""

    __tablename__ = "bank_version"

    bank: Mapped[str] = mapped_column(key_text(12), ForeignKey("bank.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcMoment)
    by: Mapped[str] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(200))
    """Name of the file that came in."""
    items: Mapped[int] = mapped_column(Integer)
    added: Mapped[int] = mapped_column(Integer)
    changed: Mapped[int] = mapped_column(Integer)
    removed: Mapped[int] = mapped_column(Integer)


class BankItemRow(Base):
    """An item from one version of its bank on, until another replaces or removes it."""

    __tablename__ = "bank_item"
    __table_args__ = (Index("bank_item_bank_until", "bank", "until_version"),)

    bank: Mapped[str] = mapped_column(key_text(12), ForeignKey("bank.id"), primary_key=True)
    item: Mapped[str] = mapped_column(key_text(64), primary_key=True)
    from_version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    until_version: Mapped[int | None] = mapped_column(Integer, default=None)
    """First version without it; null while it is in the newest."""
    position: Mapped[int] = mapped_column(Integer)
    """Place in the order of the bank."""
    type: Mapped[str] = mapped_column(String(12))
    topic: Mapped[str] = mapped_column(key_text(120))
    body: Mapped[str] = mapped_column(LongText)
    """The item as canonical JSON, key included."""


class StoredFileRow(Base):
    """A picture, clip or photo that lies in the centre's file store, by its SHA-256."""

    __tablename__ = "stored_file"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(BigInteger)
    stored_at: Mapped[datetime] = mapped_column(UtcMoment)
