"""Backups as the running server sees them: made on a schedule, journalled whoever made them, shown."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from central_sync.protocol.http.problems import Problem
from exam_appliance.backup.report import ReportFile
from exam_appliance.backup.restoring import noted, take_note
from exam_appliance.backup.settings import BackupSettings
from exam_appliance.journal.journal import Draft, Journal

log = logging.getLogger(__name__)

LOOK_S = 20.0
BY = "backup"
"""Who journals what came of backups."""


class Backups:
    """Follows the reports, and makes the backups where no system timer does."""

    def __init__(
        self, state_dir: Path, settings: BackupSettings, journal: Journal, job: dict[str, object]
    ) -> None:
        self._state_dir = state_dir
        self._settings = settings
        self._journal = journal
        self._job = job
        """What the child is told: see `__main__`."""
        self._file = ReportFile(state_dir)
        self._task: asyncio.Task[None] | None = None
        self._run: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Journal a restoration, then begin to follow. Raises Problem."""
        restored = await asyncio.to_thread(take_note, self._state_dir)
        if restored is not None:
            body = {
                "snapshot": restored.snapshot,
                "made_at": restored.made_at.isoformat(),
                "head": restored.head,
                "fetched": restored.fetched,
            }
            await self._journal.append([Draft("site.restored", self._journal.appliance, BY, body)])
            await asyncio.to_thread(noted, self._state_dir)
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """End a backup under way and the following."""
        for task in (self._run, self._task):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        self._run = self._task = None

    def begin(self) -> None:
        """Begin a backup. Raises Problem backup.running, backup.no_destination."""
        if not self._settings.destinations:
            raise Problem(
                "not_ready",
                "backup.no_destination",
                "未设置备份目的地，请在配置 backup.destinations 中设置",
                "no destination is set: see backup.destinations in the configuration",
            )
        if self._run is not None and not self._run.done():
            raise Problem(
                "conflict", "backup.running", "备份正在进行，请稍候", "a backup is under way: wait for it"
            )
        self._run = asyncio.create_task(self._make())

    async def _follow(self) -> None:
        while True:
            try:
                await self._note()
                if self._settings.run == "server" and self._settings.destinations and await self._due():
                    self.begin()
            except (Problem, OSError) as error:
                log.warning("备份记录未能写入日志 / backups could not be journalled: %s", error)
            await asyncio.sleep(LOOK_S)

    async def _note(self) -> None:
        """Journal the reports that are not in the journal yet."""
        reports = await asyncio.to_thread(self._file.read)
        if not reports:
            return
        marked = self._state_dir / "backup" / "journalled"
        done = await asyncio.to_thread(_read, marked)
        ids = [report.id for report in reports]
        fresh = reports[ids.index(done) + 1 :] if done in ids else reports
        if not fresh:
            return
        await self._journal.append(
            [
                Draft(
                    "site.backup",
                    self._journal.appliance,
                    BY,
                    {
                        "destination": report.destination,
                        "ok": report.ok,
                        "snapshot": report.snapshot,
                        "head": report.head,
                        "code": report.code,
                    },
                )
                for report in fresh
            ]
        )
        await asyncio.to_thread(marked.write_text, ids[-1])

    async def _due(self) -> bool:
        if self._run is not None and not self._run.done():
            return False
        reports = await asyncio.to_thread(self._file.read)
        last = max((report.at for report in reports), default=None)
        return last is None or datetime.now(UTC) - last > timedelta(minutes=self._settings.every_minutes)

    async def _make(self) -> None:
        """Have a process of its own make it: an exam may be running in this one."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "exam_appliance.backup"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("the backup has no pipes")
            process.stdin.write(orjson.dumps(self._job) + b"\n")
            await process.stdin.drain()
            async for line in process.stdout:
                told = orjson.loads(line)
                if "trouble" in told:
                    log.error("%s / %s", told["trouble"]["zh"], told["trouble"]["en"])
            await process.wait()
            await self._note()
        except (OSError, ValueError, Problem) as error:
            log.error("备份未能完成 / the backup did not come to its end: %s", error)
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
                await process.wait()


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
