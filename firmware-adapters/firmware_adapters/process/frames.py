"""Frames between the manager and a device's process: an orjson header and an optional blob, lengths first.

`>II` length of the header, length of the blob; then both. Limits hold on either side, so neither can make
the other take more memory than that.
"""

from __future__ import annotations

import asyncio
import math
import struct
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

HEADER_LIMIT = 8 * 1024 * 1024
"""Bytes of a header; a document to print travels in one."""
BLOB_LIMIT = 64 * 1024 * 1024
"""Bytes of a blob: a still picture or a scanned page."""
_LENGTHS = struct.Struct(">II")
_DEPTH = 32


class FrameWrong(Exception):
    """The other side does not keep to the frames; nothing more can be read from it."""


class Frame(NamedTuple):
    """One message: `header["t"]` says what it is."""

    header: dict[str, Any]
    blob: bytes = b""


def encoded(header: Mapping[str, Any], blob: bytes = b"") -> bytes:
    """Return a frame as bytes. What JSON cannot hold is told in its nearest form, see `as_json`.

    Raises FrameWrong when it is over a limit.
    """
    try:
        head = orjson.dumps(header)
    except TypeError:
        head = orjson.dumps(as_json(dict(header)))
    if len(head) > HEADER_LIMIT or len(blob) > BLOB_LIMIT:
        raise FrameWrong(f"{len(head)} and {len(blob)} bytes are over the limits")
    return _LENGTHS.pack(len(head), len(blob)) + head + blob


class FrameLine(asyncio.Protocol):
    """The manager's end of the line to a device's process.

    Keeps what has arrived readable after the process has ended, so that its last words are heard, and stops
    reading while too much waits, so that a process that floods holds up itself only.
    """

    FRAMES_WAITING = 256

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._bytes = bytearray()
        self._frames: deque[Frame] = deque()
        self._arrived = asyncio.Event()
        self._ended = False
        self._wrong: FrameWrong | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the line; called by asyncio."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a socket's transport is one
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take what arrived; called by asyncio."""
        self._bytes += data
        try:
            while (frame := _taken(self._bytes)) is not None:
                self._frames.append(frame)
        except FrameWrong as error:
            self._wrong = error
            self.close()
        if len(self._frames) > self.FRAMES_WAITING and self._transport is not None:
            self._transport.pause_reading()
        self._arrived.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end; called by asyncio."""
        self._ended = True
        self._arrived.set()

    async def next(self) -> Frame | None:
        """Return the next frame, None at the end. Raises FrameWrong. Lets others run in between."""
        while not self._frames:
            if self._wrong is not None:
                raise self._wrong
            if self._ended:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        frame = self._frames.popleft()
        if not self._frames and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
        await asyncio.sleep(0)
        return frame

    def send(self, header: Mapping[str, Any], blob: bytes = b"") -> None:
        """Send a frame, unless the line has ended. Raises FrameWrong when it is over a limit."""
        frame = encoded(header, blob)
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(frame)

    def close(self) -> None:
        """Hang up; may be called twice."""
        if self._transport is not None:
            self._transport.abort()


def _taken(waiting: bytearray) -> Frame | None:
    """Take the first whole frame off what has arrived; None while there is none. Raises FrameWrong."""
    if len(waiting) < _LENGTHS.size:
        return None
    head_length, blob_length = _checked(bytes(waiting[: _LENGTHS.size]))
    end = _LENGTHS.size + head_length + blob_length
    if len(waiting) < end:
        return None
    head = bytes(waiting[_LENGTHS.size : _LENGTHS.size + head_length])
    blob = bytes(waiting[_LENGTHS.size + head_length : end])
    del waiting[:end]
    return _frame(head, blob)


async def read_frame(reader: asyncio.StreamReader) -> Frame | None:
    """Return the next frame, None at the end of the line. Raises FrameWrong."""
    try:
        head_length, blob_length = _checked(await reader.readexactly(_LENGTHS.size))
        head = await reader.readexactly(head_length)
        blob = await reader.readexactly(blob_length) if blob_length else b""
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return _frame(head, blob)


def _checked(lengths: bytes) -> tuple[int, int]:
    head_length, blob_length = _LENGTHS.unpack(lengths)
    if head_length > HEADER_LIMIT or blob_length > BLOB_LIMIT:
        raise FrameWrong(f"a frame of {head_length} and {blob_length} bytes is over the limits")
    return head_length, blob_length


def _frame(head: bytes, blob: bytes) -> Frame:
    try:
        header = orjson.loads(head)
    except orjson.JSONDecodeError as error:
        raise FrameWrong("a header is not JSON") from error
    if not isinstance(header, dict) or not isinstance(header.get("t"), str):
        raise FrameWrong("a header is no object with a `t`")
    return Frame(header, blob)


def as_json(value: object, depth: int = _DEPTH) -> Any:
    """Return the nearest thing that JSON can hold: lone surrogates become U+FFFD, bytes hexadecimal digits,
    numbers beyond 64 bits and anything unknown their text, keys text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value).encode("utf-8", "replace").decode() if not _is_utf8(value) else str(value)
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**64 else str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if depth == 0:
        return "..."
    if isinstance(value, Mapping):
        return {str(as_json(str(key))): as_json(one, depth - 1) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(one, depth - 1) for one in value]
    return as_json(str(value))


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
