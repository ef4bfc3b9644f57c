"""What is said about pictures and faces, over HTTP and to whoever asks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Score = Annotated[float, Field(ge=-1, le=1)]
"""Cosine of two embeddings; a third party's score after scaling."""


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reason(_Said):
    """Why something was not done: a stable code and what to do, in two languages."""

    code: str
    zh: str
    en: str


class Face(_Said):
    """A face in the upright picture, in its own pixels."""

    x: float
    y: float
    width: float
    height: float
    score: float
    """How sure the detector is, 0 to 1."""
    landmarks: tuple[tuple[float, float], ...]
    """Right eye, left eye, nose, right and left corner of the mouth."""


class Quality(_Said):
    """What can be measured in a picture; what needs a face is None without one."""

    width: int
    """Pixels of the upright picture, 0 when it could not be opened."""
    height: int
    faces: int
    """Faces that count: those not much smaller than the largest."""
    face_px: float | None = None
    """Shorter side of the face, pixels."""
    sharpness: float | None = None
    """Variance of the Laplacian of the face, grey levels squared."""
    yaw: float | None = None
    """Turned aside: nose from the middle of the eyes, in eye distances; 0 is straight."""
    pitch: float | None = None
    """Raised or lowered: nose between eyes (0) and mouth (1); 0.55 is straight."""
    roll: float | None = None
    """Tilted, degrees."""
    light: float | None = None
    """Mean grey level of the face, 0 to 255."""
    contrast: float | None = None
    """Standard deviation of its grey levels."""
    turned: bool = False
    """The picture stood upside down or on its side and was turned."""
    reasons: tuple[Reason, ...] = ()
    """Why the picture is not good enough to compare; empty when it is."""

    @property
    def good(self) -> bool:
        """True when the picture can be compared."""
        return not self.reasons


class Detection(_Said):
    """The faces of one picture, and whether it could be compared."""

    faces: tuple[Face, ...]
    """All that were found, the largest first."""
    quality: Quality | None
    reason: Reason | None
    """The first of the quality's reasons, or why nothing was looked at."""


class Comparison(_Said):
    """Two pictures compared (人像比对结果); scores are None where nothing was compared."""

    outcome: Literal["match", "no_match", "not_compared"]
    score: float | None = None
    threshold: float | None = None
    """A match has at least this score."""
    reason: Reason | None = None
    """Why it was not compared; None otherwise."""
    picture: Quality | None = None
    reference: Quality | None = None


class ManyComparison(_Said):
    """One picture compared with many, in the order of the references."""

    comparisons: tuple[Comparison, ...]
    best: int | None
    """Index of the match with the highest score; None when none matches."""


class ModelStanding(_Said):
    """A model file: what is wrong with it, None for nothing."""

    name: str
    path: str
    reason: Reason | None


class Health(_Said):
    """How the service stands."""

    ready: bool
    reason: Reason | None
    """Why it is not ready, and what to do."""
    service: str
    """own, third_party or none."""
    workers: int = 0
    waiting: int = 0
    restarts: int = 0
    """Workers that ended or hung and were replaced."""
    threshold: float | None = None
    models: tuple[ModelStanding, ...] = ()
