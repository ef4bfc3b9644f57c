"""How light or dark a picture is, and whether there is anything in it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from firmware_adapters.adapter import Reason
from firmware_adapters.camera import reasons
from firmware_adapters.camera.pictures import Picture

DARK_MEAN = 14.0
BRIGHT_SHARE = 0.7
EVEN_SPREAD = 4.0
SETTLED_STEP = 3.0
"""Change of the mean from frame to frame below which the exposure counts as found."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Brightness of a picture, 0 black to 255 white."""

    mean: float
    spread: float
    """Standard deviation; a wall in fog has hardly any, a lens cap none."""
    clipped: float
    """Share of pixels that are white, 0 to 1."""

    @property
    def fault(self) -> Reason | None:
        """Why nobody can be recognised in such a picture, None when nothing speaks against it."""
        if self.mean < DARK_MEAN:
            return reasons.TOO_DARK
        if self.clipped > BRIGHT_SHARE:
            return reasons.TOO_BRIGHT
        if self.spread < EVEN_SPREAD:
            return reasons.NO_DETAIL
        return None


def measure_exposure(picture: Picture) -> Exposure:
    """Return the exposure of a picture, measured on at most about 100,000 of its pixels."""
    step = max(1, int((picture.shape[0] * picture.shape[1] / 100_000) ** 0.5))
    grey = cv2.cvtColor(np.ascontiguousarray(picture[::step, ::step]), cv2.COLOR_BGR2GRAY)
    return Exposure(float(grey.mean()), float(grey.std()), float((grey >= 250).mean()))


def has_settled(before: Exposure | None, now: Exposure) -> bool:
    """Whether the camera's own exposure control has come to rest between two frames."""
    return before is not None and abs(now.mean - before.mean) < SETTLED_STEP
