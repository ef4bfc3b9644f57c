"""What the device daemon says over HTTP, as models: used by the daemon, its client and the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from firmware_adapters.adapter import DeviceKind, DeviceState, Reason


class _Said(BaseModel):
    """Base: a client of an earlier release passes over what it does not know."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


At = Annotated[datetime, PlainSerializer(_iso, return_type=str)]
"""A moment, on the wire ISO 8601 in UTC with milliseconds and Z."""


class ReasonSaid(_Said):
    """Why a device is in its state and what to do next."""

    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, reason: Reason | None) -> ReasonSaid | None:
        """Return a reason as it is said; None stays None."""
        return None if reason is None else cls(code=reason.code, zh=reason.zh, en=reason.en)


class Device(_Said):
    """A device (设备) with its state; one that is absent is remembered and keeps what it said of itself."""

    id: str
    """Safe in a path: letters, digits, `.`, `_`, `-`."""
    kind: DeviceKind
    entry: str
    """Id of its entry in the catalogue."""
    zh: str
    en: str
    state: DeviceState
    reason: ReasonSaid | None = None
    maker: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    port: str = ""
    node: str = ""
    usb_id: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)
    since: At
    """When it came into its state."""
    actions: tuple[str, ...] = ()
    """What can be asked of it, once it was opened."""
    simulated: bool = False
    was: str = ""
    """Its id before a second device with the same serial number came, when both ids got their port."""


class DeviceList(_Said):
    """All devices, and the seq of the last message on the stream that they already contain."""

    seq: int
    devices: tuple[Device, ...]


class UnknownSighting(_Said):
    """Something that no entry of the catalogue matches, though it might be one of our kinds."""

    key: str
    subsystem: str
    node: str
    usb_id: str
    interfaces: tuple[str, ...]
    serial: str
    maker: str
    model: str
    port: str
    guess: str
    """Kind that it may be; empty when its class tells nothing."""
    keys: dict[str, Any]
    """What would match it, in the form of an entry's `match`."""
    suggestion: str
    """An entry to paste into the catalogue, YAML."""


class UnknownList(_Said):
    """Everything that is there and unknown."""

    sightings: tuple[UnknownSighting, ...]


class DeviceGoneSaid(_Said):
    """A device is no longer in the list: forgotten, or it has another id now."""

    id: str


class DeviceEvent(_Said):
    """Something happened at a device."""

    device: str
    kind: DeviceKind
    name: str
    body: dict[str, Any] = Field(default_factory=dict)
    at: At
    blob: str = ""
    """Path of a picture, kept for a minute or two: /v1/blobs/SHA256; empty for none."""
    blob_type: str = ""


class ActionAnswer(_Said):
    """What an action gave back."""

    body: dict[str, Any] = Field(default_factory=dict)
    blob: str = ""
    blob_type: str = ""


class SelfTestStepSaid(_Said):
    """One step of a self-test."""

    name: str
    zh: str
    en: str
    passed: bool
    measured: str = ""


class SelfTest(_Said):
    """The result of a self-test (自检); its picture is kept as long as the result."""

    at: At
    passed: bool
    steps: tuple[SelfTestStepSaid, ...] = ()
    blob: str = ""
    blob_type: str = ""


class SelfTestList(_Said):
    """Results of one device, newest first."""

    results: tuple[SelfTest, ...]


What = Literal["plugged", "unplugged", "fault", "recovered", "self_test"]


class HistoryLine(_Said):
    """One line of the history of plugs and faults."""

    at: At
    device: str
    kind: DeviceKind
    zh: str
    """The device's name at that time."""
    en: str
    what: What
    reason: ReasonSaid | None = None
    detail: str = ""
    """English, for the technician's support: an error's text, the port, `passed`."""


class History(_Said):
    """Lines, newest first."""

    lines: tuple[HistoryLine, ...]


SourceState = Literal["starting", "listed", "failed"]


class SourceStatus(_Said):
    """How a source of sightings is."""

    name: str
    state: SourceState
    reason: ReasonSaid | None = None
    detail: str = ""
    sightings: int = 0
    """How many it showed when it last listed."""
    at: At
    """When it last listed or failed."""


class DaemonStatus(_Said):
    """How the daemon is."""

    version: str
    since: At
    sources: tuple[SourceStatus, ...]
    devices: dict[str, int]
    """Number of devices by state."""
    dock: bool


class ChoiceSaid(_Said):
    """One of the values that a parameter may have, and what a form calls it."""

    value: str
    zh: str
    en: str


class ActParameterSaid(_Said):
    """One parameter of an act, as a form shows it."""

    name: str
    zh: str
    en: str
    type: str
    choices: tuple[ChoiceSaid, ...] = ()


class ActSaid(_Said):
    """Something that can be done with a simulator."""

    name: str
    zh: str
    en: str
    parameters: tuple[ActParameterSaid, ...] = ()


class SimulatorSaid(_Said):
    """A simulator of the dock."""

    id: str
    kind: DeviceKind
    zh: str
    en: str
    plugged: bool
    device_id: str | None = None
    acts: tuple[ActSaid, ...] = ()


class DockList(_Said):
    """All simulators."""

    simulators: tuple[SimulatorSaid, ...]
