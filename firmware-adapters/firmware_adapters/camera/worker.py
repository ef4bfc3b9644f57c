"""The one thread that speaks to the camera: jobs for it, and frames in between while it streams."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from firmware_adapters.adapter import DeviceFault, DeviceGone
from firmware_adapters.camera import reasons
from firmware_adapters.camera.v4l2 import RawFrame, V4l2Node

T = TypeVar("T")
FRAME_WAIT_S = 0.05
"""How long the thread waits for a frame before it looks for a job."""


class JobStopped(Exception):
    """The worker ends; the job was given up."""


@dataclass(slots=True)
class _Job(Generic[T]):
    work: Callable[[V4l2Node], T]
    done: asyncio.Future[T]


class CameraWorker:
    """Runs jobs on the node in a thread of its own and hands over the frames of a running stream.

    All callbacks come on the event loop it was built on. An ioctl that hangs holds the thread for ever; it is
    a daemon thread, so the process can still end, and `hangs_since` tells.
    """

    def __init__(
        self,
        node: V4l2Node,
        on_frame: Callable[[RawFrame], None],
        on_stream_end: Callable[[DeviceFault | DeviceGone], None],
    ) -> None:
        self._node = node
        self._on_frame = on_frame
        self._on_stream_end = on_stream_end
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job[object] | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._left = asyncio.Event()
        self._entered_at: float | None = None
        node.beat = self.given_up
        self._thread = threading.Thread(target=self._run, name=f"camera {node.node}", daemon=True)
        self._thread.start()

    def given_up(self) -> bool:
        """Whether a job should stop. Long jobs ask between frames, which also shows that they do not hang."""
        self._entered_at = time.monotonic()
        return self._ended.is_set()

    def hangs_for(self, now: float) -> float:
        """Return seconds since the thread last came back from the driver; 0 when it is not in there."""
        entered = self._entered_at
        return 0.0 if entered is None else max(0.0, now - entered)

    async def run(self, work: Callable[[V4l2Node], T], longest_s: float) -> T:
        """Run a job on the node and return what it returns.

        Raises what it raises, and DeviceFault(NO_ANSWER) when one call of the driver takes longer than
        `longest_s`; the thread then hangs and the process should end.
        """
        if self._ended.is_set():
            raise DeviceFault(reasons.NOT_OPEN, "the camera is closed")
        job: _Job[T] = _Job(work, self._loop.create_future())
        self._jobs.put(job)  # type: ignore[arg-type]
        while not job.done.done():
            left = longest_s - self.hangs_for(time.monotonic())
            if left <= 0:
                job.done.add_done_callback(_forget)
                raise DeviceFault(reasons.NO_ANSWER, f"{self._node.node}: no answer in {longest_s:g} s")
            await asyncio.wait({job.done}, timeout=left)
        try:
            return job.done.result()
        except JobStopped:
            raise DeviceFault(reasons.NOT_OPEN, "the camera was closed meanwhile") from None

    async def end(self, timeout_s: float) -> bool:
        """Close the node and end the thread; false when it hangs in the driver and had to be left."""
        self._ended.set()
        self._jobs.put(None)
        try:
            async with asyncio.timeout(timeout_s):
                await self._left.wait()
        except TimeoutError:
            return False
        self._thread.join()
        return True

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                try:
                    job = self._jobs.get(block=not self._node.is_streaming)
                except queue.Empty:
                    self._take_frame()
                    continue
                if job is not None:
                    self._do(job)
        finally:
            self._node.close()
            while True:
                try:
                    left = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if left is not None:
                    self._tell(_fail, left.done, JobStopped())
            self._tell(self._left.set)

    def _do(self, job: _Job[object]) -> None:
        self._entered_at = time.monotonic()
        try:
            result = job.work(self._node)
        except Exception as error:
            self._tell(_fail, job.done, error)
        else:
            self._tell(_succeed, job.done, result)
        finally:
            self._entered_at = None

    def _take_frame(self) -> None:
        self._entered_at = time.monotonic()
        try:
            frame = self._node.next_frame(FRAME_WAIT_S)
        except (DeviceFault, DeviceGone) as error:
            self._node.close()
            self._tell(self._on_stream_end, error)
            return
        finally:
            self._entered_at = None
        if frame is not None:
            self._tell(self._on_frame, frame)

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        # The loop may be closed already when the process ends.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback, *arguments)


def _succeed(done: asyncio.Future[object], result: object) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: asyncio.Future[object], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)


def _forget(done: asyncio.Future[T]) -> None:
    """Nobody waits for the result any more."""
    if not done.cancelled():
        done.exception()
