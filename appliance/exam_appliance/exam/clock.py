"""The exam clock: milliseconds that only go forward, whatever the wall clock does.

`t` counts from the journal's first start. While the machine stays up it follows CLOCK_BOOTTIME,
also over restarts of the program, since every heartbeat records both. After a reboot the gap is
taken from the wall clock if that is not behind the last entry, and else counts as nothing; the
source of the gap is journalled, so an invigilator's credit rests on evidence.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol


class TimeSources(Protocol):
    """Where time comes from; tests bring their own."""

    def boot(self) -> str:
        """Return an id of this boot of the machine."""

    def boottime_ms(self) -> int:
        """Return milliseconds since the boot, suspend included."""

    def wall_ms(self) -> int:
        """Return wall time, milliseconds since 1970 UTC."""


class MachineTime:
    """The machine's own clocks (Linux)."""

    def boot(self) -> str:
        """Return the kernel's boot id."""
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()

    def boottime_ms(self) -> int:
        """Return CLOCK_BOOTTIME in milliseconds."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def wall_ms(self) -> int:
        """Return CLOCK_REALTIME in milliseconds."""
        return time.time_ns() // 1_000_000


GapSource = Literal["first", "boottime", "wall", "unknown"]


@dataclass(frozen=True)
class LastBeat:
    """The newest entry that ties `t` to the machine's clock, and the newest proof of service."""

    t: int
    boot: str
    boottime_ms: int
    service_t: int
    """`t` of the last entry before the stop, at or after the beat."""
    wall_ms: int
    """Wall time of that entry."""


class ExamClock:
    """The running exam clock of a site."""

    def __init__(self, sources: TimeSources, last: LastBeat | None) -> None:
        self._sources = sources
        self.boot = sources.boot()
        now = sources.boottime_ms()
        self.gap_source: GapSource
        if last is None:
            self._offset, self.gap_ms, self.gap_source = -now, 0, "first"
        elif last.boot == self.boot:
            self._offset = last.t - last.boottime_ms
            self.gap_ms = max(0, now + self._offset - last.service_t)
            self.gap_source = "boottime"
        else:
            gap = sources.wall_ms() - last.wall_ms
            self.gap_ms, self.gap_source = (gap, "wall") if gap >= 0 else (0, "unknown")
            self._offset = last.service_t + self.gap_ms - now
        self._wall_offset = sources.wall_ms() - self.t()

    def t(self) -> int:
        """Return exam time now, ms."""
        return self._sources.boottime_ms() + self._offset

    def boottime_ms(self) -> int:
        """Return the machine's boot time now, ms, for the heartbeat."""
        return self._sources.boottime_ms()

    def wall_at(self, t: int) -> datetime:
        """Return the wall time that belongs to an exam time, by the wall clock as it stands now."""
        from_now = t - self.t()
        return datetime.fromtimestamp((self._sources.wall_ms() + from_now) / 1000, UTC)

    def wall_jump_ms(self) -> int:
        """Return how far the wall clock moved against exam time since the last call, ms."""
        offset = self._sources.wall_ms() - self.t()
        jump, self._wall_offset = offset - self._wall_offset, offset
        return jump
