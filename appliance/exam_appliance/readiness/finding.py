"""What a check finds: points with what was measured, the state they make together, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Text(NamedTuple):
    """A text in Chinese and English."""

    zh: str
    en: str


class State(StrEnum):
    """State of a row."""

    PASS = "pass"  # noqa: S105 - no password
    """合格: measured and at least what the standard asks"""
    FAIL = "fail"
    """不合格: measured and less than that"""
    UNKNOWN = "unknown"
    """未知: could not be measured; a declaration can take its place"""
    DECLARED = "declared"
    """申报: a person stands for it, with evidence"""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that a row asks, as measured. A point is never `declared`."""

    name: Text
    measured: Text
    state: State
    todo: Text | None = None
    """What to do about it, unless it passes."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found for a row."""

    state: State
    measured: Text
    todo: Text | None = None
    points: tuple[Point, ...] = ()


def found(points: Iterable[Point], *, measured: Text | None = None) -> Finding:
    """Return what points make together: one that fails fails the row, one unknown leaves it unknown."""
    held = tuple(points)
    states = {point.state for point in held}
    state = next((each for each in (State.FAIL, State.UNKNOWN) if each in states), State.PASS)
    shown = measured or joined(point.measured for point in held)
    todos = [
        point.todo
        for wanted in (State.FAIL, State.UNKNOWN)
        for point in held
        if point.state is wanted and point.todo is not None
    ]
    return Finding(state, shown, joined(dict.fromkeys(todos)) if todos else None, held)


def unknown(measured: Text, todo: Text) -> Finding:
    """Return that nothing could be measured, and what to do."""
    return Finding(State.UNKNOWN, measured, todo)


def joined(texts: Iterable[Text]) -> Text:
    """Return texts as one."""
    held = [text for text in texts if text.zh]
    return Text("；".join(text.zh for text in held), "; ".join(text.en for text in held))


def at_least(name: Text, value: int | None, need: int, measured: Text, todo: Text, ask: Text) -> Point:
    """Return a point that compares a number; `todo` when it is less, `ask` when it is not known."""
    if value is None:
        return Point(name, measured, State.UNKNOWN, ask)
    if value < need:
        return Point(name, measured, State.FAIL, todo)
    return Point(name, measured, State.PASS)
