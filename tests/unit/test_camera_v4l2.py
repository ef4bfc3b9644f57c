"""The V4L2 node and its thread: errors become what a person can do; a driver that hangs holds nobody up."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from firmware_adapters.adapter import DeviceFault, DeviceGone
from firmware_adapters.camera import reasons, v4l2
from firmware_adapters.camera.pixel_formats import FrameLayout
from firmware_adapters.camera.v4l2 import RawFrame, V4l2Node
from firmware_adapters.camera.worker import CameraWorker, JobStopped


def told(number: int, node: Path) -> DeviceFault | DeviceGone:
    """What a node makes of an errno."""
    return V4l2Node(str(node))._fault(OSError(number, os.strerror(number)))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.EBUSY, "camera.busy"),
        (errno.EACCES, "camera.no_permission"),
        (errno.EPERM, "camera.no_permission"),
        (errno.ENOSPC, "camera.no_bandwidth"),
        (errno.ENOTTY, "camera.not_a_camera"),
        (errno.ETIMEDOUT, "camera.no_answer"),
        (errno.EIO, "camera.io_error"),
        (errno.EPIPE, "camera.io_error"),
        (errno.EPROTO, "camera.io_error"),
        (errno.EINVAL, "camera.io_error"),
        (errno.ENOMEM, "camera.io_error"),
    ],
)
def test_an_error_of_the_kernel_becomes_a_reason(number: int, code: str, tmp_path: Path) -> None:
    node = tmp_path / "video0"
    node.touch()
    fault = told(number, node)
    assert isinstance(fault, DeviceFault)
    assert fault.reason.code == code
    assert str(node) in fault.detail


@pytest.mark.parametrize("number", [errno.ENODEV, errno.ENXIO, errno.ESHUTDOWN])
def test_a_device_that_is_gone_is_no_fault(number: int, tmp_path: Path) -> None:
    node = tmp_path / "video0"
    node.touch()
    assert isinstance(told(number, node), DeviceGone)


def test_an_io_error_of_a_node_that_vanishes_a_moment_later_is_an_unplug(tmp_path: Path) -> None:
    node = tmp_path / "video0"
    node.touch()
    unplug = threading.Timer(0.1, node.unlink)
    unplug.start()
    assert isinstance(told(errno.EIO, node), DeviceGone)
    unplug.join()
    assert isinstance(told(errno.ENOENT, node), DeviceGone)


def test_opening_a_node_that_is_not_there_is_an_unplug_and_a_plain_file_is_no_camera(tmp_path: Path) -> None:
    with pytest.raises(DeviceGone):
        V4l2Node(str(tmp_path / "video0")).open()
    plain = tmp_path / "plain"
    plain.touch()
    node = V4l2Node(str(plain))
    node.open()
    with pytest.raises(DeviceFault) as fault:
        node.describe()
    assert fault.value.reason.code == "camera.not_a_camera"
    node.close()
    node.close()
    assert not node.is_open
    with pytest.raises(DeviceFault):
        node.describe()
    with pytest.raises(DeviceFault):
        node.next_frame(0.01)


def test_names_of_makers_are_read_whatever_they_are_written_in() -> None:
    assert v4l2._text(b"HD Camera\0\0\xff\xff") == "HD Camera"
    assert v4l2._text("高拍仪".encode("gb18030") + b"\0") == "高拍仪"
    assert v4l2._text("摄像头".encode()) == "摄像头"
    assert v4l2._text(b"\x01\x02Cam\x7f\0") == "Cam"
    assert v4l2._text(b"\xff\xfe\xfd") != ""
    assert v4l2._text(b"") == ""


def test_a_pixel_format_is_four_letters_or_a_number() -> None:
    assert v4l2._fourcc(0x47504A4D) == "MJPG"
    assert v4l2._fourcc(0x20363159) == "Y16 "
    assert v4l2._fourcc(0x80000001) == "0x80000001"


def test_an_impossible_frame_interval_is_no_rate() -> None:
    assert v4l2._rate(SimpleNamespace(numerator=1, denominator=30)) == 30.0
    assert v4l2._rate(SimpleNamespace(numerator=0, denominator=30)) == 0.0
    assert v4l2._rate(SimpleNamespace(numerator=1, denominator=0)) == 0.0
    assert v4l2._rate(SimpleNamespace(numerator=1, denominator=4_000_000_000)) == 0.0


def test_a_camera_that_takes_any_size_is_asked_for_usual_ones_and_its_largest() -> None:
    span = SimpleNamespace(
        min_width=160, max_width=2000, step_width=16, min_height=120, max_height=1500, step_height=4
    )
    sizes = list(v4l2._sizes_in_range(span))
    assert (640, 480) in sizes
    assert (1600, 1200) in sizes
    assert (1280, 720) in sizes
    assert (2592, 1944) not in sizes
    assert sizes[-1] == (2000, 1500)
    no_steps = SimpleNamespace(**{**vars(span), "step_width": 0, "step_height": 0})
    assert (640, 480) in list(v4l2._sizes_in_range(no_steps))


class StandInNode:
    """A node whose driver does what the test says; frames come from `frames`."""

    node = "/dev/video9"

    def __init__(self) -> None:
        self.beat: Callable[[], object] = lambda: None
        self.is_streaming = False
        self.closed = 0
        self.frames: list[RawFrame | Exception] = []

    def next_frame(self, timeout_s: float) -> RawFrame | None:
        if not self.frames:
            time.sleep(0.005)
            return None
        frame = self.frames.pop(0)
        if isinstance(frame, Exception):
            raise frame
        return frame

    def close(self) -> None:
        self.closed += 1
        self.is_streaming = False


class Bench:
    """A worker on a stand-in node, and what it brought."""

    def __init__(self) -> None:
        self.node = StandInNode()
        self.frames: list[RawFrame] = []
        self.ends: list[Exception] = []
        self.worker = CameraWorker(cast("Any", self.node), self.frames.append, self.ends.append)


def frame(data: bytes) -> RawFrame:
    return RawFrame(data, FrameLayout("MJPG", 2, 2), time.monotonic(), False)


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


async def test_jobs_are_done_in_order_and_their_errors_come_back() -> None:
    bench = Bench()
    order: list[int] = []

    def fails(_: V4l2Node) -> None:
        raise DeviceGone("pulled")

    def does(number: int) -> Callable[[V4l2Node], int]:
        def work(_: V4l2Node) -> int:
            order.append(number)
            return number * 10

        return work

    done = await asyncio.gather(*(bench.worker.run(does(number), 5) for number in (1, 2, 3)))
    assert (done, order) == ([10, 20, 30], [1, 2, 3])
    with pytest.raises(DeviceGone):
        await bench.worker.run(fails, 5)
    assert await bench.worker.run(lambda _: "still there", 5) == "still there"
    assert await bench.worker.end(5)
    assert bench.node.closed == 1


async def test_frames_come_between_jobs_and_a_lost_stream_is_told_once() -> None:
    bench = Bench()
    bench.node.frames = [frame(b"1"), frame(b"2"), DeviceFault(reasons.IO_ERROR), frame(b"3")]

    def start(_: V4l2Node) -> None:
        bench.node.is_streaming = True

    await bench.worker.run(start, 5)
    await until(lambda: bool(bench.ends))
    assert [each.data for each in bench.frames] == [b"1", b"2"]
    assert bench.node.closed == 1
    assert await bench.worker.run(lambda _: len(bench.ends), 5) == 1
    assert await bench.worker.end(5)


async def test_a_driver_that_hangs_is_a_fault_and_the_thread_is_left_behind() -> None:
    bench = Bench()
    release = threading.Event()
    with pytest.raises(DeviceFault) as fault:
        await bench.worker.run(lambda _: release.wait(), 0.2)
    assert fault.value.reason.code == "camera.no_answer"
    assert bench.worker.hangs_for(time.monotonic()) > 0.2
    assert not await bench.worker.end(0.1)
    release.set()
    assert await bench.worker.end(5)


async def test_a_long_job_that_shows_signs_of_life_does_not_hang() -> None:
    bench = Bench()

    def slow(_: V4l2Node) -> str:
        for _number in range(8):
            time.sleep(0.1)
            assert not bench.worker.given_up()
        return "done"

    assert await bench.worker.run(slow, 0.4) == "done"
    assert await bench.worker.end(5)


async def test_closing_ends_a_job_that_waits_and_refuses_new_ones() -> None:
    bench = Bench()
    begun = threading.Event()

    def waits(_: V4l2Node) -> None:
        begun.set()
        while not bench.worker.given_up():
            time.sleep(0.005)
        raise JobStopped

    job = asyncio.create_task(bench.worker.run(waits, 5))
    behind = asyncio.create_task(bench.worker.run(lambda _: None, 5))
    await until(begun.is_set)
    assert await bench.worker.end(5)
    for task in (job, behind):
        with pytest.raises(DeviceFault) as fault:
            await task
        assert fault.value.reason.code == "camera.not_open"
    with pytest.raises(DeviceFault):
        await bench.worker.run(lambda _: None, 5)
