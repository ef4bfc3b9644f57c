"""Key files of appliance and centre, and the sealing of a secret for one of them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from central_sync.protocol.durable_file import write_once

_SEAL_CONTEXT = b"kaodian/seal/1\n"
_NONCE = bytes(12)

PrivateKey = Ed25519PrivateKey | X25519PrivateKey | ec.EllipticCurvePrivateKey
Key = TypeVar("Key", Ed25519PrivateKey, X25519PrivateKey, ec.EllipticCurvePrivateKey)


class KeyFileWrong(Exception):
    """A key file cannot be used; the message names the file and what to do."""


class SealBroken(ValueError):
    """A sealed secret was changed or is for another's key."""


@dataclass(frozen=True)
class ApplianceKeys:
    """The appliance's keys: `journal` signs receipts and bundles, `tls` proves it to the centre,
    `sealing` opens what the centre seals for it."""

    journal: Ed25519PrivateKey
    tls: ec.EllipticCurvePrivateKey
    sealing: X25519PrivateKey

    @classmethod
    def at(cls, folder: Path) -> ApplianceKeys:
        """Load the keys of a folder, making those that are missing. Raises KeyFileWrong."""
        return cls(
            journal=_kept(folder / "journal.key", Ed25519PrivateKey.generate()),
            tls=_kept(folder / "tls.key", _new_tls_key()),
            sealing=_kept(folder / "sealing.key", X25519PrivateKey.generate()),
        )


@dataclass(frozen=True)
class SeatKeys:
    """The site server's key for candidate machines: `authority` signs certificates of seats and orders."""

    authority: ec.EllipticCurvePrivateKey

    @classmethod
    def at(cls, folder: Path) -> SeatKeys:
        """Load the key of a folder, making it when it is missing. Raises KeyFileWrong."""
        return cls(authority=_kept(folder / "authority.key", _new_tls_key()))


@dataclass(frozen=True)
class CentreKeys:
    """The centre's keys: `signing` for documents and packages, `authority` for certificates,
    `tls` for its own server, `sealing` for what only the centre may read."""

    signing: Ed25519PrivateKey
    authority: ec.EllipticCurvePrivateKey
    tls: ec.EllipticCurvePrivateKey
    sealing: X25519PrivateKey

    @classmethod
    def at(cls, folder: Path) -> CentreKeys:
        """Load the keys of a folder, making those that are missing. Raises KeyFileWrong."""
        return cls(
            signing=_kept(folder / "signing.key", Ed25519PrivateKey.generate()),
            authority=_kept(folder / "authority.key", _new_tls_key()),
            tls=_kept(folder / "tls.key", _new_tls_key()),
            sealing=_kept(folder / "sealing.key", X25519PrivateKey.generate()),
        )


def private_pem(key: PrivateKey) -> bytes:
    """Return a private key as PKCS #8 in PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_text(key: Ed25519PublicKey | X25519PublicKey) -> str:
    """Return the 32 bytes of a public key as base64."""
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def signing_key_from(text: str) -> Ed25519PublicKey:
    """Return an Ed25519 public key from base64; raises ValueError."""
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


def sealing_key_from(text: str) -> X25519PublicKey:
    """Return an X25519 public key from base64; raises ValueError."""
    return X25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


def seal(recipient: X25519PublicKey, secret: bytes, purpose: str) -> str:
    """Return a secret that only the recipient's key opens, as base64.

    An ephemeral X25519 key, HKDF-SHA256 and AES-256-GCM; `purpose` says what it is for and whose,
    and must be the same at opening.
    """
    ephemeral = X25519PrivateKey.generate()
    ours = ephemeral.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    theirs = recipient.public_bytes(Encoding.Raw, PublicFormat.Raw)
    key = _sealing_secret(ephemeral.exchange(recipient), ours, theirs, purpose)
    return base64.b64encode(ours + AESGCM(key).encrypt(_NONCE, secret, purpose.encode())).decode()


def unseal(key: X25519PrivateKey, sealed: str, purpose: str) -> bytes:
    """Return what was sealed for this key and purpose; raises SealBroken."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        ours = raw[:32]
        theirs = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        shared = key.exchange(X25519PublicKey.from_public_bytes(ours))
        return AESGCM(_sealing_secret(shared, ours, theirs, purpose)).decrypt(
            _NONCE, raw[32:], purpose.encode()
        )
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise SealBroken(
            "密封内容不是给本机的，或已损坏 / the sealed secret is not for this machine, or is damaged"
        ) from error


def content_key_purpose(package: str, appliance: str) -> str:
    """Return the purpose under which a package's content key is sealed for an appliance."""
    return f"kaodian/content-key/1\n{package}\n{appliance}"


def _sealing_secret(shared: bytes, ephemeral: bytes, recipient: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, None, _SEAL_CONTEXT + ephemeral + recipient + purpose.encode()).derive(shared)


def _new_tls_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _kept(path: Path, fresh: Key) -> Key:
    """Return the key of a file; `fresh` is written when there is none, and tells the kind."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_once(path, private_pem(fresh))
    try:
        mode = path.stat().st_mode
        loaded = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileWrong(
            f"密钥文件 {path} 无法读取（{error}），请从备份恢复；若确实丢失，须重新登记本机 / "
            f"the key file {path} cannot be read: restore it from the backup, or enrol this machine anew"
        ) from error
    if mode & 0o077:
        raise KeyFileWrong(
            f"密钥文件 {path} 可被其他用户读取，请执行 chmod 600 {path} / "
            f"the key file {path} can be read by others: run chmod 600 {path}"
        )
    kinds = (Ed25519PrivateKey, X25519PrivateKey, ec.EllipticCurvePrivateKey)
    if not all(isinstance(loaded, kind) for kind in kinds if isinstance(fresh, kind)):
        raise KeyFileWrong(
            f"密钥文件 {path} 的类型不对，请从备份恢复 / "
            f"the key file {path} holds another kind of key: restore it from the backup"
        )
    return cast(Key, loaded)
