"""How long a log-in must wait after wrong passwords."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

FREE_TRIES = 5
"""Of a name at an address; an address alone and a name alone have more, for several people share them."""
ADDRESS_TRIES = 20
NAME_TRIES = 50
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 300.0
FORGOTTEN_AFTER_S = 3600.0
REMEMBERED = 10_000


class Patience:
    """Counts failed log-ins. `clock` gives seconds, monotonic. Safe on several threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failed: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def try_s(self, username: str, address: str) -> float:
        """Return 0 and count the try as failed until `succeeded`, or return how long to wait, seconds."""
        now = self._clock()
        with self._lock:
            wait = max(self._wait(key, tries, now) for key, tries in _places(username, address))
            if wait > 0:
                return wait
            for key, _ in _places(username, address):
                count, _ = self._failed.pop(key, (0, now))
                self._failed[key] = (count + 1, now)
            while len(self._failed) > REMEMBERED:
                self._failed.popitem(last=False)
            return 0.0

    def succeeded(self, username: str, address: str) -> None:
        """Take a counted try back: the password was right."""
        with self._lock:
            self._failed.pop((username, address), None)
            for key in (("", address), (username, "")):
                if key in self._failed:
                    count, last = self._failed[key]
                    self._failed[key] = (max(0, count - 1), last)

    def _wait(self, key: tuple[str, str], tries: int, now: float) -> float:
        count, last = self._failed.get(key, (0, now))
        if now - last > FORGOTTEN_AFTER_S:
            self._failed.pop(key, None)
            return 0.0
        if count < tries:
            return 0.0
        # Doubling for ever would overflow; 2**20 seconds is beyond the longest wait.
        return last + min(FIRST_WAIT_S * float(2 ** min(count - tries, 20)), LONGEST_WAIT_S) - now


def _places(username: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
    return (
        ((username, address), FREE_TRIES),
        (("", address), ADDRESS_TRIES),
        ((username, ""), NAME_TRIES),
    )
