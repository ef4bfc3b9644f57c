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


ALARMS = frozenset({FrameFlow.STOPPED, FrameFlow.LOST})


@dataclass(frozen=True, slots=True)
class FlowChange:
    """The flow is another one than before."""

    before: FrameFlow
    now: FrameFlow
    quiet_s: float
    """Seconds since the last whole frame, or since frames were asked for; after an alarm how long it took."""
    broken: bool
    """Frames came during the alarm, but none of them was whole."""


class FrameWatch:
    """Judges the flow of frames from the times at which they came, in seconds of any steady clock.

    An alarm ends only with a whole frame; restarting the stream or asking no more mends nothing.
    """

    RATE_WINDOW_S = 5.0

    def __init__(
        self, *, starts_within_s: float, stops_after_s: float, lost_after_s: float, slowest: float
    ) -> None:
        self._starts_within_s = max(starts_within_s, stops_after_s)
        """For the first frame after `asked`."""
        self._stops_after_s = stops_after_s
        self._lost_after_s = max(lost_after_s, self._starts_within_s)
        self._slowest = slowest
        """Frames a second."""
        self._flow = FrameFlow.IDLE
        self._asking = False
        self._asked_at = 0.0
        self._last_whole = 0.0
        self._alarm_from = 0.0
        self._whole_since = self._broken_since = 0
        self._broken_in_alarm = False
        self._times: deque[float] = deque(maxlen=600)
        self.whole_frames = 0
        self.broken_frames = 0

    @property
    def flow(self) -> FrameFlow:
        """The flow as of the last `look`."""
        return self._flow

    @property
    def only_broken(self) -> bool:
        """Whether the alarm that is on is one of damaged frames rather than none."""
        return self._broken_in_alarm

    def asked(self, now: float) -> None:
        """A stream begins because frames are wanted, or is begun again; only the first moves the limits."""
        if not self._asking:
            self._last_whole = now
        self._asking = True
        self._asked_at = now
        self._whole_since = self._broken_since = 0
        self._times.clear()

    def released(self) -> None:
        """Nobody wants frames any more, or the stream is interrupted on purpose."""
        self._asking = False
        self._times.clear()

    def whole(self, now: float) -> None:
        """A whole frame came."""
        self.whole_frames += 1
        self._whole_since += 1
        self._last_whole = now
        self._times.append(now)

    def broken(self) -> None:
        """A frame came that is no picture."""
        self.broken_frames += 1
        self._broken_since += 1

    def rate(self, now: float) -> float:
        """Return whole frames per second over the last few seconds; 0 while there are too few to tell."""
        while self._times and now - self._times[0] > self.RATE_WINDOW_S:
            self._times.popleft()
        if len(self._times) < 2:
            return 0.0
        # The time since the last frame counts too, once it is longer than a frame of a slow camera takes.
        span = max(self._times[-1], now - 1.0) - self._times[0]
        return (len(self._times) - 1) / span if span > 0 else 0.0

    def look(self, now: float) -> FlowChange | None:
        """Judge the flow and return the change, None when it is as before."""
        flow = self._judge(now)
        if flow is self._flow:
            if flow in ALARMS:
                self._broken_in_alarm = self._broken_in_alarm or self._broken_since > 0
            return None
        if flow in ALARMS and self._flow not in ALARMS:
            self._alarm_from = self._last_whole
            self._broken_in_alarm = self._broken_since > 0
            self._whole_since = self._broken_since = 0
        quiet_s = now - (self._last_whole if flow in ALARMS else self._alarm_from)
        if self._flow not in ALARMS and flow not in ALARMS:
            quiet_s = now - self._last_whole
        change = FlowChange(self._flow, flow, quiet_s, self._broken_in_alarm)
        if flow not in ALARMS:
            self._broken_in_alarm = False
        self._flow = flow
        return change

    def _judge(self, now: float) -> FrameFlow:
        alarmed = self._flow in ALARMS
        if alarmed and not self._whole_since:
            lost = self._asking and now - self._last_whole >= self._lost_after_s
            return FrameFlow.LOST if lost else self._flow
        if not self._asking:
            return FrameFlow.IDLE
        quiet_s = now - self._last_whole
        begun = self._whole_since or self._broken_since
        if quiet_s >= (self._stops_after_s if begun else self._starts_within_s):
            if quiet_s >= self._lost_after_s:
                return FrameFlow.LOST
            return FrameFlow.STOPPED
        # A quarter more to be called fast again, so that a rate at the limit does not flicker.
        slowest = self._slowest * (1.25 if self._flow is FrameFlow.SLOW else 1.0)
        if now - self._asked_at >= self.RATE_WINDOW_S and 0 < self.rate(now) < slowest:
            return FrameFlow.SLOW
        return FrameFlow.RUNNING
