"""Keeping one source of sightings going: list, wait for a change, list again; begin anew when it breaks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from firmware_adapters.adapter import Reason
from firmware_adapters.interface import ReasonSaid, SourceState, SourceStatus
from firmware_adapters.reasons import SOURCE_BROKEN, SOURCE_SILENT
from firmware_adapters.sighting import Sighting
from firmware_adapters.source import Source, SourceFault

log = logging.getLogger(__name__)

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class SourcePace:
    """How often sources are asked, seconds."""

    debounce_s: float = 0.05
    """From the first sign of a change to the listing; what comes in between is in the same listing."""
    repair_s: float = 20.0
    """A source lists so often without being told of a change, for what was missed."""
    answer_s: float = 10.0
    """A listing may take this long."""
    close_s: float = 2.0
    """A source may take this long to close."""
    first_retry_s: float = 1.0
    """A broken source is built anew after this; each failure doubles it."""
    longest_retry_s: float = 30.0


class SourceWatch:
    """One source. What it listed last stays while it is broken: that it cannot tell is no unplugging."""

    def __init__(
        self, name: str, build: Callable[[], Source], pace: SourcePace, changed: Callable[[], None]
    ) -> None:
        self._build = build
        self._pace = pace
        self._changed = changed
        self.name = name
        self.sightings: tuple[Sighting, ...] = ()
        self._state: SourceState = "starting"
        self._reason: Reason | None = None
        self._detail = ""
        self._at = datetime.now(UTC)
        self._look = asyncio.Event()
        self._answered = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._keep_going(), name=f"source {self.name}")

    async def stop(self) -> None:
        """Close the source and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    def look(self) -> None:
        """Have it list again soon."""
        self._look.set()

    async def answered(self) -> None:
        """Return when it has listed or failed for the first time."""
        await self._answered.wait()

    def status(self) -> SourceStatus:
        """Return how it is."""
        return SourceStatus(
            name=self.name,
            state=self._state,
            reason=ReasonSaid.of(self._reason),
            detail=self._detail,
            sightings=len(self.sightings),
            at=self._at,
        )

    async def _keep_going(self) -> None:
        retry_s = self._pace.first_retry_s
        while True:
            source: Source | None = None
            try:
                source = self._build()
                await self._follow(source)
            except SourceFault as fault:
                self._failed(fault.reason, fault.detail)
            except TimeoutError:
                self._failed(SOURCE_SILENT, f"no listing within {self._pace.answer_s:g} s")
            except Exception as error:
                # A source that is broken in any way is named; the others must go on.
                if self._state != "failed":
                    log.exception("source %s", self.name)
                self._failed(SOURCE_BROKEN, repr(error)[:500])
            else:
                retry_s = self._pace.first_retry_s
            finally:
                if source is not None:
                    await self._close(source)
            listed = self._at if self._state == "listed" else None
            await asyncio.sleep(retry_s)
            retry_s = self._pace.first_retry_s if listed else min(retry_s * 2, self._pace.longest_retry_s)

    async def _follow(self, source: Source) -> None:
        changing: asyncio.Task[None] | None = None
        looking: asyncio.Task[bool] | None = None
        try:
            while True:
                self._look.clear()
                self._listed(tuple(await _within(source.list(), self._pace.answer_s)))
                changing = changing or asyncio.create_task(source.changed())
                looking = asyncio.create_task(self._look.wait())
                await asyncio.wait(
                    (changing, looking),
                    timeout=self._pace.repair_s,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                looking.cancel()
                if changing.done():
                    changing.result()
                    changing = None
                    await asyncio.sleep(self._pace.debounce_s)
        finally:
            for task in (changing, looking):
                if task is not None:
                    task.cancel()

    async def _close(self, source: Source) -> None:
        try:
            await _within(source.close(), self._pace.close_s)
        except Exception:
            log.exception("source %s did not close", self.name)

    def _listed(self, sightings: tuple[Sighting, ...]) -> None:
        self._at = datetime.now(UTC)
        if self._state == "failed":
            log.info("source %s lists again", self.name)
        self._state, self._reason, self._detail = "listed", None, ""
        self._answered.set()
        if sightings != self.sightings:
            self.sightings = sightings
            self._changed()

    def _failed(self, reason: Reason, detail: str) -> None:
        if (self._state, self._reason) != ("failed", reason):
            log.warning("source %s: %s: %s", self.name, reason.code, detail)
        self._state, self._reason, self._detail = "failed", reason, detail
        self._at = datetime.now(UTC)
        self._answered.set()


async def _within(asked: Coroutine[Any, Any, Given], limit_s: float) -> Given:
    """Return the answer, or raise TimeoutError in time even when the other swallows its cancellation."""
    task = asyncio.ensure_future(asked)
    try:
        await asyncio.wait((task,), timeout=limit_s)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        if not task.done():
            task.cancel()
