"""The centre's file store: pictures, clips and photos by SHA-256, each there whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from central_sync.centre.exchange.blobs import BlobFolder
from central_sync.centre.tables.banks import StoredFileRow
from central_sync.protocol.http.problems import Problem


class FileStore:
    """Files in a folder, known to the database once the transaction that brought them is committed."""

    def __init__(self, folder: Path) -> None:
        self._folder = BlobFolder(folder)

    def keep(self, session: Session, contents: Mapping[str, tuple[str, bytes]], now: datetime) -> None:
        """Store contents by SHA-256 with their media types. A rolled-back transaction leaves only files."""
        for sha256, (media_type, data) in contents.items():
            if hashlib.sha256(data).hexdigest() != sha256:
                raise ValueError(f"content is not what {sha256} names")
            if not self._folder.path(sha256).exists():
                self._write(data)
            if session.get(StoredFileRow, sha256) is None:
                session.add(StoredFileRow(sha256=sha256, type=media_type, size=len(data), stored_at=now))
        session.flush()

    def read(self, sha256: str) -> bytes:
        """Return a file's content; raises Problem file.missing."""
        try:
            return self._folder.path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise missing_file(sha256) from error

    def read_all(self, digests: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of several files by SHA-256; raises Problem file.missing."""
        return {sha256: self.read(sha256) for sha256 in set(digests)}

    def path(self, session: Session, sha256: str) -> tuple[Path, str]:
        """Return where a file lies and its media type; raises Problem file.missing."""
        row = session.get(StoredFileRow, sha256)
        path = self._folder.path(sha256)
        if row is None or not path.exists():
            raise missing_file(sha256)
        return path, row.type

    def _write(self, data: bytes) -> None:
        self._folder.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self._folder.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            self._folder.take(Path(name))
        finally:
            Path(name).unlink(missing_ok=True)


def missing_file(sha256: str) -> Problem:
    """Return the problem of a file that is not there."""
    return Problem(
        "missing",
        "file.missing",
        f"没有文件 {sha256[:12]}…，请刷新页面",
        f"there is no file {sha256[:12]}...; reload the page",
    )
