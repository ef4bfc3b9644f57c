"""What a simulated camera sees: a room, a drawn person, a phone or paper with a code, a covered lens."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
import segno
import zxingcpp
from numpy.typing import NDArray

from firmware_adapters.camera.pictures import Picture

Held = Literal["nothing", "phone", "paper"]
CodeKind = Literal["qr_code", "data_matrix", "code_128"]

_SKIN, _HAIR, _SHIRT, _LIP = (150, 184, 222), (38, 40, 46), (120, 74, 42), (92, 92, 176)
_WALL, _DESK, _CASE, _SHEET = (186, 196, 200), (96, 122, 150), (28, 28, 30), (240, 244, 246)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is in front of the camera."""

    person: bool = False
    held: Held = "nothing"
    code: str = ""
    """Text of the code on the phone or the paper."""
    code_kind: CodeKind = "qr_code"
    covered: bool = False
    """A lens cap is on."""


def draw_scene(scene: Scene, width: int, height: int) -> Picture:
    """Return the scene without what moves, `width` x `height`, blue-green-red."""
    if scene.covered:
        return np.full((height, width, 3), 3, np.uint8)
    picture = _room(width, height)
    if scene.person:
        _draw_person(picture)
    if scene.held != "nothing":
        _draw_held(picture, scene)
    return picture


def draw_moving(picture: Picture, number: int) -> None:
    """Draw what moves into a picture: grey steps that wander along its upper edge, frame by frame."""
    height, width = picture.shape[:2]
    side = max(4, height // 24)
    left = number * side // 2 % max(1, width - 4 * side)
    for step, grey in enumerate((40, 110, 180, 250)):
        x = left + step * side
        cv2.rectangle(picture, (x, 2), (x + side - 1, 2 + side), (grey, grey, grey), cv2.FILLED)


def add_noise(picture: Picture, number: int) -> Picture:
    """Return the picture with a sensor's noise, another one for each frame number."""
    height, width = picture.shape[:2]
    noise = _noise()
    tiles = (height // noise.shape[0] + 1, width // noise.shape[1] + 1, 1)
    rolled = np.roll(noise, (number * 37 % 128, number * 53 % 128), (0, 1))
    return cv2.add(picture, np.tile(rolled, tiles)[:height, :width]).astype(np.uint8, copy=False)


@lru_cache(maxsize=32)
def code_picture(text: str, kind: CodeKind) -> NDArray[np.uint8]:
    """Return a code as black on white with its quiet zone, one row of pixels a module for matrix codes."""
    if kind == "qr_code":
        drawn = io.BytesIO()
        # Beyond ASCII the code says that it is UTF-8 (ECI 26): a reader could only guess otherwise.
        # As bytes, since UTF-8 may look like the double bytes of the Kanji mode.
        if text.isascii():
            qr_code = segno.make_qr(text, error="m")
        else:
            qr_code = segno.make_qr(text, error="m", mode="byte", encoding="utf-8", eci=True)
        qr_code.save(drawn, kind="png", scale=1, border=4)
        decoded = cv2.imdecode(np.frombuffer(drawn.getvalue(), np.uint8), cv2.IMREAD_GRAYSCALE)
        if decoded is None:
            raise ValueError(f"no QR code for {text!r}")
        return decoded.astype(np.uint8, copy=False)
    kinds = {"data_matrix": zxingcpp.BarcodeFormat.DataMatrix, "code_128": zxingcpp.BarcodeFormat.Code128}
    drawn_code = zxingcpp.create_barcode(text, kinds[kind]).to_image(scale=1)
    plain = np.array(drawn_code, np.uint8)
    if kind == "code_128":
        plain = np.repeat(plain[:1], max(30, plain.shape[1] // 4), axis=0)
    return np.pad(plain, 8, constant_values=255)


@lru_cache(maxsize=1)
def _noise() -> NDArray[np.uint8]:
    return np.random.default_rng(20231101).integers(0, 7, (128, 128, 3), np.uint8)


def _room(width: int, height: int) -> Picture:
    picture = np.empty((height, width, 3), np.uint8)
    light = np.linspace(1.06, 0.72, width, dtype=np.float32)[None, :, None]
    picture[:] = (np.array(_WALL, np.float32) * light).clip(0, 255)
    desk = height * 7 // 8
    picture[desk:] = (np.array(_DESK, np.float32) * light).clip(0, 255)
    frame = (width // 20, height // 6), (width // 5, height // 2)
    cv2.rectangle(picture, *frame, (214, 206, 190), cv2.FILLED)
    cv2.rectangle(picture, *frame, (120, 130, 140), max(1, height // 150))
    return picture


def _draw_person(picture: Picture) -> None:
    """Head and shoulders in the middle, as an exam site's photo shows them."""
    height, width = picture.shape[:2]
    middle, unit = width // 2, height / 100.0

    def at(x: float, y: float) -> tuple[int, int]:
        return round(middle + x * unit), round(y * unit)

    def long(x: float, y: float) -> tuple[int, int]:
        return max(1, round(x * unit)), max(1, round(y * unit))

    def ellipse(x: float, y: float, wide: float, high: float, colour: tuple[int, int, int]) -> None:
        cv2.ellipse(picture, at(x, y), long(wide, high), 0, 0, 360, colour, cv2.FILLED, cv2.LINE_AA)

    ellipse(0, 100, 36, 28, _SHIRT)
    cv2.rectangle(picture, at(-7, 58), at(7, 78), (136, 168, 206), cv2.FILLED)
    ellipse(0, 38, 20, 25, _HAIR)
    ellipse(0, 44, 17, 22, _SKIN)
    ellipse(0, 24, 18, 9, _HAIR)
    for side in (-1, 1):
        ellipse(side * 17, 45, 2.4, 4.5, _SKIN)
        ellipse(side * 7, 42, 3.2, 1.8, (240, 244, 246))
        ellipse(side * 7, 42, 1.5, 1.7, (34, 40, 52))
        cv2.line(picture, at(side * 3.8, 37), at(side * 10.5, 36.4), _HAIR, max(1, round(unit)), cv2.LINE_AA)
    cv2.line(picture, at(0, 44), at(-1.6, 51), (120, 150, 190), max(1, round(unit * 0.7)), cv2.LINE_AA)
    cv2.line(picture, at(-1.6, 51), at(1.4, 51.5), (120, 150, 190), max(1, round(unit * 0.7)), cv2.LINE_AA)
    ellipse(0, 57, 5, 1.5, _LIP)


def _draw_held(picture: Picture, scene: Scene) -> None:
    height, width = picture.shape[:2]
    code = code_picture(scene.code or " ", scene.code_kind)
    highest = height * 0.55
    widest = min(width * 0.6, highest * (2 if scene.code_kind == "code_128" else 1))
    scale = max(1, int(min(highest / code.shape[0], widest / code.shape[1])))
    large = np.repeat(np.repeat(code, scale, 0), scale, 1)[: height - 4, : width - 4]
    rows, columns = large.shape
    top, left = (height - rows) // 2, (width - columns) // 2
    margin = max(3, height // 30)
    corner = max(0, left - margin), max(0, top - 2 * margin)
    box = corner, (left + columns + margin, top + rows + 2 * margin)
    if scene.held == "phone":
        cv2.rectangle(picture, *box, _CASE, cv2.FILLED)
        # A screen's white is bluish and never quite even.
        tint = np.array((252, 240, 232), np.float32) / 255
    else:
        cv2.rectangle(picture, *box, _SHEET, cv2.FILLED)
        tint = np.array((236, 242, 246), np.float32) / 255
    shown = (large[:, :, None].astype(np.float32) * tint * 0.9 + 12).clip(0, 255).astype(np.uint8)
    picture[top : top + rows, left : left + columns] = shown
