"""How good a picture of a face is: measured in the aligned face, judged by the bounds of the settings."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from exam_appliance.faces import reasons
from exam_appliance.faces.models import Face, Reason
from exam_appliance.faces.settings import QualityBounds

CROP = 112
"""Pixels of the aligned face's side, as the recogniser takes it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One face, measured; units as in `Quality`."""

    face_px: float
    sharpness: float
    yaw: float
    pitch: float
    roll: float
    light: float
    contrast: float


def measured(face: Face, crop: NDArray[np.uint8]) -> Measured:
    """Measure a face (in pixels of the picture as it came) and its aligned crop of 112x112."""
    face_px = min(face.width, face.height)
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    # A small face was enlarged for the recogniser: it is judged at the size at which it was taken.
    side = max(24, min(CROP, round(face_px)))
    own = grey if side == CROP else cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)
    yaw, pitch, roll = pose(face.landmarks)
    return Measured(
        face_px=face_px,
        sharpness=float(cv2.Laplacian(own, cv2.CV_64F).var()),
        yaw=yaw,
        pitch=pitch,
        roll=roll,
        light=float(np.mean(grey)),
        contrast=float(np.std(grey)),
    )


def pose(landmarks: tuple[tuple[float, float], ...]) -> tuple[float, float, float]:
    """Return yaw, pitch and roll (degrees) of eyes, nose and mouth corners, as `Quality` has them."""
    points = np.array(landmarks, dtype=np.float64)
    eyes, mouth = (points[0] + points[1]) / 2, (points[3] + points[4]) / 2
    across, down = points[1] - points[0], mouth - eyes
    distance, length = float(np.linalg.norm(across)), float(np.linalg.norm(down))
    if distance < 1e-6 or length < 1e-6:
        return 2.0, 0.0, 0.0
    nose = points[2] - eyes
    yaw = float(nose @ across) / distance**2
    pitch = float(nose @ down) / length**2
    return yaw, pitch, math.degrees(math.atan2(across[1], across[0]))


def judged(found: Measured, bounds: QualityBounds) -> Iterator[Reason]:
    """Give each reason why a face is not good enough to compare."""
    if found.face_px < bounds.face_px:
        yield reasons.FACE_SMALL
    if found.light < bounds.dark:
        yield reasons.DARK
    elif found.light > bounds.bright:
        yield reasons.BRIGHT
    if found.contrast < bounds.contrast:
        yield reasons.FLAT
    away = abs(found.yaw) > bounds.yaw or not bounds.pitch_low <= found.pitch <= bounds.pitch_high
    if away or abs(found.roll) > bounds.roll:
        yield reasons.TURNED_AWAY
    if found.sharpness < bounds.sharpness:
        yield reasons.BLURRED


def that_count(faces: tuple[Face, ...], bounds: QualityBounds) -> int:
    """Return how many faces count, of those given the largest first: people far behind do not."""
    return sum(face.width >= bounds.several * faces[0].width for face in faces) if faces else 0
