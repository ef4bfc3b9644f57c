"""What was printed: the data of documents as files under their digest, kept for reprints."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import orjson

from central_sync.protocol.canonical import canonical
from central_sync.protocol.durable_file import write_once
from exam_appliance.documents.kinds import DocumentData, DocumentKind

DAY_S = 86_400.0


class Spool:
    """A folder of documents' data. Methods read and write files: call them on a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, kind: DocumentKind, documents: Sequence[DocumentData]) -> str:
        """Keep documents until `forget`; return their version. On disk when it returns; raises OSError."""
        data = canonical(
            {"kind": kind.value, "documents": [document.model_dump(mode="json") for document in documents]}
        )
        version = hashlib.sha256(data).hexdigest()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{version}.json"
        if path.exists():
            path.touch()
        else:
            write_once(path, data, mode=0o600)
        return version

    def read(self, version: str) -> list[dict[str, Any]] | None:
        """Return the facts of a version's documents, None where they are no longer kept."""
        try:
            data = (self._folder / f"{version}.json").read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(data).hexdigest() != version:
            return None
        documents: list[dict[str, Any]] = orjson.loads(data)["documents"]
        return documents

    def forget(self, older_than_days: float, needed: Collection[str]) -> int:
        """Delete what nobody printed for so long, but for versions that are still needed; return how many."""
        if not self._folder.is_dir():
            return 0
        limit = time.time() - older_than_days * DAY_S
        gone = 0
        for path in self._folder.glob("*.json"):
            if path.stem not in needed and path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
                gone += 1
        return gone
