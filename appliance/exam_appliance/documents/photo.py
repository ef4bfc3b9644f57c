"""Photos on documents: any picture of a candidate made small, upright and safe to hand to the renderer."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Annotated

from PIL import Image, ImageOps, UnidentifiedImageError
from pydantic import AfterValidator

WIDTH, HEIGHT = 360, 480
"""Pixels at most: 35 mm of paper at 260 dpi, more than an office printer shows of a face."""
PIXELS_LIMIT = 40_000_000
"""Pictures of more are not opened: no camera of a site makes them."""
LONGEST = 400_000
"""Characters of a photo as text."""

_JPEG = b"\xff\xd8\xff"


def _jpeg_text(text: str) -> str:
    if not text:
        return text
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("照片须为 Base64 的 JPEG / a photo is JPEG in base64") from error
    if len(text) > LONGEST or not data.startswith(_JPEG):
        raise ValueError(
            "照片须为不超过 300 KB 的 JPEG，请先用 photo_text 处理 / "
            "a photo is JPEG of at most 300 KB: make it with photo_text"
        )
    return text


Photo = Annotated[str, AfterValidator(_jpeg_text)]
"""A photo (照片) as JPEG in base64, as `photo_text` makes it; empty for none."""


def photo_text(picture: bytes) -> str:
    """Return a picture (JPEG, PNG ...) as a document's Photo, empty where it cannot be opened.

    Takes some 10 ms of a core: call it on a thread. A broken picture costs a document its photo, not more.
    """
    try:
        with Image.open(io.BytesIO(picture)) as opened:
            if opened.width * opened.height > PIXELS_LIMIT:
                return ""
            opened.draft("RGB", (WIDTH * 2, HEIGHT * 2))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
            upright.thumbnail((WIDTH, HEIGHT))
            made = io.BytesIO()
            upright.save(made, "JPEG", quality=85)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
    return base64.b64encode(made.getvalue()).decode()
