"""Public keys of candidate machines and what they signed."""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from central_sync.protocol.http.problems import Problem

SeatKey = ec.EllipticCurvePublicKey | Ed25519PublicKey

_RAW_BYTES = 64
"""Length of an ECDSA signature as browsers write it: r and s of 32 bytes (Web Cryptography API)."""


def seat_key(text: str) -> SeatKey:
    """Return the key of a SubjectPublicKeyInfo (DER) in Base64: P-256 or Ed25519. Raises Problem."""
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as error:
        raise _wrong_key() from error
    if isinstance(key, Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise _wrong_key()


def key_text(key: SeatKey) -> str:
    """Return a key as Base64 of its DER, the same for one key however it was sent."""
    return base64.b64encode(_der(key)).decode()


def machine_of(key: SeatKey) -> str:
    """Return the machine's name: SHA-256 of its public key, hex."""
    return hashlib.sha256(_der(key)).hexdigest()


def is_signed(key: SeatKey, said: bytes, signature: str) -> bool:
    """Tell whether the holder of a key signed something; ECDSA with SHA-256 in DER or as r and s."""
    try:
        given = base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error):
        return False
    if isinstance(key, Ed25519PublicKey):
        return _holds(key, given, said)
    if len(given) == _RAW_BYTES:
        r, s = int.from_bytes(given[:32], "big"), int.from_bytes(given[32:], "big")
        if _holds(key, encode_dss_signature(r, s), said):
            return True
    return _holds(key, given, said)


def _holds(key: SeatKey, signature: bytes, said: bytes) -> bool:
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, said)
        else:
            key.verify(signature, said, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _der(key: SeatKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _wrong_key() -> Problem:
    return Problem(
        "invalid",
        "seat.key",
        "公钥无法识别，须为 P-256 或 Ed25519 的 SubjectPublicKeyInfo（DER，Base64）",
        "the public key must be a SubjectPublicKeyInfo of P-256 or Ed25519 (DER in Base64)",
        fields=(("public_key", "公钥无法识别", "not a key of a kind that is taken"),),
    )
