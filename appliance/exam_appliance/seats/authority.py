"""The site's own authority for seats: certificates, tokens of browsers, signed orders."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from central_sync.protocol.durable_file import write_once, write_whole
from central_sync.protocol.keys import KeyFileWrong, SeatKeys
from exam_appliance.seats.keys import SeatKey
from exam_appliance.seats.places import Place

FOLDER = "seats"
"""Below the state folder."""
CERTIFICATE = "authority.pem"
AUTHORITY_YEARS = 15
CLOCK_SLACK = timedelta(days=1)
"""A machine whose battery is old wakes in the past: what it is given is good from so long ago."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Who a token speaks for, where, and until when (ms since 1970)."""

    machine: str
    address: str
    until_ms: int


class SeatAuthority:
    """A P-256 key below the state folder (mode 0600) and its own certificate. Methods only compute."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._key = key
        self._certificate = certificate
        private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        self._secret = hashlib.sha256(b"kaodian seat tokens\0" + private).digest()
        self.pem = certificate.public_bytes(Encoding.PEM).decode()

    @classmethod
    def there(cls, state: Path) -> bool:
        """Tell whether the site made its authority already."""
        return (state / FOLDER / "authority.key").exists()

    @classmethod
    def at(cls, state: Path, appliance: str) -> SeatAuthority:
        """Return a state folder's authority, made at first use. Waits for the disk; raises KeyFileWrong."""
        folder = state / FOLDER
        key = SeatKeys.at(folder).authority
        path = folder / CERTIFICATE
        if not path.exists():
            made = _own_certificate(key, appliance).public_bytes(Encoding.PEM)
            write_once(path, made, mode=0o644)
        try:
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
        except (OSError, ValueError) as error:
            raise KeyFileWrong(
                f"证书文件 {path} 损坏，请删除后重新启动（座位绑定不受影响） / "
                f"the certificate {path} is damaged: delete it and start again; bindings stay"
            ) from error
        if certificate.public_key() != key.public_key():
            # Restored from two backups: the key is what counts.
            write_whole(path, _own_certificate(key, appliance).public_bytes(Encoding.PEM), mode=0o644)
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
        return cls(key, certificate)

    def certificate(
        self, key: SeatKey, place: Place, machine: str, now_ms: int, until_ms: int
    ) -> tuple[str, str]:
        """Return a client certificate of a machine's own key as (PEM, SHA-1 hex)."""
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, machine),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"seat {place.id}"[:64]),
            ]
        )
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - CLOCK_SLACK)
            .not_valid_after(datetime.fromtimestamp(until_ms // 1000, UTC))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=True)
            .sign(self._key, SHA256())
        )
        # nginx tells SHA-1 alone ($ssl_client_fingerprint); it is looked up among our own certificates,
        # whose signatures nginx has checked.
        return made.public_bytes(Encoding.PEM).decode(), made.fingerprint(SHA1()).hex()  # noqa: S303

    def token(self, given: Pass) -> str:
        """Return the token of a machine's browser: what it says and its HMAC-SHA-256, each base64url."""
        said = orjson.dumps([given.machine, given.address, given.until_ms])
        return f"{_text(said)}.{_text(self._mac(said))}"

    def read(self, token: str) -> Pass | None:
        """Return what a token says, None unless this authority made it; it may be over."""
        said, _, mac = token.partition(".")
        try:
            body = _bytes(said)
            if not hmac.compare_digest(_bytes(mac), self._mac(body)):
                return None
            machine, address, until_ms = orjson.loads(body)
        except (ValueError, binascii.Error):
            return None
        return Pass(machine, address, until_ms)

    def sign(self, said: bytes) -> str:
        """Return the authority's ECDSA signature (DER) in Base64."""
        return base64.b64encode(self._key.sign(said, ec.ECDSA(SHA256()))).decode()

    def derived(self, purpose: str) -> bytes:
        """Return 32 bytes for a purpose, the same for as long as the key is."""
        return self._mac(purpose.encode())

    def _mac(self, said: bytes) -> bytes:
        return hmac.digest(self._secret, said, "sha256")


def _own_certificate(key: ec.EllipticCurvePrivateKey, appliance: str) -> x509.Certificate:
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Kaodian seats {appliance}"[:64])])
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3650))
        .not_valid_after(now + timedelta(days=365 * AUTHORITY_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, SHA256())
    )


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
