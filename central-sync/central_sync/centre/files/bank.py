"""A question bank as a file brought it in, and the words that both bank formats share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from central_sync.centre.files.plain_text import compatible
from central_sync.protocol.items import Choice, Item, ItemType, Media

TRUE_TEXT = "正确"
FALSE_TEXT = "错误"
_TRUE_WORDS = {"正确", "对", "是", "√", "✓", "✔", "t", "true", "right", "yes", "y"}
_FALSE_WORDS = {"错误", "错", "否", "不正确", "不对", "×", "✗", "✘", "x", "f", "false", "wrong", "no", "n"}


@dataclass(frozen=True)
class BankDraft:
    """Items that may go in, with the content of their media by SHA-256."""

    items: tuple[Item, ...]
    media: Mapping[str, bytes] = field(default_factory=dict)


def truth(text: str) -> bool | None:
    """Return what a true/false word says (对, 错误, √, True ...), None when it is no such word."""
    word = compatible(text).lower().strip("。.")
    if word in _TRUE_WORDS:
        return True
    return False if word in _FALSE_WORDS else None


def true_false_choices() -> tuple[Choice, Choice]:
    """Return the two choices that every true/false item has."""
    return Choice(id="A", text=TRUE_TEXT), Choice(id="B", text=FALSE_TEXT)


def derived_item_id(
    item_type: ItemType, stem: str, choices: Iterable[Choice], media: Iterable[Media] = ()
) -> str:
    """Return an item id made from what is asked, so that the same item gets the same id at every import."""
    parts = [item_type.value, stem, *(each.sha256 for each in media)]
    for choice in choices:
        parts += [choice.text, *(each.sha256 for each in choice.media)]
    return "q-" + hashlib.sha256("\x00".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def first_complaint(error: ValidationError) -> str:
    """Return the first thing that an item model finds wrong, in its own words."""
    detail = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in detail["loc"])
    return f"{where}: {detail['msg']}" if where else detail["msg"]
