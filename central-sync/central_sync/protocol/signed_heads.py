"""Signatures over heads of a journal's chain: what receipts and batches for the centre are signed with."""

from __future__ import annotations

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

RECEIPT_CONTEXT = b"kaodian/receipt/1\n"


def sign_head(key: Ed25519PrivateKey, appliance: str, head: int, head_hash: str) -> str:
    """Return the base64 signature over a head of the chain."""
    return base64.b64encode(key.sign(_head_message(appliance, head, head_hash))).decode()


def head_is_signed(key: Ed25519PublicKey, appliance: str, head: int, head_hash: str, sig: str) -> bool:
    """Tell whether an appliance's key signed this head of its chain."""
    try:
        key.verify(base64.b64decode(sig, validate=True), _head_message(appliance, head, head_hash))
    except (InvalidSignature, ValueError):
        return False
    return True


def _head_message(appliance: str, head: int, head_hash: str) -> bytes:
    return RECEIPT_CONTEXT + f"{appliance}\n{head}\n{head_hash}".encode()
