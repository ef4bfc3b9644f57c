"""Downloads by SHA-256 that go on where they were cut."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from central_sync.agent.line import Line, LineDown
from central_sync.agent.state import AgentState
from central_sync.protocol.durable_file import sync_folder
from central_sync.protocol.session import BlobRef

PIECE_BYTES = 128 * 1024
RESERVE_BYTES = 512 * 1024 * 1024
"""Disk space that downloads leave to the exams."""

Progress = Callable[[int], None]
"""Called with the bytes held so far."""


class BlobWrong(Exception):
    """What arrived is not the file that was asked for, even from the start; `zh` and `en` say what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


async def fetch(
    line: Line, state: AgentState, ref: BlobRef, progress: Progress, reserve_bytes: int = RESERVE_BYTES
) -> Path:
    """Return a blob's file, fetching what is missing of it.

    The file appears under its name only when its digest is right and it is on disk. Raises
    LineDown (a later call goes on), Refused, BlobWrong, OSError.
    """
    whole, part = state.blob(ref.sha256), state.part(ref.sha256)
    if is_whole(state, ref):
        # A stick may have brought the file while it was being fetched.
        part.unlink(missing_ok=True)
        return whole
    resumed = _held(part, ref)
    if resumed < ref.size or not part.exists():
        require_space(part.parent, ref.size - resumed + reserve_bytes)
        await _fetch_rest(line, part, ref, progress)
    if await asyncio.to_thread(_finish, part, whole, ref):
        return whole
    part.unlink(missing_ok=True)
    if resumed:
        raise LineDown(
            "续传的文件校验不符，将从头下载",
            "the resumed file proved wrong; it is fetched again from its start",
        )
    raise BlobWrong(
        f"中心的文件 {ref.sha256[:12]}… 校验不符，请联系中心重新发布",
        f"the centre's file {ref.sha256[:12]}... is not what its document says: have it published anew",
    )


def is_whole(state: AgentState, ref: BlobRef) -> bool:
    """Tell whether a blob is here already."""
    whole = state.blob(ref.sha256)
    return whole.exists() and whole.stat().st_size == ref.size


async def _fetch_rest(line: Line, part: Path, ref: BlobRef, progress: Progress) -> None:
    held = _held(part, ref)
    headers = {"Range": f"bytes={held}-"} if held else {}
    async with line.open("GET", f"/site/v1/blobs/{ref.sha256}", headers=headers) as response:
        if held and response.status != 206:
            held = 0
        with part.open("r+b" if held else "wb") as file:
            file.seek(held)
            progress(held)
            async for piece in response.content.iter_chunked(PIECE_BYTES):
                held += len(piece)
                if held > ref.size:
                    # The digest cannot be right any more; the caller finds that out and begins anew.
                    file.truncate(0)
                    return
                await asyncio.to_thread(file.write, piece)
                progress(held)
    if held < ref.size:
        raise LineDown("下载中断，将自动续传", "the download was cut and will be resumed")


def _held(part: Path, ref: BlobRef) -> int:
    """Return how many bytes of a blob are on disk; a part that is too long is no part of it."""
    try:
        size = part.stat().st_size
    except FileNotFoundError:
        return 0
    if size > ref.size:
        part.unlink()
        return 0
    return size


def _finish(part: Path, whole: Path, ref: BlobRef) -> bool:
    """Give a complete part its name if its digest is right; tell whether it is."""
    with part.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != ref.sha256:
            return False
        os.fsync(file.fileno())
    part.replace(whole)
    sync_folder(whole.parent)
    return True


def require_space(folder: Path, needed: int) -> None:
    """Raise BlobWrong unless the folder's disk has so many bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        short = (needed - free) // (1024 * 1024) + 1
        raise BlobWrong(
            f"磁盘空间不足，还差 {short} MiB，请清理磁盘后重试",
            f"the disk is {short} MiB short for this download: make room and try again",
        )
