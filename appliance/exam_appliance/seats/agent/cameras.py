"""Cameras and their largest pictures, asked of the kernel (V4L2: QUERYCAP, ENUM_FMT, ENUM_FRAMESIZES)."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import struct
from pathlib import Path
from typing import Any

from exam_appliance.readiness.machine.files import names

MOST = 8
_QUERYCAP = 0x80685600
_ENUM_FMT = 0xC0405602
_ENUM_FRAMESIZES = 0xC02C564A
_CAPTURE, _DEVICE_CAPS = 0x1, 0x80000000
_DISCRETE = 1


def cameras(root: Path) -> list[dict[str, Any]]:
    """Return name, width and height of each camera that gives pictures and can be asked."""
    found = []
    for name in sorted(names(root / "dev"), key=lambda one: (len(one), one)):
        if re.fullmatch(r"video\d{1,3}", name) is None:
            continue
        camera = _camera(root / "dev" / name)
        if camera is not None:
            found.append(camera)
    return found[:MOST]


def _camera(path: Path) -> dict[str, Any] | None:
    try:
        handle = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        told = _asked(handle, _QUERYCAP, bytearray(104))
        if told is None:
            return None
        capabilities, device = struct.unpack_from("=II", told, 84)
        if not (device if capabilities & _DEVICE_CAPS else capabilities) & _CAPTURE:
            # Metadata nodes of UVC cameras have a number of their own.
            return None
        sizes = [size for fourcc in _formats(handle) for size in _sizes(handle, fourcc)]
        if not sizes:
            return None
        width, height = max(sizes, key=lambda size: size[0] * size[1])
        card = bytes(told[16:48]).partition(b"\0")[0].decode("utf-8", errors="replace")
        return {"name": re.sub(r"[\x00-\x1f\x7f]", "", card), "width": width, "height": height}
    finally:
        os.close(handle)


def _formats(handle: int) -> list[int]:
    found = []
    for index in range(64):
        told = _asked(handle, _ENUM_FMT, bytearray(struct.pack("=II56x", index, _CAPTURE)))
        if told is None:
            break
        found.append(struct.unpack_from("=I", told, 44)[0])
    return found


def _sizes(handle: int, fourcc: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for index in range(128):
        told = _asked(handle, _ENUM_FRAMESIZES, bytearray(struct.pack("=II36x", index, fourcc)))
        if told is None:
            break
        kind, first, second, _, _, fifth = struct.unpack_from("=IIIIII", told, 8)
        if kind == _DISCRETE:
            found.append((first, second))
        else:
            # Stepwise: smallest width, largest width, step, smallest height, largest height, step.
            return [(second, fifth)]
    return found


def _asked(handle: int, request: int, body: bytearray) -> bytearray | None:
    try:
        fcntl.ioctl(handle, request, body, True)
    except OSError as error:
        if error.errno == errno.EINTR:
            return _asked(handle, request, body)
        return None
    return body
