"""What the console and the server say to each other about devices."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from central_sync.protocol.items import Words
from exam_appliance.devices.assigning import LABEL_LENGTH
from exam_appliance.web.terminals.console_models import MissedTerminal
from firmware_adapters.adapter import DeviceKind, DeviceState

DeviceId = Annotated[str, Field(min_length=1, max_length=300)]
StationLabel = Annotated[str, StringConstraints(max_length=LABEL_LENGTH, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ReasonView(Words):
    """Why a device is in its state, and what to do."""

    code: str
    zh: str
    en: str


class LastTest(Words):
    """When a device was tested last, and whether it passed."""

    at: AwareDatetime
    passed: bool


class DeviceAction(Words):
    """Something that a technician may have a device do."""

    name: str
    zh: str
    en: str


class DeviceView(Words):
    """A device as the console shows it; one that is bound stays listed while it is absent."""

    id: str
    kind: DeviceKind
    zh: str
    en: str
    state: DeviceState
    reason: ReasonView | None
    maker: str
    model: str
    serial: str
    firmware: str
    port: str
    node: str
    usb_id: str
    entry: str
    """Id of the catalogue entry that matched."""
    facts: dict[str, Any]
    since: AwareDatetime | None
    simulated: bool
    roles: tuple[str, ...]
    actions: tuple[DeviceAction, ...]
    can_test: bool
    test_with_person: bool
    """Whether its self-test can go on to have somebody lay a card or scan a code."""
    last_test: LastTest | None


class BoundView(Words):
    """A device in a role."""

    device: str
    kind: DeviceKind
    name: str
    """Maker and model, as known when it was bound."""
    serial: str
    port: str
    at: AwareDatetime
    actor: str
    there: bool
    replacements: tuple[str, ...]
    """Present devices without a role that could take over while this one is absent."""


class RoleView(Words):
    """A role at a station and who has it."""

    role: str
    zh: str
    en: str
    kinds: tuple[DeviceKind, ...]
    needed: bool
    several: bool
    shared: bool
    bound: tuple[BoundView, ...]


class StationView(Words):
    """A station (点位) with its roles."""

    station: str
    kind: str
    zh: str
    en: str
    label: str
    removable: bool
    roles: tuple[RoleView, ...]


class StationKindView(Words):
    """A kind of station of which the site may set up more."""

    kind: str
    zh: str
    en: str
    many: int
    most: int


class KindView(Words):
    """A kind of device."""

    kind: DeviceKind
    zh: str
    en: str


class LineView(Words):
    """How the server stands with the device daemon."""

    state: Literal["off", "starting", "live", "away"]
    since: AwareDatetime


class PowerView(Words):
    """How the server is powered."""

    power: Literal["mains", "battery", "low", "unknown", "none"]
    """none: no UPS."""
    device: str
    since: AwareDatetime | None
    charge_percent: int | None
    runtime_s: int | None
    running: tuple[str, ...]
    """Sessions under way that could be paused."""


class DeviceEventView(Words):
    """Something that happened at a device, for the technician's eyes; ID numbers with the middle hidden."""

    device: str
    kind: DeviceKind
    name: str
    at: AwareDatetime
    body: dict[str, Any]
    blob: str
    """SHA-256 of a picture below /blobs, kept for a minute or two; empty for none."""
    blob_type: str


class DevicesView(Words):
    """All of it, as of now."""

    run: str
    """Another after each start of the server; `seq` counts within it."""
    seq: int
    line: LineView
    dock: bool
    kinds: tuple[KindView, ...]
    devices: tuple[DeviceView, ...]
    stations: tuple[StationView, ...]
    station_kinds: tuple[StationKindView, ...]
    power: PowerView
    unknown: tuple[str, ...]
    """Keys of what is plugged in and unknown, as far as somebody asked."""
    missed: tuple[MissedTerminal, ...] = ()
    """Identity terminals that fell silent while candidates may come."""


class DevicesChange(Words):
    """Data of a server-sent event: `whole` at first, then what changed since the last one."""

    run: str
    seq: int
    whole: DevicesView | None
    line: LineView
    power: PowerView
    unknown: tuple[str, ...]
    missed: tuple[MissedTerminal, ...] = ()
    devices: tuple[DeviceView, ...]
    gone: tuple[str, ...]
    stations: tuple[StationView, ...] | None
    """All stations, when anything about them changed."""
    station_kinds: tuple[StationKindView, ...] | None
    events: tuple[DeviceEventView, ...]
    """Sent to technicians only."""


class DeviceEvents(Words):
    """The newest events of a device since the server's start, newest first."""

    events: tuple[DeviceEventView, ...]


class BindRequest(Words):
    """Give a device a role; `move` takes away the role that it has now."""

    device: DeviceId
    move: bool = False


class ReplaceRequest(Words):
    """Put `by` in the place of `device`."""

    device: DeviceId
    by: DeviceId
    move: bool = False


class UnbindRequest(Words):
    """Take the role away from a device."""

    device: DeviceId


class StationRequest(Words):
    """One more station of a kind."""

    kind: Annotated[str, Field(max_length=20)]
    label: StationLabel = ""


class StationChange(Words):
    """What the site calls a station."""

    label: StationLabel


class SelfTestRequest(Words):
    """Test a device; `with_person` also waits for somebody to lay a card or scan a code."""

    with_person: bool = False


class SelfTestStepView(Words):
    """One step of a self-test."""

    name: str
    zh: str
    en: str
    passed: bool
    measured: str


class SelfTestView(Words):
    """The result of a self-test (自检)."""

    at: AwareDatetime
    passed: bool
    steps: tuple[SelfTestStepView, ...]
    blob: str
    """SHA-256 of a picture below /blobs, kept as long as the result; empty for none."""
    blob_type: str


class SelfTests(Words):
    """Kept results, newest first."""

    results: tuple[SelfTestView, ...]


class ActionAnswer(Words):
    """What a device answered to an action."""

    body: dict[str, Any]
    blob: str
    blob_type: str


class UnknownDevice(Words):
    """Something that is plugged in and that no catalogue entry matches."""

    key: str
    name: str
    keys: dict[str, Any]
    """What an entry could match it by."""
    suggestion: str
    """A catalogue entry to paste, YAML."""


class UnknownDevices(Words):
    """All that is unknown."""

    sightings: tuple[UnknownDevice, ...]


class HistoryQuery(Words):
    """Which lines: of one device only, at most so many."""

    device: DeviceId | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class HistoryLine(Words):
    """A plug, a fault or a test."""

    at: AwareDatetime
    device: str
    kind: str
    zh: str
    en: str
    what: str
    """plugged, unplugged, fault, recovered, self_test."""
    reason: ReasonView | None
    detail: str


class DeviceHistory(Words):
    """Lines of the history, newest first."""

    lines: tuple[HistoryLine, ...]


class PowerPaused(Words):
    """Sessions that were paused, and those that could not be."""

    paused: tuple[str, ...]
    refused: tuple[str, ...]


class ChoiceView(Words):
    """A value that a parameter may have."""

    value: str
    zh: str
    en: str


class ActParameterView(Words):
    """A parameter of an act, as a form shows it."""

    name: str
    zh: str
    en: str
    type: str
    """text, number, flag or choice."""
    choices: tuple[ChoiceView, ...]


class ActView(Words):
    """Something that can be done with a simulated device."""

    name: str
    zh: str
    en: str
    parameters: tuple[ActParameterView, ...]


class SimulatorView(Words):
    """A simulated device of the dock."""

    id: str
    kind: DeviceKind
    zh: str
    en: str
    plugged: bool
    device: str | None
    """Id of the device that it makes, while it is plugged in and seen."""
    acts: tuple[ActView, ...]


class DockView(Words):
    """The dock of simulated devices (模拟设备坞)."""

    simulators: tuple[SimulatorView, ...]


class ActRequest(Words):
    """Values of an act's parameters by name."""

    parameters: Annotated[
        dict[Annotated[str, Field(max_length=40)], str | int | float | bool | None], Field(max_length=20)
    ]


class ActDone(Words):
    """What the act told."""

    told: dict[str, Any]
