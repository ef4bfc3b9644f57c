"""What verification asks of face comparison: two pictures, one answer, in time or not compared."""

from __future__ import annotations

import asyncio
import logging
from typing import Final, Protocol

from exam_appliance.faces import reasons
from exam_appliance.identity.facts import Comparison, Outcome

log = logging.getLogger(__name__)

WITHIN_S: Final = 5.0
"""A comparison that takes longer is none: somebody stands at the desk, seconds."""


SERVICE_AWAY: Final = frozenset(
    reason.code
    for reason in (
        reasons.NONE,
        reasons.MODELS_MISSING,
        reasons.MODELS_WRONG,
        reasons.STARTING,
        reasons.LATE,
        reasons.BUSY,
        reasons.FAILED,
        reasons.ANSWER_WRONG,
    )
)
"""Codes of comparisons that were not made for want of a service, not for what is in the pictures."""


class Faces(Protocol):
    """Compares faces: the site's own service, or a third party's."""

    async def compare(self, first: bytes, second: bytes) -> Comparison:
        """Return whether two pictures (JPEG or PNG) show the same person. Need not be in time."""
        ...


async def compared(faces: Faces, first: bytes, second: bytes) -> Comparison:
    """Return a comparison whatever becomes of the service: late or broken, it compared nothing."""
    try:
        async with asyncio.timeout(WITHIN_S):
            return await faces.compare(first, second)
    except TimeoutError:
        return Comparison(
            Outcome.NOT_COMPARED,
            code=reasons.LATE.code,
            zh=reasons.LATE.zh,
            en=reasons.LATE.en,
        )
    except Exception:
        # Whatever a third party's service does, the desk goes on and a person decides.
        log.exception("人像比对失败 / a comparison of faces failed")
        return Comparison(
            Outcome.NOT_COMPARED,
            code=reasons.FAILED.code,
            zh=reasons.FAILED.zh,
            en=reasons.FAILED.en,
        )
