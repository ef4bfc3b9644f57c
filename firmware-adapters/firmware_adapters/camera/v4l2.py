"""One V4L2 node, blocking, over linuxpy: what it offers, a stream of frames, errors that say what to do.

All of it runs in the camera's worker thread. The node is opened non-blocking and waited for with poll(2), so
a camera that sends nothing never holds the thread; only a driver that hangs in an ioctl does.
"""

from __future__ import annotations

import contextlib
import errno
import select
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from linuxpy.ioctl import ioctl
from linuxpy.video import device as v4l2
from linuxpy.video import raw

from firmware_adapters.adapter import DeviceFault, DeviceGone
from firmware_adapters.camera import reasons
from firmware_adapters.camera.modes import CaptureMode
from firmware_adapters.camera.node_holders import node_holders
from firmware_adapters.camera.pixel_formats import FrameLayout, is_readable

T = TypeVar("T")
EMPTY_RETRY_S = 0.004
"""Wait after a poll that promised a frame and a DQBUF that had none."""
VANISH_S = 0.3
"""An unplugged camera gives EIO first and loses its node a moment later."""
USUAL_SIZES = (
    (640, 480),
    (800, 600),
    (1280, 720),
    (1280, 960),
    (1600, 1200),
    (1920, 1080),
    (2048, 1536),
    (2592, 1944),
    (3264, 2448),
    (3840, 2160),
)
"""Looked for in a camera that takes any size within a range."""

_GONE = frozenset({errno.ENODEV, errno.ENXIO, errno.ESHUTDOWN})


@dataclass(frozen=True, slots=True)
class NodeDescription:
    """What the driver says of the node (VIDIOC_QUERYCAP)."""

    driver: str
    card: str
    bus: str
    captures: bool
    """It gives a stream of pictures; false for the metadata node of a UVC camera."""


@dataclass(frozen=True, slots=True)
class RawFrame:
    """A frame as it left the driver."""

    data: bytes
    layout: FrameLayout
    at: float
    """time.monotonic() when it was taken out of the driver's queue."""
    flawed: bool
    """The driver itself marked it as damaged (V4L2_BUF_FLAG_ERROR)."""


class V4l2Node:
    """A capture node. Every method raises DeviceGone, or DeviceFault with a reason of cameras."""

    BUFFERS = 4

    def __init__(self, node: str) -> None:
        self.node = node
        self.beat: Callable[[], object] = _nothing
        """Called whenever the driver has answered: the camera may be slow, but it does not hang."""
        self._device: Any = None
        self._capture: Any = None
        self._poll: Any = None
        self._layout = FrameLayout("", 0, 0)

    @property
    def is_open(self) -> bool:
        """Whether the node is held open."""
        return self._device is not None

    @property
    def is_streaming(self) -> bool:
        """Whether frames are coming."""
        return self._capture is not None

    def open(self) -> None:
        """Open the node; nothing happens when it is open."""
        if self._device is not None:
            return
        device = v4l2.Device(self.node, blocking=False)
        try:
            device.open()
        except OSError as error:
            raise self._fault(error) from error
        self._device = device

    def close(self) -> None:
        """Stop and close. Never raises."""
        capture, self._capture = self._capture, None
        device, self._device = self._device, None
        self._poll = None
        if device is None:
            return
        if capture is not None:
            _end_stream(capture)
        with contextlib.suppress(OSError):
            device.close()

    def describe(self) -> NodeDescription:
        """Return what the driver says of the node."""
        with self._explained():
            caps = v4l2.read_capabilities(self._device)
        whole = caps.capabilities & raw.Capability.DEVICE_CAPS
        own = caps.device_caps if whole else caps.capabilities
        return NodeDescription(
            driver=_text(caps.driver),
            card=_text(caps.card),
            bus=_text(caps.bus_info),
            captures=bool(own & raw.Capability.VIDEO_CAPTURE and own & raw.Capability.STREAMING),
        )

    def modes(self) -> list[CaptureMode]:
        """Return all formats, sizes and rates that the camera claims, unreadable formats too."""
        found: list[CaptureMode] = []
        with self._explained():
            for code in self._format_codes():
                fourcc = _fourcc(code)
                for width, height in self._sizes(code):
                    found.append(CaptureMode(fourcc, width, height, self._rates(code, width, height)))
                    self.beat()
        return found

    def settle_on(self, mode: CaptureMode, rate: float = 0.0) -> FrameLayout:
        """Ask for a mode and return what the driver makes of it: drivers may choose another size or format.

        `rate`, in frames a second, is a wish; cameras that cannot set it keep their own.
        """
        with self._explained():
            answer = v4l2.set_format(
                self._device, v4l2.BufferType.VIDEO_CAPTURE, mode.width, mode.height, mode.fourcc
            )
            pix = answer.fmt.pix
            layout = FrameLayout(_fourcc(pix.pixelformat), pix.width, pix.height, pix.bytesperline)
        if not is_readable(layout.fourcc):
            raise DeviceFault(reasons.NO_USABLE_FORMAT, f"{mode.fourcc} {mode.size} became {layout.fourcc!r}")
        if rate > 0:
            self._wish_rate(rate)
        return layout

    def start(self, mode: CaptureMode, rate: float = 0.0) -> FrameLayout:
        """Begin to stream and return how its frames lie. Closes the node when that fails."""
        try:
            self.stop()
            self.beat()
            self.open()
            self._layout = self.settle_on(mode, rate)
            self.beat()
            with self._explained():
                self._capture = v4l2.VideoCapture(self._device, size=self.BUFFERS)
                self._capture.open()
                self._poll = select.poll()
                self._poll.register(self._device.fileno(), select.POLLIN)
        except (DeviceFault, DeviceGone):
            self.close()
            raise
        return self._layout

    def stop(self) -> None:
        """End the stream, keep the node open. A camera that cannot end it in order is closed."""
        capture, self._capture = self._capture, None
        self._poll = None
        if capture is None:
            return
        if not _end_stream(capture):
            self.close()

    def next_frame(self, timeout_s: float) -> RawFrame | None:
        """Return the next frame, None when none came in time."""
        if self._capture is None:
            raise DeviceFault(reasons.IO_ERROR, "no stream")
        deadline = time.monotonic() + timeout_s
        while True:
            left = deadline - time.monotonic()
            if not self._poll.poll(max(0.0, left) * 1000):
                return None
            try:
                with self._explained():
                    frame = self._capture.buffer.raw_read()
            except BlockingIOError:
                if time.monotonic() + EMPTY_RETRY_S >= deadline:
                    return None
                time.sleep(EMPTY_RETRY_S)
                continue
            flawed = bool(frame.buff.flags & raw.BufferFlag.ERROR)
            return RawFrame(bytes(frame.data), self._layout, time.monotonic(), flawed)

    def _format_codes(self) -> list[int]:
        description = raw.v4l2_fmtdesc()
        description.type = v4l2.BufferType.VIDEO_CAPTURE
        found = v4l2.iter_read(self._device, v4l2.IOC.ENUM_FMT, description)
        # A camera that repeats itself for every index is asked 128 times and believed once.
        return list(dict.fromkeys(each.pixelformat for each in self._beating(found)))

    def _sizes(self, code: int) -> list[tuple[int, int]]:
        size = raw.v4l2_frmsizeenum()
        size.pixel_format = code
        found: dict[tuple[int, int], None] = {}
        for each in self._beating(v4l2.iter_read(self._device, v4l2.IOC.ENUM_FRAMESIZES, size)):
            if each.type == raw.Frmsizetypes.DISCRETE:
                found[each.discrete.width, each.discrete.height] = None
            else:
                found.update(dict.fromkeys(_sizes_in_range(each.stepwise)))
                break
        if not found:  # an old driver without the call: what it is set to now
            fmt = v4l2.get_raw_format(self._device, v4l2.BufferType.VIDEO_CAPTURE)
            if fmt.fmt.pix.pixelformat == code:
                found[fmt.fmt.pix.width, fmt.fmt.pix.height] = None
        return list(found)

    def _rates(self, code: int, width: int, height: int) -> tuple[float, ...]:
        interval = raw.v4l2_frmivalenum()
        interval.pixel_format = code
        interval.width, interval.height = width, height
        rates: set[float] = set()
        for each in self._beating(v4l2.iter_read(self._device, v4l2.IOC.ENUM_FRAMEINTERVALS, interval)):
            if each.type == raw.Frmivaltypes.DISCRETE:
                rates.add(_rate(each.discrete))
            else:
                rates |= {_rate(each.stepwise.min), _rate(each.stepwise.max)}
                break
        return tuple(sorted(rates - {0.0}, reverse=True))

    def _beating(self, answers: Iterable[T]) -> Iterator[T]:
        for answer in answers:
            self.beat()
            yield answer

    def _wish_rate(self, rate: float) -> None:
        try:
            v4l2.set_fps(self._device, v4l2.BufferType.VIDEO_CAPTURE, rate)
        except OSError as error:
            if error.errno in _GONE:
                raise DeviceGone(f"{self.node}: {error}") from error

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what the kernel says into what a person can do. BlockingIOError passes: it is no error."""
        if self._device is None:
            raise DeviceFault(reasons.NOT_OPEN, self.node)
        try:
            yield
        except BlockingIOError:
            raise
        except OSError as error:
            raise self._fault(error) from error
        except (ValueError, v4l2.V4L2Error) as error:
            # linuxpy refuses values that it does not know, from drivers that make up their own.
            raise DeviceFault(reasons.IO_ERROR, f"{self.node}: {error}") from error

    def _fault(self, error: OSError) -> DeviceFault | DeviceGone:
        number = error.errno
        detail = f"{self.node}: {error.strerror or error}"
        if number in _GONE or (number == errno.ENOENT and not Path(self.node).exists()):
            return DeviceGone(detail)
        if number == errno.EBUSY:
            programs = node_holders(self.node)
            return DeviceFault(reasons.busy_with(programs), f"{detail}; held by {', '.join(programs) or '?'}")
        if number in {errno.EACCES, errno.EPERM}:
            return DeviceFault(reasons.NO_PERMISSION, detail)
        if number == errno.ENOSPC:
            return DeviceFault(reasons.NO_BANDWIDTH, detail)
        if number == errno.ENOTTY:
            return DeviceFault(reasons.NOT_A_CAMERA, detail)
        if number == errno.ETIMEDOUT:
            return DeviceFault(reasons.NO_ANSWER, detail)
        if self._vanishes():
            return DeviceGone(detail)
        return DeviceFault(reasons.IO_ERROR, detail)

    def _vanishes(self) -> bool:
        """Whether the camera is unplugged at this moment: its node or its driver goes within VANISH_S."""
        deadline = time.monotonic() + VANISH_S
        while True:
            if not Path(self.node).exists():
                return True
            if self._device is not None:
                try:
                    ioctl(self._device, v4l2.IOC.QUERYCAP, raw.v4l2_capability())
                except OSError as error:
                    if error.errno in _GONE:
                        return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)


def _nothing() -> None:
    """Nobody listens."""


def _end_stream(capture: Any) -> bool:
    """End a stream, unmap and free its buffers; false when the driver did not take part.

    linuxpy's own close stops at the first refusal of a camera that is gone and leaves the buffers mapped,
    each with a descriptor.
    """
    in_order = True
    maps = capture.buffer.buffers if capture.buffer is not None else None
    for step in (capture.stream_off, *(each.close for each in maps or ())):
        try:
            step()
        except (OSError, ValueError, BufferError):
            in_order = False
    try:
        capture.free_buffers(v4l2.Memory.MMAP)
    except OSError:
        in_order = False
    return in_order


def _text(value: bytes) -> str:
    """A fixed field of the kernel; makers of cameras put GBK or rubbish into their names."""
    cut = value.split(b"\0", 1)[0]
    try:
        text = cut.decode("utf-8")
    except UnicodeDecodeError:
        text = cut.decode("gb18030", errors="replace")
    return "".join(letter for letter in text if letter.isprintable()).strip()


def _fourcc(code: int) -> str:
    letters = bytes((code >> shift) & 0xFF for shift in (0, 8, 16, 24))
    if all(32 <= letter < 127 for letter in letters):
        return letters.decode("ascii")
    return f"0x{code:08x}"


def _rate(interval: Any) -> float:
    """Frames a second of a frame interval; 0 for an impossible one."""
    if not interval.numerator or not interval.denominator:
        return 0.0
    rate = float(interval.denominator) / float(interval.numerator)
    return rate if rate <= 1000 else 0.0


def _sizes_in_range(span: Any) -> Iterator[tuple[int, int]]:
    """The usual sizes that fit a stepwise range, and its largest."""
    step_width, step_height = max(1, span.step_width), max(1, span.step_height)
    for width, height in USUAL_SIZES:
        if (
            span.min_width <= width <= span.max_width
            and span.min_height <= height <= span.max_height
            and (width - span.min_width) % step_width == 0
            and (height - span.min_height) % step_height == 0
        ):
            yield width, height
    yield span.max_width, span.max_height
