"""What can be configured at a site, with units and limits. The values stand in defaults.yaml."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from central_sync.protocol.roster import SeatNumber
from central_sync.protocol.session import SiteCode
from exam_appliance.backup.settings import BackupSettings
from exam_appliance.faces.settings import FacesSettings
from firmware_adapters.catalogue.entry import Entry
from firmware_adapters.fixed_source import FixedDevice
from firmware_adapters.sources import SOURCES


class _Section(BaseModel):
    """Base of all sections: unknown keys are refused, values cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("须为以 / 开头的绝对路径 / must be an absolute path that begins with /")
    if "\x00" in str(path):
        raise ValueError("路径含有空字符 / the path holds a NUL character")
    return path


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            "须为时区名，如 Asia/Shanghai / must be a time zone such as Asia/Shanghai"
        ) from error
    return name


def _known_source(name: str) -> str:
    if name not in SOURCES or name == "fixed":
        known = ", ".join(sorted(set(SOURCES) - {"fixed"}))
        raise ValueError(f"没有来源 {name}，可用：{known} / there is no source {name}; known: {known}")
    return name


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")]
Port = Annotated[int, Field(strict=True, ge=0, le=65535)]
Seconds = Annotated[float, Field(strict=True, gt=0, le=86_400, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
ZoneName = Annotated[str, AfterValidator(_known_zone)]
SourceName = Annotated[str, AfterValidator(_known_source)]


class ListenSettings(_Section):
    """Where the server listens; port 0 lets the system choose one."""

    host: Host
    port: Port
    behind_proxy: Annotated[bool, Field(strict=True)]
    """A proxy on this machine speaks TLS in front of it and tells who asks."""


class SiteSettings(_Section):
    """Who the site is; what is None comes from the centre's site document."""

    code: SiteCode | None
    name: Name | None
    time_zone: ZoneName


class CentreSettings(_Section):
    """The line to the centre, whose address enrolment stores."""

    report_seconds: Seconds
    """Between two reports of how the site stands while nothing happens."""


class ExamSettings(_Section):
    """Times and limits of running sessions."""

    contact_slow_seconds: Seconds
    """A seat heard longer ago than this is shown as slow."""
    contact_lost_seconds: Seconds
    """A seat heard longer ago than this is shown as lost."""
    heartbeat_seconds: Seconds
    """Between two journalled heartbeats while a session runs; bounds what an outage can hide."""
    late_minutes: Annotated[int, Field(strict=True, ge=0, le=240)] | None
    """Log-in closes this long after the start; None: as the session's plan says."""
    seat_takeover_seconds: Seconds
    """A page silent for this long may be replaced from another seat."""
    login_rate_per_minute: Annotated[int, Field(strict=True, ge=1, le=10_000)]
    """Failed candidate log-ins from one address before it must wait."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.heartbeat_seconds < self.contact_slow_seconds < self.contact_lost_seconds:
            raise ValueError(
                "须满足 heartbeat_seconds < contact_slow_seconds < contact_lost_seconds / "
                "heartbeat_seconds < contact_slow_seconds < contact_lost_seconds must hold"
            )
        return self


class AccountSettings(_Section):
    """Rules for staff accounts and their sessions."""

    idle_minutes: Annotated[int, Field(strict=True, ge=1, le=1440)]
    """A staff session ends after this long without a request."""
    absolute_hours: Annotated[int, Field(strict=True, ge=1, le=72)]
    """A staff session ends after this long whatever happens."""
    password_min_length: Annotated[int, Field(strict=True, ge=8, le=64)]
    """Characters."""
    failures_before_delay: Annotated[int, Field(strict=True, ge=1, le=100)]
    """Wrong passwords in a row before the next log-in must wait."""
    first_delay_seconds: Seconds
    """The first wait; each further failure doubles it."""
    longest_delay_seconds: Seconds

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.idle_minutes > self.absolute_hours * 60:
            raise ValueError(
                "idle_minutes 不得超过 absolute_hours / idle_minutes must not exceed absolute_hours"
            )
        if self.first_delay_seconds > self.longest_delay_seconds:
            raise ValueError(
                "first_delay_seconds 不得超过 longest_delay_seconds / "
                "first_delay_seconds must not exceed longest_delay_seconds"
            )
        return self


class RehearsalSettings(_Section):
    """Limits of a rehearsal (压力演练)."""

    max_candidates: Annotated[int, Field(strict=True, ge=1, le=2000)]


class DevicesSettings(_Section):
    """The device daemon, which speaks with readers, scanners, cameras, printers and UPSes."""

    run: Literal["service", "child", "none"]
    """service: the system starts it; child: the site server does; none: the site has no devices."""
    socket: AbsolutePath | None
    """Where it listens; None: devices.sock below the state folder."""
    dock: bool
    """Whether a started daemon shows a dock of simulated devices: demo and test builds only."""
    sources: dict[SourceName, dict[str, Any] | None]
    """Options of where devices are looked for, such as the address of a NUT server; null turns one off."""
    options: dict[str, dict[str, Any]]
    """Options of devices by the id of their entry in the catalogue, or by their own id."""
    fixed: tuple[FixedDevice, ...]
    """Devices that no bus shows: at a serial port of the board, at an address of the network."""
    entries: tuple[Entry, ...]
    """The site's own entries of the catalogue, as `exam-appliance devices suggest` prints them."""


class TerminalsSettings(_Section):
    """Integrated identity terminals (人证核验一体机), which call the site server over the LAN."""

    silent_seconds: Annotated[float, Field(strict=True, ge=3, le=3600, allow_inf_nan=False)]
    """A terminal not heard for this long is told as silent; a third of it is its heartbeat."""
    waiting_zh: Annotated[str, Field(max_length=120)]
    """What terminals show while they wait for somebody."""
    waiting_en: Annotated[str, Field(max_length=120)]


class DocumentsSettings(_Section):
    """What is printed, and how."""

    templates: AbsolutePath | None
    """Folder with the province's own templates; None: templates below the state folder, if there."""
    slip_paper: Literal["A4", "A5", "A6", "80mm"]
    """Paper of slips where a page printer has the role of a slip printer."""
    keep_days: Annotated[int, Field(strict=True, ge=1, le=3650)]
    """What documents say is kept this long for reprints; who printed what is kept with the journal."""


class CounterSettings(_Section):
    """A counter (窗口) that calls numbers."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,20}$")]
    zh: Annotated[str, Field(min_length=1, max_length=40)]
    en: Annotated[str, Field(min_length=1, max_length=60)]
    room: Annotated[str, Field(max_length=60)] = ""
    """Serves only candidates of this room, empty for all."""


class PrioritySettings(_Section):
    """A priority that staff may give; the lowest rank goes first, ordinary tickets have 100."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")]
    zh: Annotated[str, Field(min_length=1, max_length=40)]
    en: Annotated[str, Field(min_length=1, max_length=60)]
    rank: Annotated[int, Field(strict=True, ge=0, le=200)]


def _announcement(text: str) -> str:
    rest = text.replace("{number}", "").replace("{counter}", "")
    if "{number}" not in text or "{" in rest or "}" in rest:
        raise ValueError(
            "须含 {number}，另可含 {counter}，不可有其他花括号 / "
            "must hold {number}, may hold {counter}, and no other braces"
        )
    return text


class AnnouncementSettings(_Section):
    """What is said when a number is called; {number} and {counter} are put in."""

    zh: Annotated[str, Field(max_length=200), AfterValidator(_announcement)]
    en: Annotated[str, Field(max_length=200), AfterValidator(_announcement)]


class IdentitySettings(_Section):
    """Verification of candidates (身份核验) before they sit."""

    before_login: Literal["required", "off"]
    """required: nobody logs in at a seat who has not passed verification at a desk or terminal."""
    without_card_photo: Literal["person", "registration"]
    """What decides where the card's photo cannot be had, since its decoder is the vendor's: a person, or the
    match with the registration photo alone."""
    seat_picture: Literal["off", "asked", "required"]
    """Picture at the seat after log-in, compared with that of the desk. asked: an invigilator is told where
    it fails or there is no camera; required: nobody begins who has not passed, or whom no invigilator let."""
    evidence_days: Annotated[int, Field(strict=True, ge=1, le=3650)]
    """Pictures and facts of verifications are kept this long, and until the centre holds their entries."""

    @model_validator(mode="after")
    def _with_a_desk(self) -> Self:
        if self.seat_picture == "required" and self.before_login == "off":
            raise ValueError(
                "seat_picture 为 required 时 before_login 须为 required：座位照片要与核验时的照片比对 / "
                "seat_picture: required needs before_login: required, whose picture it is compared with"
            )
        return self


class QueueSettings(_Section):
    """Queue calling (叫号排队)."""

    enabled: bool
    counters: Annotated[tuple[CounterSettings, ...], Field(min_length=1, max_length=40)]
    priorities: Annotated[tuple[PrioritySettings, ...], Field(max_length=20)]
    opens_minutes: Annotated[int, Field(strict=True, ge=0, le=1440)]
    """Numbers are given from so long before a session's start."""
    closing_minutes: Annotated[int, Field(strict=True, ge=0, le=240)]
    """Candidates of a session whose entry closes within this go before all others."""
    announcement: AnnouncementSettings
    languages: Annotated[tuple[Literal["zh", "en"], ...], Field(min_length=1, max_length=2)]
    """Languages of announcements, in order."""
    voice: Literal["auto", "server", "none"]
    """auto: the display's own Chinese voice where it has one, else the server's; none: silent."""
    mask_names: bool
    """Hide the middle of names on screens and slips."""
    return_seconds: Annotated[int, Field(strict=True, ge=3, le=120)]
    """A ticket machine goes back to its start after this."""
    help_zh: Annotated[str, Field(min_length=1, max_length=120)]
    """Where somebody goes who gets no number."""
    help_en: Annotated[str, Field(min_length=1, max_length=120)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for name, ids in (
            ("counters", [one.id for one in self.counters]),
            ("priorities", [one.id for one in self.priorities]),
        ):
            if len(set(ids)) != len(ids):
                raise ValueError(f"{name} 的 id 重复 / an id in {name} is given twice")
        return self


class SeatRoomSettings(_Section):
    """The seats of a room (考场): numbers from `first` to `last`."""

    room: Annotated[str, Field(max_length=60, pattern=r"^[^/\x00-\x1f]*$")]
    """As plans name it; empty where the site has one room or numbers seats through."""
    first: SeatNumber
    last: SeatNumber

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise ValueError("first 不得大于 last / first must not be greater than last")
        return self


class FixedAddressSettings(_Section):
    """Fixed addresses of bound machines, written for the DHCP server (dnsmasq) to read."""

    folder: AbsolutePath
    """Its `dhcp-hostsdir`."""
    ipv4: IPv4Address
    """Address of seat 1; the next of seat 2, and so on."""
    ipv6: IPv6Address | None

    def of(self, number: int) -> tuple[str, ...]:
        """Return the addresses of a seat."""
        first = [self.ipv4] if self.ipv6 is None else [self.ipv4, self.ipv6]
        return tuple(str(address + (number - 1)) for address in first)


class SeatsSettings(_Section):
    """The candidates' machines (考生机): binding, admission, lock-down, power."""

    binding: Literal["required", "off"]
    """required: the exam's pages answer only to machines that are bound to a seat and proved their key."""
    rooms: Annotated[tuple[SeatRoomSettings, ...], Field(min_length=1, max_length=40)]
    admission_hours: Annotated[int, Field(strict=True, ge=1, le=72)]
    """A certificate or token of a seat holds for this long; each boot gets a new one."""
    safe_exam_browser: Literal["required", "off"]
    """required: the exam's pages answer only to Safe Exam Browser with this server's configuration."""
    address: Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.:\[\]_-]{1,253}$")] | None
    """Where seats call the server, for the configuration of Safe Exam Browser; None: as the asker called."""
    wake_broadcast: Annotated[tuple[IPv4Address, ...], Field(min_length=1, max_length=8)]
    """Broadcast addresses that wake-on-LAN packets go to."""
    fixed_addresses: FixedAddressSettings | None

    @model_validator(mode="after")
    def _once(self) -> Self:
        numbers = [number for room in self.rooms for number in range(room.first, room.last + 1)]
        if self.fixed_addresses is not None and len(set(numbers)) != len(numbers):
            raise ValueError(
                "配置 fixed_addresses 时各考场的座位号不得重复 / "
                "with fixed_addresses, no seat number may stand in two rooms"
            )
        names = [room.room for room in self.rooms]
        if len(set(names)) != len(names):
            raise ValueError("同一考场出现两次 / a room is given twice")
        if "" in names and len(names) > 1:
            raise ValueError("有多个考场时每个考场须有名称 / with more than one room, each must have a name")
        return self


class Settings(_Section):
    """All settings of a site server."""

    state_dir: AbsolutePath
    vendor_dir: AbsolutePath | None
    """Folder of the page libraries; None: found beside the program."""
    listen: ListenSettings
    site: SiteSettings
    centre: CentreSettings
    exam: ExamSettings
    accounts: AccountSettings
    rehearsal: RehearsalSettings
    devices: DevicesSettings
    documents: DocumentsSettings
    terminals: TerminalsSettings
    queue: QueueSettings
    faces: FacesSettings
    identity: IdentitySettings
    backup: BackupSettings
    seats: SeatsSettings


POLICY_MAY_SET = frozenset(
    {"exam", "accounts", "rehearsal", "centre.report_seconds", "documents.keep_days", "identity"}
)
"""What the centre's policy may set; where the machine listens and stores is the site's own."""
