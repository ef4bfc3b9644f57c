"""The photo of a card: 1024 bytes of WLT, whose decoders are closed, so that one of the vendor's is called.

The decoder is a program or a shared library that the options name; it runs in a process of its own, with a
time limit, and what it gives is believed only when it is a picture of the right size. Without one, or when
it fails, the photo stays as it is: the data is passed on and can be decoded later.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

from firmware_adapters.adapter import Json, Reason
from firmware_adapters.id_card import reasons
from firmware_adapters.id_card.options import PhotoCommand, PhotoLibrary

MOST_BYTES: Final = 256 * 1024
"""A picture of that size has 38862 bytes as BMP."""
_KEPT_COMPLAINT = 300


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that was decoded, or why it was not."""

    wlt: bytes
    picture: bytes = b""
    """PNG of 102x126; empty when it was not decoded."""
    reason: Reason | None = None
    detail: str = ""
    """For the log, English, one line."""

    def as_json(self) -> dict[str, Json]:
        """Return it as the event `card.read` carries it; a decoded picture is the event's blob."""
        if self.picture:
            return {"state": "decoded"}
        reason = self.reason or reasons.PHOTO_NO_DECODER
        return {
            "state": "not_decoded",
            "reason": {"code": reason.code, "zh": reason.zh, "en": reason.en},
            "detail": self.detail,
            "wlt": base64.b64encode(self.wlt).decode(),
        }


class _Refused(Exception):
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def decoder_command(decoder: PhotoCommand | PhotoLibrary) -> list[str]:
    """Return the command line of a decoder, with `{input}` and `{output}` where files belong."""
    if isinstance(decoder, PhotoCommand):
        return list(decoder.command)
    return [
        sys.executable,
        "-m",
        "firmware_adapters.id_card.wlt_library",
        decoder.library,
        decoder.function,
        decoder.call,
        "" if decoder.argument is None else str(decoder.argument),
        str(decoder.success),
        "{input}",
        "{output}",
    ]


def missing_decoder(decoder: PhotoCommand | PhotoLibrary) -> str:
    """Return the path of a program or library that is not there, empty when all is well."""
    if isinstance(decoder, PhotoLibrary):
        return "" if Path(decoder.library).is_file() else decoder.library
    program = decoder.command[0]
    return "" if shutil.which(program) else program


async def decode_photo(wlt: bytes, decoder: PhotoCommand | PhotoLibrary | None) -> Photo:
    """Return the photo, decoded when there is a decoder that does its work. Never raises."""
    if not any(wlt):
        return Photo(wlt, reason=reasons.PHOTO_NO_DATA)
    if decoder is None:
        return Photo(wlt, reason=reasons.PHOTO_NO_DECODER)
    try:
        async with asyncio.timeout(decoder.timeout_s):
            raw = await _run(decoder_command(decoder), wlt)
            return Photo(wlt, await asyncio.to_thread(_as_png, raw))
    except TimeoutError:
        return Photo(wlt, reason=reasons.PHOTO_DECODER_SLOW, detail=f"over {decoder.timeout_s:g} s")
    except _Refused as refused:
        return Photo(wlt, reason=refused.reason, detail=refused.detail)
    except OSError as trouble:
        return Photo(wlt, reason=reasons.PHOTO_DECODER_FAILED, detail=str(trouble))


def _as_png(raw: bytes) -> bytes:
    picture = import_module("firmware_adapters.id_card.card_picture")
    try:
        return bytes(picture.as_png(raw))
    except picture.NoPicture as wrong:
        raise _Refused(reasons.PHOTO_BAD_PICTURE, str(wrong)) from wrong


async def _run(command: list[str], wlt: bytes) -> bytes:
    with tempfile.TemporaryDirectory(prefix="photo-", ignore_cleanup_errors=True) as folder:
        source, target = _files(folder, wlt)
        by_file = any("{output}" in part for part in command)
        filled = [part.replace("{input}", str(source)).replace("{output}", str(target)) for part in command]
        try:
            process = await asyncio.create_subprocess_exec(
                *filled,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except (FileNotFoundError, PermissionError) as missing:
            raise _Refused(reasons.PHOTO_DECODER_MISSING, str(missing)) from missing
        try:
            output, complaint, code = await _converse(process, wlt)
        finally:
            # The whole group: a script may have started something that holds the pipes.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if code:
            raise _Refused(reasons.PHOTO_DECODER_FAILED, f"exit code {code} {complaint}".strip())
        return _written(target) if by_file else output


def _files(folder: str, wlt: bytes) -> tuple[Path, Path]:
    source = Path(folder, "photo.wlt")
    source.write_bytes(wlt)
    return source, Path(folder, "photo.bmp")


def _written(target: Path) -> bytes:
    if not target.is_file():
        raise _Refused(reasons.PHOTO_BAD_PICTURE, "no file was written")
    size = target.stat().st_size
    if size > MOST_BYTES:
        raise _Refused(reasons.PHOTO_BAD_PICTURE, f"{size} bytes")
    return target.read_bytes()


async def _converse(process: asyncio.subprocess.Process, wlt: bytes) -> tuple[bytes, str, int]:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise AssertionError("all three are pipes")
    process.stdin.write(wlt)
    with contextlib.suppress(ConnectionError):
        await process.stdin.drain()
    process.stdin.close()
    output, complaint = await asyncio.gather(
        _take(process.stdout, MOST_BYTES), _take(process.stderr, MOST_BYTES)
    )
    words = complaint[-_KEPT_COMPLAINT:].decode(errors="replace")
    return output, " ".join(words.split()), await process.wait()


async def _take(stream: asyncio.StreamReader, most: int) -> bytes:
    data = b""
    while part := await stream.read(65536):
        data += part
        if len(data) > most:
            raise _Refused(reasons.PHOTO_BAD_PICTURE, f"over {most} bytes")
    return data
