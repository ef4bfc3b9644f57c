"""The sample question banks (题库): items from YAML files, pictures and sounds made by code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import Any

import yaml

from central_sync.protocol.items import BankItems, Choice, Item, ItemType, Media
from central_sync.samples.categories import SampleCategory
from central_sync.samples.drawing import DRAWINGS

_FOLDER = files("central_sync.samples") / "bank"
_TYPES = {".svg": "image/svg+xml", ".wav": "audio/wav"}
_TRUTH = ("正确", "错误")
_TRUE_FALSE_KEYS = {"对": "A", "错": "B"}


def sample_bank(category: SampleCategory | str) -> tuple[BankItems, Mapping[str, bytes]]:
    """Return a category's items in the order of its files, and their pictures and sounds by SHA-256.

    Raises ValueError for another category.
    """
    return _read(SampleCategory(category))


@cache
def _read(category: SampleCategory) -> tuple[BankItems, Mapping[str, bytes]]:
    items: list[Item] = []
    drawn: dict[str, bytes] = {}
    for file in sorted(_FOLDER.iterdir(), key=lambda found: found.name):
        if file.name.endswith(".yaml"):
            page = yaml.safe_load(file.read_text("utf-8"))
            if page["category"] == category.value:
                items += [_item(line, page["topic"], drawn) for line in page["items"]]
    return BankItems(name=f"{category.value}样题库", items=tuple(items)), drawn


def _item(line: Mapping[str, Any], topic: str, drawn: dict[str, bytes]) -> Item:
    item_type = ItemType(line["type"])
    true_false = item_type is ItemType.TRUE_FALSE
    choices = _TRUTH if true_false else line["choices"]
    return Item(
        id=line["id"],
        type=item_type,
        topic=topic,
        stem=line["stem"],
        choices=tuple(_choice("ABCDEFGH"[place], choice, drawn) for place, choice in enumerate(choices)),
        key=tuple(_TRUE_FALSE_KEYS[line["key"]] if true_false else line["key"]),
        media=_media(line.get("media", ()), drawn),
        explanation=line["explanation"],
    )


def _choice(letter: str, choice: str | Mapping[str, Any], drawn: dict[str, bytes]) -> Choice:
    if isinstance(choice, str):
        return Choice(id=letter, text=choice)
    return Choice(id=letter, text=choice["text"], media=_media(choice["media"], drawn))


def _media(named: Iterable[Mapping[str, str]], drawn: dict[str, bytes]) -> tuple[Media, ...]:
    found = []
    for picture in named:
        data = DRAWINGS[picture["name"]]()
        sha256 = hashlib.sha256(data).hexdigest()
        drawn[sha256] = data
        found.append(
            Media(
                name=picture["name"],
                type=_TYPES[PurePath(picture["name"]).suffix],
                sha256=sha256,
                size=len(data),
                alt=picture["alt"],
            )
        )
    return tuple(found)
