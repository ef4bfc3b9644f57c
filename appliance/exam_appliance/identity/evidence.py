"""Evidence (核验留存): pictures and facts as files under their SHA-256, until policy deletes them."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from central_sync.protocol.durable_file import write_once

ORPHAN_S = 86_400.0
"""A file that no entry names is left over from a power cut; it may go after this long, seconds."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of evidence as entries name it."""

    what: str
    sha256: str
    size: int

    def body(self) -> dict[str, object]:
        """Return it as entries carry it."""
        return {"what": self.what, "sha256": self.sha256, "size": self.size}


class Evidence:
    """A folder of evidence. Methods read and write files: call them on a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, what: str, data: bytes) -> KeptFile:
        """Keep a file; on disk when this returns. Raises OSError."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not write_once(path, data, mode=0o600):
            path.touch()
        return KeptFile(what, sha256, len(data))

    def read(self, sha256: str) -> bytes | None:
        """Return a file, None where it is not there (any more) or not what it was."""
        try:
            data = self._path(sha256).read_bytes()
        except FileNotFoundError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def delete(self, files: Collection[str]) -> int:
        """Delete files; return how many were there."""
        gone = 0
        for sha256 in files:
            path = self._path(sha256)
            if path.exists():
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def sweep(self, needed: Collection[str]) -> int:
        """Delete old files that no entry needs, left over where the power went; return how many."""
        limit = time.time() - ORPHAN_S
        gone = 0
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            if path.name not in needed and path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def _path(self, sha256: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise ValueError(sha256)
        return self._folder / sha256[:2] / sha256
