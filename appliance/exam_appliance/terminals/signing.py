"""How a terminal's request is signed: HMAC (RFC 2104) over what it asks, the time and a word used once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

KEY_BYTES: Final = 32
WINDOW_MS: Final = 300_000
"""A request's time may differ from the server's by this much, ms."""
NONCE_LENGTH: Final = (8, 64)
"""Characters."""
SIGNATURE_BYTES: Final = hashlib.sha256().digest_size


def new_key() -> bytes:
    """Return a new key of a terminal, 32 bytes."""
    return secrets.token_bytes(KEY_BYTES)


def own_text(method: str, target: str, time_ms: int, nonce: str, body: bytes) -> bytes:
    """Return what is signed in our own format: five lines, the last the SHA-256 of the body in hex.

    `target` is path and query as sent.
    """
    return "\n".join((method, target, str(time_ms), nonce, hashlib.sha256(body).hexdigest())).encode()


def signature(key: bytes, text: bytes) -> bytes:
    """Return the HMAC-SHA-256 of a text, 32 bytes."""
    return hmac.digest(key, text, "sha256")


def is_signature(key: bytes, text: bytes, given: bytes) -> bool:
    """Return whether `given` is the text's signature; takes the same time whatever is wrong."""
    return hmac.compare_digest(signature(key, text), given)


def is_nonce(text: str) -> bool:
    """Return whether a word may stand as one that is used once."""
    least, most = NONCE_LENGTH
    return least <= len(text) <= most and text.isascii() and text.isprintable()
