"""Pictures as they come in from cameras, cards and pages: opened with care, upright, made anew as JPEG."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from central_sync.protocol.http.problems import Problem

BYTES_LIMIT: Final = 8 * 1024 * 1024
"""A photo of 12 megapixels has four to six."""
PIXELS_LIMIT: Final = 40_000_000
LEAST_SIDE: Final = 60
"""Pixels; a card's photo has 102x126."""
LONGEST_SIDE: Final = 1600
"""Pixels that are kept: a face that fills a tenth of it is still compared well."""
_FORMATS: Final = ("JPEG", "PNG", "BMP", "WEBP")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that can be opened: JPEG, upright, without anything else in it."""

    jpeg: bytes
    width: int
    height: int


def taken_in(data: bytes) -> Picture:
    """Return a picture made anew. Takes up to 200 ms of a core for 12 megapixels: call it on a thread.

    Raises Problem `picture.broken`, `picture.too_large`, `picture.too_small`. Size is judged by the header
    before anything is unpacked, so that a small file cannot fill the memory.
    """
    if len(data) > BYTES_LIMIT:
        raise _too_large(f"{len(data) // 1024} KiB")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            if opened.width * opened.height > PIXELS_LIMIT:
                raise _too_large(f"{opened.width}x{opened.height}")
            if min(opened.size) < LEAST_SIDE:
                raise Problem(
                    "invalid",
                    "picture.too_small",
                    f"照片太小（{opened.width}x{opened.height}），请检查摄像头设置",
                    f"{opened.width}x{opened.height} is too small: look at the camera's settings",
                )
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            made = io.BytesIO()
            upright.save(made, "JPEG", quality=90)
            return Picture(made.getvalue(), upright.width, upright.height)
    except Image.DecompressionBombError as error:
        raise _too_large("bomb") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, OverflowError) as error:
        raise Problem(
            "invalid",
            "picture.broken",
            "照片损坏或不是 JPEG、PNG 图片，请重新拍照",
            "the picture is broken or no JPEG or PNG: take another",
        ) from error


def _too_large(what: str) -> Problem:
    return Problem(
        "invalid",
        "picture.too_large",
        f"照片过大（{what}），上限 8 MiB、4000 万像素",
        f"the picture is too large ({what}): at most 8 MiB and 40 megapixels",
        status=413,
    )
