"""Parts of face comparison for tests: the shared models and faces where present, and settings for them."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from exam_appliance.config.layers import load_settings
from exam_appliance.faces.settings import ServiceSettings, service_settings

DETECTOR = "face_detection_yunet_2023mar.onnx"
RECOGNISER: dict[str, Any] = {
    "file": "mobileface_v2.onnx",
    "size": 3590772,
    "sha256": "e1d9ee44bb85f8edb48e84bc0e750e85d95e0bf19fa8bf923bc23a2f7f6b7928",
}
"""A small recogniser with SFace's input; SFace itself can only be fetched where there is internet."""


def shared(folder: str) -> Path | None:
    """Return a shared folder: below KAODIAN_SHARED, else in a `shared` folder beside the checkout."""
    told = os.environ.get("KAODIAN_SHARED")
    places = [Path(told)] if told else [above / "shared" for above in Path(__file__).resolve().parents]
    for place in places:
        if (place / folder).is_dir():
            return place / folder
    return None


def models_folder() -> Path:
    """Return the folder of the test models; skips the test where there are none."""
    folder = shared("models")
    if folder is None or not (folder / RECOGNISER["file"]).is_file() or not (folder / DETECTOR).is_file():
        pytest.skip("no face models beside the checkout (shared/models) nor at KAODIAN_SHARED")
    return folder


def face_bytes(name: str) -> bytes:
    """Return one of the shared photographs; skips the test where there are none."""
    folder = shared("faces")
    if folder is None or not (folder / name).is_file():
        pytest.skip("no faces beside the checkout (shared/faces) nor at KAODIAN_SHARED")
    return (folder / name).read_bytes()


def face_settings(folder: Path, models: Path, **more: Any) -> ServiceSettings:
    """Return settings of a service in a folder, with the test recogniser."""
    faces = load_settings(None).settings.faces
    changed = {"run": "service", "recogniser": RECOGNISER, "models": models, **more}
    return service_settings(type(faces).model_validate({**faces.model_dump(), **changed}), folder)


def card_photo(data: bytes) -> bytes:
    """Return the photo that an ID card has of a portrait: head and shoulders, 102x126, a small JPEG."""
    picture = np.frombuffer(data, np.uint8)
    pixels = cv2.imdecode(picture, cv2.IMREAD_COLOR)
    assert pixels is not None
    detector = cv2.FaceDetectorYN.create(str(models_folder() / DETECTOR), "", (320, 320), 0.8)
    height, width = pixels.shape[:2]
    by = 640 / max(height, width)
    small = cv2.resize(pixels, (round(width * by), round(height * by)), interpolation=cv2.INTER_AREA)
    detector.setInputSize((small.shape[1], small.shape[0]))
    _, rows = detector.detect(small)
    x, y, across, down = (float(value) / by for value in max(rows, key=lambda row: row[2])[:4])
    side = 1.9 * across
    left, top = max(0, round(x + across / 2 - side / 2)), max(0, round(y + down / 2 - 0.62 * side))
    cut = pixels[top : top + round(side * 126 / 102), left : left + round(side)]
    _, jpeg = cv2.imencode(".jpg", cv2.resize(cut, (102, 126), interpolation=cv2.INTER_AREA))
    return jpeg.tobytes()


async def until(ask: Callable[[], Any], holds: Callable[[Any], bool] = bool, within_s: float = 30) -> None:
    """Wait until what is asked, at once or awaited, holds."""
    async with asyncio.timeout(within_s):
        while True:
            told = ask()
            if holds(await told if inspect.isawaitable(told) else told):
                return
            await asyncio.sleep(0.02)
