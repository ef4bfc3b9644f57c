"""The ledger's projection: what the journals of the sites make of sessions and candidates.

Made from the received entries alone, so it can be thrown away and made again at any time.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from central_sync.centre.database import Base, LongText
from central_sync.centre.tables.columns import key_text


class LedgerLineRow(Base):
    """A candidate as the journal of one server has it."""

    __tablename__ = "ledger_line"
    __table_args__ = (
        Index("ledger_line_ticket", "ticket"),
        Index("ledger_line_session", "session"),
    )

    appliance: Mapped[str] = mapped_column(String(36), primary_key=True)
    ticket: Mapped[str] = mapped_column(key_text(120), primary_key=True)
    site: Mapped[str] = mapped_column(key_text(20))
    session: Mapped[str] = mapped_column(key_text(120))
    state: Mapped[str] = mapped_column(String(12))
    received: Mapped[int] = mapped_column(BigInteger)
    """Place of the last entry that counts here in the order of receipt."""
    fold: Mapped[str] = mapped_column(LongText)
    """All that the entries say, as JSON of LineFold."""


class LedgerSessionRow(Base):
    """A session as the journal of one server has it."""

    __tablename__ = "ledger_session"
    __table_args__ = (Index("ledger_session_session", "session"),)

    appliance: Mapped[str] = mapped_column(String(36), primary_key=True)
    session: Mapped[str] = mapped_column(key_text(120), primary_key=True)
    site: Mapped[str] = mapped_column(key_text(20))
    received: Mapped[int] = mapped_column(BigInteger)
    """Place of the last entry of the session or its candidates in the order of receipt."""
    fold: Mapped[str] = mapped_column(LongText)
    """All that the entries say, as JSON of SessionFold."""
