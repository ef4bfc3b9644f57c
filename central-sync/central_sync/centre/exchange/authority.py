"""The centre's certificate authority: it names site servers, and the centre's own server."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from central_sync.protocol.durable_file import write_once, write_whole
from central_sync.protocol.keys import CentreKeys, private_pem

AUTHORITY_LIFE = timedelta(days=20 * 365)
APPLIANCE_LIFE = timedelta(days=398)
SERVER_LIFE = timedelta(days=398)
SERVER_RENEWED_BEFORE = timedelta(days=60)
CLOCK_TOLERANCE = timedelta(days=1)
"""Certificates are good from a day ago: the clock of a new site server may be behind."""


class RequestWrong(ValueError):
    """The certificate request cannot be signed."""


class Authority:
    """Signs certificates with the centre's authority key; its own certificate lies in `folder`."""

    def __init__(self, keys: CentreKeys, folder: Path) -> None:
        self._keys = keys
        self._folder = folder
        path = folder / "authority.pem"
        if not path.exists():
            write_once(path, self._new_authority().public_bytes(Encoding.PEM), mode=0o644)
        self.certificate = x509.load_pem_x509_certificate(path.read_bytes())

    @property
    def pem(self) -> str:
        """The authority's certificate in PEM."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def der(self) -> bytes:
        """The authority's certificate in DER: what claim codes name."""
        return self.certificate.public_bytes(Encoding.DER)

    def issue(self, csr_pem: str, *, appliance: str, site: str, life: timedelta) -> x509.Certificate:
        """Return a client certificate (CN = appliance id, O = site code) for the key of a request.

        What the request says of itself is not looked at. Raises RequestWrong.
        """
        try:
            request = x509.load_pem_x509_csr(csr_pem.encode())
            key = request.public_key()
            signed = request.is_signature_valid
        except (ValueError, UnsupportedAlgorithm, TypeError) as error:
            raise RequestWrong(f"the certificate request cannot be read: {error}") from error
        if not signed or not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
            raise RequestWrong("the certificate request must be signed by its own P-256 key")
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, appliance),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, site),
            ]
        )
        return self._signed(name, key, life, ExtendedKeyUsageOID.CLIENT_AUTH, None)

    def server_context(self, hosts: Sequence[str]) -> ssl.SSLContext:
        """Return the TLS context of the site-facing server, with a certificate for these hosts.

        `hosts` are names or IP addresses that sites call; localhost and 127.0.0.1 are always
        there. A client certificate is checked when shown; who must show one is decided by route.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self._server_file(tuple(dict.fromkeys((*hosts, "localhost", "127.0.0.1")))))
        context.load_verify_locations(cadata=self.pem)
        context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def _server_file(self, hosts: tuple[str, ...]) -> Path:
        """Return the file with the server's certificate and key, made anew when hosts or time call for it."""
        path = self._folder / "server.pem"
        names = [_general_name(host) for host in hosts]
        if path.exists() and self._serves(path, names):
            return path
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
        certificate = self._signed(
            subject,
            self._keys.tls.public_key(),
            SERVER_LIFE,
            ExtendedKeyUsageOID.SERVER_AUTH,
            x509.SubjectAlternativeName(names),
        )
        write_whole(path, private_pem(self._keys.tls) + certificate.public_bytes(Encoding.PEM))
        return path

    def _serves(self, path: Path, names: list[x509.GeneralName]) -> bool:
        try:
            held = x509.load_pem_x509_certificate(path.read_bytes())
            held.verify_directly_issued_by(self.certificate)
            served = list(held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
        except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            return False
        return (
            served == names
            and held.public_key() == self._keys.tls.public_key()
            and held.not_valid_after_utc - datetime.now(UTC) > SERVER_RENEWED_BEFORE
        )

    def _new_authority(self) -> x509.Certificate:
        key = self._keys.authority
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Kaodian centre")])
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - CLOCK_TOLERANCE)
            .not_valid_after(now + AUTHORITY_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, SHA256())
        )

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        life: timedelta,
        purpose: x509.ObjectIdentifier,
        names: x509.SubjectAlternativeName | None,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        authority = self._keys.authority
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, now + life) - CLOCK_TOLERANCE)
            .not_valid_after(now + life)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False
            )
        )
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        return builder.sign(authority, SHA256())


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
