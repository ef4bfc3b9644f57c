"""Worker processes, one a core, behind a bounded queue: busy rather than longer, replaced when they fail."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import orjson

from central_sync.protocol.http.problems import Problem
from exam_appliance.faces import reasons
from exam_appliance.faces.models import Reason
from exam_appliance.faces.settings import ServiceSettings

log = logging.getLogger(__name__)

Op = Literal["detect", "compare", "compare_many"]

STARTS_WITHIN_S = 60.0
FIRST_RETRY_S, LONGEST_RETRY_S = 0.2, 10.0


@dataclass(slots=True)
class _Job:
    op: Op
    sizes: Sequence[int]
    body: bytes
    answer: asyncio.Future[bytes] = field(repr=False)
    again: bool = False
    """A worker ended over it already."""


def refused(reason: Reason) -> Problem:
    """Return a reason as the problem that HTTP tells."""
    code: Literal["busy", "not_ready"] = "busy" if reason in (reasons.BUSY, reasons.LATE) else "not_ready"
    return Problem(code, reason.code, reason.zh, reason.en, status=503)


class Workers:
    """Processes that look at pictures."""

    def __init__(self, settings: ServiceSettings) -> None:
        faces = settings.faces
        self._given = settings.model_dump_json().encode()
        self.count = faces.workers or len(os.sched_getaffinity(0))
        self._places = self.count + faces.waiting
        self._deadline_s = faces.deadline_seconds
        self._queue: asyncio.Queue[_Job] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self.taken = 0
        """Requests that wait or are worked at."""
        self.restarts = 0
        self.pids: dict[int, int] = {}
        """Of the workers that are ready, by their number."""

    def start(self) -> None:
        """Start them all."""
        self._tasks = [asyncio.create_task(self._keep(number)) for number in range(self.count)]

    async def stop(self) -> None:
        """End them all; who waits is told that the service failed."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        while not self._queue.empty():
            _fail(self._queue.get_nowait(), reasons.FAILED)

    @property
    def waiting(self) -> int:
        """Requests that no worker has taken yet."""
        return self._queue.qsize()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place for one request; raises Problem `faces.busy` when all are held."""
        if self.taken >= self._places:
            raise refused(reasons.BUSY)
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1

    async def ask(self, op: Op, sizes: Sequence[int], body: bytes) -> bytes:
        """Have the pictures in `body`, one after the other, looked at. Hold a place, and keep a deadline.

        Returns the answer as JSON; raises Problem.
        """
        job = _Job(op, sizes, body, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(job)
        return await job.answer

    async def _keep(self, number: int) -> None:
        retry_s = FIRST_RETRY_S
        while True:
            worked = False
            try:
                worked = await self._run(number)
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                log.error("人像比对进程无法启动 / a face worker cannot be started: %r", error)
            self.restarts += 1
            retry_s = FIRST_RETRY_S if worked else min(2 * retry_s, LONGEST_RETRY_S)
            await asyncio.sleep(retry_s)

    async def _run(self, number: int) -> bool:
        """Run one worker to its end; return whether it was ever ready."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "exam_appliance.faces.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENCV_LOG_LEVEL": "ERROR"},
            start_new_session=True,
        )
        gone = asyncio.ensure_future(process.wait())
        try:
            assert process.stdin is not None  # noqa: S101 - asked for above
            assert process.stdout is not None  # noqa: S101
            async with asyncio.timeout(STARTS_WITHIN_S):
                _put(process.stdin, self._given)
                await _told(process.stdout)
            self.pids[number] = process.pid
            while (job := await self._next(gone)) is not None:
                if not await self._done(job, process.stdin, process.stdout):
                    break
            return True
        finally:
            gone.cancel()
            self.pids.pop(number, None)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            if process.stdin is not None:
                process.stdin.close()
                with contextlib.suppress(OSError):
                    await process.stdin.wait_closed()

    async def _next(self, gone: asyncio.Future[int]) -> _Job | None:
        """Return the next job whose asker still waits; None when the worker ended meanwhile."""
        while True:
            taking = asyncio.ensure_future(self._queue.get())
            try:
                await asyncio.wait((taking, gone), return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not taking.done():
                    taking.cancel()
            if not taking.done():
                return None
            job = taking.result()
            if gone.done():
                self._queue.put_nowait(job)
                return None
            if not job.answer.done():
                return job

    async def _done(self, job: _Job, given: asyncio.StreamWriter, told: asyncio.StreamReader) -> bool:
        """Have a worker do a job; return False when the worker is of no use any more."""
        try:
            async with asyncio.timeout(self._deadline_s):
                _put(given, orjson.dumps({"op": job.op, "sizes": list(job.sizes)}), job.body)
                await given.drain()
                answer = await _told(told)
        except TimeoutError:
            log.error("人像比对进程无响应，已更换 / a face worker hung and was replaced")
            _fail(job, reasons.LATE)
            return False
        except (OSError, asyncio.IncompleteReadError):
            log.error("人像比对进程意外结束，已更换 / a face worker ended and was replaced")
            # Once more: it may have been ended for want of memory. A picture that ends two is at fault.
            if job.again:
                _fail(job, reasons.FAILED)
            else:
                job.again = True
                self._queue.put_nowait(job)
            return False
        except asyncio.CancelledError:
            _fail(job, reasons.FAILED)
            raise
        if not job.answer.done():
            job.answer.set_result(answer)
        return True


def _put(given: asyncio.StreamWriter, told: bytes, body: bytes = b"") -> None:
    given.write(len(told).to_bytes(4) + told)
    if body:
        given.write(body)


async def _told(source: asyncio.StreamReader) -> bytes:
    return await source.readexactly(int.from_bytes(await source.readexactly(4)))


def _fail(job: _Job, reason: Reason) -> None:
    if not job.answer.done():
        job.answer.set_exception(refused(reason))
