"""How long the next log-in must wait after wrong passwords."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

REMEMBERED = 10_000
"""Names and addresses kept in memory; the oldest go first."""
FORGOTTEN_AFTER_S = 3600
"""Without a further failure, seconds."""

ADDRESS_FACTOR = 4
"""An address may fail this many times more over all names: a desk is used by several people."""
USER_FACTOR = 10
"""A name may fail this many times more over all addresses: a prank elsewhere must not lock out the lead."""


@dataclass(frozen=True)
class BackoffRules:
    """From the site's settings."""

    failures_before_delay: int
    first_delay_s: float
    longest_delay_s: float


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last_s: float = 0.0


class Backoff:
    """Failures by name and address together, by address, and by name. `clock` gives seconds, monotonic."""

    def __init__(self, rules: BackoffRules, clock: Callable[[], float]) -> None:
        self._rules = rules
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], _Failures] = OrderedDict()

    def wait_s(self, username: str, address: str) -> float:
        """Return how long a log-in must still wait, seconds; 0 when it need not."""
        now = self._clock()
        longest = 0.0
        for key, factor in _keys(username, address):
            found = self._failures.get(key)
            if found is None:
                continue
            if now - found.last_s > FORGOTTEN_AFTER_S:
                del self._failures[key]
                continue
            over = found.count - self._rules.failures_before_delay * factor
            if over >= 0:
                # Doubling for ever would overflow; 2**30 times the first wait is beyond any longest.
                delay = min(self._rules.first_delay_s * 2 ** min(over, 30), self._rules.longest_delay_s)
                longest = max(longest, found.last_s + delay - now)
        return longest

    def failed(self, username: str, address: str) -> None:
        """Count a log-in as failed. Called before the password is checked, so that many at once count."""
        for key, _ in _keys(username, address):
            found = self._failures.setdefault(key, _Failures())
            found.count += 1
            found.last_s = self._clock()
            self._failures.move_to_end(key)
        while len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, username: str, address: str) -> None:
        """Take the counted failure back and forget those of this name at this address."""
        self._failures.pop((username, address), None)
        for key in (("", address), (username, "")):
            found = self._failures.get(key)
            if found is not None:
                found.count -= 1


def _keys(username: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
    return (((username, address), 1), (("", address), ADDRESS_FACTOR), ((username, ""), USER_FACTOR))
