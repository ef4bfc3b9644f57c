"""The site's face service, own or a third party's, as verification asks it."""

from __future__ import annotations

from exam_appliance.faces.client import FaceService
from exam_appliance.identity.facts import Comparison, Outcome


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
