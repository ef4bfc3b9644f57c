"""Parts of verification for tests: documents that readers read, pictures, faces that a test decides about."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from PIL import Image

from central_sync.protocol.roster import ArrangedCandidate
from exam_appliance.identity.facts import Comparison, DocumentFacts, DocumentKind, Outcome

MATCH = Comparison(Outcome.MATCH, 0.71, 0.4)
NO_MATCH = Comparison(Outcome.NO_MATCH, 0.11, 0.4)
TWO_FACES = Comparison(Outcome.NOT_COMPARED, code="faces.several", zh="画面中有多张脸", en="several faces")


def jpeg(shade: int = 120, size: tuple[int, int] = (320, 240), **more: Any) -> bytes:
    """Return a JPEG picture of one shade."""
    data = io.BytesIO()
    Image.new("RGB", size, (shade, shade // 2, 90)).save(data, "JPEG", **more)
    return data.getvalue()


def document_of(candidate: ArrangedCandidate, **changes: Any) -> DocumentFacts:
    """Return a valid document of a candidate."""
    told: dict[str, Any] = {
        "kind": DocumentKind.RESIDENT,
        "number": candidate.id_number,
        "name": candidate.name,
        "valid_from": date(2020, 1, 1),
        "long_term": True,
        **changes,
    }
    return DocumentFacts(**told)


@dataclass
class DecidedFaces:
    """Faces that answer what the test says: a comparison for all, or one after the other."""

    answer: Comparison = MATCH
    answers: list[Comparison] = field(default_factory=list)
    asked: int = 0
    hold: asyncio.Event | None = None
    """While set up and not set, nobody gets an answer."""

    async def compare(self, first: bytes, second: bytes) -> Comparison:
        """Return what the test decided."""
        self.asked += 1
        if self.hold is not None:
            await self.hold.wait()
        return self.answers.pop(0) if self.answers else self.answer
