"""What the checks may look at: the machine, what reported, devices, the line to the centre."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from exam_appliance.readiness.finding import Text
from exam_appliance.readiness.heard.machines import HeardMachine, Use
from exam_appliance.readiness.machine.commands import Ask
from exam_appliance.terminals.standing import Standing

ROOT = Path("/")


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """A place of the site that a device is bound to (岗位), such as the reader of gate 1."""

    id: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """A device as the device daemon shows it."""

    id: str
    kind: str
    state: str
    """`absent`, `present`, `ready`, `busy`, `degraded` or `failed`."""
    maker: str = ""
    model: str = ""
    serial: str = ""
    zh: str = ""
    en: str = ""
    reason: Text | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    simulated: bool = False
    roles: tuple[RoleFacts, ...] = ()

    @property
    def works(self) -> bool:
        """Tell whether it can be used now."""
        return self.state in ("ready", "busy", "degraded")

    @property
    def named(self) -> Text:
        """Return what people call it."""
        maker_model = " ".join(part for part in (self.maker, self.model) if part)
        return Text(maker_model or self.zh or self.id, maker_model or self.en or self.id)


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that cannot be asked now, and why."""

    why: Text
    todo: Text


class DeviceList(Protocol):
    """The device daemon, as far as readiness asks it."""

    async def devices(self) -> tuple[DeviceFacts, ...] | Missing:
        """Return all devices with the roles they are bound to, or why they cannot be told."""

    async def act(self, device: str, action: str, parameters: Mapping[str, Any]) -> Text | None:
        """Carry out an action; return what went wrong, None when it is done."""


@dataclass(frozen=True, slots=True)
class LineFacts:
    """How the centre answered: its clock against ours, and where it sees us come from."""

    offset_ms: int
    """The centre's clock minus this machine's."""
    round_trip_ms: int
    seen_from: str


@dataclass(frozen=True, slots=True)
class LineSpeed:
    """What went through to the centre and back, kbit/s; a lower bound of what the line could carry."""

    down_kbit: int
    up_kbit: int


class CentreLine(Protocol):
    """The line to the centre, as far as readiness asks it."""

    async def reach(self) -> LineFacts | Missing:
        """Ask the centre for its time."""

    async def speed(self) -> LineSpeed | Missing:
        """Send and fetch for some seconds."""


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """A service of the site that may be there: face comparison."""

    name: Text
    works: bool
    trouble: Text | None = None


@dataclass(frozen=True, slots=True)
class TerminalFacts:
    """An enrolled identity terminal that is not revoked."""

    name: str
    place: str
    state: Standing
    last: datetime | None
    """Last contact."""
    faults: tuple[str, ...] = ()
    """As its maker says them."""


@dataclass(frozen=True, slots=True)
class TerminalsFacts:
    """The enrolled terminals. `listening` False: the server does not run, so that none can be heard."""

    listening: bool
    terminals: tuple[TerminalFacts, ...]


@dataclass(frozen=True, slots=True)
class ScreenFacts:
    """Enrolled screens of one use by name; `connected` None where that cannot be seen from here."""

    enrolled: tuple[str, ...]
    connected: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """Queue calling by this server."""

    counters: int
    machines: ScreenFacts
    """Ticket machines."""
    displays: ScreenFacts
    voice: Literal["auto", "server", "none"]
    """auto: a display's own voice where it has one, else the server's; server; none: silent."""
    server_voice: bool
    """The server can make the sound of calls."""


@dataclass(frozen=True, slots=True)
class SiteRoom:
    """A theory room as the site document has it."""

    name: str
    capacity: int
    server: str


@dataclass(frozen=True)
class Sources:
    """All that one run looks at."""

    root: Path
    """Above proc, sys and etc."""
    architecture: str
    """Of the kernel, such as x86_64."""
    state_dir: Path
    software: str
    """Version of the exam system."""
    now: datetime
    ask: Ask
    enrolled: bool
    """The server is enrolled with a centre."""
    rooms: tuple[SiteRoom, ...]
    line_kind: Literal["shared", "dedicated", ""]
    """As the site's unit form says."""
    machines: tuple[HeardMachine, ...]
    devices: tuple[DeviceFacts, ...] | Missing
    """Those that are there, and those bound to a role."""
    centre: CentreLine
    face: ServiceFacts | None = None
    queue: QueueFacts | None = None
    """None where the site calls no numbers with this server."""
    terminals: TerminalsFacts | None = None

    def heard(self, use: Use) -> tuple[HeardMachine, ...]:
        """Return the machines of a use."""
        return tuple(machine for machine in self.machines if machine.use == use)

    def of_kind(self, *kinds: str) -> Sequence[DeviceFacts] | Missing:
        """Return the devices of some kinds that are there, or why they cannot be told."""
        if isinstance(self.devices, Missing):
            return self.devices
        return [one for one in self.devices if one.kind in kinds and one.state != "absent"]
