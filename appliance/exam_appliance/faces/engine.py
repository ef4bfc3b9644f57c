"""YuNet and SFace by OpenCV: faces of a picture, their quality, their likeness. One thread, one core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from exam_appliance.faces import reasons
from exam_appliance.faces.models import Comparison, Detection, Face, Quality, Reason
from exam_appliance.faces.picture import Opened, PictureRefused, Pixels, opened
from exam_appliance.faces.quality import judged, measured, that_count
from exam_appliance.faces.settings import ServiceSettings

SURE: Final = 0.6
"""Least score of a face that is taken for one."""
OVERLAP: Final = 0.3
MOST_FACES: Final = 200
UPRIGHT: Final = 0.9
"""Faces that stand on their heads are found too, with the wrong landmarks but less sure than this."""
SIDEWAYS: Final = (cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_90_COUNTERCLOCKWISE)


@dataclass(frozen=True, slots=True)
class Look:
    """A picture looked at."""

    faces: tuple[Face, ...]
    quality: Quality
    crop: NDArray[np.uint8] | None
    """The largest face, aligned, 112x112; None without one."""


class FaceEngine:
    """The two models, loaded. Raises cv2.error when a file is no model."""

    def __init__(self, settings: ServiceSettings) -> None:
        cv2.setNumThreads(1)
        faces = settings.faces
        self._limits = (faces.bytes_limit, faces.pixels_limit)
        self._bounds = faces.quality
        self._threshold = faces.threshold
        self._detector = cv2.FaceDetectorYN.create(
            _path(settings.models, faces.detector.file), "", (320, 320), SURE, OVERLAP, MOST_FACES
        )
        self._recogniser = cv2.FaceRecognizerSF.create(_path(settings.models, faces.recogniser.file), "")

    def look(self, data: bytes) -> Look:
        """Find the faces of a picture and measure the largest; a bad picture has reasons, never raises."""
        try:
            picture = opened(data, *self._limits)
        except PictureRefused as refused:
            return _unseen(refused.reason)
        pixels, rows, turned = self._stood_up(picture.pixels)
        if not rows:
            return _without_face(picture)
        faces = tuple(_face(row, picture.scale) for row in rows)
        crop = np.asarray(self._recogniser.alignCrop(pixels, rows[0]), dtype=np.uint8)
        found = measured(faces[0], crop)
        count = that_count(faces, self._bounds)
        why = (*((reasons.SEVERAL,) if count > 1 else ()), *judged(found, self._bounds))
        height, width = (round(side / picture.scale) for side in pixels.shape[:2])
        quality = Quality(
            width=width,
            height=height,
            faces=count,
            face_px=round(found.face_px, 1),
            sharpness=round(found.sharpness, 1),
            yaw=round(found.yaw, 3),
            pitch=round(found.pitch, 3),
            roll=round(found.roll, 1),
            light=round(found.light, 1),
            contrast=round(found.contrast, 1),
            turned=turned,
            reasons=why,
        )
        return Look(faces, quality, crop)

    def detect(self, data: bytes) -> Detection:
        """Return the faces of a picture."""
        look = self.look(data)
        why = look.quality.reasons
        return Detection(faces=look.faces, quality=look.quality, reason=why[0] if why else None)

    def compare(self, picture: bytes, references: Sequence[bytes]) -> list[Comparison]:
        """Compare a picture with each reference."""
        live = self.look(picture)
        own = self._embedding(live)
        return [self._compared(live, own, self.look(reference)) for reference in references]

    def _compared(self, live: Look, own: NDArray[np.float32] | None, other: Look) -> Comparison:
        reason = _first(reasons.OF_PICTURE, live) or _first(reasons.OF_REFERENCE, other)
        theirs = None if reason is not None else self._embedding(other)
        if reason is None and (own is None or theirs is None):
            reason = reasons.FAILED
        if reason is not None or own is None or theirs is None:
            return Comparison(
                outcome="not_compared", reason=reason, picture=live.quality, reference=other.quality
            )
        score = float(own @ theirs)
        return Comparison(
            outcome="match" if score >= self._threshold else "no_match",
            score=score,
            threshold=self._threshold,
            picture=live.quality,
            reference=other.quality,
        )

    def _stood_up(self, upright: Pixels) -> tuple[Pixels, list[Any], bool]:
        """Return the picture as it shows its largest face best, the faces, and whether it was turned."""
        best, rows, turned = upright, self._rows(upright), False
        if rows and float(rows[0][14]) >= UPRIGHT:
            return best, rows, turned
        for turn in (cv2.ROTATE_180, *(() if rows else SIDEWAYS)):
            pixels = np.ascontiguousarray(cv2.rotate(upright, turn), dtype=np.uint8)
            found = self._rows(pixels)
            if found and (not rows or float(found[0][14]) > float(rows[0][14])):
                best, rows, turned = pixels, found, True
        return best, rows, turned

    def _rows(self, pixels: Any) -> list[Any]:
        height, width = pixels.shape[:2]
        self._detector.setInputSize((width, height))
        _, rows = self._detector.detect(pixels)
        found = [] if rows is None else [row for row in rows if np.isfinite(row).all()]
        return sorted(found, key=lambda row: float(row[2] * row[3]), reverse=True)

    def _embedding(self, look: Look) -> NDArray[np.float32] | None:
        """Return the face's direction in the recogniser's space, of length 1."""
        if look.crop is None or look.quality.reasons:
            return None
        told = np.array(self._recogniser.feature(look.crop), dtype=np.float32).ravel()
        length = float(np.linalg.norm(told))
        return None if not np.isfinite(length) or length < 1e-9 else told / np.float32(length)


def _path(folder: Path, file: str) -> str:
    return str(folder / file)


def _face(row: Any, scale: float) -> Face:
    numbers = [round(float(value) / scale, 1) for value in row[:14]]
    marks = numbers[4:]
    return Face(
        x=numbers[0],
        y=numbers[1],
        width=numbers[2],
        height=numbers[3],
        score=round(float(row[14]), 3),
        landmarks=tuple(zip(marks[::2], marks[1::2], strict=True)),
    )


def _first(which: tuple[str, str], look: Look) -> Reason | None:
    why = look.quality.reasons
    return reasons.told_of(which, why[0]) if why else None


def _unseen(reason: Reason) -> Look:
    return Look((), Quality(width=0, height=0, faces=0, reasons=(reason,)), None)


def _without_face(picture: Opened) -> Look:
    quality = Quality(width=picture.width, height=picture.height, faces=0, reasons=(reasons.NO_FACE,))
    return Look((), quality, None)
