"""Choices that look random and are the same on every machine and in every version of Python."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")


class Draws:
    """Numbers from SHA-256 over a seed and a counter; the same seed gives the same numbers, always."""

    def __init__(self, *seed: object) -> None:
        self._seed = "\x1f".join(str(part) for part in seed).encode()
        self._counter = 0

    def below(self, limit: int) -> int:
        """Return a number from 0 to limit - 1. The skew of 64 bits by `limit` does not matter to samples."""
        block = hashlib.sha256(self._seed + b"\x1e" + str(self._counter).encode()).digest()
        self._counter += 1
        return int.from_bytes(block[:8], "big") % limit

    def between(self, least: int, most: int) -> int:
        """Return a number from `least` to `most`, both included."""
        return least + self.below(most - least + 1)

    def one_of(self, things: Sequence[_T]) -> _T:
        """Return one of the things."""
        return things[self.below(len(things))]

    def chance(self, percent: int) -> bool:
        """Return True `percent` times in a hundred."""
        return self.below(100) < percent
