"""Files that the centre holds for sites, by SHA-256."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from central_sync.centre.exchange.tables import BlobGrantRow, BlobRow
from central_sync.protocol.durable_file import sync_folder
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.session import BlobRef


class BlobFolder:
    """A folder of files named by their SHA-256; each is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Return where a file of this digest lies, or would."""
        return self.folder / sha256[:2] / sha256

    def take(self, source: Path) -> BlobRef:
        """Move a finished file in and return its digest and size; raises OSError.

        `source` is gone afterwards. It is renamed when it lies on the same file system, else copied.
        """
        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
            os.fsync(file.fileno())
        target = self.path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            source.unlink()
            return BlobRef(sha256=digest, size=size)
        try:
            source.replace(target)
        except OSError:
            self._copy(source, target)
            source.unlink()
        sync_folder(target.parent)
        return BlobRef(sha256=digest, size=size)

    def _copy(self, source: Path, target: Path) -> None:
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as out, source.open("rb") as file:
                shutil.copyfileobj(file, out, 1024 * 1024)
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def grant(session: Session, site: str, ref: BlobRef, now: datetime) -> None:
    """Let a site fetch a file."""
    if session.get(BlobRow, ref.sha256) is None:
        session.add(BlobRow(sha256=ref.sha256, size=ref.size, received_at=now))
    if session.get(BlobGrantRow, (site, ref.sha256)) is None:
        session.add(BlobGrantRow(site=site, sha256=ref.sha256))
    session.flush()


def require_granted(session: Session, site: str, sha256: str) -> None:
    """Raise Problem unless the site may fetch the file; who may not learns nothing of its existence."""
    if session.get(BlobGrantRow, (site, sha256)) is None:
        raise missing_blob(sha256)


def missing_blob(sha256: str) -> Problem:
    """Return the problem of a file that is not there for the caller."""
    return Problem(
        "missing",
        "blob.missing",
        f"中心没有可供本考点下载的文件 {sha256[:12]}…，请联系中心",
        f"the centre has no file {sha256[:12]}... for this site: call the centre",
    )
