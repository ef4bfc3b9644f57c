"""Keys that go out by themselves when their window opens (到时自动发放密钥)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.database import Database
from central_sync.centre.packaging.releases import Releases
from central_sync.centre.tables.arrangement import SessionRow
from central_sync.centre.tables.packages import KeyReleaseRow
from central_sync.protocol.http.problems import Problem

log = logging.getLogger(__name__)

LOOK_S = 5.0
"""How long a key may be late, seconds."""
BY = "centre"
"""Who gave the key out, as the release is noted."""


class OpeningRelease:
    """Gives keys out at the opening of their window, each once; people can still do so by hand."""

    def __init__(self, database: Database, releases: Releases, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._releases = releases
        self._clock = clock
        self._refused: dict[str, str] = {}

    async def keep_releasing(self) -> None:
        """Look again and again until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.release_due)
            except Exception:
                # The database may be away for a while; the console shows what was not given out.
                log.exception("自动发放密钥失败，将重试 / keys could not be given out; tried again")
            await asyncio.sleep(LOOK_S)

    def release_due(self) -> list[str]:
        """Give out every key whose window is open and return the sessions."""
        with self._database.begin() as session:
            due = self._due(session)
        return [exam for exam in due if self._released(exam)]

    def _due(self, session: Session) -> list[str]:
        now = self._clock()
        given = select(KeyReleaseRow.session)
        return list(
            session.scalars(
                select(SessionRow.id)
                .where(
                    SessionRow.unlock_from <= now,
                    SessionRow.closes_at > now,
                    SessionRow.state.not_in(("cancelled", "closed")),
                    SessionRow.id.not_in(given),
                )
                .order_by(SessionRow.starts_at, SessionRow.id)
            )
        )

    def _released(self, exam: str) -> bool:
        try:
            with self._database.begin() as session:
                self._releases.online(session, exam, BY)
        except Problem as problem:
            # Such as a package that is not built yet: said once, shown at the console all the time.
            if self._refused.get(exam) != problem.reason:
                log.warning("场次 %s 的密钥未能自动发放：%s / %s", exam, problem.zh, problem.en)
            self._refused[exam] = problem.reason
            return False
        self._refused.pop(exam, None)
        return True
