"""Pixel formats that cameras send, and how a frame of each becomes a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_adapters.camera.pictures import (
    BrokenPicture,
    Picture,
    PictureHeader,
    decode_picture,
    decode_reduced,
    read_header,
)

COMPRESSED = frozenset({"MJPG", "JPEG"})
"""Formats whose frames are JPEG pictures."""


class BrokenFrame(ValueError):
    """A frame is not a whole picture; it is counted and the next one taken."""


@dataclass(frozen=True, slots=True)
class FrameLayout:
    """How the driver says that a frame lies in memory."""

    fourcc: str
    """Four characters as V4L2 writes them: `MJPG`, `YUYV`, `NV12`."""
    width: int
    height: int
    bytes_per_line: int = 0
    """Of the first plane; 0 where the driver does not say, or for compressed formats."""


@dataclass(frozen=True, slots=True)
class _Raw:
    """An uncompressed format: bytes a line for a width, half-height chroma lines behind, a conversion."""

    line_bytes: Callable[[int], int]
    chroma_below: bool
    to_bgr: Callable[[NDArray[np.uint8], int, int], NDArray[np.generic]]


def _packed(code: int) -> _Raw:
    """Two bytes a pixel, luma and chroma mixed."""
    return _Raw(
        lambda width: width * 2,
        False,
        lambda lines, width, height: cv2.cvtColor(lines.reshape(height, width, 2), code),
    )


def _planar(code: int) -> _Raw:
    """A luma plane and half as many bytes of chroma behind it (4:2:0)."""
    return _Raw(lambda width: width, True, lambda lines, width, height: cv2.cvtColor(lines, code))


_RAW: MappingProxyType[str, _Raw] = MappingProxyType(
    {
        "YUYV": _packed(cv2.COLOR_YUV2BGR_YUYV),
        "YVYU": _packed(cv2.COLOR_YUV2BGR_YVYU),
        "UYVY": _packed(cv2.COLOR_YUV2BGR_UYVY),
        "NV12": _planar(cv2.COLOR_YUV2BGR_NV12),
        "NV21": _planar(cv2.COLOR_YUV2BGR_NV21),
        "YU12": _planar(cv2.COLOR_YUV2BGR_I420),
        "YV12": _planar(cv2.COLOR_YUV2BGR_YV12),
        "BGR3": _Raw(
            lambda width: width * 3, False, lambda lines, width, height: lines.reshape(height, width, 3)
        ),
        "RGB3": _Raw(
            lambda width: width * 3,
            False,
            lambda lines, width, height: cv2.cvtColor(lines.reshape(height, width, 3), cv2.COLOR_RGB2BGR),
        ),
        "GREY": _Raw(
            lambda width: width,
            False,
            lambda lines, width, height: cv2.cvtColor(lines, cv2.COLOR_GRAY2BGR),
        ),
    }
)

PREFERENCE: tuple[str, ...] = (
    "MJPG",
    "JPEG",
    "YUYV",
    "UYVY",
    "YVYU",
    "NV12",
    "NV21",
    "YU12",
    "YV12",
    "BGR3",
    "RGB3",
    "GREY",
)
"""Readable formats, best first where size and rate are the same: compressed ones spare the USB line, grey
ones show no colour and are the infra-red eye of a face-recognition camera more often than not."""


def is_readable(fourcc: str) -> bool:
    """Whether frames of this format can be decoded."""
    return fourcc in COMPRESSED or fourcc in _RAW


def check_frame(data: bytes, layout: FrameLayout) -> tuple[int, int]:
    """Look at a frame without decoding it and return the width and height that it really has.

    Cheap enough for every frame. Raises BrokenFrame for one that is empty, cut off or no picture.
    """
    if layout.fourcc in COMPRESSED:
        header = _jpeg_header(data)
        return header.width, header.height
    _raw_lines(data, layout)
    return layout.width, layout.height


def decode_frame(data: bytes, layout: FrameLayout, *, reduced_to: int = 0) -> Picture:
    """Return the picture of a frame.

    `reduced_to`, a width in pixels, lets compressed frames be decoded at a fraction of their size that is
    still at least so wide. Raises BrokenFrame.
    """
    if layout.fourcc in COMPRESSED:
        _jpeg_header(data)
        try:
            if reduced_to:
                return decode_reduced(data, reduced_to)
            return decode_picture(data, upright=False)
        except BrokenPicture as error:
            raise BrokenFrame(str(error)) from error
    lines = _raw_lines(data, layout)
    try:
        picture = _RAW[layout.fourcc].to_bgr(lines, layout.width, layout.height)
    except cv2.error as error:  # odd sizes that a chroma format cannot have
        raise BrokenFrame(f"{layout.fourcc} {layout.width}x{layout.height}: {error.err}") from error
    return np.ascontiguousarray(picture, np.uint8)


def jpeg_of_frame(data: bytes, layout: FrameLayout) -> bytes | None:
    """Return the camera's own JPEG as it is, without the padding behind it, when any viewer can show it.

    None for uncompressed formats and for JPEGs without Huffman tables: those are encoded anew.
    """
    if layout.fourcc not in COMPRESSED:
        return None
    header = _jpeg_header(data)
    return data[: header.end] if header.huffman_tables else None


def _jpeg_header(data: bytes) -> PictureHeader:
    try:
        header = read_header(data)
    except BrokenPicture as error:
        raise BrokenFrame(str(error)) from error
    if header.media_type != "image/jpeg":
        raise BrokenFrame("not a JPEG")
    return header


def _raw_lines(data: bytes, layout: FrameLayout) -> NDArray[np.uint8]:
    """Return the frame as lines without the padding of each, chroma lines below. Raises BrokenFrame."""
    raw = _RAW.get(layout.fourcc)
    if raw is None:
        raise BrokenFrame(f"unknown pixel format {layout.fourcc!r}")
    if layout.width < 2 or layout.height < 2:
        raise BrokenFrame(f"a frame of {layout.width}x{layout.height}")
    line = raw.line_bytes(layout.width)
    # Some drivers say 0 or less than a line needs; frames are then packed without padding.
    stride = max(layout.bytes_per_line, line)
    lines = layout.height * 3 // 2 if raw.chroma_below else layout.height
    if layout.fourcc in {"YU12", "YV12"} and stride != line:
        return _three_planes(data, layout, stride)
    # The last line's padding is often not sent.
    needed = stride * (lines - 1) + line
    if len(data) < needed:
        raise BrokenFrame(f"{len(data)} bytes, {needed} make a {layout.fourcc} frame")
    flat = np.frombuffer(data, np.uint8, needed)
    if stride == line:
        return flat.reshape(lines, line)
    padded = np.zeros(stride * lines, np.uint8)
    padded[:needed] = flat
    return np.ascontiguousarray(padded.reshape(lines, stride)[:, :line])


def _three_planes(data: bytes, layout: FrameLayout, stride: int) -> NDArray[np.uint8]:
    """Three planes of padded lines, the chroma ones of half the stride, packed as OpenCV wants them."""
    width, height = layout.width, layout.height
    half = stride // 2
    needed = stride * height + 2 * half * (height // 2)
    if len(data) < needed:
        raise BrokenFrame(f"{len(data)} bytes, {needed} make a {layout.fourcc} frame")
    flat = np.frombuffer(data, np.uint8, needed)
    luma = flat[: stride * height].reshape(height, stride)[:, :width]
    chroma = flat[stride * height :].reshape(height // 2 * 2, half)[:, : width // 2]
    packed = np.concatenate((luma.ravel(), chroma.ravel()))
    if packed.size != width * height * 3 // 2:
        raise BrokenFrame(f"{layout.fourcc} cannot be {width}x{height}")
    return packed.reshape(height * 3 // 2, width)
