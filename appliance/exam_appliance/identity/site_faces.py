"""The site's face service, own or a third party's, as verification asks it."""

from __future__ import annotations

from exam_appliance.faces.client import FaceService
from exam_appliance.identity.facts import Comparison, Outcome
from exam_appliance.identity.framing import FaceBox, Framing


class SiteFaces:
    """Compares by a FaceService; see faces.Faces."""

    def __init__(self, service: FaceService) -> None:
        self._service = service

    async def compare(self, first: bytes, second: bytes) -> Comparison:
        """Return whether a live picture and a reference show the same person; never raises."""
        told = await self._service.compare(first, second)
        reason = told.reason
        return Comparison(
            Outcome(told.outcome),
            told.score,
            told.threshold,
            reason.code if reason is not None else "",
            reason.zh if reason is not None else "",
            reason.en if reason is not None else "",
        )

    async def framing(self, picture: bytes) -> Framing:
        """Return where faces are in a picture; never raises."""
        told = await self._service.detect(picture)
        reason, quality = told.reason, told.quality
        boxes: tuple[FaceBox, ...] = ()
        # Boxes are those of the upright picture: in one that was turned they stand elsewhere.
        if quality is not None and quality.width and not quality.turned:
            wide, high = quality.width, quality.height
            boxes = tuple(
                FaceBox(face.x / wide, face.y / high, face.width / wide, face.height / high)
                for face in told.faces[: quality.faces]
            )
        if reason is None:
            return Framing(boxes)
        return Framing(boxes, reason.code, reason.zh, reason.en)
