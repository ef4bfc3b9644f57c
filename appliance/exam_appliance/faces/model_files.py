"""Model files: known by size and SHA-256, so that no other file decides who is who."""

from __future__ import annotations

import hashlib
from pathlib import Path

from exam_appliance.faces import reasons
from exam_appliance.faces.models import ModelStanding, Reason
from exam_appliance.faces.settings import ModelFile, ServiceSettings

CHUNK = 1024 * 1024


def wanted(settings: ServiceSettings) -> tuple[ModelFile, ModelFile]:
    """Return the detector's and the recogniser's file."""
    return settings.faces.detector, settings.faces.recogniser


def wrong_with(path: Path, model: ModelFile) -> Reason | None:
    """Return what is wrong with a file, None for nothing. Reads all of it: call it on a thread."""
    try:
        if path.stat().st_size != model.size:
            return reasons.MODELS_WRONG
        return None if sha256_of(path) == model.sha256 else reasons.MODELS_WRONG
    except OSError:
        return reasons.MODELS_MISSING


def standing(settings: ServiceSettings) -> tuple[ModelStanding, ...]:
    """Return how each model file stands. Reads them: call it on a thread."""
    return tuple(
        ModelStanding(
            name=model.file,
            path=str(settings.models / model.file),
            reason=wrong_with(settings.models / model.file, model),
        )
        for model in wanted(settings)
    )


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
