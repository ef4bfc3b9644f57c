"""A third party's comparison service in place of the site's own: asked and read as its mapping says."""

from __future__ import annotations

import asyncio
import base64
import logging
import math
from typing import Any

import aiohttp
import orjson

from exam_appliance.faces import reasons
from exam_appliance.faces.models import Comparison, Reason
from exam_appliance.faces.settings import ThirdParty

log = logging.getLogger(__name__)

ANSWER_BYTES = 1024 * 1024


class AnswerWrong(Exception):
    """The answer does not fit the mapping."""


def at_pointer(document: object, pointer: str) -> object:
    """Return the value at a JSON pointer (RFC 6901); raises AnswerWrong when there is none."""
    value = document
    for raw in pointer.split("/")[1:]:
        part = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            raise AnswerWrong(f"{pointer}: {part}")
    return value


def placed(places: dict[str, object]) -> object:
    """Return a JSON document with values at pointers; a number as a part makes a list."""
    tree: dict[str, Any] = {}
    for pointer, value in places.items():
        parts = [raw.replace("~1", "/").replace("~0", "~") for raw in pointer.split("/")[1:]]
        node = tree
        for part in parts[:-1]:
            node = node.setdefault(part, {})
        node[parts[-1]] = value
    return _listed(tree)


def _listed(node: object) -> object:
    if not isinstance(node, dict):
        return node
    if node and set(node) == {str(index) for index in range(len(node))}:
        return [_listed(node[str(index)]) for index in range(len(node))]
    return {key: _listed(value) for key, value in node.items()}


def read_answer(mapping: ThirdParty, document: object) -> Comparison:
    """Return what an answer says; raises AnswerWrong. Scores are scaled to 0 to 1."""
    if mapping.error is not None:
        code = _text(at_pointer(document, mapping.error))
        if code not in mapping.error_none:
            return Comparison(outcome="not_compared", reason=_their_error(mapping, document, code))
    score = _scaled(mapping, _number(at_pointer(document, mapping.score)))
    threshold = mapping.threshold
    if threshold is None:
        assert mapping.threshold_at is not None  # noqa: S101 - the settings see to it
        threshold = _scaled(mapping, _number(at_pointer(document, mapping.threshold_at)))
    outcome = "match" if score >= threshold else "no_match"
    return Comparison.model_validate({"outcome": outcome, "score": score, "threshold": threshold})


async def ask_third_party(
    session: aiohttp.ClientSession, mapping: ThirdParty, picture: bytes, reference: bytes, seconds: float
) -> Comparison:
    """Have two pictures compared; whatever becomes of it is an answer."""
    try:
        async with asyncio.timeout(seconds):
            document = await _asked(session, mapping, picture, reference)
        if isinstance(document, Reason):
            return Comparison(outcome="not_compared", reason=document)
        return read_answer(mapping, document)
    except TimeoutError:
        return Comparison(outcome="not_compared", reason=reasons.LATE)
    except AnswerWrong as error:
        log.warning("第三方人像比对应答不符 / a third party's answer does not fit: %s", error)
        return Comparison(outcome="not_compared", reason=reasons.ANSWER_WRONG)
    except aiohttp.ClientConnectorError:
        return Comparison(outcome="not_compared", reason=reasons.THIRD_PARTY_AWAY)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        log.warning("第三方人像比对出错 / a third party's comparison failed: %s", error)
        return Comparison(outcome="not_compared", reason=reasons.FAILED)


async def _asked(
    session: aiohttp.ClientSession, mapping: ThirdParty, picture: bytes, reference: bytes
) -> object:
    headers = dict(mapping.headers)
    data: aiohttp.FormData | bytes
    if mapping.form == "multipart":
        data = aiohttp.FormData()
        for name, value in mapping.fields.items():
            data.add_field(name, _text(value))
        for name, one in ((mapping.picture, picture), (mapping.reference, reference)):
            data.add_field(name, one, filename=f"{name}.jpg", content_type="image/jpeg")
    else:
        places: dict[str, object] = dict(mapping.fields)
        places[mapping.picture] = base64.b64encode(picture).decode()
        places[mapping.reference] = base64.b64encode(reference).decode()
        data = orjson.dumps(placed(places))
        headers["Content-Type"] = "application/json"
    async with session.post(mapping.url, data=data, headers=headers, allow_redirects=False) as response:
        if response.status in (429, 503):
            return reasons.BUSY
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > ANSWER_BYTES:
                raise AnswerWrong("over 1 MiB")
        if response.status >= 400 and mapping.error is None:
            return reasons.FAILED
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise AnswerWrong(f"HTTP {response.status}, no JSON") from error


def _their_error(mapping: ThirdParty, document: object, code: str) -> Reason:
    words = ""
    if mapping.error_text is not None:
        try:
            words = _text(at_pointer(document, mapping.error_text))[:200]
        except AnswerWrong:
            words = ""
    told = f"{code} {words}".strip()
    return Reason(
        code="faces.refused",
        zh=f"第三方人像比对未完成（{told}），请重拍或人工核对",
        en=f"the third party did not compare ({told}): take another picture or compare by eye",
    )


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise AnswerWrong(f"no number: {value!r}")
    try:
        number = float(value)
    except ValueError as error:
        raise AnswerWrong(f"no number: {value!r}") from error
    if not math.isfinite(number):
        raise AnswerWrong(f"no number: {value!r}")
    return number


def _scaled(mapping: ThirdParty, number: float) -> float:
    scaled = (number - mapping.score_low) / (mapping.score_high - mapping.score_low)
    if not -0.001 <= scaled <= 1.001:
        raise AnswerWrong(f"{number} is outside {mapping.score_low} to {mapping.score_high}")
    return min(1.0, max(0.0, scaled))
