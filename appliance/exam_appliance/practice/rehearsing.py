"""The rehearsal that a technician starts from the console: a process of its own plays the candidates."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable

import orjson

from central_sync.protocol.http.problems import Problem
from exam_appliance.web.console.models import RehearsalReport, RehearsalView

log = logging.getLogger(__name__)

TOKEN_VARIABLE = "KAODIAN_STAFF_TOKEN"  # noqa: S105 - the name of the variable, not a token
"""Environment variable with the log-in session of the technician who ordered the rehearsal."""
STOP_S = 5.0

_NONE = RehearsalView(state="none", progress=0, zh="尚未演练", en="no rehearsal yet", report=None)


class Rehearsing:
    """At most one rehearsal at a time, and the result of the last, which `keep` brings to disk."""

    def __init__(self, keep: Callable[[RehearsalReport], None] = lambda report: None) -> None:
        self._keep = keep
        self._view = _NONE
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    def view(self) -> RehearsalView:
        """Return how the rehearsal goes or went."""
        return self._view

    async def begin(self, url: str, candidates: int, minutes: int, token: str) -> RehearsalView:
        """Start a rehearsal against the server at `url`. Raises Problem `rehearsal.running`."""
        if self._process is not None:
            raise Problem(
                "conflict",
                "rehearsal.running",
                "演练正在进行，请等待结束或先停止",
                "a rehearsal is running: wait for its end or stop it",
            )
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "exam_appliance.rehearsal",
            "--url",
            url,
            "--candidates",
            str(candidates),
            "--minutes",
            str(minutes),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, TOKEN_VARIABLE: token},
        )
        self._view = RehearsalView(
            state="running", progress=0, zh="正在准备练习考场", en="preparing the practice hall", report=None
        )
        self._task = asyncio.create_task(self._follow(self._process))
        return self._view

    async def stop(self) -> None:
        """Stop the rehearsal if one runs."""
        process, task = self._process, self._task
        if process is None or task is None:
            return
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await asyncio.shield(task)
        except TimeoutError:
            process.kill()
            await task

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        report: RehearsalReport | None = None
        if process.stdout is not None:
            async for line in process.stdout:
                told = _told(line)
                if "report" in told:
                    report = RehearsalReport.model_validate(told["report"])
                elif "progress" in told:
                    self._view = RehearsalView(
                        state="running",
                        progress=int(str(told["progress"])),
                        zh=str(told.get("zh", "")),
                        en=str(told.get("en", "")),
                        report=None,
                    )
        code = await process.wait()
        self._process = None
        if report is not None:
            try:
                await asyncio.to_thread(self._keep, report)
            except OSError:
                log.exception("演练结果未能保存 / the result of the rehearsal could not be kept")
            self._view = RehearsalView(
                state="done", progress=100, zh="演练完成", en="the rehearsal is done", report=report
            )
        else:
            log.error("演练进程异常结束，代码 %s / the rehearsal ended with code %s", code, code)
            self._view = RehearsalView(
                state="failed",
                progress=self._view.progress,
                zh="演练未完成（已停止或出错），请查看系统日志",
                en="the rehearsal did not end well; see the log",
                report=None,
            )


def _told(line: bytes) -> dict[str, object]:
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}
