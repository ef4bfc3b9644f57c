"""What the renderer and its process say to each other: frames of JSON, one of them followed by bytes."""

from __future__ import annotations

import struct
from typing import Any, Final

import orjson

HEAD: Final = struct.Struct(">II")
"""Bytes of JSON, bytes that follow it."""
LARGEST: Final = 256 * 1024 * 1024


class FrameWrong(Exception):
    """What came is no frame."""


def frame(value: Any, blob: bytes = b"") -> bytes:
    """Return a frame."""
    told = orjson.dumps(value)
    return HEAD.pack(len(told), len(blob)) + told + blob


def lengths(head: bytes) -> tuple[int, int]:
    """Return the lengths that a frame's head tells. Raises FrameWrong."""
    told, blob = HEAD.unpack(head)
    if told > LARGEST or blob > LARGEST:
        raise FrameWrong(f"a frame of {told} and {blob} bytes")
    return told, blob
