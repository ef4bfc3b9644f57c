"""A page printer through CUPS and IPP: its state, its jobs, its queue kept going."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, cast

from pydantic import BaseModel, ConfigDict, Field

from firmware_adapters.adapter import (
    Action,
    ActionRefused,
    Adapter,
    Answer,
    DeviceFault,
    DeviceGone,
    DeviceKind,
    DeviceState,
    Identity,
    Json,
    Options,
    Reason,
    Report,
    StateReport,
    self_test_answer,
)
from firmware_adapters.printer import reasons, self_test
from firmware_adapters.printer.healing import Healer
from firmware_adapters.printer.identity import read_identity
from firmware_adapters.printer.ipp_client import texts
from firmware_adapters.printer.job_desk import JobDesk
from firmware_adapters.printer.jobs import (
    DocumentWrong,
    Job,
    JobNamed,
    PrintOrder,
    ending,
)
from firmware_adapters.printer.line import CupsAway, PrinterLine, QueueGone
from firmware_adapters.printer.options import PrinterOptions
from firmware_adapters.printer.resolution import read_resolutions
from firmware_adapters.printer.source import QUEUE_PROPERTY, SERVER_PROPERTY, URI_PROPERTY
from firmware_adapters.printer.standing import PrinterLook, Standing, standing
from firmware_adapters.printer.supplies import read_supplies, read_trays
from firmware_adapters.printer.test_page import PageText, draw_test_page
from firmware_adapters.sighting import Sighting

TROUBLE_LASTS_S: Final = 3.0
"""A test page is taken back when the printer says for so long that it cannot print."""
PRINT_TEST_S: Final = 45.0
"""The action `print_test` waits no longer for its page: actions have a minute."""
LOOK_AT_JOB_S: Final = 0.2
_MEANWHILE: Final = frozenset((reasons.QUEUE_PAUSED.code, reasons.CUPS_DOWN.code))
"""What passes by itself."""


class _SelfTestParameters(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    page: bool = True
    """Print the test page too."""
    wait_s: Annotated[float, Field(ge=1, le=140)] | None = None
    """How long the page may take; None as the options say."""


class IppPrinter(Adapter):
    """A printer (打印机). Events: job.done and job.failed of what was printed here."""

    kind: ClassVar[DeviceKind] = DeviceKind.PRINTER
    options_model: ClassVar[type[Options]] = PrinterOptions

    def __init__(self, sighting: Sighting, options: Options, quirks: frozenset[str] = frozenset()) -> None:
        super().__init__(sighting, options, quirks)
        self._options = cast("PrinterOptions", options)
        properties = sighting.properties
        self._line = PrinterLine(
            properties.get(SERVER_PROPERTY, ""),
            properties.get(QUEUE_PROPERTY, ""),
            properties.get(URI_PROPERTY, "") or sighting.node,
            self._options.answers_within_s,
        )
        self._healer = Healer(self._options.heals_at_most)
        self._identity = Identity()
        self._identified = False
        """Whether the printer itself has told who it is."""
        self._standing: Standing | None = None
        self._desk = JobDesk(self._line, self._options.media)
        self._stirred_at = asyncio.get_running_loop().time()
        """When something happened at the printer last."""
        self._asked_at = 0.0
        self._not_resumed: Reason | None = None
        """Why its queue could not be resumed the last time."""
        self._look_now = asyncio.Event()

    async def probe(self) -> Identity:
        """Ask who it is. One that is switched off is opened all the same, and named when it answers."""
        try:
            look = await self._line.look()
        except QueueGone as gone:
            raise DeviceGone(str(gone)) from gone
        except CupsAway as away:
            raise DeviceFault(away.reason, away.detail) from away
        self._identity = read_identity(self.sighting, look.queue or {}, look.printer)
        self._identified = look.printer is not None or not self._line.asks_printer or look.trouble is None
        told = standing(look)
        facts = {**self._identity.facts, **told.facts, "queue": self._line.queue, "uri": self._line.uri}
        return Identity(
            self._identity.maker,
            self._identity.model,
            self._identity.serial,
            self._identity.firmware,
            facts,
        )

    async def open(self) -> None:
        """Take up the jobs that an earlier process printed and that have not ended."""
        await self._desk.take_up()

    async def events(self) -> AsyncIterator[Report]:
        """Yield the state, and the end of each job."""
        loop = asyncio.get_running_loop()
        told: StateReport | None = None
        heard_at = loop.time()
        while True:
            begun = loop.time()
            try:
                look = await self._line.look(ask_printer=self._is_due(begun))
            except QueueGone as gone:
                raise DeviceGone(str(gone)) from gone
            except CupsAway as away:
                report = StateReport(DeviceState.FAILED, away.reason)
                if loop.time() - heard_at < self._options.patience_s:
                    report = told or report
            else:
                heard_at = loop.time()
                self._check_identified(look)
                if look.trouble is not None:
                    self._desk.interrupt()
                report = await self._judged(look)
                for event in await self._desk.ended(self._trouble()):
                    yield event
            if report != told:
                told = report
                self._stirred_at = begun
                yield report
            pause_s = self._options.poll_s / (2 if self._desk.busy else 1)
            await self._wait(max(0.0, begun + pause_s - loop.time()))

    def actions(self) -> Mapping[str, Action]:
        """`print`, `jobs`, `job`, `cancel`, `resume`, `print_test`, `self_test`."""
        return {
            "self_test": self._self_test,
            "print_test": self._print_test,
            "print": self._print,
            "jobs": self._list_jobs,
            "job": self._one_job,
            "cancel": self._cancel,
            "resume": self._resume,
        }

    async def close(self) -> None:
        """Hang up; what is in the queue is printed all the same."""
        await self._line.close()

    # Following the printer.

    def _is_due(self, now: float) -> bool:
        """Return whether to ask the printer itself; one that rests is asked seldom, so that it may sleep."""
        if self._desk.busy:
            self._stirred_at = now
        resting = now - self._stirred_at >= self._options.rests_after_s
        if resting and now - self._asked_at < self._options.resting_poll_s:
            return False
        self._asked_at = now
        return True

    def _check_identified(self, look: PrinterLook) -> None:
        """End when a printer that was off can be asked at last: it is opened anew with its name."""
        if not self._identified and look.printer is not None:
            raise DeviceFault(reasons.STARTING, "it answers now and is opened anew")

    async def _judged(self, look: PrinterLook) -> StateReport:
        loop = asyncio.get_running_loop()
        gives_up = not self._options.heal or self._healer.gives_up(loop.time())
        judged = standing(look, gives_up)
        if not judged.paused_by_itself:
            self._not_resumed = None
        elif not gives_up and self._healer.due(loop.time()):
            self._healer.healed(loop.time())
            try:
                await self._line.resume()
            except ActionRefused as refused:
                self._not_resumed = refused.reason
            else:
                self._not_resumed = None
                self._look_now.set()
        if self._not_resumed is not None:
            judged = replace(judged, state=DeviceState.FAILED, reason=self._not_resumed)
        self._standing = judged
        state, reason = judged.state, judged.reason
        resumed = self._healer.was_healed_within(loop.time(), self._options.resumed_shown_s)
        if reason is None and resumed:
            state, reason = DeviceState.DEGRADED, reasons.QUEUE_RESUMED
        return StateReport(state, reason, judged.facts)

    def _trouble(self) -> Reason | None:
        """Return what the printer itself suffers from."""
        judged = self._standing
        return judged.reason if judged is not None and not judged.works else None

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._look_now.wait()
        except TimeoutError:
            return
        self._look_now.clear()

    # Actions.

    async def _print(self, parameters: Mapping[str, Json]) -> Answer:
        """Print a document once: `{job, key, title, state, pages, detail, repeated}`.

        A key that was used answers with its job, whatever became of it; nothing is printed again.
        """
        order = PrintOrder.model_validate(dict(parameters))
        try:
            document, media_type = await asyncio.to_thread(order.content)
        except DocumentWrong as wrong:
            raise ActionRefused(wrong.reason, wrong.detail) from wrong
        job, repeated = await self._desk.print_once(order, document, media_type)
        self._look_now.set()
        return Answer({**job.told(), "repeated": repeated})

    async def _list_jobs(self, _parameters: Mapping[str, Json]) -> Answer:
        """Return all jobs that are known: `{"jobs": [...]}`, the newest first."""
        return Answer({"jobs": [job.told() for job in reversed(await self._line.jobs())]})

    async def _one_job(self, parameters: Mapping[str, Json]) -> Answer:
        """Return one job by `job` or `key`."""
        named = JobNamed.model_validate(dict(parameters))
        return Answer((await self._desk.named(named.job, named.key)).told())

    async def _cancel(self, parameters: Mapping[str, Json]) -> Answer:
        """Cancel a job by `job` or `key`; refused for one that has ended."""
        named = JobNamed.model_validate(dict(parameters))
        job = await self._desk.named(named.job, named.key)
        if job.over:
            raise ActionRefused(reasons.NO_SUCH_JOB, f"job {job.number} has ended")
        await self._line.cancel(job.number)
        self._look_now.set()
        return Answer((await self._desk.as_it_is(job)).told())

    async def _resume(self, _parameters: Mapping[str, Json]) -> Answer:
        """Let the queue go on, whoever or whatever stopped it."""
        await self._line.resume()
        self._healer.forget()
        self._look_now.set()
        return Answer({})

    async def _print_test(self, _parameters: Mapping[str, Json]) -> Answer:
        """Print the test page and answer when it is out. Raises ActionRefused."""
        job, reason = await self._test_page(PRINT_TEST_S)
        if reason is not None:
            raise ActionRefused(reason, job.detail if job is not None else "")
        return Answer(job.told() if job is not None else {})

    async def _self_test(self, parameters: Mapping[str, Json]) -> Answer:
        wanted = _SelfTestParameters.model_validate(dict(parameters))
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            look = await self._line.look()
        except (QueueGone, CupsAway) as away:
            fault = away.reason if isinstance(away, CupsAway) else reasons.QUEUE_GONE
            return self_test_answer([self_test.answers_step(fault, 0.0)])
        told: Mapping[str, Any] = look.printer if look.printer is not None else look.queue or {}
        judged = standing(look, self._healer.gives_up(loop.time()))
        steps = [self_test.answers_step(look.trouble, loop.time() - begun)]
        if look.trouble is None:
            trays, supplies = read_trays(told), read_supplies(told)
            steps.append(self_test.state_step(judged))
            steps.append(self_test.resolution_step(read_resolutions(told)))
            steps.append(self_test.paper_step(texts(told, "media-ready"), trays))
            steps.append(self_test.toner_step(supplies))
            if wanted.page:
                printing = loop.time()
                job, reason = await self._test_page(wanted.wait_s or self._options.page_within_s)
                steps.append(self_test.page_step(job, reason, loop.time() - printing))
        return self_test_answer(steps)

    async def _test_page(self, wait_s: float) -> tuple[Job | None, Reason | None]:
        """Print the test page and wait for its end; taken back when it does not come out."""
        page = await asyncio.to_thread(draw_test_page, self._page_text())
        key = f"test {uuid.uuid4()}"
        title = "自检页 test page"
        order = PrintOrder.model_construct(document="", title=title, key=key, copies=1, sides="", media="")
        try:
            job, _ = await self._desk.print_once(order, page, "application/pdf")
            self._look_now.set()
            reason = await self._until_over(job, wait_s)
            job = await self._desk.as_it_is(job)
        except ActionRefused as refused:
            return None, refused.reason
        return job, reason

    async def _until_over(self, job: Job, wait_s: float) -> Reason | None:
        """Wait for a job's end; returns why it did not come out. Raises ActionRefused."""
        loop = asyncio.get_running_loop()
        end = loop.time() + wait_s
        bad_since: float | None = None
        why: Reason | None = None
        while loop.time() < end:
            ended = ending(await self._desk.look_at(job), job, self._trouble())
            if ended is not None:
                name, body = ended
                code = body.get("reason", {}).get("code", "")
                return None if name == "job.done" else reasons.REASONS[code]
            judged = self._standing
            why = judged.reason if judged is not None and judged.state is DeviceState.FAILED else None
            if why is None or why.code in _MEANWHILE:
                bad_since = None
            elif bad_since is None:
                bad_since = loop.time()
            elif loop.time() - bad_since >= TROUBLE_LASTS_S:
                break
            await asyncio.sleep(LOOK_AT_JOB_S)
        # A page that would come out by itself during the exam is worse than none.
        await self._line.cancel(job.number)
        return why or reasons.TIMED_OUT

    def _page_text(self) -> PageText:
        facts = self._standing.facts if self._standing is not None else {}
        resolutions = [f"{x} × {y} dpi" for x, y in facts.get("resolutions_dpi", [])]
        doubt = str(facts.get("resolution_doubt", ""))
        named = self._identity
        return PageText(
            printer=f"{named.maker} {named.model}".strip(),
            queue=self._line.queue or self._line.uri,
            serial=named.serial,
            firmware=named.firmware,
            resolution=", ".join(resolutions) or doubt,
            printed_at=datetime.now().astimezone().isoformat(" ", "seconds"),
        )
