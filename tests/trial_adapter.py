"""An adapter of a device that does what a test asks of it: hangs, crashes, floods, refuses, answers."""

from __future__ import annotations

import asyncio
import ctypes
import os
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

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

WORN_OUT = Reason("trial.worn_out", "试验设备已磨损，请更换", "the trial device is worn out: replace it")
LOW = Reason("trial.low", "试验设备电量低，请充电", "the trial device is low: charge it")
WRONG = Reason("trial.wrong", "参数有误", "wrong parameters")


class TrialOptions(Options):
    """`misbehave`: none, hang_probe, crash_probe, fault_probe, slow_probe, flood, hang, crash, spin."""

    misbehave: str = "none"
    node_is_file: bool = False
    """Its node is a file: lines appended to it become events, and its loss is an unplug."""
    serial: str = ""
    once: str = ""
    """Misbehave only while this file is not there, and make it."""


class TrialAdapter(Adapter):
    """A device that a test commands through its options, its file and its actions."""

    kind = DeviceKind.SCANNER
    options_model = TrialOptions
    quirks = frozenset({"loud"})
    options: TrialOptions

    def _misbehaves(self, how: str) -> bool:
        if self.options.misbehave != how:
            return False
        if self.options.once:
            if Path(self.options.once).exists():
                return False
            Path(self.options.once).touch()
        return True

    async def probe(self) -> Identity:
        if self._misbehaves("hang_probe"):
            time.sleep(3600)  # noqa: ASYNC251 - this is how a vendor's library hangs
        if self._misbehaves("slow_probe"):
            await asyncio.sleep(3600)
        if self._misbehaves("crash_probe"):
            ctypes.string_at(0)
        if self._misbehaves("fault_probe"):
            raise DeviceFault(WORN_OUT, "in probe")
        return Identity("Trial", "T1", self.options.serial, "1.0", {"pid": os.getpid()})

    async def open(self) -> None:
        return None

    async def events(self) -> AsyncIterator[Report]:
        yield StateReport(DeviceState.READY)
        if self._misbehaves("hang"):
            time.sleep(3600)  # noqa: ASYNC251
        if self._misbehaves("crash"):
            os.abort()
        if self._misbehaves("spin"):
            while True:
                pass
        if self._misbehaves("flood"):
            while True:
                yield Event("code.scanned", {"text": "x" * 200})
        if not self.options.node_is_file:
            await asyncio.Event().wait()
        at = 0
        while True:
            try:
                text = await asyncio.to_thread(Path(self.sighting.node).read_text, "utf-8")
            except FileNotFoundError:
                raise DeviceGone(self.sighting.node) from None
            lines = text.splitlines()
            for line in lines[at:]:
                yield Event("code.scanned", {"text": line}, b"picture", "image/x-trial")
            at = len(lines)
            await asyncio.sleep(0.005)

    def actions(self) -> Mapping[str, Action]:
        return {
            "self_test": self._self_test,
            "echo": self._echo,
            "hang": self._hang,
            "sleep": self._sleep,
            "crash": self._crash,
            "fault": self._fault,
            "refuse": self._refuse,
        }

    async def _self_test(self, parameters: Mapping[str, Json]) -> Answer:
        step = SelfTestStep("answers", "能应答", "answers", True, "1 ms")
        return self_test_answer([step], blob=b"a picture", blob_type="image/x-trial")

    async def _echo(self, parameters: Mapping[str, Json]) -> Answer:
        return Answer(dict(parameters), b"blob", "text/plain")

    async def _hang(self, parameters: Mapping[str, Json]) -> Answer:
        time.sleep(3600)  # noqa: ASYNC251
        return Answer()

    async def _sleep(self, parameters: Mapping[str, Json]) -> Answer:
        await asyncio.sleep(float(parameters["s"]))
        return Answer()

    async def _crash(self, parameters: Mapping[str, Json]) -> Answer:
        os.abort()

    async def _fault(self, parameters: Mapping[str, Json]) -> Answer:
        raise DeviceFault(WORN_OUT, "in an action")

    async def _refuse(self, parameters: Mapping[str, Json]) -> Answer:
        raise ActionRefused(WRONG, "as asked")

    async def close(self) -> None:
        return None


class TrialCardReader(TrialAdapter):
    """The same as a device of another kind."""

    kind = DeviceKind.ID_CARD
