"""Pre-flight on a running server: one run at a time, its result kept and journalled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from central_sync.protocol.durable_file import write_whole
from central_sync.protocol.http.problems import Problem
from exam_appliance.journal.journal import Draft, Journal
from exam_appliance.preflight.looking import Looked, looked_at
from exam_appliance.preflight.running import CHECKS, PreflightResult, run_preflight
from exam_appliance.readiness.gathering import Place
from exam_appliance.readiness.readiness import Progress
from exam_appliance.readiness.sources import CentreLine, DeviceList

log = logging.getLogger(__name__)

NAME = "preflight.json"


class PreflightFile:
    """The last result, below the state folder. Methods wait for the disk: call them on a thread."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / NAME

    def keep(self, result: PreflightResult) -> None:
        """Keep a result in place of the last; raises OSError."""
        write_whole(self._path, result.model_dump_json().encode())

    def read(self) -> PreflightResult | None:
        """Return the last result; None when there is none that can be read."""
        try:
            return PreflightResult.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return None


async def look(place: Place, journal: Path, devices: DeviceList, centre: CentreLine, now: datetime) -> Looked:
    """Return what the checks look at."""
    held = await devices.devices()
    return await asyncio.to_thread(looked_at, place, journal, now, held, devices, centre)


class Preflight:
    """Runs the checks and keeps what came of them."""

    def __init__(
        self,
        place: Place,
        journal: Journal,
        devices: DeviceList,
        centre: CentreLine,
        names: Callable[[], Mapping[str, str]],
    ) -> None:
        self._place = place
        self._journal = journal
        self._devices = devices
        self._centre = centre
        self._names = names
        self._file = PreflightFile(place.state_dir)
        self._progress = Progress(False, 0, len(CHECKS))
        self._task: asyncio.Task[None] | None = None

    async def stop(self) -> None:
        """End a run under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def progress(self) -> Progress:
        """Return how a run goes."""
        return self._progress

    async def result(self) -> PreflightResult | None:
        """Return the last result; None before the first."""
        return await asyncio.to_thread(self._file.read)

    def begin(self, by: str) -> None:
        """Begin a run. Raises Problem preflight.running."""
        if self._progress.running:
            raise Problem(
                "conflict",
                "preflight.running",
                "考前检查正在进行，请稍候",
                "a pre-flight is under way: wait for it",
            )
        self._progress = Progress(True, 0, len(CHECKS))
        self._task = asyncio.create_task(self._run(by))

    async def _run(self, by: str) -> None:
        try:
            now = datetime.now(UTC)
            looked = await look(self._place, self._journal.path, self._devices, self._centre, now)
            result = await run_preflight(looked, by, self._names(), progress=self._went_on)
            await asyncio.to_thread(self._file.keep, result)
            await self._journal.append([Draft("site.preflight", self._journal.appliance, by, result.brief())])
        except (Problem, OSError):
            log.exception("考前检查结果未能保存 / the result of the pre-flight could not be kept")
        finally:
            self._progress = Progress(False, 0, len(CHECKS))

    def _went_on(self, done: int, of: int) -> None:
        self._progress = Progress(True, done, of)
