"""Retention (留存期限): evidence past the site's policy is deleted once the centre holds its entries."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from central_sync.protocol.http.problems import Problem
from exam_appliance.identity.book import VerificationBook
from exam_appliance.identity.evidence import Evidence
from exam_appliance.journal.journal import Draft

log = logging.getLogger(__name__)

EVERY_S = 6 * 3600.0
BY_POLICY = "site"
"""Who deletes."""


class Retention:
    """Deletes what is past its time. `acknowledged` is the highest seq that the centre holds whole."""

    def __init__(
        self,
        book: VerificationBook,
        evidence: Evidence,
        days: int,
        acknowledged: Callable[[], int],
        wall_ms: Callable[[], int],
    ) -> None:
        self._book = book
        self._evidence = evidence
        self._days = days
        self._acknowledged = acknowledged
        self._wall_ms = wall_ms
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look every few hours."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """End it."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def run(self) -> int:
        """Delete what is due; return of how many verifications. Journalled before, so that a power cut
        between leaves files that the next run sweeps away, never an entry too few."""
        everything = await asyncio.to_thread(self._book.all_on_disk)
        limit = datetime.fromtimestamp(self._wall_ms() / 1000).astimezone() - timedelta(days=self._days)
        acknowledged = self._acknowledged()
        due = [
            one
            for one in everything
            if not one.forgotten
            and one.version <= acknowledged
            and datetime.fromisoformat(one.changed_at) < limit
        ]
        gone = {one.id for one in due}
        # The same picture may stand for several verifications: a registration photo does.
        needed = {
            sha256 for one in everything if one.id not in gone and not one.forgotten for sha256 in one.files
        }
        for one in due:
            files = sorted(set(one.files) - needed)
            body = {"days": self._days, "files": files[:40]}
            await self._book.commit([Draft("identity.forgotten", one.id, BY_POLICY, body)])
            await asyncio.to_thread(self._evidence.delete, files)
        # Begun meanwhile: their files are younger than a sweep reaches.
        await asyncio.to_thread(self._evidence.sweep, needed)
        return len(due)

    async def _work(self) -> None:
        while True:
            try:
                gone = await self.run()
                if gone:
                    log.info("按留存期限删除核验资料 %d 份 / evidence deleted by policy: %d", gone, gone)
            except (OSError, Problem) as error:
                log.error("核验资料未能按期删除 / evidence could not be deleted: %s", error)
            await asyncio.sleep(EVERY_S)
