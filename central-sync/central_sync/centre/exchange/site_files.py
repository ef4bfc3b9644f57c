"""Files that sites send up: what the journal announced is taken in pieces, and counts once it is whole."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.exchange.blobs import BlobFolder
from central_sync.centre.exchange.tables import ApplianceRow, SiteFileRow
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.journal import Entry
from central_sync.protocol.kinds import FileOffered
from central_sync.protocol.site_files import FileHeld


def note_offered(session: Session, row: ApplianceRow, entries: Iterable[Entry]) -> None:
    """Remember the files that new entries announce; one announced again keeps its first place."""
    for entry in entries:
        offered = FileOffered.model_validate(entry.body)
        if session.get(SiteFileRow, (row.id, offered.sha256)) is not None:
            continue
        session.add(
            SiteFileRow(
                appliance=row.id,
                sha256=offered.sha256,
                site=row.site,
                seq=entry.seq,
                subject=entry.subject,
                name=offered.name,
                type=offered.type,
                purpose=offered.purpose,
                size=offered.size,
            )
        )
        session.flush()


class SiteFiles:
    """Pieces as they come, and the whole files among the centre's blobs.

    Methods work in the caller's transaction, with the server's row locked: one piece of a server
    after the other.
    """

    def __init__(self, folder: Path, blobs: BlobFolder) -> None:
        self._folder = folder
        self._blobs = blobs

    def held(self, session: Session, row: ApplianceRow, sha256: str, now: datetime) -> FileHeld:
        """Return how much of an announced file is here. Raises Problem file.not_announced."""
        file = _announced(session, row, sha256)
        if file.received_at is None and self._blobs.path(sha256).exists():
            # Another server sent the same, or a crash came between the file and its row.
            file.received_at = now
        if file.received_at is not None:
            return FileHeld(received=file.size, whole=True)
        part = self._part(row, sha256)
        return FileHeld(received=part.stat().st_size if part.exists() else 0, whole=False)

    def take(
        self, session: Session, row: ApplianceRow, sha256: str, offset: int, piece: bytes, now: datetime
    ) -> FileHeld:
        """Add a piece; the last one makes the file whole.

        Raises Problem: file.not_announced, file.offset (with `received`) for a piece that does not
        follow, file.too_long, file.damaged when the whole is not what was announced, file.no_space.
        """
        held = self.held(session, row, sha256, now)
        if held.whole:
            return held
        file = _announced(session, row, sha256)
        if offset != held.received:
            raise Problem(
                "conflict",
                "file.offset",
                f"中心已收到 {held.received} 字节，请从该处续传",
                f"the centre holds {held.received} bytes: go on from there",
                more={"received": held.received},
            )
        received = offset + len(piece)
        part = self._part(row, sha256)
        if received > file.size:
            part.unlink(missing_ok=True)
            raise Problem(
                "invalid",
                "file.too_long",
                f"文件长于日志中登记的 {file.size} 字节，请重新提供该文件",
                f"the file is longer than the {file.size} bytes that the journal announced: offer it anew",
            )
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            with part.open("r+b" if offset else "wb") as out:
                out.seek(offset)
                out.write(piece)
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            raise Problem(
                "not_ready",
                "file.no_space",
                f"中心无法保存文件（{error.strerror}），稍后会自动重传；请联系中心检查磁盘",
                f"the centre could not store the file ({error.strerror}); it is sent again later",
                status=507,
            ) from error
        if received < file.size:
            return FileHeld(received=received, whole=False)
        with part.open("rb") as whole:
            digest = hashlib.file_digest(whole, "sha256").hexdigest()
        if digest != sha256:
            part.unlink()
            raise Problem(
                "conflict",
                "file.damaged",
                "收到的文件与日志中登记的不符，将从头重传",
                "the file is not the one that the journal announced; it is sent again from its start",
            )
        self._blobs.take(part)
        file.received_at = now
        return FileHeld(received=received, whole=True)

    def path(self, session: Session, appliance: str, sha256: str) -> tuple[Path, SiteFileRow]:
        """Return where a received file lies, and what it is. Raises Problem file.missing."""
        row = session.get(SiteFileRow, (appliance, sha256))
        path = self._blobs.path(sha256)
        if row is None or row.received_at is None or not path.exists():
            raise Problem(
                "missing",
                "file.missing",
                f"没有收到文件 {sha256[:12]}…",
                f"file {sha256[:12]}... was not received",
            )
        return path, row

    def _part(self, row: ApplianceRow, sha256: str) -> Path:
        return self._folder / row.id / f"{sha256}.part"


def site_files(session: Session, appliance: str) -> list[SiteFileRow]:
    """Return the files that a server announced, the newest first."""
    return list(
        session.scalars(
            select(SiteFileRow).where(SiteFileRow.appliance == appliance).order_by(SiteFileRow.seq.desc())
        )
    )


def received_of(session: Session, appliance: str, limit: int) -> tuple[str, ...]:
    """Return the SHA-256 of a server's newest received files."""
    return tuple(
        session.scalars(
            select(SiteFileRow.sha256)
            .where(SiteFileRow.appliance == appliance, SiteFileRow.received_at.is_not(None))
            .order_by(SiteFileRow.seq.desc())
            .limit(limit)
        )
    )


def _announced(session: Session, row: ApplianceRow, sha256: str) -> SiteFileRow:
    file = session.get(SiteFileRow, (row.id, sha256))
    if file is None:
        raise Problem(
            "not_ready",
            "file.not_announced",
            "日志中尚无该文件的登记，请先同步日志",
            "the journal has not announced this file yet: send the journal first",
            status=409,
        )
    return file
