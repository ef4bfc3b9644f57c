"""How long to wait before the next try: growing, bounded, and different at every site."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Waiting times of the agent in seconds."""

    first_retry_s: float = 1.0
    longest_retry_s: float = 60.0
    report_s: float = 30.0
    gather_s: float = 1.0
    """New journal entries are gathered for so long before they are sent."""


class Patience:
    """Doubles the wait with every failure; the jitter keeps sites from calling all at once."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._failures = 0

    def reset(self) -> None:
        """Begin anew after a success."""
        self._failures = 0

    def next_s(self) -> float:
        """Return how long to wait after one more failure, in seconds."""
        bound = min(
            self._pace.longest_retry_s, self._pace.first_retry_s * float(1 << min(self._failures, 20))
        )
        self._failures += 1
        return bound * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
