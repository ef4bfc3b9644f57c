"""A UPS that a NUT server has: its state, the events of the power, its numbers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, ClassVar, cast

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
    Identity,
    Json,
    Options,
    Reason,
    Report,
    SelfTestStep,
    StateReport,
    self_test_answer,
)
from firmware_adapters.power import reasons, self_test
from firmware_adapters.power.nut_client import NutAddress, NutClient, NutRefused, NutSilent, NutUnreachable
from firmware_adapters.power.nut_lines import NutGarbled
from firmware_adapters.power.options import UpsOptions
from firmware_adapters.power.source import SERVER_PROPERTY, UPS_PROPERTY
from firmware_adapters.power.status import Limits, Power, UpsStatus, ups_status
from firmware_adapters.sighting import Sighting

ON_BATTERY, LOW, RESTORED = "power.on_battery", "power.low", "power.restored"
FIRST_WORDS_S = 3.0
"""A driver that was started together with the UPS tells who it is within this, seconds."""
QUICK_TEST = "test.battery.start.quick"
_REFUSALS = {
    "DATA-STALE": reasons.DATA_STALE,
    "DRIVER-NOT-CONNECTED": reasons.DRIVER_GONE,
    "ACCESS-DENIED": reasons.DENIED,
}
_TROUBLE = (NutRefused, NutUnreachable, NutGarbled)


class _SelfTestParameters(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    battery: bool = False
    """Also let the UPS test its battery: it feeds from it for some seconds. Needs an account."""
    wait_s: Annotated[float, Field(ge=1, le=120)] = 30.0
    """How long the battery test may take, seconds."""


class NutUps(Adapter):
    """A UPS (不间断电源). Events: power.on_battery, power.low, power.restored, each with all numbers."""

    kind: ClassVar[DeviceKind] = DeviceKind.POWER
    options_model: ClassVar[type[Options]] = UpsOptions

    def __init__(self, sighting: Sighting, options: Options, quirks: frozenset[str] = frozenset()) -> None:
        super().__init__(sighting, options, quirks)
        self._options = cast("UpsOptions", options)
        self._ups = sighting.properties.get(UPS_PROPERTY, "") or sighting.node.partition("@")[0]
        server = sighting.properties.get(SERVER_PROPERTY, "") or sighting.node.partition("@")[2]
        self._client = NutClient(
            NutAddress.parse(server or "localhost"), timeout_s=self._options.answers_within_s
        )
        self._limits = Limits(self._options.low_charge_percent, self._options.low_runtime_s)

    async def probe(self) -> Identity:
        """Ask who the UPS is. One whose driver has lost it tells nothing and is opened all the same."""
        told = await self._first_told()

        def of(*names: str) -> str:
            return next((told[name].strip()[:120] for name in names if told.get(name, "").strip()), "")

        return Identity(
            maker=of("device.mfr", "ups.mfr"),
            model=of("device.model", "ups.model") or self.sighting.model,
            serial=of("device.serial", "ups.serial"),
            firmware=of("ups.firmware"),
            facts={
                "driver": of("driver.name"),
                "ups": self._ups,
                "server": str(self._client.address),
                "battery_type": of("battery.type"),
                **(dict(ups_status(told, self._limits).facts) if told else {}),
            },
        )

    async def _first_told(self) -> Mapping[str, str]:
        """Return its variables; a driver that upsd only just got gets a moment to tell them."""
        end = asyncio.get_running_loop().time() + FIRST_WORDS_S
        while True:
            try:
                told = await self._client.variables(self._ups)
            except _TROUBLE as error:
                if isinstance(error, NutRefused) and error.code == "UNKNOWN-UPS":
                    raise DeviceGone(self._ups) from error
                if not isinstance(error, NutRefused):
                    raise DeviceFault(_reason_of(error), str(error)) from error
                told = {}
            if told.get("ups.status", "WAIT") != "WAIT" or asyncio.get_running_loop().time() > end:
                return told
            await asyncio.sleep(0.1)

    async def open(self) -> None:
        """Nothing is held: upsd serves everybody."""

    async def events(self) -> AsyncIterator[Report]:
        """Yield the state and what happens to the power."""
        loop = asyncio.get_running_loop()
        power, told = Power.MAINS, None
        """The power as of the last event, and the last state report with the time it was told."""
        told_at, heard_at = 0.0, loop.time()
        while True:
            now = loop.time()
            try:
                variables = await self._client.variables(self._ups)
                if variables.get("ups.status") == "WAIT":
                    # upsd has the UPS, its driver has told nothing yet.
                    raise NutUnreachable("the driver has not told anything yet")
                status = ups_status(variables, self._limits)
                heard_at = loop.time()
            except _TROUBLE as error:
                if isinstance(error, NutRefused) and error.code == "UNKNOWN-UPS":
                    raise DeviceGone(self._ups) from error
                report = StateReport(DeviceState.FAILED, _reason_of(error))
                away = isinstance(error, NutUnreachable)
                if not (away and loop.time() - heard_at < self._options.patience_s) and report != told:
                    yield report
                    told, told_at = report, loop.time()
            else:
                if status.power is not None and status.power is not power:
                    power = status.power
                    yield _event(power, status)
                report = StateReport(status.state, status.reason, status.facts)
                if (
                    told is None
                    or (report.state, report.reason) != (told.state, told.reason)
                    or (report != told and now - told_at >= self._options.numbers_every_s)
                ):
                    yield report
                    told, told_at = report, now
            await asyncio.sleep(max(0.0, now + self._options.poll_s - loop.time()))

    def actions(self) -> Mapping[str, Action]:
        """`self_test`, with the battery where an account is set; `numbers`."""
        return {"self_test": self._self_test, "numbers": self._numbers}

    async def close(self) -> None:
        """Hang up."""
        await self._client.close()

    async def _numbers(self, _parameters: Mapping[str, Json]) -> Answer:
        """Return all that the UPS tells: `{"facts": {...}, "variables": {name: value}}`."""
        try:
            told = await self._client.variables(self._ups)
        except _TROUBLE as error:
            raise ActionRefused(_reason_of(error), str(error)) from error
        return Answer({"facts": dict(ups_status(told, self._limits).facts), "variables": told})

    async def _self_test(self, parameters: Mapping[str, Json]) -> Answer:
        try:
            wanted = _SelfTestParameters.model_validate(dict(parameters))
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            detail = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise ActionRefused(reasons.BAD_PARAMETERS, detail) from error
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            told = await self._client.variables(self._ups)
        except _TROUBLE as error:
            return self_test_answer([self_test.answers_step(_reason_of(error), 0.0)])
        steps = [self_test.answers_step(None, loop.time() - begun)]
        steps += self_test.status_steps(ups_status(told, self._limits))
        if wanted.battery:
            steps.append(await self._battery_step(told.get("ups.test.date", ""), wanted.wait_s))
        return self_test_answer(steps)

    async def _battery_step(self, date_before: str, wait_s: float) -> SelfTestStep:
        if not self._options.user:
            return self_test.battery_step("", reasons.NO_ACCOUNT)
        try:
            await self._client.command(self._ups, QUICK_TEST, self._options.user, self._options.password)
            return self_test.battery_step(await self._test_result(date_before, wait_s), None)
        except _TROUBLE as error:
            return self_test.battery_step("", _reason_of(error))

    async def _test_result(self, date_before: str, wait_s: float) -> str:
        """Wait for the end of the battery test: TEST in its status is gone and there is a result."""
        loop = asyncio.get_running_loop()
        end = loop.time() + wait_s
        result, begun = "", False
        while loop.time() < end:
            await asyncio.sleep(self._options.poll_s)
            told = await self._client.variables(self._ups)
            result = told.get("ups.test.result", "")
            testing = "TEST" in told.get("ups.status", "").split() or "progress" in result.lower()
            begun = begun or testing or told.get("ups.test.date", "") != date_before
            if begun and not testing and result:
                return result
        return result if begun else ""


def _event(power: Power, status: UpsStatus) -> Event:
    name = {Power.MAINS: RESTORED, Power.BATTERY: ON_BATTERY, Power.LOW: LOW}[power]
    return Event(name, status.facts)


def _reason_of(error: NutRefused | NutUnreachable | NutGarbled) -> Reason:
    if isinstance(error, NutRefused):
        return _REFUSALS.get(error.code, reasons.REFUSED)
    if isinstance(error, NutGarbled):
        return reasons.GARBLED
    return reasons.UPSD_SILENT if isinstance(error, NutSilent) else reasons.UPSD_DOWN
