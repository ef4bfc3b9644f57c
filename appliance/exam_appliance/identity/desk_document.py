"""A document as readers tell it (`card.read`), taken over as facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from exam_appliance.identity.facts import DocumentFacts, DocumentKind


def document_read(told: Mapping[str, Any]) -> DocumentFacts:
    """Return the facts of a document from the body of `card.read`; what is not understood is unknown."""
    return DocumentFacts(
        kind=_kind(told.get("type")),
        number=_text(told.get("number")),
        name=_text(told.get("name")),
        english_name=_text(told.get("english_name")),
        valid_from=_day(told.get("valid_from")),
        valid_to=_day(told.get("valid_to")),
        long_term=told.get("long_term") is True,
    )


def _kind(value: object) -> DocumentKind | None:
    try:
        return DocumentKind(str(value))
    except ValueError:
        return None


def _text(value: object) -> str:
    return value[:120] if isinstance(value, str) else ""


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
