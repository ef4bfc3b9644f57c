"""The photo of a simulated card, in a format of our own that takes the place of WLT, and its decoder.

1024 bytes as on a real card: `SIMWLT1`, a zero, the length (2 bytes, low first), a WebP picture of 102x126,
zeros. As a program it is a photo decoder for the reader's options: `python -m
firmware_adapters.simulators.id_card_photo INPUT OUTPUT`, or by pipe without arguments.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH: Final = 102
HEIGHT: Final = 126
MARK: Final = b"SIMWLT1\0"
SIZE: Final = 1024
ROOM: Final = SIZE - len(MARK) - 2

Picture = NDArray[np.uint8]
"""Rows x columns x 3, blue-green-red."""


def encode_photo(picture: Picture) -> bytes:
    """Return the 1024 bytes of a card's photo, as good as there is room for. The picture is cut to shape."""
    height, width = picture.shape[:2]
    wide = min(width, round(height * WIDTH / HEIGHT))
    high = min(height, round(width * HEIGHT / WIDTH))
    left, top = (width - wide) // 2, (height - high) // 2
    cut = picture[top : top + high, left : left + wide]
    small = cv2.resize(cut, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    for quality in range(90, 0, -3):
        encoded = cv2.imencode(".webp", small, [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes()
        if len(encoded) <= ROOM:
            return (MARK + len(encoded).to_bytes(2, "little") + encoded).ljust(SIZE, b"\0")
    return encode_photo(cv2.GaussianBlur(small, (5, 5), 0).astype(np.uint8))


def decode_photo(data: bytes) -> bytes:
    """Return the picture as BMP, which is what decoders of WLT give. Raises ValueError for other data."""
    if len(data) != SIZE or not data.startswith(MARK):
        raise ValueError("not a photo of a simulated card")
    start = len(MARK) + 2
    length = int.from_bytes(data[len(MARK) : start], "little")
    picture = cv2.imdecode(np.frombuffer(data[start : start + length], np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("the photo is damaged")
    return cv2.imencode(".bmp", picture)[1].tobytes()


def draw_portrait(seed: int) -> Picture:
    """Return an invented portrait, another one for each seed: a head and shoulders on blue."""
    shade = np.random.default_rng(seed)
    picture = np.full((HEIGHT, WIDTH, 3), (215, 160, 90), np.uint8)
    coat = tuple(int(value) for value in shade.integers(30, 140, 3))
    skin = (int(shade.integers(130, 180)), int(shade.integers(170, 205)), int(shade.integers(215, 245)))
    hair = tuple(int(value) for value in shade.integers(15, 60, 3))
    middle = WIDTH // 2
    wide = int(shade.integers(20, 26))
    cv2.ellipse(picture, (middle, HEIGHT + 8), (44, 40), 0, 0, 360, coat, -1)
    cv2.ellipse(picture, (middle, 50), (wide + 3, 36), 0, 180, 360, hair, -1)
    cv2.ellipse(picture, (middle, 56), (wide, 32), 0, 0, 360, skin, -1)
    for side in (-1, 1):
        cv2.ellipse(picture, (middle + side * 9, 52), (4, 2), 0, 0, 360, (30, 30, 30), -1)
    cv2.line(picture, (middle, 54), (middle, 64), (110, 140, 190), 2)
    cv2.ellipse(picture, (middle, 74), (8, 3), 0, 0, 180, (80, 80, 170), 2)
    return picture


def main() -> None:
    """Decode a file into a file, or standard input into standard output."""
    if len(sys.argv) == 3:
        Path(sys.argv[2]).write_bytes(decode_photo(Path(sys.argv[1]).read_bytes()))
    else:
        sys.stdout.buffer.write(decode_photo(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
