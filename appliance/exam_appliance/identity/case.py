"""A case (核验个案): all that is known of one verification, in memory while open and as a file of facts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

import orjson

from exam_appliance.identity.decision import Decision
from exam_appliance.identity.facts import (
    Comparison,
    DocumentFacts,
    DocumentKind,
    NoPicture,
    Outcome,
    Pair,
    Place,
)


@dataclass(slots=True)
class Case:
    """What a verification has to go on. Pictures are JPEG, empty where there is none."""

    place: Place
    document: DocumentFacts | None
    ticket: str
    """As scanned."""
    card: bytes = b""
    registration: bytes = b""
    desk: bytes = b""
    """The live picture of the desk, at the seat."""
    live: bytes = b""
    no_picture: NoPicture | None = None
    """Why a seat has no live picture."""
    comparisons: dict[Pair, Comparison] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    """The last two by rule: the newer may not be on disk yet."""


def facts_file(case: Case, decision: Decision, now: datetime) -> bytes:
    """Return a case as the file of facts that is kept: JSON, the pictures apart."""
    body = {
        "schema": "kaodian.identity-facts/1",
        "at": now.isoformat(timespec="milliseconds"),
        "place": case.place.value,
        "ticket": case.ticket,
        "document": asdict(case.document) if case.document is not None else None,
        "comparisons": {pair.value: asdict(one) for pair, one in case.comparisons.items()},
        "verdict": decision.verdict.value,
        "reasons": [{"code": one.code, "zh": one.zh, "en": one.en} for one in decision.reasons],
    }
    if case.no_picture is not None:
        body["no_picture"] = case.no_picture.value
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def case_from_file(data: bytes) -> Case:
    """Return a case from its file of facts, without pictures. Raises ValueError, KeyError, TypeError."""
    body: dict[str, Any] = orjson.loads(data)
    told = body["document"]
    document = None
    if told is not None:
        told["kind"] = DocumentKind(told["kind"]) if told["kind"] is not None else None
        for day in ("valid_from", "valid_to"):
            told[day] = date.fromisoformat(told[day]) if told[day] is not None else None
        document = DocumentFacts(**told)
    comparisons = {
        Pair(pair): Comparison(**{**one, "outcome": Outcome(one["outcome"])})
        for pair, one in body["comparisons"].items()
    }
    told = body.get("no_picture")
    return Case(
        Place(body["place"]),
        document,
        body["ticket"],
        no_picture=NoPicture(told) if told is not None else None,
        comparisons=comparisons,
    )
