"""The running picture: frames while somebody wants them, the camera left alone otherwise, stops mended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from firmware_adapters.adapter import DeviceFault, DeviceGone, DeviceState, Event, Reason, Report, StateReport
from firmware_adapters.camera import reasons
from firmware_adapters.camera.modes import CaptureMode
from firmware_adapters.camera.options import CameraOptions
from firmware_adapters.camera.pixel_formats import BrokenFrame, check_frame
from firmware_adapters.camera.v4l2 import RawFrame
from firmware_adapters.camera.watchdog import ALARMS, FlowChange, FrameFlow, FrameWatch
from firmware_adapters.camera.worker import CameraWorker

TICK_S = 0.1
START_RETRY_S = 2.0
MODES_TRIED = 3


@dataclass(frozen=True, slots=True)
class NumberedFrame:
    """A whole frame of the running picture."""

    number: int
    """Counts up from 1 over the life of the camera."""
    frame: RawFrame


class FrameFeed:
    """Keeps frames coming while they are wanted.

    `modes` are those for the running picture, best first. Tells stops, resumptions and what the camera's
    state becomes through `report`. Times are those of `clock`, seconds.
    """

    def __init__(
        self,
        modes: Sequence[CaptureMode],
        options: CameraOptions,
        *,
        sets_rate: bool,
        report: Callable[[Report], None],
        clock: Callable[[], float],
    ) -> None:
        self._modes = modes[:MODES_TRIED]
        self._options = options
        self._sets_rate = sets_rate
        self._report = report
        self._clock = clock
        self.watch = FrameWatch(
            starts_within_s=options.starts_within_s,
            stops_after_s=options.stops_after_s,
            lost_after_s=options.lost_after_s,
            slowest=options.slowest_rate,
        )
        self._worker: CameraWorker | None = None
        self._always = False
        self._wanted_until = 0.0
        self._kick = asyncio.Event()
        self._lock = asyncio.Lock()
        self._running = False
        self._holds_node = False
        self._mode_number = 0
        self._restarts = 0
        self._next_try = 0.0
        self._trouble: Reason | None = None
        self._ended: DeviceGone | None = None
        self._newest: NumberedFrame | None = None
        self._number = 0
        self._came = asyncio.Event()

    def attach(self, worker: CameraWorker) -> None:
        """Name the thread that speaks to the camera; it calls `take` and `stream_ended`."""
        self._worker = worker

    @property
    def mode(self) -> CaptureMode:
        """The mode of the running picture, or of the next one."""
        return self._modes[self._mode_number % len(self._modes)]

    @property
    def is_running(self) -> bool:
        """Whether a stream is on."""
        return self._running

    @property
    def trouble(self) -> Reason | None:
        """Why there is no picture although one is wanted."""
        if self._trouble is not None:
            return self._trouble
        if self.watch.flow in ALARMS:
            return _alarm_reason(self.watch.flow, broken=self.watch.only_broken)
        return None

    def want_always(self) -> None:
        """Keep the picture running as long as the camera is open."""
        self._always = True
        self._kick.set()

    def want(self) -> None:
        """Keep the picture running for a while from now."""
        self._wanted_until = self._clock() + self._options.idle_after_s
        self._kick.set()

    def take(self, frame: RawFrame) -> None:
        """Judge a frame that the worker brought."""
        now = self._clock()
        try:
            if frame.flawed:
                raise BrokenFrame("marked as damaged by the driver")
            check_frame(frame.data, frame.layout)
        except BrokenFrame:
            self.watch.broken()
            return
        self.watch.whole(now)
        self._number += 1
        self._newest = NumberedFrame(self._number, frame)
        came, self._came = self._came, asyncio.Event()
        came.set()
        if self.watch.flow in ALARMS:
            self._kick.set()

    def photo_taken(self) -> None:
        """A still came out whole, which ends an alarm just as a frame of the running picture does."""
        self.watch.whole(self._clock())
        change = self.watch.look(self._clock())
        if change is not None:
            self._tell(change)

    def stream_ended(self, error: DeviceFault | DeviceGone) -> None:
        """The worker lost the stream; it is begun again, or the camera is gone."""
        self._running = self._holds_node = False
        if isinstance(error, DeviceGone):
            self._ended = error
        else:
            self._next_try = self._clock() + TICK_S
        self._kick.set()

    async def newer_than(self, number: int, timeout_s: float, oldest_s: float) -> NumberedFrame | None:
        """Return a frame after `number` that came less than `oldest_s` ago, None when none comes in time.

        A picture that stands still must never pass for a live one, hence the age.
        """
        deadline = self._clock() + timeout_s
        while True:
            newest = self._newest
            if newest is not None and newest.number > number and self._clock() - newest.frame.at <= oldest_s:
                return newest
            left = deadline - self._clock()
            if left <= 0 or self._ended is not None:
                return None
            came = self._came
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await came.wait()

    @contextlib.asynccontextmanager
    async def set_aside(self) -> AsyncIterator[CameraWorker]:
        """Interrupt the running picture and give the worker to one caller; afterwards it goes on."""
        async with self._lock:
            worker = self._ready_worker()
            self.watch.released()
            try:
                yield worker
            finally:
                # The caller's job has stopped the stream, or closed the node.
                self._running = False
                self._holds_node = True
                self._next_try = 0.0
                self._kick.set()

    async def tend(self) -> None:
        """Start, watch, mend and stop the stream until cancelled. Raises DeviceGone, DeviceFault."""
        while True:
            self._kick.clear()
            await self._step()
            busy = self._running or self._holds_node or self._is_needed()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S if busy else None):
                    await self._kick.wait()

    def _is_needed(self) -> bool:
        # A camera in trouble is tried until it works, so that its state is right when nobody looks too.
        wanted = self._always or self._clock() < self._wanted_until
        return wanted or self._trouble is not None or self.watch.flow in ALARMS

    def _ready_worker(self) -> CameraWorker:
        if self._ended is not None:
            raise self._ended
        if self._worker is None:
            raise DeviceFault(reasons.NOT_OPEN)
        return self._worker

    async def _step(self) -> None:
        worker = self._ready_worker()
        now = self._clock()
        if self._lock.locked():
            return  # a still is being taken; its job is watched by its caller
        if worker.hangs_for(now) > self._options.answers_within_s:
            raise DeviceFault(reasons.NO_ANSWER, f"no answer in {self._options.answers_within_s:g} s")
        if self._is_needed():
            if not self._running and now >= self._next_try:
                await self._start(worker)
        elif self._running or self._holds_node:
            await self._stop(worker)
        change = self.watch.look(self._clock())
        if change is not None:
            self._tell(change)
        stopped = self.watch.flow in ALARMS and self._running
        if stopped and self._clock() >= self._next_try and not worker.hangs_for(self._clock()) > TICK_S:
            # The same mode once more, then another: some cameras lose only one of them.
            self._restarts += 1
            self._mode_number += self._restarts > 1
            await self._start(worker)

    async def _start(self, worker: CameraWorker) -> None:
        async with self._lock:
            mode = self.mode
            rate = self._options.stream_rate if self._sets_rate else 0.0
            self._next_try = self._clock() + self._options.restart_every_s
            try:
                await worker.run(lambda node: node.start(mode, rate), self._options.answers_within_s)
            except DeviceFault as fault:
                self._running = self._holds_node = False
                if fault.reason.code == reasons.NO_ANSWER.code:
                    raise
                self._next_try = self._clock() + START_RETRY_S
                self._mode_number += fault.reason.code in {
                    reasons.IO_ERROR.code,
                    reasons.NO_USABLE_FORMAT.code,
                    reasons.NO_BANDWIDTH.code,
                }
                if self._trouble != fault.reason:
                    self._trouble = fault.reason
                    self._report(StateReport(DeviceState.FAILED, fault.reason))
                return
            self._running = self._holds_node = True
            self.watch.asked(self._clock())
            if self._trouble is not None:
                self._trouble = None
                if self.watch.flow not in ALARMS:
                    self._report(StateReport(DeviceState.READY))

    async def _stop(self, worker: CameraWorker) -> None:
        hold = self._options.when_idle == "hold"
        async with self._lock:
            if self._running or not hold:
                await worker.run(
                    (lambda node: node.stop()) if hold else (lambda node: node.close()),
                    self._options.answers_within_s,
                )
            self._running = self._holds_node = False
            self._mode_number = 0
            self.watch.released()

    def _tell(self, change: FlowChange) -> None:
        was, alarm = change.before in ALARMS, change.now in ALARMS
        if alarm:
            reason = _alarm_reason(change.now, broken=change.broken)
            if not was:
                body = {"quiet_s": round(change.quiet_s, 1), "code": reason.code}
                self._report(Event("frames.stopped", body))
            state = DeviceState.FAILED if change.now is FrameFlow.LOST else DeviceState.DEGRADED
            self._report(StateReport(state, reason))
        else:
            if was:
                self._restarts = 0
                self._report(Event("frames.resumed", {"stopped_s": round(change.quiet_s, 1)}))
            if change.now is FrameFlow.SLOW:
                self._report(StateReport(DeviceState.DEGRADED, reasons.FRAMES_SLOW))
            elif was or change.before is FrameFlow.SLOW:
                self._report(StateReport(DeviceState.READY))


def _alarm_reason(flow: FrameFlow, *, broken: bool) -> Reason:
    if broken:
        return reasons.FRAMES_BROKEN
    return reasons.FRAMES_LOST if flow is FrameFlow.LOST else reasons.FRAMES_STOPPED
