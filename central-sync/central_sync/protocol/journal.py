"""The hash-chained journal as it is written at a site, shipped upward and verified anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field

from central_sync.protocol.canonical import canonical
from central_sync.protocol.items import Sha256, Words
from central_sync.protocol.signed_heads import head_is_signed

GENESIS_CONTEXT = b"kaodian/journal/1\n"


class Entry(Words):
    """One line of the journal.

    `at` is wall time in UTC (RFC 3339 with milliseconds and Z), for people; exam time is the
    integer `t` (milliseconds of the site's exam clock) in the body of the kinds that need it.
    `hash` is the SHA-256 of the canonical JSON of all other fields.
    """

    seq: Annotated[int, Field(ge=1)]
    at: str
    kind: str
    subject: str
    actor: str
    body: dict[str, Any]
    prev: Sha256
    hash: Sha256

    def computed_hash(self) -> str:
        """Return the hash that this entry's content calls for."""
        return entry_hash(self.seq, self.at, self.kind, self.subject, self.actor, self.body, self.prev)


def genesis(appliance: str) -> str:
    """Return `prev` of the first entry: it binds the chain to one appliance."""
    return hashlib.sha256(GENESIS_CONTEXT + appliance.encode()).hexdigest()


def entry_hash(
    seq: int, at: str, kind: str, subject: str, actor: str, body: dict[str, Any], prev: str
) -> str:
    """Return the hash of an entry with these fields, 64 hex digits."""
    value = {
        "seq": seq,
        "at": at,
        "kind": kind,
        "subject": subject,
        "actor": actor,
        "body": body,
        "prev": prev,
    }
    return hashlib.sha256(canonical(value)).hexdigest()


@dataclass(frozen=True)
class ChainBreak(Exception):
    """The chain does not hold: at which entry, and why."""

    seq: int
    reason: str
    """`gap`, `prev` or `hash`."""

    def __str__(self) -> str:
        return f"journal breaks at seq {self.seq}: {self.reason}"


def verify_chain(entries: Iterable[Entry], *, after_seq: int, after_hash: str) -> tuple[int, str]:
    """Check that entries follow (after_seq, after_hash) without gap and with true hashes.

    Returns seq and hash of the last entry (those given when there is none). Raises ChainBreak.
    """
    seq, last = after_seq, after_hash
    for entry in entries:
        if entry.seq != seq + 1:
            raise ChainBreak(entry.seq, "gap")
        if entry.prev != last:
            raise ChainBreak(entry.seq, "prev")
        if entry.computed_hash() != entry.hash:
            raise ChainBreak(entry.seq, "hash")
        seq, last = entry.seq, entry.hash
    return seq, last


class Receipt(Words):
    """What the site gives for an acknowledged entry (回执).

    `seq` and `hash` name the entry. `head` and `head_hash` name the last entry of the same commit
    and `sig` is the site's Ed25519 signature over that head (base64): the chain from `seq` to
    `head` makes the one signature speak for every entry of the commit.
    """

    seq: Annotated[int, Field(ge=1)]
    hash: Sha256
    head: Annotated[int, Field(ge=1)]
    head_hash: Sha256
    sig: str


def receipt_is_signed(key: Ed25519PublicKey, appliance: str, receipt: Receipt) -> bool:
    """Tell whether the appliance itself signed the head that the receipt shows."""
    return head_is_signed(key, appliance, receipt.head, receipt.head_hash, receipt.sig)
