"""Items (试题), blueprints (组卷蓝图) and papers: what is asked and how it is drawn and marked.

Everything a candidate reads is plain text plus named media; there is no markup, so nothing an item
holds can act on a page.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

ItemId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
ChoiceId = Annotated[str, StringConstraints(pattern=r"^[A-H]$")]
MediaName = Annotated[str, StringConstraints(pattern=r"^[^/\\\x00-\x1f]{1,120}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

PICTURE_TYPES = {"image/png", "image/jpeg", "image/svg+xml", "image/webp", "image/gif"}
CLIP_TYPES = {"audio/wav", "audio/mpeg", "audio/ogg", "video/webm", "video/mp4"}

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class Words(BaseModel):
    """Base of all shared models: unknown fields are refused, values cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ItemType(StrEnum):
    """The three item types of the national platform."""

    SINGLE = "single"
    """单选题"""
    MULTIPLE = "multiple"
    """多选题"""
    TRUE_FALSE = "true_false"
    """判断题: choice A is 正确, choice B is 错误."""


ITEM_TYPE_ZH = {
    ItemType.SINGLE: "单选题",
    ItemType.MULTIPLE: "多选题",
    ItemType.TRUE_FALSE: "判断题",
}


class Media(Words):
    """A picture or clip of an item, named in the bank and found by its SHA-256 in the package."""

    name: MediaName
    type: str
    sha256: Sha256
    size: Annotated[int, Field(ge=1, le=64 * 1024 * 1024)]
    """Bytes."""
    alt: str = ""
    """Text for who cannot see or hear it."""

    @field_validator("type")
    @classmethod
    def _known_type(cls, value: str) -> str:
        if value not in PICTURE_TYPES | CLIP_TYPES:
            raise ValueError(f"media type {value!r} is not one of {sorted(PICTURE_TYPES | CLIP_TYPES)}")
        return value


class Choice(Words):
    """One of the choices (选项) of an item."""

    id: ChoiceId
    text: Annotated[str, Field(max_length=2000)]
    media: tuple[Media, ...] = ()


class Item(Words):
    """One item (试题) with its key.

    `key` holds the ids of the right choices: exactly one for single and true/false, two or more
    for multiple. True/false items have exactly the choices A 正确 and B 错误.
    """

    id: ItemId
    type: ItemType
    topic: Annotated[str, Field(min_length=1, max_length=120)]
    stem: Annotated[str, Field(min_length=1, max_length=4000)]
    choices: Annotated[tuple[Choice, ...], Field(min_length=2, max_length=8)]
    key: Annotated[tuple[ChoiceId, ...], Field(min_length=1)]
    media: tuple[Media, ...] = ()
    explanation: Annotated[str, Field(max_length=4000)] = ""

    @field_validator("stem", "explanation", "topic")
    @classmethod
    def _printable(cls, value: str) -> str:
        if _CONTROL.search(value):
            raise ValueError("text holds control characters or half a surrogate pair")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ids = [choice.id for choice in self.choices]
        if ids != [chr(ord("A") + n) for n in range(len(ids))]:
            raise ValueError(f"choices must be lettered A, B, C ... without gaps, found {ids}")
        if len(set(self.key)) != len(self.key) or list(self.key) != sorted(self.key):
            raise ValueError("key must name each right choice once, in order")
        missing = [letter for letter in self.key if letter not in ids]
        if missing:
            raise ValueError(f"key names choices that do not exist: {missing}")
        if self.type is ItemType.MULTIPLE:
            if len(self.key) < 2:
                raise ValueError("a multiple-choice item needs at least two right choices")
        elif len(self.key) != 1:
            raise ValueError("this item type has exactly one right choice")
        if self.type is ItemType.TRUE_FALSE and len(ids) != 2:
            raise ValueError("a true/false item has exactly the choices A 正确 and B 错误")
        return self

    def all_media(self) -> tuple[Media, ...]:
        """Return the media of stem and choices, in reading order."""
        return (*self.media, *(media for choice in self.choices for media in choice.media))


class BlueprintSection(Words):
    """A section of a paper (试卷大题): so many items of a type and topic at so many points each."""

    type: ItemType
    topic: str | None = None
    """A topic of the bank, or None for any topic."""
    count: Annotated[int, Field(ge=1, le=200)]
    points: Annotated[int, Field(ge=1, le=100)]
    """Points for each item."""


class Blueprint(Words):
    """How a paper is put together (组卷蓝图)."""

    sections: Annotated[tuple[BlueprintSection, ...], Field(min_length=1, max_length=40)]
    shuffle_items: bool = True
    """Shuffle the items within their section type."""
    shuffle_choices: bool = True
    """Shuffle the choices of single and multiple items; true/false keep their order."""

    @property
    def points(self) -> int:
        """Points of the whole paper."""
        return sum(section.count * section.points for section in self.sections)

    @property
    def items(self) -> int:
        """Number of items on the paper."""
        return sum(section.count for section in self.sections)


class BankItems(Words):
    """All items of a question bank (题库) as they travel in a package."""

    schema_: Annotated[Literal["kaodian.bank/1"], Field(alias="schema")] = "kaodian.bank/1"
    name: str
    items: tuple[Item, ...]
