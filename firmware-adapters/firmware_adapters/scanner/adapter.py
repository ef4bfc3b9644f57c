"""What all scanners have in common: judging scans, telling them, the actions; each wire adds how it reads."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Annotated, Any, ClassVar, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from firmware_adapters.adapter import (
    Action,
    ActionRefused,
    Adapter,
    Answer,
    DeviceFault,
    DeviceGone,
    DeviceKind,
    DeviceState,
    Event,
    Json,
    Options,
    Report,
    SelfTestStep,
    StateReport,
    failed_step,
    self_test_answer,
)
from firmware_adapters.scanner import reasons
from firmware_adapters.scanner.options import ScannerOptions
from firmware_adapters.scanner.scan import RawScan, RecentScans, Scan, judge
from firmware_adapters.sighting import Sighting

M = TypeVar("M", bound=BaseModel)

SCANNED, UNREADABLE = "code.scanned", "code.unreadable"


class _Wait(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    wait_s: Annotated[float, Field(ge=0, le=60)] = 10.0
    """How long to wait for a code, seconds."""


class _SelfTestParameters(_Wait):
    code: bool = False
    """Have a person scan a code too."""


class CodeScanner(Adapter):
    """A scanner (扫码器). Events: code.scanned, code.unreadable.

    `code.scanned` carries `text`, `symbology` (empty unless the scanner tells it), `source` (`scanner`),
    `repeated` and `ended_by`; `code.unreadable` the `reason`, a `detail`, what can be `shown` of the text and
    its `length`.
    """

    kind: ClassVar[DeviceKind] = DeviceKind.SCANNER

    def __init__(self, sighting: Sighting, options: Options, quirks: frozenset[str] = frozenset()) -> None:
        super().__init__(sighting, options, quirks)
        self._common = cast("ScannerOptions", options)
        self._reports: asyncio.Queue[Report | DeviceFault | DeviceGone] = asyncio.Queue()
        self._recent = RecentScans(self._common.repeat_window_s)
        self._refused_in_a_row = 0
        self._degraded = False
        self._awaited: set[asyncio.Future[Scan]] = set()
        self._silence: asyncio.TimerHandle | None = None

    @abstractmethod
    def tested(self) -> list[SelfTestStep]:
        """Return the steps of a self-test that need nobody: is it open, set as it should be."""

    async def events(self) -> AsyncIterator[Report]:
        """Yield the state and every scan."""
        yield StateReport(DeviceState.READY)
        while True:
            report = await self._reports.get()
            if isinstance(report, DeviceFault | DeviceGone):
                raise report
            yield report

    def actions(self) -> Mapping[str, Action]:
        """`self_test` and `read_one`."""
        return {"self_test": self._self_test, "read_one": self._read_one}

    def take(self, raw: RawScan | None) -> None:
        """Judge a scan and tell it; None is none."""
        if raw is None:
            return
        options = self._common
        scan = judge(
            raw, prefix=options.prefix, aim_identifier=options.aim_identifier, longest=options.longest
        )
        if scan.fault is None and not scan.text:
            return  # nothing but a prefix
        self._tell(scan)
        for awaited in self._awaited:
            if not awaited.done():
                awaited.set_result(scan)

    def listen_for_silence(self, *, pending: bool, after_s: float, then: Callable[[], None]) -> None:
        """Have `then` called after a silence while a scan is pending; called anew for all that comes."""
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        if pending:
            self._silence = asyncio.get_running_loop().call_later(after_s, then)

    def ended(self, how: DeviceFault | DeviceGone) -> None:
        """Reading has ended: unplugged, or a fault."""
        self._reports.put_nowait(how)
        for awaited in self._awaited:
            if not awaited.done():
                awaited.set_exception(how)

    def forget_silence(self) -> None:
        """Stop waiting for a silence."""
        self.listen_for_silence(pending=False, after_s=0.0, then=lambda: None)

    def _tell(self, scan: Scan) -> None:
        if scan.fault is None:
            body: dict[str, Any] = {
                "text": scan.text,
                "symbology": scan.symbology,
                "source": "scanner",
                "repeated": self._recent.is_repeated(scan.text, asyncio.get_running_loop().time()),
                "ended_by": scan.ended_by,
            }
            self._reports.put_nowait(Event(SCANNED, body))
            self._refused_in_a_row = 0
            if self._degraded:
                self._degraded = False
                self._reports.put_nowait(StateReport(DeviceState.READY))
            return
        reason = scan.fault
        told = {"code": reason.code, "zh": reason.zh, "en": reason.en}
        body = {"reason": told, "detail": scan.detail, "shown": scan.shown, "length": len(scan.text)}
        self._reports.put_nowait(Event(UNREADABLE, body))
        self._refused_in_a_row += 1
        if self._refused_in_a_row >= self._common.refused_before_degraded:
            self._degraded = True
            self._reports.put_nowait(StateReport(DeviceState.DEGRADED, reason))

    async def _read_one(self, parameters: Mapping[str, Json]) -> Answer:
        """Wait for the next scan and answer it; it is told as an event all the same."""
        scan = await self._next_scan(_checked(_Wait, parameters).wait_s)
        if scan.fault is not None:
            raise ActionRefused(scan.fault, scan.detail)
        return Answer({"text": scan.text, "symbology": scan.symbology, "ended_by": scan.ended_by})

    async def _self_test(self, parameters: Mapping[str, Json]) -> Answer:
        wanted = _checked(_SelfTestParameters, parameters)
        steps = self.tested()
        if wanted.code and all(step.passed for step in steps):
            steps.append(await self._code_step(wanted.wait_s))
        return self_test_answer(steps)

    async def _code_step(self, wait_s: float) -> SelfTestStep:
        zh, en = "扫到一个码", "Reads a code"
        try:
            scan = await self._next_scan(wait_s)
        except ActionRefused as refused:
            return failed_step("reads_code", zh, en, refused.reason, refused.detail)
        if scan.fault is not None:
            return failed_step("reads_code", zh, en, scan.fault, f"{scan.shown} {scan.detail}".strip())
        # A self-test is kept, and codes hold personal numbers: only the kind and the length are told.
        measured = f"{scan.symbology or '-'}, {len(scan.text)} characters, {scan.ended_by}"
        return SelfTestStep("reads_code", zh, en, True, measured)

    async def _next_scan(self, wait_s: float) -> Scan:
        awaited: asyncio.Future[Scan] = asyncio.get_running_loop().create_future()
        self._awaited.add(awaited)
        try:
            async with asyncio.timeout(wait_s):
                return await awaited
        except TimeoutError:
            raise ActionRefused(reasons.NOTHING_SCANNED, f"{wait_s:g} s") from None
        finally:
            self._awaited.discard(awaited)


def _checked(model: type[M], parameters: Mapping[str, Json]) -> M:
    try:
        return model.model_validate(dict(parameters))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ActionRefused(reasons.BAD_PARAMETERS, f"{place}: {first['msg']}") from None
