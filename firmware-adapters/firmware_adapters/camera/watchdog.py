"""The watch over frames: stopped, lost, broken, slow. It is told the time and never looks at a clock."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum


class FrameFlow(StrEnum):
    """How frames come."""

    IDLE = "idle"  # none are asked for
    RUNNING = "running"
    SLOW = "slow"
    STOPPED = "stopped"
    LOST = "lost"  # stopped for so long that a person must look


@dataclass(frozen=True, slots=True)
class FlowChange:
    """The flow is another one than before."""

    before: FrameFlow
    now: FrameFlow
    quiet_s: float
    """Seconds since the last whole frame, or since frames were first asked for."""
    broken: bool
    """Frames still come but none of them is whole."""


class FrameWatch:
    """Judges the flow of frames from the times at which they came.

    Seconds of any steady clock. `stops_after_s` and `lost_after_s` count from the last whole frame;
    `slowest` frames a second is the least that is not called slow, judged over `RATE_WINDOW_S`.
    """

    RATE_WINDOW_S = 5.0

    def __init__(self, stops_after_s: float, lost_after_s: float, slowest: float) -> None:
        self._stops_after_s = stops_after_s
        self._lost_after_s = lost_after_s
        self._slowest = slowest
        self._flow = FrameFlow.IDLE
        self._since = 0.0
        self._last_whole = 0.0
        self._last_broken: float | None = None
        self._times: deque[float] = deque(maxlen=600)
        self.whole_frames = 0
        self.broken_frames = 0

    @property
    def flow(self) -> FrameFlow:
        """The flow as of the last `look`."""
        return self._flow

    def asked(self, now: float) -> None:
        """Frames are wanted from now on. An alarm stays on: a restart of the stream mends nothing yet."""
        if self._flow is FrameFlow.IDLE:
            self._flow = FrameFlow.RUNNING
            self._last_whole = now
            self._last_broken = None
        self._since = now
        self._times.clear()

    def paused(self, now: float) -> None:
        """The stream is interrupted on purpose; time until `asked` does not count as a stop."""
        if self._flow in {FrameFlow.RUNNING, FrameFlow.SLOW}:
            self._last_whole = now
        self._times.clear()

    def released(self) -> None:
        """Nobody wants frames any more."""
        self._flow = FrameFlow.IDLE
        self._times.clear()

    def whole(self, now: float) -> None:
        """A whole frame came."""
        self.whole_frames += 1
        self._last_whole = now
        self._times.append(now)

    def broken(self, now: float) -> None:
        """A frame came that is no picture."""
        self.broken_frames += 1
        self._last_broken = now

    def rate(self, now: float) -> float:
        """Return whole frames per second over the last few seconds; 0 while there are too few to tell."""
        while self._times and now - self._times[0] > self.RATE_WINDOW_S:
            self._times.popleft()
        if len(self._times) < 2:
            return 0.0
        span = max(self._times[-1], now - 1.0) - self._times[0]
        return (len(self._times) - 1) / span if span > 0 else 0.0

    def look(self, now: float) -> FlowChange | None:
        """Judge the flow and return the change, None when it is as before."""
        if self._flow is FrameFlow.IDLE:
            return None
        quiet_s = now - self._last_whole
        # A quarter more to be called fast again, so that a rate at the limit does not flicker.
        slowest = self._slowest * (1.25 if self._flow is FrameFlow.SLOW else 1.0)
        if quiet_s >= self._lost_after_s:
            flow = FrameFlow.LOST
        elif quiet_s >= self._stops_after_s:
            flow = FrameFlow.LOST if self._flow is FrameFlow.LOST else FrameFlow.STOPPED
        elif self._flow in {FrameFlow.STOPPED, FrameFlow.LOST} and not self._times:
            flow = self._flow
        elif now - self._since >= self.RATE_WINDOW_S and 0 < self.rate(now) < slowest:
            flow = FrameFlow.SLOW
        else:
            flow = FrameFlow.RUNNING
        if flow is self._flow:
            return None
        change = FlowChange(
            self._flow,
            flow,
            quiet_s,
            self._last_broken is not None and self._last_broken > self._last_whole,
        )
        self._flow = flow
        return change
