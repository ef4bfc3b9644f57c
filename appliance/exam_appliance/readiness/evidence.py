"""Files that stand behind declarations: kept by their SHA-256, once what they are is certain."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from central_sync.protocol.durable_file import write_whole
from central_sync.protocol.http.problems import Problem

EVIDENCE_LIMIT = 20 * 1024 * 1024
"""Bytes of one file."""
FOLDER_LIMIT = 1024 * 1024 * 1024
"""Bytes of all."""
UNUSED_KEPT_S = 24 * 3600
"""A file that no declaration names is kept so long, for whoever is still writing the note."""
LARGEST_PICTURE = 100_000_000
"""Pixels."""
NAME_LIMIT = 100

TYPES = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
_PICTURES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff<>:\"|?*]+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A kept file: name for people, media type by its content, digest, bytes."""

    name: str
    type: str
    sha256: str
    size: int


class EvidenceStore:
    """A folder of files named by their digests. Methods wait for the disk: call them on a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, name: str, data: bytes, used: Collection[str], now: datetime) -> Evidence:
        """Keep a file. Raises Problem evidence.* for what is no PDF or picture, and OSError.

        `used` are the digests that declarations name; unnamed files of long ago make room.
        """
        if not data:
            raise _refused("empty", "文件为空，请重新选择", "the file is empty: choose another one")
        if len(data) > EVIDENCE_LIMIT:
            most = EVIDENCE_LIMIT // 1024 // 1024
            raise _refused("too_large", f"文件超过 {most} MB，请压缩后再传", f"the file is over {most} MB")
        kind = media_type(data)
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._folder / sha256
        if not path.is_file():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._sweep(used, now)
            held = sum(each.stat().st_size for each in self._folder.iterdir())
            if held + len(data) > FOLDER_LIMIT:
                raise Problem(
                    "not_ready",
                    "evidence.full",
                    "证明材料已达 1 GB，请先撤回不再需要的申报",
                    "there is 1 GB of evidence: withdraw declarations that are no longer needed",
                )
            write_whole(path, data)
        else:
            # It counts as new: whoever sent it again is still writing the note.
            path.touch()
        return Evidence(clean_name(name, kind), kind, sha256, len(data))

    def path(self, sha256: str) -> Path | None:
        """Return where a file is kept, None when it is not."""
        if _SHA256.fullmatch(sha256) is None:
            return None
        path = self._folder / sha256
        return path if path.is_file() else None

    def described(self, name: str, sha256: str) -> Evidence:
        """Return a kept file again. Raises Problem evidence.missing."""
        path = self.path(sha256)
        if path is None:
            raise Problem(
                "missing",
                "evidence.missing",
                "没有这份证明材料，请重新上传",
                "there is no such file: send it again",
            )
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Problem(
                "conflict",
                "evidence.damaged",
                "证明材料已损坏，请重新上传",
                "the kept file is damaged: send it again",
            )
        kind = media_type(data)
        return Evidence(clean_name(name, kind), kind, sha256, len(data))

    def _sweep(self, used: Collection[str], now: datetime) -> None:
        for path in self._folder.iterdir():
            old = now.timestamp() - path.stat().st_mtime > UNUSED_KEPT_S
            if _SHA256.fullmatch(path.name) and path.name not in used and old:
                path.unlink(missing_ok=True)


def media_type(data: bytes) -> str:
    """Return the media type of a PDF or a picture that opens. Raises Problem evidence.type.

    What the file's name or the browser says of it is not looked at.
    """
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:]:
        return "application/pdf"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=tuple(_PICTURES)) as picture:
                if picture.width * picture.height > LARGEST_PICTURE:
                    raise _refused(
                        "type", "图片过大，请缩小后再传", "the picture is too large: make it smaller"
                    )
                kind = _PICTURES[str(picture.format)]
                picture.load()
    except (
        *(UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning),
        *(OSError, ValueError, SyntaxError, KeyError, IndexError, EOFError, OverflowError),
    ) as error:
        raise _refused(
            "type",
            "只接受能打开的 PDF、PNG、JPEG、WebP 文件",
            "only PDF, PNG, JPEG and WebP files that open are taken",
        ) from error
    return kind


def clean_name(name: str, kind: str) -> str:
    """Return a file name that is safe to show and to store under, with the ending of its type."""
    last = re.split(r"[/\\]", name)[-1]
    plain = _NOT_IN_NAMES.sub("", last).strip(" .")
    stem = plain.rpartition(".")[0] or plain
    return f"{stem[:NAME_LIMIT].strip(' .') or '证明材料'}.{TYPES[kind]}"


def _refused(reason: str, zh: str, en: str) -> Problem:
    return Problem("invalid", f"evidence.{reason}", zh, en)
