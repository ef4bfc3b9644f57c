"""The way of print jobs to their printers: one lane for each role, in order, until the paper is out.

A job is journalled as sent before its printer gets it. After a crash in between only that printer can tell
whether it printed, so it is asked by the job's key before anything is handed over again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from central_sync.protocol.http.problems import Problem
from exam_appliance.documents import print_faults
from exam_appliance.documents.handed import Handed
from exam_appliance.documents.job import PrintJob, PrintState
from exam_appliance.documents.kinds import DOCUMENTS
from exam_appliance.documents.rendering import Made
from exam_appliance.documents.site_printers import LARGEST_ORDER, Obstacle, SitePrinters
from firmware_adapters.adapter import DeviceKind, Reason
from firmware_adapters.interface import Device, DeviceEvent

log = logging.getLogger(__name__)

_OVER = {"completed": True, "done": True, "canceled": False, "cancelled": False, "aborted": False}
"""How a printer calls a job that has ended: whether it came out."""
_FINAL = (".bad_parameters", ".format_refused", ".unknown_action", ".font_missing", "printer.refused")
"""Ends of reasons for which trying again mends nothing."""
_NEVER_ARRIVED = ".no_such_job"
_LOST = ".job_lost"


@dataclass(frozen=True, slots=True)
class PrintPace:
    """How soon things are tried again, seconds."""

    first_s: float = 1.0
    longest_s: float = 30.0
    follow_s: float = 2.0
    """Between two questions whether a document is out; its printer's event is quicker."""


class Ledger(Protocol):
    """Where the lanes find jobs and write what became of them."""

    def waiting(self, role: str) -> Sequence[PrintJob]:
        """Return the open jobs of a role, the oldest first."""
        ...

    def find(self, job: str) -> PrintJob | None:
        """Return a job as it is now."""
        ...

    async def sent(self, job: PrintJob, device: str) -> None:
        """Note that a printer is about to get it."""
        ...

    async def done(self, job: PrintJob) -> None:
        """Note that it came out."""
        ...

    async def failed(self, job: PrintJob, why: Obstacle, *, doubtful: bool) -> None:
        """Note that it did not come out, or that nobody knows."""
        ...

    async def taken_back(self, job: PrintJob) -> None:
        """Note that its printer did not take it, so any printer of the role may."""
        ...

    def note(self, job: PrintJob, why: Obstacle | None) -> None:
        """Say why it waits, for people; not journalled."""
        ...


class _Wait(Exception):
    """The lane cannot go on now."""

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = seconds
        """None: longer each time."""


class Lanes:
    """Sends jobs; a lane runs while its role has open jobs."""

    def __init__(
        self,
        ledger: Ledger,
        printers: SitePrinters,
        make: Callable[[PrintJob, bool], Awaitable[Made]],
        pace: PrintPace,
        handed: Handed,
    ) -> None:
        self._ledger = ledger
        self._printers = printers
        self._make = make
        self._pace = pace
        self._handed = handed
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._wakes: dict[str, asyncio.Event] = {}
        self._made: dict[str, Made] = {}
        """What was made and is not settled, by job and form."""
        self._endings: dict[str, DeviceEvent] = {}
        """Ends of documents that printers told, by key."""
        self._given: set[str] = set()
        """Keys that their printer is known to have; marked on disk too, for after a crash."""
        self._stop = printers.listen(self.wake, self._ended)

    def work(self, role: str) -> None:
        """See to a role's jobs."""
        lane = self._lanes.get(role)
        if lane is not None and not lane.done():
            self._wakes[role].set()
            return
        self._wakes[role] = asyncio.Event()
        self._lanes[role] = asyncio.create_task(self._run(role))

    def wake(self) -> None:
        """Try all lanes again at once."""
        for wake in self._wakes.values():
            wake.set()

    async def stop(self) -> None:
        """Leave everything as it is; what is journalled is taken up at the next start."""
        self._stop()
        for lane in self._lanes.values():
            lane.cancel()
        for lane in self._lanes.values():
            with contextlib.suppress(asyncio.CancelledError):
                await lane
        self._lanes.clear()

    def _ended(self, event: DeviceEvent) -> None:
        key = str(event.body.get("key", ""))
        if key in self._given:
            self._endings[key] = event

    async def _run(self, role: str) -> None:
        wait_s = self._pace.first_s
        while self._ledger.waiting(role):
            wake = self._wakes[role]
            wake.clear()
            try:
                await self._pass(role)
                wait_s = self._pace.first_s
            except _Wait as blocked:
                pause_s = blocked.seconds if blocked.seconds is not None else wait_s
                if blocked.seconds is None:
                    wait_s = min(2 * wait_s, self._pace.longest_s)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause_s):
                        await wake.wait()
            except Problem as problem:
                # The journal cannot be written: nothing goes out that could not be noted.
                log.error("打印任务未能写入日志 / a print job was not journalled: %s", problem)
                await asyncio.sleep(self._pace.longest_s)

    async def _pass(self, role: str) -> None:
        """Take each open job one step on, in order. Raises _Wait where one holds up those behind it."""
        silent: set[str] = set()
        soon = False
        for job in self._ledger.waiting(role):
            try:
                if job.state is PrintState.SENDING:
                    await self._follow(job)
                else:
                    await self._send(job, silent)
            except _Wait as blocked:
                now = self._ledger.find(job.id)
                if now is None or now.state is not PrintState.SENDING:
                    raise
                silent.add(now.device)
                soon = soon or blocked.seconds is not None
        if silent:
            raise _Wait(self._pace.follow_s if soon else None)

    async def _send(self, job: PrintJob, silent: set[str]) -> None:
        found = self._printers.ready(job.role)
        if isinstance(found, Obstacle):
            self._ledger.note(job, found)
            raise _Wait
        if found.kind is DeviceKind.RECEIPT_PRINTER and not DOCUMENTS[job.kind].slip:
            await self._settle_as(job, Obstacle.of(print_faults.NEEDS_PAGES), doubtful=False)
            return
        if found.id in silent:
            # Its turn comes when what was given to this printer before is out.
            self._ledger.note(job, None)
            raise _Wait(self._pace.follow_s)
        made = await self._made_for(job, found)
        if made is None:
            return
        now = self._ledger.find(job.id)
        if now is None or now.state is not PrintState.WAITING or now.role != job.role:
            return
        await self._ledger.sent(now, found.id)
        await self._hand_over(now, found, made)

    async def _hand_over(self, job: PrintJob, device: Device, made: Made) -> None:
        try:
            told = await self._printers.hand_over(device, job.key, f"{job.title or job.subject}", made)
        except Problem as problem:
            await self._not_taken(job, problem)
            raise _Wait from problem
        await self._taken(job)
        await self._judge(job, told)

    async def _taken(self, job: PrintJob) -> None:
        """Remember that its printer has it."""
        if job.key not in self._given:
            self._given.add(job.key)
            await asyncio.to_thread(self._handed.note, job.key)

    async def _follow(self, job: PrintJob) -> None:
        """Learn what became of a job that its printer was given, or was about to be."""
        ending = self._endings.pop(job.key, None)
        if ending is not None:
            await self._settle(job, came_out=ending.name == "job.done", told=ending.body)
            return
        try:
            told = await self._printers.ask(job.device, job.key)
        except Problem as problem:
            if problem.reason.endswith(_NEVER_ARRIVED):
                if await asyncio.to_thread(self._handed.holds, job.key):
                    # It took it before the crash, so it has forgotten it: it may be out.
                    await self._settle_as(job, Obstacle.of(print_faults.UNKNOWN_OUTCOME), doubtful=True)
                else:
                    await self._give_again(job)
                return
            if problem.reason == "device.unknown_action":
                # A printer that keeps no list of jobs: its key alone stands between two copies.
                await self._give_again(job)
                return
            self._ledger.note(job, self._unheard(job))
            raise _Wait from problem
        await self._taken(job)
        await self._judge(job, told)

    async def _give_again(self, job: PrintJob) -> None:
        if job.key in self._given:
            await self._settle_as(job, Obstacle.of(print_faults.UNKNOWN_OUTCOME), doubtful=True)
            return
        found = self._printers.ready(job.role)
        if isinstance(found, Obstacle) or found.id != job.device:
            # The printer says that it never got it, so it may go to another one.
            await self._ledger.taken_back(job)
            return
        made = await self._made_for(job, found)
        if made is not None:
            await self._hand_over(job, found, made)

    async def _judge(self, job: PrintJob, told: dict[str, Any]) -> None:
        state = told.get("state", "completed")
        if state not in _OVER:
            device = self._printers.device(job.device)
            reason = None if device is None or device.reason is None else Obstacle.of(device.reason)
            self._ledger.note(job, reason)
            raise _Wait(self._pace.follow_s)
        await self._settle(job, came_out=_OVER[state], told=told)

    async def _settle(self, job: PrintJob, *, came_out: bool, told: dict[str, Any]) -> None:
        now = self._ledger.find(job.id)
        if now is None or now.state is not PrintState.SENDING or now.key != job.key:
            return
        if came_out:
            await self._ledger.done(now)
            await self._drop(job)
            return
        reason = told.get("reason")
        if isinstance(reason, dict) and {"code", "zh", "en"} <= reason.keys():
            why = Obstacle(str(reason["code"]), str(reason["zh"]), str(reason["en"]))
        else:
            why = Obstacle.of(print_faults.REFUSED)
        await self._settle_as(now, why, doubtful=why.code.endswith(_LOST))

    async def _settle_as(self, job: PrintJob, why: Obstacle, *, doubtful: bool) -> None:
        await self._ledger.failed(job, why, doubtful=doubtful)
        await self._drop(job)

    async def _not_taken(self, job: PrintJob, problem: Problem) -> None:
        """Judge why a printer did not take a job; returns where it is worth asking again."""
        # A key that is in use says that it was printed before; the next question tells what became of it.
        in_use = problem.reason.endswith(".key_in_use")
        if not in_use and (problem.reason.endswith(_FINAL) or problem.code == "invalid"):
            await self._settle_as(job, Obstacle(problem.reason, problem.zh, problem.en), doubtful=False)
        else:
            self._ledger.note(job, Obstacle(problem.reason, problem.zh, problem.en))

    async def _made_for(self, job: PrintJob, device: Device) -> Made | None:
        """Return a job in the form that a printer takes, None where it cannot be made, which is noted."""
        slip = device.kind is DeviceKind.RECEIPT_PRINTER
        form = f"{job.key}{'-lines' if slip else ''}"
        if form in self._made:
            return self._made[form]
        why: Obstacle | Reason
        try:
            made = await self._make(job, slip)
        except Problem as problem:
            why = Obstacle(problem.reason, problem.zh, problem.en)
        else:
            if 4 * len(made.pdf) / 3 <= LARGEST_ORDER:
                self._made[form] = made
                return made
            why = Obstacle.of(print_faults.TOO_LARGE)
        now = self._ledger.find(job.id)
        if now is not None and now.state.open:
            await self._settle_as(now, why, doubtful=False)
        return None

    def _unheard(self, job: PrintJob) -> Obstacle:
        device = self._printers.device(job.device)
        if device is not None and device.reason is not None and job.key not in self._given:
            return Obstacle.of(device.reason)
        return Obstacle.of(print_faults.UNHEARD)

    async def _drop(self, job: PrintJob) -> None:
        self._made.pop(job.key, None)
        self._made.pop(f"{job.key}-lines", None)
        self._endings.pop(job.key, None)
        self._given.discard(job.key)
        await asyncio.to_thread(self._handed.forget, job.key)
