"""Our jobs at one printer: printed once a key, followed to their end, doubted where CUPS may be wrong."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from pyipp.enums import IppJobState

from firmware_adapters.adapter import ActionRefused, Event, Reason
from firmware_adapters.printer import reasons
from firmware_adapters.printer.ipp_client import IppUnreachable
from firmware_adapters.printer.jobs import Job, PrintOrder, digest_of, ending, has_key
from firmware_adapters.printer.line import PrinterLine

REMEMBERED: Final = 500
"""Jobs that have ended."""


class JobDesk:
    """Takes orders for one printer and tells how they end."""

    def __init__(self, line: PrinterLine, media: str) -> None:
        self._line = line
        self._media = media
        """What is printed on unless an order says so."""
        self._open: dict[int, Job] = {}
        """Ours that have not ended, as they were last told."""
        self._ordered: dict[str, tuple[int, str]] = {}
        """Key -> job and digest of what this process printed."""
        self._over: dict[int, Job] = {}
        """Ours that have ended, as it was judged: CUPS may forget them at once (PreserveJobHistory No)."""
        self._before: dict[int, int] = {}
        """Job -> the newest that the printer had ended under its title before; only where it could tell."""
        self._interrupted: set[int] = set()
        """Those whose printer went away while they were printed."""
        self._printing = asyncio.Lock()

    @property
    def busy(self) -> bool:
        """Whether a job of ours has not ended."""
        return bool(self._open)

    async def take_up(self) -> None:
        """Follow the jobs that an earlier process printed and that have not ended."""
        try:
            waiting = await self._line.jobs("not-completed")
        except ActionRefused:
            # A printer that is off tells them later or never; none of them is printed twice for it.
            return
        self._open = {job.number: job for job in waiting if job.key}

    def interrupt(self) -> None:
        """The printer is away: what it is printing now may be lost."""
        self._interrupted |= {
            number for number, job in self._open.items() if job.state is IppJobState.PROCESSING
        }

    async def ended(self, trouble: Reason | None) -> list[Event]:
        """Return the events of the jobs that have ended; `trouble`: what the printer suffers from."""
        events = []
        for number, before in list(self._open.items()):
            try:
                job = await self.look_at(before)
            except ActionRefused:
                # CUPS or the printer is away: it is asked again.
                break
            end = ending(job, before, trouble)
            if end is not None:
                del self._open[number]
                self._remember(job if job is not None else replace(before, lost=True))
                events.append(Event(*end))
            elif job is not None:
                self._open[number] = job
        return events

    async def look_at(self, before: Job) -> Job | None:
        """Return a job as it is now; None when nobody knows it any more. Raises ActionRefused."""
        found = await self._line.job(before.number)
        if found is None or not _is_of(found, before.key):
            return self._over.get(before.number) or await self._told_by_printer(before)
        return await self._checked(_with_key(found, before))

    async def print_once(self, order: PrintOrder, document: bytes, media_type: str) -> tuple[Job, bool]:
        """Print under a key, or return its job and True when it was used. Raises ActionRefused."""
        if not order.media:
            order = order.model_copy(update={"media": self._media})
        digest = digest_of(document, order)
        async with self._printing:
            if (known := await self._known(order.key)) is not None:
                job, held_digest = known
                if held_digest and held_digest != digest:
                    raise ActionRefused(reasons.KEY_IN_USE, f"job {job.number}")
                return await self._checked(job), True
            before = asyncio.create_task(self._line.ended_at_printer(order.title))
            try:
                number = await self._line.send(order, document, media_type, digest)
            except IppUnreachable as away:
                # It may have arrived although the answer did not.
                if (known := await self._known(order.key)) is None:
                    down = reasons.CUPS_DOWN if self._line.queue else reasons.OFFLINE
                    raise ActionRefused(down, str(away)) from away
                number = known[0].number
            finally:
                listed = await before
            self._over.pop(number, None)
            self._before.pop(number, None)
            if listed is not None:
                self._before[number] = listed[-1].number if listed else 0
            self._ordered[order.key] = (number, digest)
            job = Job(number, order.title, order.key, digest, None, None, "")
            self._open[number] = job
            return await self.as_it_is(job), False

    async def as_it_is(self, job: Job) -> Job:
        """Return a job as it is now, or as it was when that cannot be told."""
        try:
            return await self.look_at(job) or job
        except ActionRefused:
            return job

    async def named(self, number: int | None, key: str | None) -> Job:
        """Return a job by its number or its key. Raises ActionRefused, NO_SUCH_JOB for none."""
        if number is not None:
            found = await self._line.job(number)
        else:
            known = await self._known(key or "")
            found = known[0] if known is not None else None
        if found is None:
            raise ActionRefused(reasons.NO_SUCH_JOB, str(number or key))
        return await self._checked(found)

    async def _known(self, key: str) -> tuple[Job, str] | None:
        """Return the job of a key with its digest, if there was one. Raises ActionRefused."""
        number, digest = self._ordered.get(key, (0, ""))
        for job in reversed(await self._line.jobs()):
            if (job.number == number and _is_of(job, key)) or has_key(job, key):
                return job, job.digest or digest
        if number in self._over:
            return self._over[number], digest
        if number:
            return Job(number, "", key, digest, None, None, "no longer listed"), digest
        return None

    async def _checked(self, job: Job) -> Job:
        """Return a job as the printer itself says that it ended, where that is worse than what CUPS says."""
        if job.number in self._over and _is_of(job, self._over[job.number].key):
            return self._over[job.number]
        at_the_printer = job.state is IppJobState.CANCELED and "at printer" in job.detail
        if job.state is not IppJobState.COMPLETED and not at_the_printer:
            return job
        at_printer = await self._line.job_at_printer(job)
        if job.number in self._interrupted and (
            at_printer is None or at_printer.state is not IppJobState.COMPLETED
        ):
            return replace(job, lost=True)
        if at_printer is None or at_printer.state not in (IppJobState.ABORTED, IppJobState.CANCELED):
            return job
        return replace(job, state=at_printer.state, detail=at_printer.detail or job.detail)

    async def _told_by_printer(self, before: Job) -> Job | None:
        """Return how a job that CUPS forgot has ended, as the printer lists it; None where it cannot say.

        Others may have been printed under its title before; only what ended since its order counts.
        """
        if before.number not in self._before or before.number in self._interrupted:
            return None
        listed = await self._line.ended_at_printer(before.title) or []
        since = [one for one in listed if one.number > self._before[before.number] and one.over]
        if len(since) != 1:
            return None
        return replace(before, state=since[0].state, pages=since[0].pages, detail=since[0].detail)

    def _remember(self, job: Job) -> None:
        self._over[job.number] = job
        while len(self._over) > REMEMBERED:
            del self._over[next(iter(self._over))]


def _is_of(job: Job, key: str) -> bool:
    """Return whether a job may be that of a key: numbers begin anew once a spool was emptied."""
    return not job.key or not key or job.key == key


def _with_key(found: Job, ordered: Job) -> Job:
    """Return a job with what was ordered: a printer that is spoken with directly does not keep our key."""
    return replace(
        found,
        title=found.title if found.key else ordered.title or found.title,
        key=found.key or ordered.key,
        digest=found.digest or ordered.digest,
    )
