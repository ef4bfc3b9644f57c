"""Enrolment (登记): claim codes become certificates, once."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import update
from sqlalchemy.orm import Session

from central_sync.centre.exchange.authority import APPLIANCE_LIFE, Authority, RequestWrong
from central_sync.centre.exchange.quarantine import Source, quarantine, quarantined
from central_sync.centre.exchange.tables import ApplianceRow, CertificateRow, ClaimRow
from central_sync.protocol.claim_code import new_claim_code
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.journal import genesis
from central_sync.protocol.keys import signing_key_from
from central_sync.protocol.transfer import Enrolment


def new_claim(
    session: Session,
    authority: Authority,
    site: str,
    now: datetime,
    life: timedelta,
    appliance: str | None = None,
) -> str:
    """Return a new claim code for one server of a site; only a digest of its secret is kept.

    One that names an enrolled server lets that server come again on another machine, restored from
    its backup. Raises Problem when the site has no such server.
    """
    if appliance is not None:
        _require_restorable(session, appliance, site)
    code = new_claim_code(authority.der)
    session.add(
        ClaimRow(
            secret_sha256=_claim_digest(code.claim),
            site=site,
            made_at=now,
            expires_at=now + life,
            appliance=appliance,
        )
    )
    session.flush()
    return code.text()


def enrol(
    session: Session, authority: Authority, enrolment: Enrolment, address: str, now: datetime
) -> tuple[ApplianceRow, x509.Certificate]:
    """Enrol a server and return its row and certificate.

    The same server may repeat its own claim, for the answer may have been lost on the way; anyone
    else's repetition is refused. Raises Problem.
    """
    _require_proof(enrolment)
    claim = session.get(ClaimRow, _claim_digest(enrolment.claim), with_for_update=True)
    if claim is None:
        raise Problem(
            "denied",
            "claim.unknown",
            "中心没有发过此登记码，请核对或重新索取",
            "the centre never gave out this claim code: check it or ask for a new one",
        )
    if claim.appliance is not None and claim.appliance != enrolment.appliance:
        raise Problem(
            "denied",
            "claim.used",
            "此登记码已被另一台服务器使用，请重新索取",
            "another server has used this claim code: ask for a new one",
        )
    if now >= claim.expires_at:
        raise Problem(
            "denied",
            "claim.expired",
            "此登记码已过期，请重新索取",
            "this claim code has expired: ask for a new one",
        )
    # Named before it was used: staff of the centre know that this server moves to another machine.
    moves = claim.appliance is not None and claim.used_at is None
    row = _appliance(session, enrolment, claim.site, address, now, moves=moves)
    claim.used_at, claim.appliance = claim.used_at or now, row.id
    session.execute(
        update(CertificateRow)
        .where(CertificateRow.appliance == row.id, CertificateRow.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return row, certify(session, authority, row, enrolment.csr, now)


def certify(
    session: Session, authority: Authority, row: ApplianceRow, csr: str, now: datetime
) -> x509.Certificate:
    """Return a new certificate for an appliance; earlier ones stay good. Raises Problem."""
    try:
        certificate = authority.issue(csr, appliance=row.id, site=row.site, life=APPLIANCE_LIFE)
    except RequestWrong as error:
        raise Problem(
            "invalid",
            "enrolment.csr",
            "证书请求无法签发，请升级本系统后重试",
            f"{error}: upgrade this system and try again",
        ) from error
    session.add(
        CertificateRow(
            serial=f"{certificate.serial_number:x}",
            appliance=row.id,
            issued_at=now,
            expires_at=certificate.not_valid_after_utc,
        )
    )
    session.flush()
    return certificate


def pem(certificate: x509.Certificate) -> str:
    """Return a certificate in PEM."""
    return certificate.public_bytes(Encoding.PEM).decode()


def _appliance(
    session: Session, enrolment: Enrolment, site: str, address: str, now: datetime, *, moves: bool
) -> ApplianceRow:
    """Return the row of the enrolling server, new or held. Raises Problem."""
    row = session.get(ApplianceRow, enrolment.appliance, with_for_update=True)
    if row is None:
        row = ApplianceRow(
            id=enrolment.appliance,
            site=site,
            journal_key=enrolment.journal_key,
            sealing_key=enrolment.sealing_key,
            machine=enrolment.machine,
            state="active",
            reason="",
            enrolled_at=now,
            last_contact=now,
            acknowledged=0,
            head_hash=genesis(enrolment.appliance),
            head_signature="",
            software="",
            report="{}",
        )
        session.add(row)
        session.flush()
        return row
    if row.journal_key != enrolment.journal_key:
        raise Problem(
            "denied",
            "enrolment.identity_taken",
            "该服务器编号已用另一把日志密钥登记，请从备份恢复密钥，或以全新系统登记",
            "this appliance id is enrolled with another journal key: restore it, or enrol a fresh system",
        )
    if row.state == "revoked":
        raise Problem(
            "denied",
            "enrolment.revoked",
            "该服务器已被中心停用，不能再次登记，请以全新系统登记",
            "the centre revoked this server for good: enrol a fresh system",
        )
    if row.site != site:
        raise Problem(
            "conflict",
            "enrolment.other_site",
            f"该服务器已登记在考点 {row.site}，登记码属于考点 {site}；换考点须以全新系统登记",
            f"this server is enrolled for site {row.site}, the claim is of {site}: enrol a fresh system",
        )
    if moves:
        row.machine, row.state, row.reason = enrolment.machine, "active", ""
    if row.machine != enrolment.machine:
        raise quarantine(session, row, "clone", Source(enrolment.machine, address), now)
    if row.state != "active":
        raise quarantined(row)
    row.sealing_key = enrolment.sealing_key
    row.enrolled_at = row.last_contact = now
    return row


def _require_restorable(session: Session, appliance: str, site: str) -> None:
    row = session.get(ApplianceRow, appliance)
    if row is None or row.site != site or row.state == "revoked":
        raise Problem(
            "missing",
            "appliance.unknown",
            f"考点 {site} 没有可恢复的服务器 {appliance[:40]}，请核对编号",
            f"site {site} has no server {appliance[:40]} that could be restored: check its id",
        )


def _require_proof(enrolment: Enrolment) -> None:
    try:
        signing_key_from(enrolment.journal_key).verify(
            base64.b64decode(enrolment.proof, validate=True), enrolment.message()
        )
    except (InvalidSignature, ValueError) as error:
        raise Problem(
            "invalid",
            "enrolment.proof",
            "登记请求的签名无效，请升级本系统后重试",
            "the enrolment is not signed by its journal key: upgrade this system and try again",
        ) from error


def _claim_digest(claim: str) -> str:
    return hashlib.sha256(f"kaodian/claim/1\n{claim}".encode()).hexdigest()
