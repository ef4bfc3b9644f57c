"""When a queue that CUPS stopped by itself is resumed, and when it is left alone. No clock of its own."""

from __future__ import annotations

from typing import Final

WINDOW_S: Final = 600.0
FIRST_WAIT_S: Final = 2.0


class Healer:
    """Counts how often a queue was resumed; waits twice as long each time, and gives up."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._healed: list[float] = []

    def gives_up(self, now: float) -> bool:
        """Return whether the queue was resumed too often of late: a person has to look."""
        return len(self._of_late(now)) >= self._at_most

    def due(self, now: float) -> bool:
        """Return whether to resume it now."""
        of_late = self._of_late(now)
        if len(of_late) >= self._at_most:
            return False
        return not of_late or now - of_late[-1] >= FIRST_WAIT_S * 2 ** (len(of_late) - 1)

    def healed(self, now: float) -> None:
        """It was resumed."""
        self._healed = [*self._of_late(now), now]

    def was_healed_within(self, now: float, seconds: float) -> bool:
        """Return whether it was resumed within the last seconds."""
        return bool(self._healed) and now - self._healed[-1] < seconds

    def forget(self) -> None:
        """A person has seen to it: all its patience is back."""
        self._healed.clear()

    def _of_late(self, now: float) -> list[float]:
        # Once given up, it stays so until a person resumes it.
        if len(self._healed) >= self._at_most:
            return self._healed
        return [at for at in self._healed if now - at < WINDOW_S]
