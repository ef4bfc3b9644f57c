"""Cryptographic suites of packages and bundles, named in their headers so that others can be added."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16


@dataclass(frozen=True)
class Suite:
    """One set of algorithms: authenticated encryption, signature and digest.

    `encrypt(key, nonce, data, bound)` and `decrypt(key, nonce, data, bound)` work on a chunk with
    a tag of 16 bytes at its end; `decrypt` gives None for a wrong key or changed data.
    `derive(key, salt, purpose)` makes a key of 32 bytes for one file.
    """

    name: str
    encrypt: Callable[[bytes, bytes, bytes, bytes], bytes]
    decrypt: Callable[[bytes, bytes, bytes, bytes], bytes | None]
    digest: Callable[[bytes], bytes]
    derive: Callable[[bytes, bytes, bytes], bytes]
    sign: Callable[[Ed25519PrivateKey, bytes], bytes]
    verify: Callable[[Ed25519PublicKey, bytes, bytes], bool]
    signature_bytes: int


def _encrypt(key: bytes, nonce: bytes, data: bytes, bound: bytes) -> bytes:
    return AESGCM(key).encrypt(nonce, data, bound)


def _decrypt(key: bytes, nonce: bytes, data: bytes, bound: bytes) -> bytes | None:
    try:
        return AESGCM(key).decrypt(nonce, data, bound)
    except InvalidTag:
        return None


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _derive(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt, purpose).derive(key)


def _sign(key: Ed25519PrivateKey, message: bytes) -> bytes:
    return key.sign(message)


def _verify(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


INTERNATIONAL = Suite(
    "AES-256-GCM/Ed25519/SHA-256", _encrypt, _decrypt, _digest, _derive, _sign, _verify, signature_bytes=64
)

SUITES: dict[str, Suite] = {suite.name: suite for suite in (INTERNATIONAL,)}
"""All suites by name. SM4-GCM/SM2/SM3 takes its place here when a library of ours carries it."""


def key_digest(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 of a public key's 32 bytes: the name by which files call their signer."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()
