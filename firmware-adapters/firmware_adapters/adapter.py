"""What an adapter is. A device is data (the catalogue), an interface (this file) and behaviour (an adapter).

Every device runs in a process of its own that holds one adapter: it may block, hang or crash there, and
takes nothing else with it. The process calls `probe`, `open`, then reads `events` until the device is gone,
calls `actions` in between, and `close` at the end whatever happened.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from firmware_adapters.sighting import Sighting

Json = Any
"""What orjson writes: str, int, float, bool, None, lists and dicts with str keys."""


class DeviceKind(StrEnum):
    """Kinds of device (设备类别)."""

    ID_CARD = "id_card"  # 身份证阅读器
    SMART_CARD = "smart_card"  # 智能卡读写器
    SCANNER = "scanner"  # 扫码器
    CAMERA = "camera"  # 摄像头
    PRINTER = "printer"  # 打印机
    RECEIPT_PRINTER = "receipt_printer"  # 小票打印机
    POWER = "power"  # 不间断电源


class DeviceState(StrEnum):
    """States of a device (设备状态)."""

    ABSENT = "absent"  # bound or seen before, not there now
    PRESENT = "present"  # there, not yet spoken with
    READY = "ready"
    BUSY = "busy"  # at work: reading a card, printing
    DEGRADED = "degraded"  # works, but something needs a person: toner low, on battery
    FAILED = "failed"  # does not work; the reason says what to do


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a device is in its state: a stable code and a sentence that says what to do next.

    Each family declares its reasons once in its `reasons.py`; `code` begins with the family's name, as in
    `id_card.checksum`.
    """

    code: str
    zh: str
    en: str


class DeviceFault(Exception):
    """The device is there but does not do what it should. The device's process ends and is tried again."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.code}: {detail}" if detail else reason.code)
        self.reason = reason
        self.detail = detail
        """For the log and the history, English, one line."""


class DeviceGone(Exception):
    """The device was unplugged (ENODEV, EIO on a closed line): no fault, the next listing lacks it."""


class ActionRefused(Exception):
    """An action cannot be done now or with these parameters; the device goes on."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.code}: {detail}" if detail else reason.code)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says of itself when asked; empty where it tells nothing."""

    maker: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    facts: Mapping[str, Json] = field(default_factory=dict)
    """Kind-specific, shown on the console and used by readiness: `resolutions_dpi`, `formats` ..."""


@dataclass(frozen=True, slots=True)
class StateReport:
    """The device's state changed."""

    state: DeviceState
    reason: Reason | None = None
    facts: Mapping[str, Json] = field(default_factory=dict)
    """Replaces facts of the same name."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened at the device: `card.read`, `code.scanned`, `power.on_battery`."""

    name: str
    body: Mapping[str, Json] = field(default_factory=dict)
    blob: bytes = b""
    """A picture that goes with it."""
    blob_type: str = ""
    """Its media type."""


Report = StateReport | Event


@dataclass(frozen=True, slots=True)
class Answer:
    """What an action gives back."""

    body: Mapping[str, Json] = field(default_factory=dict)
    blob: bytes = b""
    blob_type: str = ""


@dataclass(frozen=True, slots=True)
class SelfTestStep:
    """One step of a self-test, as a person reads it."""

    name: str
    """Stable code: `answers`, `reads_card`, `resolution`."""
    zh: str
    en: str
    passed: bool
    measured: str = ""
    """What was seen, with its unit: `2592x1944`, `84 ms`."""


Action = Callable[[Mapping[str, Json]], Awaitable[Answer]]


class Options(BaseModel):
    """Base of an adapter's options: what a catalogue entry or a technician may set; others are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Adapter(ABC):
    """Speaks to one device.

    Built with the sighting that matched and options that `options_model` has checked. Methods run on the
    event loop of the device's own process; whatever a simulator or a hostile device sends, they raise only
    DeviceFault, DeviceGone and ActionRefused.
    """

    kind: ClassVar[DeviceKind]
    options_model: ClassVar[type[Options]] = Options
    quirks: ClassVar[frozenset[str]] = frozenset()
    """Quirks this adapter knows; a catalogue entry may name no other."""

    def __init__(self, sighting: Sighting, options: Options, quirks: frozenset[str] = frozenset()) -> None:
        self.sighting = sighting
        self.options = options
        self.active_quirks = quirks

    @abstractmethod
    async def probe(self) -> Identity:
        """Ask the device who it is; ids are shared between makers, so believe its answer, not its id.

        Raises DeviceFault when it is not what the catalogue takes it for, DeviceGone.
        """

    @abstractmethod
    async def open(self) -> None:
        """Make the device ready for events and actions. Raises DeviceFault, DeviceGone."""

    @abstractmethod
    def events(self) -> AsyncIterator[Report]:
        """Yield what happens until cancelled. Raises DeviceFault, DeviceGone."""

    @abstractmethod
    def actions(self) -> Mapping[str, Action]:
        """Return what can be asked of it, by name. `self_test` is among them and answers
        `{"passed": bool, "steps": [SelfTestStep as dict, ...]}`."""

    @abstractmethod
    async def close(self) -> None:
        """Give back what was taken: descriptors, grabs, queues. Never raises; may be called twice."""


def failed_step(name: str, zh: str, en: str, reason: Reason, detail: str = "") -> SelfTestStep:
    """Return a step that failed: its words with the reason's sentence, measured the code and the detail."""
    told = f"{reason.code} {detail}".strip()
    return SelfTestStep(name, f"{zh}：{reason.zh}", f"{en}: {reason.en}", False, told)


def self_test_answer(steps: list[SelfTestStep], *, blob: bytes = b"", blob_type: str = "") -> Answer:
    """Return the answer of `self_test` from its steps; it passed when all steps did."""
    body = {
        "passed": all(step.passed for step in steps),
        "steps": [
            {
                "name": step.name,
                "zh": step.zh,
                "en": step.en,
                "passed": step.passed,
                "measured": step.measured,
            }
            for step in steps
        ],
    }
    return Answer(body, blob, blob_type)
