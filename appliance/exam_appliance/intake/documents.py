"""The newest document of each kind and name, as files that a technician can read."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from pydantic import ValidationError

from central_sync.protocol.documents import supersedes
from central_sync.protocol.durable_file import write_whole
from central_sync.protocol.session import SignedDocument

log = logging.getLogger(__name__)


class DocumentStore:
    """Documents below a folder, one file each; a broken file is named in the log and passed over."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[tuple[str, str], SignedDocument] = {}
        for path in sorted(folder.glob("*.json")):
            try:
                document = SignedDocument.model_validate_json(path.read_bytes())
            except (OSError, ValidationError) as error:
                log.error("%s 无法读取，将由中心重新下发 / cannot be read: %s", path, error)
                continue
            self._held[document.kind, document.name] = document

    def keep(self, document: SignedDocument) -> bool:
        """Store a document unless one as new is held; tell whether it was stored. Raises OSError."""
        place = (document.kind, document.name)
        if not supersedes(document, self._held.get(place)):
            return False
        # Names come from the centre but are not made for file systems; the digest keeps them apart.
        mark = hashlib.sha256(document.name.encode()).hexdigest()[:16]
        write_whole(
            self._folder / f"{document.kind}-{mark}.json", document.model_dump_json(indent=1).encode()
        )
        self._held[place] = document
        return True

    def one(self, kind: str, name: str) -> SignedDocument | None:
        """Return a held document."""
        return self._held.get((kind, name))

    def of_kind(self, kind: str) -> list[SignedDocument]:
        """Return the held documents of a kind in order of name."""
        return [self._held[place] for place in sorted(self._held) if place[0] == kind]
