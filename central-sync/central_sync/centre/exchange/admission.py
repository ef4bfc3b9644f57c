"""Who may speak: certificate, appliance and machine of a request must belong together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from central_sync.centre.exchange.quarantine import (
    Source,
    keep_evidence,
    locked_appliance,
    quarantine,
    quarantined,
)
from central_sync.centre.exchange.tables import ApplianceRow, CertificateRow
from central_sync.protocol.http.problems import Problem


@dataclass(frozen=True)
class Caller:
    """What a request shows of its sender: serial number (hex) and subject of its certificate, source."""

    serial: str
    appliance: str
    source: Source


def admit(
    session: Session, caller: Caller, now: datetime, *, seq: int = 0, body: bytes = b""
) -> ApplianceRow:
    """Return the caller's appliance, locked, when it may speak.

    `seq` and `body` are journal entries that the request carries: they are evidence if the caller
    is in quarantine. Raises Problem: 403 `certificate.revoked`, `appliance.quarantined`.
    """
    # The lock comes before the first plain read: on the MySQL protocol that read fixes what the
    # transaction sees, and another's commit must not fall between the two.
    row = locked_appliance(session, caller.appliance)
    held = session.get(CertificateRow, caller.serial)
    if held is None or held.revoked_at is not None or held.appliance != row.id or row.state == "revoked":
        raise Problem(
            "denied",
            "certificate.revoked",
            "本机证书已被中心吊销，请联系中心，如需继续使用请索取新的登记码",
            "the centre revoked the certificate of this server: call the centre for a new claim code",
        )
    if caller.source.machine != row.machine:
        raise quarantine(session, row, "clone", caller.source, now, seq=seq, body=body)
    if row.state != "active":
        keep_evidence(session, row.id, row.reason, caller.source, now, seq=seq, body=body)
        raise quarantined(row)
    row.last_contact = now
    return row
