"""Enrolment from the site's side: the claim code vouches for the centre before anything is told to it."""

from __future__ import annotations

import base64
import logging
import re
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from central_sync.agent.line import Line, LineDown, Refused, client_context, unverified_context
from central_sync.agent.state import Bond
from central_sync.protocol.claim_code import ClaimCode, ClaimCodeMistyped, read_claim_code
from central_sync.protocol.documents import DocumentRefused, verify_document
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import ApplianceKeys, public_text, signing_key_from
from central_sync.protocol.session import SignedDocument
from central_sync.protocol.transfer import (
    AuthorityAnswer,
    Enrolment,
    EnrolmentAnswer,
    RenewalAnswer,
    RenewalRequest,
)

log = logging.getLogger(__name__)

RENEWED_BELOW = 1 / 3
"""A certificate is renewed when less than this part of its life is left."""
_ADDRESS = re.compile(r"(?:https://)?([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?")


def centre_address(text: str) -> str:
    """Return the centre's address as https://host:port; raises Problem."""
    found = _ADDRESS.fullmatch(text.strip())
    if found is None or (found[2] and not 0 < int(found[2][1:]) < 65536):
        raise Problem(
            "invalid",
            "enrol.address",
            "中心地址应形如 https://centre.example:8443",
            "the centre's address looks like https://centre.example:8443",
            fields=(("centre", "地址格式不对", "not an address"),),
        )
    return f"https://{found[1]}{found[2] or ''}"


def claim_code(text: str) -> ClaimCode:
    """Return a claim code as typed; raises Problem."""
    try:
        return read_claim_code(text)
    except ClaimCodeMistyped as error:
        raise Problem(
            "invalid", "enrol.claim_code", error.zh, error.en, fields=(("claim_code", error.zh, error.en),)
        ) from error


def certificate_request(key: ec.EllipticCurvePrivateKey, appliance: str) -> str:
    """Return a certificate request (PKCS #10, PEM) for the TLS key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, appliance)])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, SHA256())
    return request.public_bytes(Encoding.PEM).decode()


def enrolment_request(keys: ApplianceKeys, appliance: str, claim: str, machine: str) -> Enrolment:
    """Return the signed request to be enrolled."""
    unsigned = Enrolment.model_construct(
        claim=claim,
        appliance=appliance,
        csr=certificate_request(keys.tls, appliance),
        journal_key=public_text(keys.journal.public_key()),
        sealing_key=public_text(keys.sealing.public_key()),
        machine=machine,
        proof="",
    )
    proof = base64.b64encode(keys.journal.sign(unsigned.message())).decode()
    return Enrolment.model_validate({**unsigned.model_dump(), "proof": proof})


async def enrol(
    address: str, code: ClaimCode, keys: ApplianceKeys, appliance: str, machine: str
) -> tuple[Bond, SignedDocument | None]:
    """Enrol with a centre; return what to keep and the site's own document. Raises Problem."""
    try:
        authority = await _authority(address, code, appliance, machine)
        line = Line(address, client_context(authority, None, keys.tls), appliance, machine)
        try:
            asked = enrolment_request(keys, appliance, code.claim, machine)
            answer = await line.ask(
                "POST", "/site/v1/enrolment", EnrolmentAnswer, json=asked.model_dump(mode="json")
            )
        finally:
            await line.close()
    except LineDown as error:
        raise Problem("not_ready", "enrol.line_down", error.zh, error.en, status=502) from error
    except Refused as error:
        raise Problem("denied", error.reason or "enrol.refused", error.zh, error.en) from error
    _require_ours(answer, code, keys)
    bond = Bond(
        centre=address,
        site=answer.site,
        certificate=answer.certificate,
        authority=answer.authority,
        centre_key=answer.centre_key,
        centre_sealing_key=answer.centre_sealing_key,
    )
    return bond, answer.site_document


async def renewed(line: Line, bond: Bond, keys: ApplianceKeys, appliance: str, now: datetime) -> Bond | None:
    """Return the bond with a new certificate when the old one's life nears its end, else None.

    Raises LineDown and Refused.
    """
    held = x509.load_pem_x509_certificate(bond.certificate.encode())
    life = held.not_valid_after_utc - held.not_valid_before_utc
    if held.not_valid_after_utc - now > life * RENEWED_BELOW:
        return None
    asked = RenewalRequest(csr=certificate_request(keys.tls, appliance))
    answer = await line.ask("POST", "/site/v1/renewal", RenewalAnswer, json=asked.model_dump(mode="json"))
    fresh = x509.load_pem_x509_certificate(answer.certificate.encode())
    if fresh.public_key() != keys.tls.public_key():
        raise LineDown("中心换发的证书有误", "the renewed certificate is not for this server's key")
    log.info("sync: certificate renewed until %s", fresh.not_valid_after_utc)
    return bond.model_copy(update={"certificate": answer.certificate})


async def _authority(address: str, code: ClaimCode, appliance: str, machine: str) -> str:
    """Return the authority's certificate (PEM) once it proves to be the claim code's."""
    line = Line(address, unverified_context(), appliance, machine)
    try:
        answer = await line.ask("GET", "/site/v1/authority", AuthorityAnswer)
    finally:
        await line.close()
    _require_named(answer.certificate, code)
    return answer.certificate


def _require_named(authority: str, code: ClaimCode) -> None:
    try:
        named = code.names(x509.load_pem_x509_certificate(authority.encode()).public_bytes(Encoding.DER))
    except ValueError:
        named = False
    if not named:
        raise Problem(
            "denied",
            "enrol.other_centre",
            "该地址的中心不是发出登记码的中心，请核对中心地址；若地址无误，请停止操作并报告中心",
            "the centre at this address is not the one that gave the claim code: check the address; "
            "if it is right, stop and call the centre",
        )


def _require_ours(answer: EnrolmentAnswer, code: ClaimCode, keys: ApplianceKeys) -> None:
    """Refuse an answer whose parts do not belong together."""
    _require_named(answer.authority, code)
    try:
        certificate = x509.load_pem_x509_certificate(answer.certificate.encode())
        ours = certificate.public_key() == keys.tls.public_key()
        key = signing_key_from(answer.centre_key)
        if answer.site_document is not None:
            verify_document(key, answer.site_document, answer.site)
    except (ValueError, DocumentRefused):
        ours = False
    if not ours:
        raise Problem(
            "denied",
            "enrol.answer",
            "中心的登记答复有误，请升级本系统或联系中心",
            "the centre's answer does not fit together: upgrade this system or call the centre",
        )
