"""Face comparison for whoever needs it: the site's own service or a third party's, and never an exception."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp
from pydantic import BaseModel, ValidationError

from exam_appliance.faces import reasons
from exam_appliance.faces.models import Comparison, Detection, Health, ManyComparison, Reason
from exam_appliance.faces.settings import ServiceSettings
from exam_appliance.faces.third_party import ask_third_party

log = logging.getLogger(__name__)

Answer = TypeVar("Answer", bound=BaseModel)

OVER_DEADLINE_S = 1.0
"""The service has its own deadline; so much longer is waited for its answer."""


def not_compared(reason: Reason) -> Comparison:
    """Return that two pictures were not compared, and why."""
    return Comparison(outcome="not_compared", reason=reason)


class FaceService:
    """Asks the configured service; where there is none every comparison is `not_compared` with the reason.

    Build it anywhere, use it in one event loop, close it at the end.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._run = settings.faces.run
        self._session: aiohttp.ClientSession | None = None

    async def compare(self, picture: bytes, reference: bytes) -> Comparison:
        """Compare a live picture with a reference (JPEG or PNG)."""
        if self._run == "third_party":
            return await self._third_party(picture, reference)
        answer = await self._ask("/v1/compare", Comparison, [picture, reference])
        return answer if isinstance(answer, Comparison) else not_compared(answer)

    async def compare_many(self, picture: bytes, references: Sequence[bytes]) -> ManyComparison:
        """Compare a picture with many references, up to 64."""
        if not references:
            return ManyComparison(comparisons=(), best=None)
        if self._run == "third_party":
            told = [await self._third_party(picture, reference) for reference in references]
            return ManyComparison(comparisons=tuple(told), best=best_of(told))
        answer = await self._ask("/v1/compare-many", ManyComparison, [picture, *references])
        if isinstance(answer, ManyComparison):
            return answer
        return ManyComparison(comparisons=(not_compared(answer),) * len(references), best=None)

    async def detect(self, picture: bytes) -> Detection:
        """Find the faces of a picture and judge its quality; only the site's own service does."""
        answer = await self._ask("/v1/detect", Detection, [picture])
        if isinstance(answer, Detection):
            return answer
        return Detection(faces=(), quality=None, reason=answer)

    async def health(self) -> Health:
        """Return how the service stands; of a third party's, whether it can be reached."""
        if self._run == "none":
            return Health(ready=False, reason=reasons.NONE, service="none")
        if self._run == "third_party":
            reason = await self._reached()
            return Health(ready=reason is None, reason=reason, service="third_party")
        answer = await self._ask("/v1/health", Health, None)
        if isinstance(answer, Health):
            return answer
        return Health(ready=False, reason=answer, service="own")

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _third_party(self, picture: bytes, reference: bytes) -> Comparison:
        third_party = self._settings.faces.third_party
        if third_party is None:
            return not_compared(reasons.NONE)
        if self._session is None:
            self._session = aiohttp.ClientSession()
        seconds = self._settings.faces.deadline_seconds
        return await ask_third_party(self._session, third_party, picture, reference, seconds)

    async def _reached(self) -> Reason | None:
        third_party = self._settings.faces.third_party
        at = urlsplit("" if third_party is None else third_party.url)
        port = at.port or (443 if at.scheme == "https" else 80)
        try:
            async with asyncio.timeout(self._settings.faces.deadline_seconds):
                _, line = await asyncio.open_connection(at.hostname, port)
                line.close()
        except (OSError, TimeoutError):
            return reasons.THIRD_PARTY_AWAY
        return None

    async def _ask(self, path: str, model: type[Answer], pictures: Sequence[bytes] | None) -> Answer | Reason:
        if self._run in ("none", "third_party"):
            return reasons.NONE
        within = self._settings.faces.deadline_seconds + OVER_DEADLINE_S
        try:
            async with asyncio.timeout(within):
                return await self._sent(path, model, pictures)
        except TimeoutError:
            return reasons.LATE
        except aiohttp.ClientConnectorError:
            return reasons.AWAY
        except (aiohttp.ClientError, OSError, ValidationError, ValueError) as error:
            log.warning("人像比对服务出错 / the face service failed: %s", error)
            return reasons.FAILED

    async def _sent(
        self, path: str, model: type[Answer], pictures: Sequence[bytes] | None
    ) -> Answer | Reason:
        session = self._own_session()
        url = (self._settings.url or "http://faces") + path
        if pictures is None:
            request = session.get(url)
        else:
            sizes = {"sizes": ",".join(str(len(one)) for one in pictures)} if len(pictures) > 1 else {}
            request = session.post(
                url,
                params=sizes,
                data=b"".join(pictures),
                headers={"Content-Type": "application/octet-stream"},
            )
        async with request as response:
            told = await response.read()
            if response.status == 200:
                return model.model_validate_json(told)
            return _reason_of(response.status, told)

    def _own_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector: aiohttp.BaseConnector = (
                aiohttp.UnixConnector(path=str(self._settings.socket), limit=0)
                if self._settings.url is None
                else aiohttp.TCPConnector(limit=0)
            )
            self._session = aiohttp.ClientSession(connector=connector)
        return self._session


def best_of(comparisons: Sequence[Comparison]) -> int | None:
    """Return the index of the match with the highest score."""
    matches = [
        (one.score, -index)
        for index, one in enumerate(comparisons)
        if one.outcome == "match" and one.score is not None
    ]
    return -max(matches)[1] if matches else None


class _Told(BaseModel):
    """What is read of a problem document."""

    reason: str
    detail: str
    detail_en: str


def _reason_of(status: int, body: bytes) -> Reason:
    try:
        told = _Told.model_validate_json(body)
    except ValidationError:
        return reasons.FAILED
    known = reasons.REASONS.get(told.reason)
    return known or Reason(code=told.reason, zh=told.detail, en=told.detail_en)
