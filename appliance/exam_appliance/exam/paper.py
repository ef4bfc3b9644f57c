"""Papers (试卷) drawn by blueprint from a recorded seed: the same seed gives the same paper, always."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from central_sync.protocol.canonical import digest
from central_sync.protocol.items import Blueprint, BlueprintSection, Item, ItemType

_T = TypeVar("_T")


class BankTooSmall(ValueError):
    """The bank has fewer items than a section asks for; the message names the section."""


class SeededDraw:
    """Random numbers from SHA-256 over seed and counter.

    Python's own generator may change its shuffles between versions; a paper must be drawn again
    alike years later, so the numbers come from a hash that everybody can compute.
    """

    def __init__(self, seed: str) -> None:
        self._seed = bytes.fromhex(seed)
        self._counter = 0
        self._words: list[int] = []

    def below(self, limit: int) -> int:
        """Return a number from 0 to limit - 1, all equally likely; limit is at most 2**32."""
        ceiling = 2**32 - 2**32 % limit
        while True:
            if not self._words:
                block = hashlib.sha256(self._seed + self._counter.to_bytes(8, "big")).digest()
                self._counter += 1
                self._words = [int.from_bytes(block[at : at + 4], "big") for at in range(0, 32, 4)]
            word = self._words.pop()
            if word < ceiling:
                return word % limit

    def shuffled(self, things: Sequence[_T]) -> list[_T]:
        """Return the things in random order (Fisher-Yates)."""
        order = list(things)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order

    def sample(self, things: Sequence[_T], count: int) -> list[_T]:
        """Return `count` different things in random order."""
        pool = list(things)
        chosen = []
        for taken in range(count):
            at = taken + self.below(len(pool) - taken)
            pool[taken], pool[at] = pool[at], pool[taken]
            chosen.append(pool[taken])
        return chosen


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One item on a paper: which, for how many points, its section, and the order of its choices."""

    item: Item
    points: int
    section: int
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """A candidate's paper in reading order; `digest` is the SHA-256 of what was drawn."""

    seed: str
    lines: tuple[PaperLine, ...]
    sections: tuple[BlueprintSection, ...]
    digest: str


class ItemPool:
    """A bank sorted for drawing: items by type and topic, each group in order of item id."""

    def __init__(self, items: Sequence[Item], blueprint: Blueprint) -> None:
        ordered = sorted(items, key=lambda item: item.id)
        self.blueprint = blueprint
        self._by_type: dict[ItemType, list[Item]] = {}
        self._by_topic: dict[tuple[ItemType, str], list[Item]] = {}
        for item in ordered:
            self._by_type.setdefault(item.type, []).append(item)
            self._by_topic.setdefault((item.type, item.topic), []).append(item)
        # Sections bound to a topic draw first: one open to any topic could else use their items up.
        self._order = sorted(
            range(len(blueprint.sections)), key=lambda at: (blueprint.sections[at].topic is None, at)
        )
        self.draw("00" * 32)

    def draw(self, seed: str) -> Paper:
        """Draw the paper of a seed (64 hex digits). Raises BankTooSmall."""
        numbers = SeededDraw(seed)
        used: set[str] = set()
        drawn: dict[int, list[Item]] = {}
        for at in self._order:
            section = self.blueprint.sections[at]
            group = (
                self._by_type.get(section.type, [])
                if section.topic is None
                else self._by_topic.get((section.type, section.topic), [])
            )
            pool = [item for item in group if item.id not in used] if used else group
            if len(pool) < section.count:
                raise BankTooSmall(
                    f"第 {at + 1} 部分需要 {section.count} 题，题库只有 {len(pool)} 题 / "
                    f"section {at + 1} needs {section.count} items, the bank has {len(pool)}"
                )
            chosen = numbers.sample(pool, section.count)
            if not self.blueprint.shuffle_items:
                chosen.sort(key=lambda item: item.id)
            used.update(item.id for item in chosen)
            drawn[at] = chosen
        lines = []
        for at, section in enumerate(self.blueprint.sections):
            for item in drawn[at]:
                order = tuple(choice.id for choice in item.choices)
                if self.blueprint.shuffle_choices and item.type is not ItemType.TRUE_FALSE:
                    order = tuple(numbers.shuffled(order))
                lines.append(PaperLine(item, section.points, at, order))
        sheet = [[line.item.id, line.points, line.section, "".join(line.choices)] for line in lines]
        return Paper(seed, tuple(lines), self.blueprint.sections, digest(sheet))
