"""Pictures from outside, read within bounds: a broken one or a bomb costs an error, never memory or time.

Used for frames of cameras, uploaded photographs and photos of registration alike.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""A decoded picture: rows x columns x 3, blue-green-red, 8 bits each."""

MOST_PIXELS = 50_000_000
MOST_BYTES = 32 * 1024 * 1024
MOST_SCANS = 64
"""A progressive JPEG has about ten scans; thousands of empty ones keep a decoder busy for minutes."""
MOST_SEGMENTS = 4096
MOST_CHUNKS = 65536
"""A colour profile makes up to 255 segments of a JPEG; encoders cut a PNG into chunks of 8 KiB or so."""

_PNG_START = b"\x89PNG\r\n\x1a\n"
_SOF = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
# Not the stuffed bytes and restarts within a scan, nor TEM: those have no length and mean nothing here.
_MARKER = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]")
_SOI, _EOI, _SOS, _DHT = 0xD8, 0xD9, 0xDA, 0xC4


class BrokenPicture(ValueError):
    """The bytes are not a whole picture, or one that is too large; the message says which, in English."""


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What a picture says of itself before it is decoded."""

    media_type: Literal["image/jpeg", "image/png"]
    width: int
    height: int
    end: int
    """Bytes that belong to it; cameras pad their JPEGs with zeros or leftovers."""
    huffman_tables: bool = True
    """False for JPEGs of some cameras that leave out the standard tables; not every viewer copes."""


def read_header(data: bytes) -> PictureHeader:
    """Walk over a JPEG or PNG without decoding it. Raises BrokenPicture when it is not whole."""
    if data.startswith(b"\xff\xd8"):
        return _read_jpeg_header(data)
    if data.startswith(_PNG_START):
        return _read_png_header(data)
    raise BrokenPicture("neither JPEG nor PNG")


def _read_jpeg_header(data: bytes) -> PictureHeader:
    width = height = scans = 0
    tables = False
    at = 2
    for _ in range(MOST_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None:
            raise BrokenPicture("JPEG ends without its end marker")
        if not scans and data[at : found.start()].strip(b"\xff"):
            raise BrokenPicture("JPEG has data outside its segments")
        at, marker = found.start(), data[found.start() + 1]
        if marker == _EOI:
            if not scans:
                raise BrokenPicture("JPEG has no scan")
            return PictureHeader("image/jpeg", width, height, at + 2, tables)
        if marker == _SOI:
            # Two frames run into one: the first lost its end on the bus.
            raise BrokenPicture("JPEG begins anew before its end")
        if at + 4 > len(data):
            raise BrokenPicture("JPEG ends within a segment")
        (length,) = struct.unpack_from(">H", data, at + 2)
        if length < 2 or at + 2 + length > len(data):
            raise BrokenPicture("JPEG ends within a segment")
        if marker in _SOF:
            if width:
                raise BrokenPicture("JPEG has two frame headers")
            if length < 8:
                raise BrokenPicture("JPEG has a short frame header")
            height, width = struct.unpack_from(">HH", data, at + 5)
            if not width or not height:
                raise BrokenPicture("JPEG without a size")
        elif marker == _DHT:
            tables = True
        elif marker == _SOS:
            scans += 1
            if not width:
                raise BrokenPicture("JPEG has a scan before its frame header")
            if scans > MOST_SCANS:
                raise BrokenPicture(f"JPEG has more than {MOST_SCANS} scans")
        at += 2 + length
    raise BrokenPicture(f"JPEG has more than {MOST_SEGMENTS} segments")


def _read_png_header(data: bytes) -> PictureHeader:
    width = height = 0
    pixels = False
    at = len(_PNG_START)
    for _ in range(MOST_CHUNKS):
        if at + 12 > len(data):
            raise BrokenPicture("PNG ends without its end chunk")
        length, name = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            raise BrokenPicture("PNG ends within a chunk")
        if not width:
            if name != b"IHDR" or length != 13:
                raise BrokenPicture("PNG does not begin with its header")
            width, height = struct.unpack_from(">II", data, at + 8)
            if not 0 < width <= 0x7FFFFFFF or not 0 < height <= 0x7FFFFFFF:
                raise BrokenPicture("PNG without a size")
        pixels = pixels or name == b"IDAT"
        at += 12 + length
        if name == b"IEND":
            if not pixels:
                raise BrokenPicture("PNG has no pixels")
            return PictureHeader("image/png", width, height, at)
    raise BrokenPicture(f"PNG has more than {MOST_CHUNKS} chunks")


def decode_picture(
    data: bytes, *, max_pixels: int = MOST_PIXELS, max_bytes: int = MOST_BYTES, upright: bool = True
) -> Picture:
    """Return the pixels of a whole JPEG or PNG of at most `max_pixels`.

    `upright` turns it as its EXIF orientation says: phones store portraits lying down. Transparent pixels
    keep their colour. Raises BrokenPicture for everything else: other kinds, too large, cut off, damaged.
    """
    if len(data) > max_bytes:
        raise BrokenPicture(f"{len(data)} bytes, at most {max_bytes} are read")
    header = read_header(data)
    if header.width * header.height > max_pixels:
        raise BrokenPicture(f"{header.width}x{header.height} pixels, at most {max_pixels} are decoded")
    flags = cv2.IMREAD_COLOR if upright else cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    picture = _decode(data[: header.end], flags)
    if sorted(picture.shape[:2]) != sorted((header.width, header.height)):
        raise BrokenPicture("decoded to another size than its header says")
    return picture


def decode_reduced(data: bytes, width: int, *, max_pixels: int = MOST_PIXELS) -> Picture:
    """Return a whole JPEG at a half, a quarter or an eighth of its size, at least `width` wide if it is.

    Several times faster than decoding all of it. EXIF is ignored: frames of cameras have none worth it.
    Raises BrokenPicture.
    """
    header = read_header(data)
    if header.width * header.height > max_pixels:
        raise BrokenPicture(f"{header.width}x{header.height} pixels, at most {max_pixels} are decoded")
    flags = cv2.IMREAD_COLOR
    for reduction, reduced in (
        (8, cv2.IMREAD_REDUCED_COLOR_8),
        (4, cv2.IMREAD_REDUCED_COLOR_4),
        (2, cv2.IMREAD_REDUCED_COLOR_2),
    ):
        if header.width // reduction >= width:
            flags = reduced
            break
    return _decode(data[: header.end], flags | cv2.IMREAD_IGNORE_ORIENTATION)


def _decode(data: bytes, flags: int) -> Picture:
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise BrokenPicture(f"cannot be decoded: {error.err or error}") from error
    if decoded is None or decoded.ndim != 3 or decoded.dtype != np.uint8:
        raise BrokenPicture("cannot be decoded")
    return decoded.astype(np.uint8, copy=False)


def encode_jpeg(picture: Picture, quality: int = 85) -> bytes:
    """Return the picture as a JPEG of a quality between 1 and 100."""
    done, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise BrokenPicture("cannot be encoded")
    return encoded.tobytes()


def shrink(picture: Picture, width: int) -> Picture:
    """Return the picture at most `width` wide, its proportions kept; never enlarged."""
    rows, columns = picture.shape[:2]
    if columns <= width:
        return picture
    size = (width, max(1, round(rows * width / columns)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
