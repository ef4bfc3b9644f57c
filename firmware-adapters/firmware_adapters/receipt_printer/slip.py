"""A slip (小票) as it is ordered: its lines, and under which key. The parameters of the action `print`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(max_length=400)]
LINES_LIMIT = 200


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class TextLine(_Line):
    """A paragraph; it is broken where the paper ends."""

    line: Literal["text"]
    text: Text
    centred: bool = False
    bold: bool = False
    size: Literal["small", "normal", "big", "huge"] = "normal"
    """small and normal are as high as the printer's font, big twice, huge three times."""


class PairLine(_Line):
    """What it is, at the left, and its value, at the right."""

    line: Literal["pair"]
    left: Text
    right: Text


class CodeLine(_Line):
    """A QR code, in the middle."""

    line: Literal["code"]
    text: Annotated[str, Field(min_length=1, max_length=300)]


class RuleLine(_Line):
    """A line across."""

    line: Literal["rule"]


SlipLine = Annotated[TextLine | PairLine | CodeLine | RuleLine, Field(discriminator="line")]


class SlipOrder(BaseModel):
    """Parameters of `print`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    key: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x20-\x7e]*$")]
    """What is printed under one key is never printed again under it."""
    title: Annotated[str, Field(max_length=100)] = ""
    """For the history; not printed."""
    lines: Annotated[list[SlipLine], Field(min_length=1, max_length=LINES_LIMIT)]


class JobAsked(BaseModel):
    """Parameters of `job` and `cancel`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    key: Annotated[str, Field(min_length=1, max_length=200)]
