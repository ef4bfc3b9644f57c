"""Quarantine (隔离): an appliance whose identity or journal is in doubt is heard but not believed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from central_sync.centre.exchange.tables import ApplianceRow, CertificateRow, EvidenceRow
from central_sync.protocol.http.problems import Problem

EVIDENCE_LIMIT = 500
"""Pieces of evidence kept of one appliance; what comes later is refused like the rest but not kept."""

QuarantineReason = Literal["clone", "fork", "rewind"]

REASONS: dict[QuarantineReason, tuple[str, str]] = {
    "clone": (
        "另一台机器使用了本机的身份（系统盘可能被复制）",
        "a second machine uses this identity: its disk may have been copied",
    ),
    "fork": (
        "本机日志与中心已收存的同号记录不一致",
        "this journal differs from what the centre holds under the same numbers",
    ),
    "rewind": (
        "本机日志比中心已确认的更短（可能恢复了旧的系统盘）",
        "this journal is shorter than what the centre acknowledged: an older disk may have been restored",
    ),
}
"""Why an appliance is in quarantine, for people."""


class KeptProblem(Problem):
    """A refusal that leaves traces: what the transaction wrote so far is committed all the same."""


@dataclass(frozen=True)
class Source:
    """Where a request came from: machine fingerprint and network address (or the name of a bundle)."""

    machine: str
    address: str


@dataclass(frozen=True)
class Evidence:
    """One piece of what stands against an appliance; `body` is NDJSON as sent, or empty."""

    at: datetime
    reason: str
    machine: str
    address: str
    seq: int
    body: bytes


def quarantine(
    session: Session,
    row: ApplianceRow,
    reason: QuarantineReason,
    source: Source,
    now: datetime,
    *,
    seq: int = 0,
    body: bytes = b"",
) -> KeptProblem:
    """Put an appliance in quarantine with its evidence and return the refusal to raise."""
    if row.state == "active":
        row.state, row.reason = "quarantined", reason
    keep_evidence(session, row.id, reason, source, now, seq=seq, body=body)
    return quarantined(row)


def quarantined(row: ApplianceRow) -> KeptProblem:
    """Return the refusal of an appliance in quarantine."""
    zh, en = next(
        (texts for reason, texts in REASONS.items() if reason == row.reason), (row.reason, row.reason)
    )
    return KeptProblem(
        "denied",
        "appliance.quarantined",
        f"本机已被中心隔离：{zh}。考试可继续，数据留在本机；请联系中心处理",
        f"the centre put this server in quarantine: {en}. Exams go on and data stays here; call the centre",
        more={"quarantine": row.reason},
    )


def keep_evidence(
    session: Session,
    appliance: str,
    reason: str,
    source: Source,
    now: datetime,
    *,
    seq: int = 0,
    body: bytes = b"",
) -> None:
    """Keep a piece of evidence unless the same is held or there is plenty already."""
    digest = hashlib.sha256(f"{appliance}\n{reason}\n{source.machine}\n".encode() + body).hexdigest()
    if session.get(EvidenceRow, digest) is not None:
        return
    held = session.scalar(select(func.count()).where(EvidenceRow.appliance == appliance)) or 0
    if held >= EVIDENCE_LIMIT:
        return
    session.add(
        EvidenceRow(
            sha256=digest,
            appliance=appliance,
            at=now,
            reason=reason,
            machine=source.machine,
            address=source.address[:60],
            seq=seq,
            body=body,
        )
    )
    session.flush()


def evidence_of(session: Session, appliance: str) -> list[Evidence]:
    """Return what stands against an appliance, oldest first."""
    rows = session.scalars(
        select(EvidenceRow).where(EvidenceRow.appliance == appliance).order_by(EvidenceRow.at)
    )
    return [Evidence(row.at, row.reason, row.machine, row.address, row.seq, row.body) for row in rows]


def locked_appliance(session: Session, appliance: str) -> ApplianceRow:
    """Return an appliance's row, locked until the transaction ends. Raises Problem."""
    row = session.get(ApplianceRow, appliance, with_for_update=True)
    if row is None:
        raise Problem(
            "missing",
            "appliance.unknown",
            f"中心没有登记服务器 {appliance}",
            f"no server {appliance} is enrolled here",
        )
    return row


def revoke_appliance(session: Session, appliance: str, reason: str, now: datetime) -> None:
    """Refuse an appliance and all its certificates from now on. Raises Problem."""
    row = locked_appliance(session, appliance)
    row.state, row.reason = "revoked", reason[:40]
    session.execute(
        update(CertificateRow)
        .where(CertificateRow.appliance == appliance, CertificateRow.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def readmit_appliance(session: Session, appliance: str, machine: str | None) -> ApplianceRow:
    """End a quarantine; `machine` is the fingerprint that counts from now on, None for the old one.

    Raises Problem when the appliance is unknown or not in quarantine.
    """
    row = locked_appliance(session, appliance)
    if row.state != "quarantined":
        raise Problem(
            "conflict",
            "appliance.not_quarantined",
            f"服务器 {appliance} 不在隔离状态",
            f"server {appliance} is not in quarantine",
        )
    row.state, row.reason = "active", ""
    if machine is not None:
        row.machine = machine
    return row
