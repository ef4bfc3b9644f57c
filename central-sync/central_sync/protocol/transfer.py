"""What site and centre say to each other over the line (/site/v1): messages, limits, headers."""

from __future__ import annotations

import hashlib
from typing import Annotated

from pydantic import Field, StringConstraints

from central_sync.protocol.canonical import canonical
from central_sync.protocol.items import Sha256, Words
from central_sync.protocol.session import SignedDocument, SiteCode

MACHINE_HEADER = "Kaodian-Machine"
"""Request header: fingerprint of the machine, 64 hex digits."""
APPLIANCE_HEADER = "Kaodian-Appliance"
"""Request header: appliance id, so that a mix-up with the certificate is named."""
LONG_POLL_SECONDS = 25.0
BATCH_BYTES = 256 * 1024
"""Bytes of journal lines in one upload, unless a single entry is longer."""
BATCH_ENTRIES = 500
LINE_LIMIT = 1024 * 1024
"""Bytes of one journal entry."""
JOURNAL_BODY_LIMIT = LINE_LIMIT + 64 * 1024
"""Bytes of an upload once decompressed."""
JOURNAL_TYPE = "application/x-ndjson"
JOURNAL_GZIP_TYPE = "application/gzip"
BLOB_LIMIT = 4 * 1024 * 1024 * 1024

ApplianceId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
"""Random UUID (RFC 9562) in lower case."""
Pem = Annotated[str, StringConstraints(max_length=20_000)]
PublicKeyText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{43}=$")]
"""32 bytes in base64."""
SignatureText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{86}==$")]
"""64 bytes in base64."""
_ENROLMENT_CONTEXT = b"kaodian/enrolment/1\n"


class AuthorityAnswer(Words):
    """The centre's authority certificate, to be checked against the claim code."""

    certificate: Pem


class Enrolment(Words):
    """A site server asks to be enrolled: claim, keys, and the proof that it holds them.

    `csr` is a PKCS #10 request signed by the TLS key; `proof` is the journal key's signature over
    all other fields.
    """

    claim: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{15}$")]
    appliance: ApplianceId
    csr: Pem
    journal_key: PublicKeyText
    sealing_key: PublicKeyText
    machine: Sha256
    proof: SignatureText

    def message(self) -> bytes:
        """Return the bytes that `proof` signs."""
        return _ENROLMENT_CONTEXT + canonical(self.model_dump(mode="json", exclude={"proof"}))


class EnrolmentAnswer(Words):
    """What an enrolled server needs from then on."""

    site: SiteCode
    certificate: Pem
    authority: Pem
    centre_key: PublicKeyText
    """Ed25519 key that signs documents, packages and bundles."""
    centre_sealing_key: PublicKeyText
    """X25519 key for what only the centre may read."""
    site_document: SignedDocument | None


class RenewalRequest(Words):
    """A new certificate for the same server, asked for over the old one."""

    csr: Pem


class RenewalAnswer(Words):
    """The new certificate."""

    certificate: Pem


class DocumentQuery(Words):
    """Documents newer than a version; waits up to `wait` seconds until there are some."""

    after: Annotated[int, Field(ge=0)] = 0
    wait: Annotated[int, Field(ge=0, le=int(LONG_POLL_SECONDS))] = 0


class DocumentFeed(Words):
    """Documents in order of their version; whoever takes all of them stands at `upto`."""

    documents: tuple[SignedDocument, ...]
    upto: int


class JournalQuery(Words):
    """The signature over the last entry of a batch (see `sign_head`)."""

    sig: SignatureText


class EntriesQuery(Words):
    """Entries of the server's own journal after a seq."""

    after: Annotated[int, Field(ge=0)]


class Acknowledgement(Words):
    """The highest seq that the centre holds whole, 0 for none, and its hash."""

    acknowledged: int
    hash: str


class StatusReport(Words):
    """How the site stands.

    `seen_acknowledged` is what the centre acknowledged last as far as this process knows: a head
    below it proves that the site's journal lost entries which the centre holds.
    """

    software: Annotated[str, Field(max_length=60)]
    head: Annotated[int, Field(ge=0)]
    head_hash: Sha256
    seen_acknowledged: Annotated[int, Field(ge=0)] | None = None
    disk_free: Annotated[int, Field(ge=0)] = 0
    """Bytes free where the site stores."""
    trouble: Annotated[str, Field(max_length=500)] = ""


def machine_fingerprint(*facts: str) -> str:
    """Return the fingerprint made of facts that differ from machine to machine."""
    return hashlib.sha256("\n".join(("kaodian/machine/1", *facts)).encode()).hexdigest()
