"""What the agent needs from the site server, and what it tells of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from central_sync.protocol.session import SignedDocument


class JournalSource(Protocol):
    """The site's journal, as far as the agent reads it. `head` and `lines` may be called on any thread."""

    def head(self) -> tuple[int, str, str]:
        """Return seq, hash and signature of the last entry on disk (seq 0 and the genesis for none)."""

    def lines(self, after_seq: int, limit: int, /) -> list[bytes]:
        """Return up to `limit` entries after a seq as canonical JSON lines without line ends."""

    def follow(self, follower: Callable[[object], None], /) -> None:
        """Call `follower` on the event loop whenever entries reached the disk; what it gets is not used."""


class DocumentSink(Protocol):
    """Who acts on the documents of the desired state."""

    async def taken(self, document: SignedDocument, file: Path | None) -> None:
        """Take a verified document; `file` is the whole package of a session document that names one.

        A session document with a package comes when the package is whole on disk, one without or a
        cancelled one at once. All held documents come again after a restart; an exception is
        logged and shown, and the document comes again later.
        """


@dataclass(frozen=True)
class AgentStatus:
    """How the site stands with its centre."""

    enrolled: bool
    centre: str
    """Address of the centre, empty when not enrolled."""
    site: str
    """Site code, empty when not enrolled."""
    online: bool
    last_contact: datetime | None
    head_seq: int
    acknowledged_seq: int
    quarantined: bool
    error_zh: str
    error_en: str
    transfers: tuple[str, ...]
    """Downloads and uploads of files under way, as text with percent."""
    centre_key: Ed25519PublicKey | None
    """The key that signs documents and packages."""
