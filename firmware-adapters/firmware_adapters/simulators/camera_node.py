"""The kernel's half of a simulated camera: V4L2's calls on a node of the testbed, as the UVC driver answers.

One streaming owner at a time, buffers in a file that programs map, frames that come by the clock and are lost
when no buffer waits for them. poll(2) on the node is always ready (testbed_nodes.py), so DQBUF waits a moment
for the next frame and then says EAGAIN, as on a node that was opened non-blocking.
"""

from __future__ import annotations

import ctypes
import errno
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from linuxpy.video import raw

from firmware_adapters.simulators.testbed_ioctl import Caller, IoctlArg, IoctlHandler
from firmware_adapters.simulators.testbed_nodes import FileNode, fail

S = TypeVar("S", bound=ctypes.Structure)
PAGE = 4096
MOST_BUFFERS = 8
DQBUF_WAIT_S = 0.03
CAPTURE = int(raw.BufType.VIDEO_CAPTURE)
MMAP = int(raw.Memory.MMAP)


@dataclass(frozen=True, slots=True)
class SizeOffered:
    """One size of one format, as the camera claims it."""

    fourcc: str
    width: int
    height: int
    rates: tuple[int, ...]
    """Whole frames a second, highest first."""
    really: tuple[int, int] | None = None
    """Size of the pictures that come, where the claim is a lie."""

    @property
    def bytes_per_line(self) -> int:
        """0 for a compressed format."""
        return 0 if self.fourcc == "MJPG" else self.width * 2

    @property
    def largest_frame(self) -> int:
        """Bytes of a buffer."""
        return self.width * self.height * 2


@dataclass(frozen=True, slots=True)
class FrameMade:
    """What the sensor and the camera's processor made of one frame time."""

    data: bytes
    flawed: bool = False
    """The driver saw that something was lost on the bus (V4L2_BUF_FLAG_ERROR)."""


class CameraSide(Protocol):
    """The camera behind the driver."""

    def frame(self, offered: SizeOffered, number: int) -> FrameMade | None:
        """Return frame number `number`, None when it sends nothing."""

    def rate(self, asked: float) -> float:
        """Return how many frames a second really come when `asked` are set."""

    def wait(self, gone: threading.Event) -> None:
        """Called before each call is answered: a slow or hanging camera waits here, until it is gone."""


class CameraNode(FileNode):
    """A capture node below /dev."""

    def __init__(self, card: str, bus: str, sizes: Sequence[SizeOffered], camera: CameraSide) -> None:
        largest = -(-max(size.largest_frame for size in sizes) // PAGE) * PAGE
        self.driver = VideoDriver(card, bus, sizes, camera, largest, self.fill)
        super().__init__(self.driver, largest * MOST_BUFFERS)

    def unplug(self) -> None:
        """Every call gives ENODEV from now on, also those that wait."""
        self.driver.gone.set()
        super().unplug()


class MetadataNode(FileNode):
    """The second node of a UVC camera: it captures no pictures, only what the camera says about them."""

    def __init__(self, card: str, bus: str) -> None:
        super().__init__(_MetadataDriver(card, bus), PAGE)


class _MetadataDriver(IoctlHandler):
    def __init__(self, card: str, bus: str) -> None:
        super().__init__()
        self._card, self._bus = card, bus

    def handle(self, request: int, arg: IoctlArg) -> int | None:
        if request != raw.IOC.QUERYCAP & 0xFFFFFFFF:
            raise fail(errno.ENOTTY)
        arg.write(_capabilities(self._card, self._bus, int(raw.Capability.META_CAPTURE)))
        return 0


class VideoDriver(IoctlHandler):
    """Answers V4L2's calls for one node."""

    def __init__(
        self,
        card: str,
        bus: str,
        sizes: Sequence[SizeOffered],
        camera: CameraSide,
        largest: int,
        fill: Callable[[int, bytes], None],
    ) -> None:
        super().__init__()
        self.gone = threading.Event()
        self._card, self._bus = card, bus
        self._sizes = tuple(sizes)
        self._fourccs = tuple(dict.fromkeys(size.fourcc for size in sizes))
        self._camera = camera
        self._largest = largest
        self._fill = fill
        self._offered = self._sizes[0]
        self._rate = float(self._offered.rates[0])
        self._owner: Caller | None = None
        self._buffers = 0
        self._queued: deque[int] = deque()
        self._streaming = False
        self._started_at = 0.0
        self._next_number = 0
        self.streams_begun = 0
        """STREAMON calls that were granted."""
        self.open_files = 0
        """Programs that have the node open."""
        self._calls: dict[int, Callable[[IoctlArg], None]] = {
            int(call) & 0xFFFFFFFF: answer
            for call, answer in (
                (raw.IOC.QUERYCAP, self._query_capabilities),
                (raw.IOC.ENUM_FMT, self._enumerate_formats),
                (raw.IOC.ENUM_FRAMESIZES, self._enumerate_sizes),
                (raw.IOC.ENUM_FRAMEINTERVALS, self._enumerate_intervals),
                (raw.IOC.G_FMT, self._get_format),
                (raw.IOC.TRY_FMT, self._try_format),
                (raw.IOC.S_FMT, self._set_format),
                (raw.IOC.G_PARM, self._get_rate),
                (raw.IOC.S_PARM, self._set_rate),
                (raw.IOC.REQBUFS, self._request_buffers),
                (raw.IOC.QUERYBUF, self._query_buffer),
                (raw.IOC.QBUF, self._queue_buffer),
                (raw.IOC.DQBUF, self._take_buffer),
                (raw.IOC.STREAMON, self._stream_on),
                (raw.IOC.STREAMOFF, self._stream_off),
            )
        }

    @property
    def streaming(self) -> bool:
        """Whether a program streams from the node."""
        return self._streaming

    @property
    def in_use(self) -> bool:
        """Whether a program holds buffers of the node."""
        return self._owner is not None

    def opened(self, caller: Caller) -> None:
        """Count the program."""
        with self.lock:
            self.open_files += 1

    def closed(self, caller: Caller) -> None:
        """Free what the program held."""
        with self.lock:
            self.open_files -= 1
            if self._owner is caller:
                self._free()

    def handle(self, request: int, arg: IoctlArg) -> int | None:
        """Answer one call. What is not V4L2's (FIOCLEX, TCGETS) never reaches a driver, hanging or not."""
        if request >> 8 & 0xFF != ord("V"):
            return None
        if self.gone.is_set():
            raise fail(errno.ENODEV)
        self._camera.wait(self.gone)
        if self.gone.is_set():
            raise fail(errno.ENODEV)
        answer = self._calls.get(request)
        if answer is None:
            raise fail(errno.ENOTTY)
        answer(arg)
        return 0

    def _query_capabilities(self, arg: IoctlArg) -> None:
        own = raw.Capability.VIDEO_CAPTURE | raw.Capability.STREAMING | raw.Capability.EXT_PIX_FORMAT
        arg.write(_capabilities(self._card, self._bus, int(own)))

    def _enumerate_formats(self, arg: IoctlArg) -> None:
        asked = _read(arg, raw.v4l2_fmtdesc)
        if asked.type != CAPTURE or asked.index >= len(self._fourccs):
            raise fail(errno.EINVAL)
        fourcc = self._fourccs[asked.index]
        compressed = fourcc == "MJPG"
        asked.flags = int(raw.ImageFormatFlag.COMPRESSED) if compressed else 0
        asked.description = b"Motion-JPEG" if compressed else b"YUYV 4:2:2"
        asked.pixelformat = _code(fourcc)
        arg.write(bytes(asked))

    def _enumerate_sizes(self, arg: IoctlArg) -> None:
        asked = _read(arg, raw.v4l2_frmsizeenum)
        sizes = [size for size in self._sizes if _code(size.fourcc) == asked.pixel_format]
        if asked.index >= len(sizes):
            raise fail(errno.EINVAL)
        asked.type = int(raw.Frmsizetypes.DISCRETE)
        asked.discrete.width, asked.discrete.height = sizes[asked.index].width, sizes[asked.index].height
        arg.write(bytes(asked))

    def _enumerate_intervals(self, arg: IoctlArg) -> None:
        asked = _read(arg, raw.v4l2_frmivalenum)
        wanted = asked.pixel_format, asked.width, asked.height
        rates = next(
            (each.rates for each in self._sizes if (_code(each.fourcc), each.width, each.height) == wanted),
            (),
        )
        if asked.index >= len(rates):
            raise fail(errno.EINVAL)
        asked.type = int(raw.Frmivaltypes.DISCRETE)
        asked.discrete.numerator, asked.discrete.denominator = 1, rates[asked.index]
        arg.write(bytes(asked))

    def _get_format(self, arg: IoctlArg) -> None:
        asked = _read(arg, raw.v4l2_format)
        if asked.type != CAPTURE:
            raise fail(errno.EINVAL)
        arg.write(self._described(asked, self._offered))

    def _try_format(self, arg: IoctlArg) -> None:
        asked = _read(arg, raw.v4l2_format)
        arg.write(self._described(asked, self._nearest(asked)))

    def _set_format(self, arg: IoctlArg) -> None:
        asked = _read(arg, raw.v4l2_format)
        nearest = self._nearest(asked)
        with self.lock:
            if self._owner is not None:
                raise fail(errno.EBUSY)
            self._offered = nearest
            self._rate = float(nearest.rates[0])
        arg.write(self._described(asked, nearest))

    def _nearest(self, asked: raw.v4l2_format) -> SizeOffered:
        """As the UVC driver does: an unknown format becomes the first, any size the nearest offered."""
        if asked.type != CAPTURE:
            raise fail(errno.EINVAL)
        pix = asked.fmt.pix
        known = [size for size in self._sizes if _code(size.fourcc) == pix.pixelformat]
        sizes = known or [size for size in self._sizes if size.fourcc == self._fourccs[0]]
        return min(sizes, key=lambda size: abs(size.width - pix.width) + abs(size.height - pix.height))

    def _described(self, asked: raw.v4l2_format, offered: SizeOffered) -> bytes:
        pix = asked.fmt.pix
        pix.width, pix.height = offered.width, offered.height
        pix.pixelformat = _code(offered.fourcc)
        pix.field = int(raw.Field.NONE)
        pix.bytesperline = offered.bytes_per_line
        pix.sizeimage = offered.largest_frame
        return bytes(asked)

    def _get_rate(self, arg: IoctlArg) -> None:
        asked = _read(arg, raw.v4l2_streamparm)
        if asked.type != CAPTURE:
            raise fail(errno.EINVAL)
        arg.write(self._rate_described(asked))

    def _set_rate(self, arg: IoctlArg) -> None:
        asked = _read(arg, raw.v4l2_streamparm)
        if asked.type != CAPTURE:
            raise fail(errno.EINVAL)
        interval = asked.parm.capture.timeperframe
        with self.lock:
            if self._streaming:
                raise fail(errno.EBUSY)
            if interval.numerator and interval.denominator:
                wanted = interval.denominator / interval.numerator
                self._rate = float(min(self._offered.rates, key=lambda rate: abs(rate - wanted)))
        arg.write(self._rate_described(asked))

    def _rate_described(self, asked: raw.v4l2_streamparm) -> bytes:
        capture = asked.parm.capture
        capture.capability = 0x1000  # V4L2_CAP_TIMEPERFRAME
        capture.timeperframe.numerator, capture.timeperframe.denominator = 1, round(self._rate)
        return bytes(asked)

    def _request_buffers(self, arg: IoctlArg) -> None:
        asked = _read(arg, raw.v4l2_requestbuffers)
        if asked.type != CAPTURE or asked.memory != MMAP:
            raise fail(errno.EINVAL)
        with self.lock:
            if self._owner not in {None, arg.caller}:
                raise fail(errno.EBUSY)
            if self._streaming:
                raise fail(errno.EBUSY)
            self._free()
            if asked.count:
                self._owner = arg.caller
                self._buffers = asked.count = min(asked.count, MOST_BUFFERS)
        arg.write(bytes(asked))

    def _query_buffer(self, arg: IoctlArg) -> None:
        asked = self._own_buffer(arg)
        asked.flags = int(raw.BufferFlag.TIMESTAMP_MONOTONIC)
        asked.length = self._largest
        asked.m.offset = asked.index * self._largest
        arg.write(bytes(asked))

    def _queue_buffer(self, arg: IoctlArg) -> None:
        asked = self._own_buffer(arg)
        with self.lock:
            if asked.index in self._queued:
                raise fail(errno.EINVAL)
            self._queued.append(asked.index)
        asked.flags = int(raw.BufferFlag.QUEUED | raw.BufferFlag.MAPPED)
        arg.write(bytes(asked))

    def _own_buffer(self, arg: IoctlArg) -> raw.v4l2_buffer:
        asked = _read(arg, raw.v4l2_buffer)
        with self.lock:
            if self._owner is not arg.caller or asked.type != CAPTURE or asked.index >= self._buffers:
                raise fail(errno.EINVAL)
        return asked

    def _stream_on(self, arg: IoctlArg) -> None:
        with self.lock:
            if self._owner is not arg.caller:
                raise fail(errno.EBUSY if self._owner else errno.EINVAL)
            self._streaming = True
            self.streams_begun += 1
            self._started_at = time.monotonic()
            self._next_number = 0

    def _stream_off(self, arg: IoctlArg) -> None:
        with self.lock:
            if self._owner not in {None, arg.caller}:
                raise fail(errno.EBUSY)
            self._streaming = False
            self._queued.clear()

    def _take_buffer(self, arg: IoctlArg) -> None:
        asked = _read(arg, raw.v4l2_buffer)
        with self.lock:
            if self._owner is not arg.caller or not self._streaming:
                raise fail(errno.EINVAL)
            rate = self._camera.rate(self._rate)
            due = self._started_at + (self._next_number + 1) / rate
            offered = self._offered
        wait = due - time.monotonic()
        if wait > 0 and self.gone.wait(min(wait, DQBUF_WAIT_S)):
            raise fail(errno.ENODEV)
        now = time.monotonic()
        if now < due:
            raise fail(errno.EAGAIN)
        with self.lock:
            # Frames that nobody fetched in time are lost; their numbers are not used again.
            number = max(self._next_number, int((now - self._started_at) * rate) - 1)
            if not self._queued:
                raise fail(errno.EAGAIN)
        made = self._camera.frame(offered, number)
        with self.lock:
            if self.gone.is_set():
                raise fail(errno.ENODEV)
            self._next_number = number + 1
            if made is None or not self._queued:
                raise fail(errno.EAGAIN)
            index = self._queued.popleft()
        data = made.data[: self._largest]
        self._fill(index * self._largest, data)
        asked.index = index
        asked.bytesused = len(data)
        flags = raw.BufferFlag.MAPPED | raw.BufferFlag.TIMESTAMP_MONOTONIC
        asked.flags = int(flags | raw.BufferFlag.ERROR) if made.flawed else int(flags)
        asked.field = int(raw.Field.NONE)
        asked.timestamp.secs, asked.timestamp.usecs = int(now), int(now % 1 * 1_000_000)
        asked.sequence = number
        asked.memory = MMAP
        asked.m.offset = index * self._largest
        asked.length = self._largest
        arg.write(bytes(asked))

    def _free(self) -> None:
        self._streaming = False
        self._owner = None
        self._buffers = 0
        self._queued.clear()


def _capabilities(card: str, bus: str, own: int) -> bytes:
    answer = raw.v4l2_capability()
    answer.driver = b"uvcvideo"
    answer.card = card.encode()[:31]
    answer.bus_info = bus.encode()[:31]
    answer.version = 6 << 16 | 1 << 8
    both = int(raw.Capability.VIDEO_CAPTURE | raw.Capability.META_CAPTURE | raw.Capability.STREAMING)
    answer.capabilities = both | int(raw.Capability.DEVICE_CAPS)
    answer.device_caps = own
    return bytes(answer)


def _read(arg: IoctlArg, kind: type[S]) -> S:
    return kind.from_buffer_copy(arg.read(ctypes.sizeof(kind)))


def _code(fourcc: str) -> int:
    return int.from_bytes(fourcc.encode("ascii"), "little")
