"""A camera on a V4L2 node: one class, what it can do and when."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import TypeVar, cast

from firmware_adapters.adapter import (
    Action,
    ActionRefused,
    Adapter,
    Answer,
    DeviceFault,
    DeviceGone,
    DeviceKind,
    DeviceState,
    Identity,
    Json,
    Options,
    Report,
    SelfTestStep,
    StateReport,
)
from firmware_adapters.camera import reasons, self_test
from firmware_adapters.camera.code_reader import CodeReader
from firmware_adapters.camera.feed import FrameFeed
from firmware_adapters.camera.live import LiveView
from firmware_adapters.camera.modes import (
    CaptureMode,
    facts_of,
    live_in_order,
    megapixels,
    parse_size,
    stills_in_order,
    usable,
)
from firmware_adapters.camera.options import CameraOptions
from firmware_adapters.camera.parameters import LiveParameters, NoParameters, StillParameters, checked
from firmware_adapters.camera.pixel_formats import COMPRESSED, PREFERENCE
from firmware_adapters.camera.still import Settling, Still, measure_rate, take_still
from firmware_adapters.camera.v4l2 import NodeDescription, V4l2Node
from firmware_adapters.camera.worker import CameraWorker
from firmware_adapters.sighting import Sighting

T = TypeVar("T")
CLOSE_S = 2.0
HANGS_S, CLOSE_HANGING_S = 1.0, 0.2
"""A thread that has been in the driver for so long will hardly come back while the process ends."""
RATE_TEST_S = 2.0


class V4l2Camera(Adapter):
    """A camera (摄像头) that the kernel shows as /dev/videoN and that streams.

    Quirks: `no-mjpeg`, its MJPEG is damaged, only other formats are used; `fixed-rate`, it takes no wish for
    a frame rate; `one-size`, it hangs when the size changes, so all is captured at the still's size.
    """

    kind = DeviceKind.CAMERA
    options_model = CameraOptions
    quirks = frozenset({"no-mjpeg", "fixed-rate", "one-size"})

    def __init__(self, sighting: Sighting, options: Options, quirks: frozenset[str] = frozenset()) -> None:
        super().__init__(sighting, options, quirks)
        self._options = cast("CameraOptions", options)
        self._clock = time.monotonic
        self._reports: asyncio.Queue[Report | Exception] = asyncio.Queue()
        self._health = StateReport(DeviceState.READY)
        self._at_work = 0
        self._worker: CameraWorker | None = None
        self._feed: FrameFeed | None = None
        self._live: LiveView | None = None
        self._modes: list[CaptureMode] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def probe(self) -> Identity:
        """Open the node, ask what it is and what it offers."""
        description, modes = await self._run(_ask)
        return Identity(
            maker=self.sighting.maker,
            model=self.sighting.model or description.card,
            serial=self.sighting.serial,
            firmware=self.sighting.properties.get("ID_REVISION", ""),
            facts={
                **facts_of(modes),
                "driver": description.driver,
                "bus": description.bus,
                "still_measured": "",
            },
        )

    async def open(self) -> None:
        """Make sure that the camera can be had, then wait for somebody to want pictures."""
        _, modes = await self._run(_ask)
        self._modes = self._allowed(modes)
        if not self._modes:
            offered = ", ".join(sorted({mode.fourcc for mode in modes})) or "nothing"
            raise DeviceFault(reasons.NO_USABLE_FORMAT, f"it offers {offered}")
        largest = self._still_modes("")[0]
        # Asks for the largest picture without streaming: a camera that another program uses says so now.
        await self._run(lambda node: node.settle_on(largest))
        if self._options.when_idle == "release":
            await self._run(lambda node: node.close())
        one_size = "one-size" in self.active_quirks
        feed = FrameFeed(
            self._still_modes("") if one_size else self._live_modes(),
            self._options,
            sets_rate="fixed-rate" not in self.active_quirks,
            report=self._tell,
            clock=self._clock,
        )
        feed.attach(self._the_worker())
        self._feed = feed
        self._live = LiveView(feed, self._options, self._clock)
        self._begin(feed.tend(), "camera feed")
        if self._options.read_codes:
            feed.want_always()
            reader = CodeReader(feed, self._options, report=self._tell, clock=self._clock)
            self._begin(reader.run(), "camera codes")

    async def events(self) -> AsyncIterator[Report]:
        """Yield the state, `frames.stopped`, `frames.resumed` and `code.scanned`."""
        yield self._health
        while True:
            report = await self._reports.get()
            if isinstance(report, Exception):
                raise report
            yield report

    def actions(self) -> Mapping[str, Action]:
        """`still`, `live` and `self_test`."""
        return {"still": self._take_photo, "live": self._show_live, "self_test": self._test_itself}

    async def close(self) -> None:
        """Stop everything and give the camera back; a thread that hangs in the driver is left behind."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        worker, self._worker = self._worker, None
        self._feed = self._live = None
        if worker is not None:
            hangs = worker.hangs_for(self._clock()) > HANGS_S
            await worker.end(CLOSE_HANGING_S if hangs else CLOSE_S)

    async def _take_photo(self, parameters: Mapping[str, Json]) -> Answer:
        """Return a photo at full size, or of a `size`, as JPEG with what it is."""
        wanted = checked(StillParameters, parameters)
        modes = self._still_modes(wanted.size)
        async with self._aside() as worker:
            still = await self._photo(worker, modes, wanted.quality)
        fault = still.exposure.fault
        return Answer(
            {
                "width": still.width,
                "height": still.height,
                "megapixels": megapixels(still.width, still.height),
                "format": still.mode.fourcc,
                "claimed": still.mode.size,
                "own_jpeg": still.own_jpeg,
                "brightness": round(still.exposure.mean, 1),
                "frames": still.frames,
                "broken_frames": still.broken_frames,
                "warnings": [{"code": fault.code, "zh": fault.zh, "en": fault.en}] if fault else [],
            },
            still.jpeg,
            "image/jpeg",
        )

    async def _show_live(self, parameters: Mapping[str, Json]) -> Answer:
        """Return the newest small picture; `after`, a frame's number, waits for a newer one."""
        wanted = checked(LiveParameters, parameters)
        feed, live = self._feed, self._live
        if feed is None or live is None:
            raise ActionRefused(reasons.NOT_OPEN)
        picture = await live.picture(wanted.width or self._options.live_width, wanted.after)
        now = self._clock()
        return Answer(
            {
                "width": picture.width,
                "height": picture.height,
                "frame": picture.number,
                "age_ms": round((now - picture.at) * 1000),
                "rate": round(feed.watch.rate(now), 1),
                "broken_frames": feed.watch.broken_frames,
            },
            picture.jpeg,
            "image/jpeg",
        )

    async def _test_itself(self, parameters: Mapping[str, Json]) -> Answer:
        """Open, list, take a photo, look at its brightness, measure the rate of the running picture."""
        checked(NoParameters, parameters)
        async with self._aside() as worker:
            try:
                description, modes = await worker.run(_ask, self._options.answers_within_s)
            except DeviceFault as fault:
                _unless_hanging(fault)
                return self_test.answer_of([self_test.opens_step(None, fault.reason)], None)
            steps = [self_test.opens_step(description, None), self_test.formats_step(modes)]
            still, photo_steps = await self._test_photo(worker)
            steps += [*photo_steps, await self._test_rate(worker)]
        return self_test.answer_of(steps, still)

    async def _test_photo(self, worker: CameraWorker) -> tuple[Still | None, list[SelfTestStep]]:
        begun = self._clock()
        modes = self._still_modes("")
        try:
            still = await self._photo(worker, [mode for mode in modes if mode.size == modes[0].size], None)
        except DeviceFault as fault:
            _unless_hanging(fault)
            return None, self_test.still_steps(None, fault.reason, 0.0)
        return still, self_test.still_steps(still, None, self._clock() - begun)

    async def _test_rate(self, worker: CameraWorker) -> SelfTestStep:
        options = self._options
        mode = self._the_feed().mode
        rate = 0.0 if "fixed-rate" in self.active_quirks else options.stream_rate
        first = options.starts_within_s
        try:
            measured = await worker.run(
                lambda node: measure_rate(node, mode, rate, RATE_TEST_S, first, worker.given_up),
                options.answers_within_s,
            )
        except DeviceFault as fault:
            _unless_hanging(fault)
            return self_test.rate_step(None, mode, options.slowest_rate, fault.reason)
        return self_test.rate_step(measured, mode, options.slowest_rate, None)

    async def _photo(self, worker: CameraWorker, modes: list[CaptureMode], quality: int | None) -> Still:
        """Take a photo and believe it rather than the camera's claims."""
        options = self._options
        settling = Settling(
            frames=options.settle_frames,
            longest_s=options.settle_s,
            first_frame_s=options.starts_within_s,
            quality=quality or options.still_quality,
            rotate=options.rotate,
        )
        still = await worker.run(
            lambda node: take_still(node, modes, settling, worker.given_up), options.answers_within_s
        )
        self._the_feed().photo_taken()
        measured = f"{still.width}x{still.height}"
        facts: dict[str, Json] = {"still_measured": measured}
        if still.mode.size == self._still_modes("")[0].size:
            facts |= {"best_still": measured, "megapixels": megapixels(still.width, still.height)}
        self._reports.put_nowait(StateReport(DeviceState.BUSY, None, facts))
        return still

    @contextlib.asynccontextmanager
    async def _aside(self) -> AsyncIterator[CameraWorker]:
        """Have the camera for one action, which is shown as busy meanwhile.

        What the camera refuses is the action's refusal; one that hangs or is gone ends the device's process.
        """
        feed = self._the_feed()
        try:
            async with feed.set_aside() as worker:
                self._at_work += 1
                self._reports.put_nowait(StateReport(DeviceState.BUSY))
                try:
                    yield worker
                finally:
                    self._at_work -= 1
                    self._reports.put_nowait(StateReport(self._health.state, self._health.reason))
        except DeviceFault as fault:
            if fault.reason.code == reasons.NO_ANSWER.code:
                self._reports.put_nowait(fault)
                raise
            raise ActionRefused(fault.reason, fault.detail) from fault
        except DeviceGone as gone:
            feed.stream_ended(gone)
            raise

    def _tell(self, report: Report) -> None:
        """Pass on what the feed or the reader reports; a state waits while an action shows `busy`."""
        if isinstance(report, StateReport):
            self._health = report
            if self._at_work:
                return
        self._reports.put_nowait(report)

    def _begin(self, work: Coroutine[None, None, None], name: str) -> None:
        async def until_ended() -> None:
            try:
                await work
            except Exception as error:
                self._reports.put_nowait(error)

        self._tasks.append(asyncio.create_task(until_ended(), name=name))

    async def _run(self, work: Callable[[V4l2Node], T]) -> T:
        return await self._the_worker().run(work, self._options.answers_within_s)

    def _the_worker(self) -> CameraWorker:
        if self._worker is None:

            def ended(error: DeviceFault | DeviceGone) -> None:
                if self._feed is not None:
                    self._feed.stream_ended(error)

            self._worker = CameraWorker(
                V4l2Node(self.sighting.node),
                lambda frame: self._feed.take(frame) if self._feed is not None else None,
                ended,
            )
        return self._worker

    def _the_feed(self) -> FrameFeed:
        if self._feed is None:
            raise ActionRefused(reasons.NOT_OPEN)
        return self._feed

    def _allowed(self, modes: list[CaptureMode]) -> list[CaptureMode]:
        formats = self._options.pixel_formats or PREFERENCE
        if "no-mjpeg" in self.active_quirks:
            formats = tuple(fourcc for fourcc in formats if fourcc not in COMPRESSED)
        return usable(modes, formats)

    def _still_modes(self, size: str) -> list[CaptureMode]:
        """Modes for a photo, best first. Raises ActionRefused for a size that is not there."""
        if size:
            modes = stills_in_order(self._modes, parse_size(size))
            if not modes:
                offered = ", ".join(dict.fromkeys(mode.size for mode in stills_in_order(self._modes)))
                raise ActionRefused(reasons.SIZE_NOT_OFFERED, f"{size}; it offers {offered}")
            return modes
        # A size set for the camera before this one falls back to the largest of this one.
        wanted = self._options.still_size
        of_option = stills_in_order(self._modes, parse_size(wanted)) if wanted else []
        return of_option or stills_in_order(self._modes)

    def _live_modes(self) -> list[CaptureMode]:
        return live_in_order(self._modes, self._options.stream_width, self._options.stream_rate)


def _ask(node: V4l2Node) -> tuple[NodeDescription, list[CaptureMode]]:
    """Open the node anew and return what it says of itself and what it offers."""
    node.close()
    node.open()
    description = node.describe()
    if not description.captures:
        raise DeviceFault(reasons.NOT_A_CAMERA, f"{node.node}: {description.card}")
    return description, node.modes()


def _unless_hanging(fault: DeviceFault) -> None:
    """Let a fault be one step of a self-test, except a camera that hangs: its process must end."""
    if fault.reason.code == reasons.NO_ANSWER.code:
        raise fault
