"""Pictures for the detector: judged by their header first, decoded small, turned upright, never trusted."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from exam_appliance.faces import reasons
from exam_appliance.faces.models import Reason

Pixels = NDArray[np.uint8]
"""Height x width x 3, blue first."""

WORK_SIDE: Final = 640
"""Longest side that the detector sees, pixels: a face that fills a tenth of it is found."""
SMALL_SIDE: Final = 320
"""Smaller pictures, such as the photo of an ID card with 102x126, are enlarged to it."""
LEAST_SIDE: Final = 48
_FORMATS: Final = ("JPEG", "PNG", "BMP", "WEBP")
_REDUCED: Final = (
    (8, cv2.IMREAD_REDUCED_COLOR_8),
    (4, cv2.IMREAD_REDUCED_COLOR_4),
    (2, cv2.IMREAD_REDUCED_COLOR_2),
)
_ORIENTATION: Final = 0x0112
_ROTATIONS: Final = {
    3: cv2.ROTATE_180,
    4: cv2.ROTATE_180,
    5: cv2.ROTATE_90_CLOCKWISE,
    6: cv2.ROTATE_90_CLOCKWISE,
    7: cv2.ROTATE_90_COUNTERCLOCKWISE,
    8: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
"""By EXIF orientation; even ones but 6 and 8, and 5 and 7, are mirrored as well."""
_MIRRORED: Final = frozenset({2, 4, 5, 7})


class PictureRefused(Exception):
    """The picture cannot be looked at."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture says of itself before it is decoded."""

    format: str
    width: int
    height: int
    orientation: int
    """EXIF, 1 to 8."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An upright picture at the size that the detector sees."""

    pixels: Pixels
    width: int
    """Of the picture as it came, upright."""
    height: int
    scale: float
    """Pixels here for one of the picture's own."""


def header_of(data: bytes, bytes_limit: int, pixels_limit: int) -> Header:
    """Read a picture's header; raises PictureRefused."""
    if len(data) > bytes_limit:
        raise PictureRefused(reasons.TOO_LARGE)
    try:
        with warnings.catch_warnings():
            # Of odd EXIF and of many pixels: the first does not matter, the second is judged below.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
                width, height = opened.size
                found = Header(str(opened.format), width, height, _orientation(opened))
    except Image.DecompressionBombError as error:
        raise PictureRefused(reasons.TOO_LARGE) from error
    except UnidentifiedImageError as error:
        broken = data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        raise PictureRefused(reasons.BROKEN if broken else reasons.NOT_A_PICTURE) from error
    except Exception as error:
        # Whatever a parser makes of a hostile header, the picture is refused.
        raise PictureRefused(reasons.BROKEN) from error
    if width * height > pixels_limit:
        raise PictureRefused(reasons.TOO_LARGE)
    if min(width, height) < LEAST_SIDE:
        raise PictureRefused(reasons.TOO_SMALL)
    return found


def opened(data: bytes, bytes_limit: int, pixels_limit: int) -> Opened:
    """Decode a picture, upright and of the detector's size; raises PictureRefused."""
    header = header_of(data, bytes_limit, pixels_limit)
    if not _ends(header.format, data):
        raise PictureRefused(reasons.BROKEN)
    longest = max(header.width, header.height)
    flag = cv2.IMREAD_COLOR
    for factor, reduced in _REDUCED:
        if longest >= factor * WORK_SIDE:
            flag = reduced
            break
    pixels: Any
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise PictureRefused(reasons.BROKEN) from error
    if pixels is None or pixels.size == 0:
        raise PictureRefused(reasons.BROKEN)
    pixels = _upright(_sized(pixels), header.orientation)
    turned = header.orientation >= 5
    width, height = (header.height, header.width) if turned else (header.width, header.height)
    return Opened(pixels, width, height, max(pixels.shape[:2]) / longest)


def _orientation(picture: Image.Image) -> int:
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
    except Exception:
        # Broken EXIF says nothing about how the picture stands.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _sized(pixels: Any) -> Any:
    longest = max(pixels.shape[:2])
    if longest > WORK_SIDE:
        return _resized(pixels, WORK_SIDE / longest, cv2.INTER_AREA)
    if longest < SMALL_SIDE:
        return _resized(pixels, SMALL_SIDE / longest, cv2.INTER_CUBIC)
    return pixels


def _resized(pixels: Any, by: float, how: int) -> Any:
    height, width = pixels.shape[:2]
    return cv2.resize(pixels, (max(1, round(width * by)), max(1, round(height * by))), interpolation=how)


def _upright(pixels: Any, orientation: int) -> Any:
    if orientation in _ROTATIONS:
        pixels = cv2.rotate(pixels, _ROTATIONS[orientation])
    if orientation in _MIRRORED:
        pixels = cv2.flip(pixels, 1)
    return pixels


def _ends(kind: str, data: bytes) -> bool:
    """Return whether the file is whole: decoders fill what a cut file lacks with grey, without a word."""
    if kind == "PNG":
        return data.rfind(b"IEND") > 0
    if kind == "JPEG":
        scan = _scan_start(data)
        return scan > 0 and data.find(b"\xff\xd9", scan) > 0
    if kind == "BMP":
        return len(data) >= int.from_bytes(data[2:6], "little")
    return len(data) >= int.from_bytes(data[4:8], "little") + 8


def _scan_start(data: bytes) -> int:
    """Return where a JPEG's first scan begins, behind segments that may hold whole JPEGs; 0 for nowhere."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xDA:
            return at
        at += 2 if marker == 0x01 or 0xD0 <= marker <= 0xD8 else 2 + int.from_bytes(data[at + 2 : at + 4])
    return 0
