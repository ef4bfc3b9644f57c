"""The outbox: files on their way up to the centre, kept until it holds them whole."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic import ValidationError

from central_sync.protocol.durable_file import sync_folder, write_whole
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.items import Words
from central_sync.protocol.kinds import FileOffered
from central_sync.protocol.site_files import PIECE_BYTES, SITE_FILE_BYTES

log = logging.getLogger(__name__)

OUTBOX_BYTES = 4 * 1024 * 1024 * 1024
"""Bytes of all waiting files; the disk belongs to the exams."""


class WaitingFile(Words):
    """A file that waits, as its entry `file.offered` says, and what it belongs to."""

    subject: str
    offered: FileOffered
    put_ns: int
    """Wall time at which it was put here, ns; gives the order."""


class Outbox:
    """Files below a folder, each with a note beside it. May be used on any thread."""

    def __init__(self, folder: Path, limit: int = OUTBOX_BYTES) -> None:
        self._folder = folder
        self._limit = limit
        folder.mkdir(parents=True, exist_ok=True)

    def put(
        self, source: Path | bytes, *, subject: str, name: str, media_type: str, purpose: str
    ) -> FileOffered:
        """Copy a file in, whole or not at all, and return what to journal as `file.offered`.

        The same file again changes nothing. Raises Problem: file.empty, file.too_large, outbox.full;
        OSError.
        """
        handle, temporary_name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self._folder)
        temporary = Path(temporary_name)
        try:
            digest, size = hashlib.sha256(), 0
            with os.fdopen(handle, "wb") as out:
                for piece in _pieces_of(source):
                    size += len(piece)
                    self._refuse(size)
                    digest.update(piece)
                    out.write(piece)
                out.flush()
                os.fsync(out.fileno())
            if size == 0:
                raise Problem("invalid", "file.empty", f"文件 {name} 是空的", f"the file {name} is empty")
            offered = FileOffered(
                name=name, type=media_type, purpose=purpose, sha256=digest.hexdigest(), size=size
            )
            temporary.replace(self.path(offered.sha256))
            sync_folder(self._folder)
        finally:
            temporary.unlink(missing_ok=True)
        note = WaitingFile(subject=subject, offered=offered, put_ns=time.time_ns())
        # The note makes it wait: a file without one is the rest of a call that was cut short.
        write_whole(self._note(offered.sha256), note.model_dump_json().encode())
        return offered

    def waiting(self) -> list[WaitingFile]:
        """Return what waits, in the order in which it was put here."""
        found = []
        for note in self._folder.glob("*.json"):
            try:
                waiting = WaitingFile.model_validate_json(note.read_bytes())
            except (OSError, ValidationError) as error:
                log.error("待传文件 %s 无法读取，已跳过 / cannot be read: %s", note, error)
                continue
            if self.path(waiting.offered.sha256).exists():
                found.append(waiting)
        return sorted(found, key=lambda waiting: waiting.put_ns)

    def path(self, sha256: str) -> Path:
        """Return where a waiting file lies."""
        return self._folder / f"{sha256}.data"

    def pieces(self, sha256: str) -> Callable[[], Iterable[bytes]]:
        """Return what reads a waiting file in pieces."""
        return lambda: _pieces_of(self.path(sha256))

    def is_sound(self, waiting: WaitingFile) -> bool:
        """Tell whether a waiting file is still what was put here."""
        with self.path(waiting.offered.sha256).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == waiting.offered.sha256

    def delivered(self, sha256: str) -> None:
        """Let a file go: the centre holds it whole."""
        self._note(sha256).unlink(missing_ok=True)
        self.path(sha256).unlink(missing_ok=True)

    def _note(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.json"

    def _refuse(self, size: int) -> None:
        if size > SITE_FILE_BYTES:
            raise Problem(
                "invalid",
                "file.too_large",
                f"文件超过 {SITE_FILE_BYTES // 1024**2} MiB，无法上传到中心",
                f"a file for the centre may have {SITE_FILE_BYTES // 1024**2} MiB at most",
                status=413,
            )
        if sum(path.stat().st_size for path in self._folder.glob("*.data")) + size > self._limit:
            raise Problem(
                "not_ready",
                "outbox.full",
                "待传文件过多，请先恢复与中心的线路，或用 U 盘送出",
                "too many files wait for the centre: mend the line, or send them by stick",
            )


def _pieces_of(source: Path | bytes) -> Iterable[bytes]:
    if isinstance(source, bytes):
        for at in range(0, len(source), PIECE_BYTES):
            yield source[at : at + PIECE_BYTES]
        return
    with source.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece
