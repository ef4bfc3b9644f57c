"""Tables of the exchange. All names begin with `exchange_`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from central_sync.centre.database import Base, LongBytes, LongText, UtcMoment


class ApplianceRow(Base):
    """A site server as enrolled, and how far its journal is held."""

    __tablename__ = "exchange_appliance"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(20), index=True)
    journal_key: Mapped[str] = mapped_column(String(44))
    sealing_key: Mapped[str] = mapped_column(String(44))
    machine: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12), default="active")
    """`active`, `quarantined` or `revoked`."""
    reason: Mapped[str] = mapped_column(String(40), default="")
    enrolled_at: Mapped[datetime] = mapped_column(UtcMoment)
    last_contact: Mapped[datetime] = mapped_column(UtcMoment)
    acknowledged: Mapped[int] = mapped_column(BigInteger, default=0)
    head_hash: Mapped[str] = mapped_column(String(64))
    """Hash of the entry at `acknowledged`; the chain's genesis when that is 0."""
    head_signature: Mapped[str] = mapped_column(String(88), default="")
    software: Mapped[str] = mapped_column(String(60), default="")
    report: Mapped[str] = mapped_column(LongText, default="{}")
    """The last status report as JSON."""


class CertificateRow(Base):
    """A certificate given to an appliance."""

    __tablename__ = "exchange_certificate"

    serial: Mapped[str] = mapped_column(String(40), primary_key=True)
    appliance: Mapped[str] = mapped_column(String(36), index=True)
    issued_at: Mapped[datetime] = mapped_column(UtcMoment)
    expires_at: Mapped[datetime] = mapped_column(UtcMoment)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcMoment, default=None)


class ClaimRow(Base):
    """A claim code; only the digest of its secret is kept."""

    __tablename__ = "exchange_claim"

    secret_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    site: Mapped[str] = mapped_column(String(20), index=True)
    made_at: Mapped[datetime] = mapped_column(UtcMoment)
    expires_at: Mapped[datetime] = mapped_column(UtcMoment)
    used_at: Mapped[datetime | None] = mapped_column(UtcMoment, default=None)
    appliance: Mapped[str | None] = mapped_column(String(36), default=None)


class EntryRow(Base):
    """A journal entry as received; `line` is the site's own canonical JSON, byte for byte."""

    __tablename__ = "exchange_journal_entry"
    __table_args__ = (
        UniqueConstraint("appliance", "seq", name="exchange_journal_entry_appliance_seq"),
        Index("exchange_journal_entry_site_received", "site", "received"),
        Index("exchange_journal_entry_subject", "subject", "received"),
    )

    received: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Place in the order of receipt over all appliances, from 1, without gaps."""
    appliance: Mapped[str] = mapped_column(String(36))
    site: Mapped[str] = mapped_column(String(20))
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120))
    actor: Mapped[str] = mapped_column(String(120))
    hash: Mapped[str] = mapped_column(String(64))
    flag: Mapped[str] = mapped_column(String(12), default="")
    """`kind` for an unknown kind, `body` for a body that is not of its kind, else empty."""
    line: Mapped[str] = mapped_column(LongText)


class CounterRow(Base):
    """A number that only grows. Its row is locked by who counts, so numbers are given in commit order."""

    __tablename__ = "exchange_counter"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class DocumentRow(Base):
    """The newest version of a document for a site."""

    __tablename__ = "exchange_document"
    __table_args__ = (Index("exchange_document_site_version", "site", "version", unique=True),)

    site: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    signed: Mapped[str] = mapped_column(LongText)
    """The signed document as JSON."""


class BlobRow(Base):
    """A file that the centre holds, by its SHA-256."""

    __tablename__ = "exchange_blob"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(UtcMoment)
    appliance: Mapped[str | None] = mapped_column(String(36), default=None)
    """Which appliance sent it up, None for a file of the centre."""


class SiteFileRow(Base):
    """A file that a server announced in its journal, and when it was here whole."""

    __tablename__ = "exchange_site_file"

    appliance: Mapped[str] = mapped_column(String(36), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    site: Mapped[str] = mapped_column(String(20), index=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    """The entry that announced it."""
    subject: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(100))
    purpose: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime | None] = mapped_column(UtcMoment, default=None)


class BlobGrantRow(Base):
    """A site may fetch a blob, for a document of the site names it."""

    __tablename__ = "exchange_blob_grant"

    site: Mapped[str] = mapped_column(String(20), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)


class ReleasedKeyRow(Base):
    """A content key given to a site, sealed for the centre itself, so that servers enrolled later get it."""

    __tablename__ = "exchange_released_key"

    site: Mapped[str] = mapped_column(String(20), primary_key=True)
    package: Mapped[str] = mapped_column(String(48), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)


class EvidenceRow(Base):
    """What made the centre put an appliance in quarantine, or came from it while there; never merged."""

    __tablename__ = "exchange_evidence"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Digest of appliance, reason, machine and body: a repetition is not kept twice."""
    appliance: Mapped[str] = mapped_column(String(36), index=True)
    at: Mapped[datetime] = mapped_column(UtcMoment)
    reason: Mapped[str] = mapped_column(String(40))
    machine: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(60))
    seq: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes] = mapped_column(LongBytes)
    """The entries as sent (NDJSON), empty for other requests."""
