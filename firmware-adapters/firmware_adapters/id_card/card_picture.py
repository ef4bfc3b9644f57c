"""The picture of a card's photo. Apart from photo.py, since OpenCV is loaded only where a decoder is set."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

WIDTH: Final = 102
HEIGHT: Final = 126


class NoPicture(ValueError):
    """The bytes are no picture of 102x126; the message says what they are."""


def as_png(raw: bytes) -> bytes:
    """Return a picture (BMP, JPEG, PNG ...) as PNG, written anew so that nothing else in it remains.

    Raises NoPicture.
    """
    picture = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR) if raw else None
    if picture is None:
        raise NoPicture(f"{len(raw)} bytes, no picture")
    height, width = picture.shape[:2]
    if (width, height) != (WIDTH, HEIGHT):
        raise NoPicture(f"{width}x{height}")
    return cv2.imencode(".png", picture)[1].tobytes()
