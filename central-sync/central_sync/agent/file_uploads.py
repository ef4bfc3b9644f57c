"""Upload of files: from what the centre holds of each to its end, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from central_sync.agent.downloads import BlobWrong
from central_sync.agent.line import Line, Refused
from central_sync.agent.outbox import Outbox, WaitingFile
from central_sync.protocol.site_files import PIECE_BYTES, PIECE_TYPE, FileHeld

Progress = Callable[[WaitingFile, int], None]
"""Called with a file and the bytes of it that the centre holds."""


async def send_files(line: Line, outbox: Outbox, progress: Progress) -> int:
    """Send what waits; return how many files still wait, for their announcement is not up yet.

    Raises LineDown and Refused; a later call goes on where this one was cut. Raises BlobWrong, after
    all others were sent, for a file that is damaged on this server's disk.
    """
    left, damaged = 0, ""
    for waiting in await asyncio.to_thread(outbox.waiting):
        try:
            await _send(line, outbox, waiting, progress)
        except Refused as refused:
            if refused.reason == "file.not_announced":
                left += 1
            elif await asyncio.to_thread(outbox.is_sound, waiting):
                raise
            else:
                damaged = waiting.offered.name
            continue
        await asyncio.to_thread(outbox.delivered, waiting.offered.sha256)
    if damaged:
        raise BlobWrong(
            f"待传文件“{damaged}”在本机磁盘上已损坏，无法上传，请检查磁盘并重新生成该文件",
            f"the file '{damaged}' is damaged on this server's disk: check the disk and make the file anew",
        )
    return left


async def _send(line: Line, outbox: Outbox, waiting: WaitingFile, progress: Progress) -> None:
    sha256 = waiting.offered.sha256
    address = f"/site/v1/files/{sha256}"
    held = await line.ask("GET", address, FileHeld)
    path = outbox.path(sha256)
    while not held.whole:
        progress(waiting, held.received)
        piece = await asyncio.to_thread(_piece, path, held.received)
        if not piece:
            raise Refused(409, "file.damaged", "", "the file is shorter than announced", {})
        held = await line.ask(
            "POST",
            address,
            FileHeld,
            params={"offset": str(held.received)},
            data=piece,
            headers={"Content-Type": PIECE_TYPE},
        )
    progress(waiting, waiting.offered.size)


def _piece(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(PIECE_BYTES)
