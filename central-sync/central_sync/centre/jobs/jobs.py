"""Jobs: long work on a thread, its progress, and how it ended; told also after a restart."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update

from central_sync.centre.database import Database
from central_sync.centre.files.report import ImportReport
from central_sync.centre.tables.jobs import JobRow
from central_sync.protocol.http.problems import Problem

log = logging.getLogger(__name__)

AT_ONCE = 1
"""Jobs run one after the other: they write to the same tables, and the machine serves pages too."""
LISTED = 50

Progress = Callable[[int, str, str], None]
"""Told percent and what is done now in Chinese and English; may be called on any thread."""


@dataclass(frozen=True)
class Ended:
    """How a piece of work ended; not ok: nothing was stored."""

    ok: bool
    zh: str
    en: str
    report: ImportReport | None = None


@dataclass(frozen=True)
class Job:
    """A job as it stands. Percent is 0 to 100, moments are UTC."""

    id: str
    kind: str
    subject: str
    state: str
    percent: int
    zh: str
    en: str
    report: ImportReport | None
    created_at: datetime
    finished_at: datetime | None
    by: str


Work = Callable[[Progress], Ended]


def no_progress(percent: int, zh: str, en: str) -> None:
    """Take progress that nobody watches."""


class Jobs:
    """All jobs of the centre. Methods are for the event loop's thread unless they say otherwise."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._threads = ThreadPoolExecutor(AT_ONCE, "jobs")
        self._under_way: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def give_up_interrupted(self) -> None:
        """Mark what a stopped server left as failed; sync, once at the start."""
        with self._database.begin() as session:
            session.execute(
                update(JobRow)
                .where(JobRow.state.in_(("waiting", "running")))
                .values(
                    state="failed",
                    zh="服务重启时中断，没有写入任何内容，请重新导入",
                    en="interrupted by a restart, nothing was stored; please start it again",
                    finished_at=self._clock(),
                )
            )

    async def begin(
        self, kind: str, subject: str, by: str, work: Work, *, done: Callable[[], None] | None = None
    ) -> Job:
        """Start work on a thread and return its job at once. `done` is called when it has ended."""
        job = Job(
            uuid.uuid4().hex,
            kind,
            subject,
            "waiting",
            0,
            "等待处理",
            "waiting",
            None,
            self._clock(),
            None,
            by,
        )
        await asyncio.to_thread(self._insert, job)
        self._under_way[job.id] = job
        task = asyncio.get_running_loop().create_task(self._run(job, work, done))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    async def find(self, job: str) -> Job:
        """Return a job as it stands; raises Problem job.unknown."""
        held = self._under_way.get(job)
        if held is not None:
            return held
        return await asyncio.to_thread(self._read, job)

    async def newest(self) -> list[Job]:
        """Return the newest jobs."""
        listed = await asyncio.to_thread(self._read_newest)
        return [self._under_way.get(job.id, job) for job in listed]

    async def stop(self) -> None:
        """Wait for the work under way: it stores whole or not at all, and is not cut in between."""
        for task in list(self._tasks):
            await asyncio.wait([task])
        await asyncio.to_thread(self._threads.shutdown)

    async def _run(self, job: Job, work: Work, done: Callable[[], None] | None) -> None:
        def progress(percent: int, zh: str, en: str) -> None:
            held = self._under_way[job.id]
            self._under_way[job.id] = replace(held, state="running", percent=percent, zh=zh, en=en)

        try:
            ended = await asyncio.get_running_loop().run_in_executor(self._threads, work, progress)
        except Problem as problem:
            ended = Ended(False, problem.zh, problem.en)
        except Exception:
            log.exception("job %s %s of %s failed", job.kind, job.id, job.subject)
            ended = Ended(
                False,
                "内部错误，没有写入任何内容，已记入日志；请重试，仍不成功请通知技术人员",
                "an internal error, now in the log; nothing was stored. Try again, then call the technician",
            )
        if done is not None:
            done()
        finished = replace(
            self._under_way[job.id],
            state="done" if ended.ok else "failed",
            percent=100 if ended.ok else self._under_way[job.id].percent,
            zh=ended.zh[:400],
            en=ended.en[:400],
            report=ended.report,
            finished_at=self._clock(),
        )
        try:
            # Stored before anybody is told: whoever hears of the end may begin the next at once.
            await asyncio.to_thread(self._finish, finished)
        except Exception:
            # Kept in memory, so pages still learn how it ended.
            self._under_way[job.id] = finished
            log.exception("the end of job %s could not be stored", job.id)
        else:
            del self._under_way[job.id]

    def _insert(self, job: Job) -> None:
        with self._database.begin() as session:
            session.add(
                JobRow(
                    id=job.id,
                    kind=job.kind,
                    subject=job.subject,
                    state=job.state,
                    percent=job.percent,
                    zh=job.zh,
                    en=job.en,
                    created_at=job.created_at,
                    by=job.by,
                )
            )

    def _finish(self, job: Job) -> None:
        with self._database.begin() as session:
            session.execute(
                update(JobRow)
                .where(JobRow.id == job.id)
                .values(
                    state=job.state,
                    percent=job.percent,
                    zh=job.zh,
                    en=job.en,
                    report=None if job.report is None else job.report.model_dump_json(),
                    finished_at=job.finished_at,
                )
            )

    def _read(self, job: str) -> Job:
        with self._database.begin() as session:
            row = session.get(JobRow, job)
            if row is None:
                raise Problem(
                    "missing",
                    "job.unknown",
                    "没有这个任务，请刷新页面",
                    "there is no such job; reload the page",
                )
            return _job(row)

    def _read_newest(self) -> list[Job]:
        with self._database.begin() as session:
            rows = session.scalars(select(JobRow).order_by(JobRow.created_at.desc(), JobRow.id).limit(LISTED))
            return [_job(row) for row in rows]


def _job(row: JobRow) -> Job:
    return Job(
        row.id,
        row.kind,
        row.subject,
        row.state,
        row.percent,
        row.zh,
        row.en,
        None if row.report is None else ImportReport.model_validate_json(row.report),
        row.created_at,
        row.finished_at,
        row.by,
    )
