"""The roles that devices may have at a site, as data: stations (点位) with the roles (岗位) of each.

Rows of the environment standard that stand behind them: `site.identity.desk`, `site.printer`,
`site.queue`, `agency.id_reader`, `agency.qr_scanner`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from firmware_adapters.adapter import DeviceKind


@dataclass(frozen=True, slots=True)
class RoleKind:
    """What a device may be for at a station."""

    name: str
    zh: str
    en: str
    kinds: tuple[DeviceKind, ...]
    """Kinds of device that fit, the usual one first."""
    needed: bool = False
    """The station cannot do its work without."""
    several: bool = False
    """More than one device may have the role at once."""
    shared: bool = False
    """A device in this role may have other shared roles too: a printer serves whoever prints."""


@dataclass(frozen=True, slots=True)
class StationKind:
    """A sort of place with devices: how many a site has at first and may have, and their roles."""

    name: str
    zh: str
    en: str
    roles: tuple[RoleKind, ...]
    at_first: int
    least: int
    most: int

    @property
    def single(self) -> bool:
        """Whether a site has exactly one, whose id carries no number."""
        return self.least == self.most == 1


_READER = RoleKind("reader", "身份证阅读器", "ID-card reader", (DeviceKind.ID_CARD,), needed=True)
_CARD = RoleKind("card", "智能卡读写器", "Smart-card reader", (DeviceKind.SMART_CARD,))
_SCANNER = RoleKind("scanner", "扫码器", "Code scanner", (DeviceKind.SCANNER, DeviceKind.CAMERA))
_PAPER = (DeviceKind.PRINTER, DeviceKind.RECEIPT_PRINTER)
_SLIPS = (DeviceKind.RECEIPT_PRINTER, DeviceKind.PRINTER)

STATION_KINDS: dict[str, StationKind] = {
    kind.name: kind
    for kind in (
        StationKind(
            "server",
            "服务器",
            "Server",
            (RoleKind("ups", "不间断电源", "UPS", (DeviceKind.POWER,), needed=True, several=True),),
            1,
            1,
            1,
        ),
        StationKind(
            "office",
            "考务办公室",
            "Exam office",
            (
                RoleKind(
                    "reports",
                    "报表打印机",
                    "Report printer",
                    (DeviceKind.PRINTER,),
                    needed=True,
                    several=True,
                    shared=True,
                ),
                RoleKind("reader", "报名身份证阅读器", "Registration reader", (DeviceKind.ID_CARD,)),
                RoleKind(
                    "scanner",
                    "证书扫码器",
                    "Certificate scanner",
                    (DeviceKind.SCANNER, DeviceKind.CAMERA),
                ),
                _CARD,
            ),
            1,
            1,
            1,
        ),
        StationKind(
            "desk",
            "核验台",
            "Identity desk",
            (
                _READER,
                RoleKind("camera", "摄像头", "Camera", (DeviceKind.CAMERA,), needed=True),
                RoleKind("slips", "座位条打印机", "Slip printer", _SLIPS, shared=True),
                _SCANNER,
                _CARD,
            ),
            1,
            0,
            20,
        ),
        StationKind("gate", "入口", "Gate", (_READER, _SCANNER), 1, 0, 20),
        StationKind(
            "kiosk",
            "取号处",
            "Queue kiosk",
            (
                RoleKind("slips", "排队号打印机", "Queue printer", _SLIPS, needed=True, shared=True),
                RoleKind("reader", "身份证阅读器", "ID-card reader", (DeviceKind.ID_CARD,)),
                _SCANNER,
            ),
            1,
            0,
            10,
        ),
        StationKind(
            "room",
            "考场",
            "Exam room",
            (RoleKind("printer", "考场打印机", "Room printer", _PAPER, shared=True),),
            1,
            0,
            50,
        ),
    )
}
"""All station kinds by name, in the order that pages show them."""

UPS_ROLE = "server.ups"
"""The role whose devices tell how the server is powered."""

_STATION = re.compile(r"([a-z]+)(?:-([1-9][0-9]?))?")


@dataclass(frozen=True, slots=True)
class Station:
    """One station of the site: `gate-2`; `server` and `office` have no number."""

    kind: StationKind
    number: int
    """From 1; 1 where there is only one."""

    @property
    def id(self) -> str:
        """Return the station's id."""
        return self.kind.name if self.kind.single else f"{self.kind.name}-{self.number}"

    @property
    def zh(self) -> str:
        """Return its name in Chinese."""
        return self.kind.zh if self.kind.single else f"{self.kind.zh} {self.number}"

    @property
    def en(self) -> str:
        """Return its name in English."""
        return self.kind.en if self.kind.single else f"{self.kind.en} {self.number}"


@dataclass(frozen=True, slots=True)
class Role:
    """A role at a station: `gate-2.reader`."""

    station: Station
    kind: RoleKind

    @property
    def id(self) -> str:
        """Return the role's id."""
        return f"{self.station.id}.{self.kind.name}"

    @property
    def zh(self) -> str:
        """Return its name with the station's, in Chinese."""
        return f"{self.station.zh}{self.kind.zh}"

    @property
    def en(self) -> str:
        """Return its name with the station's, in English."""
        return f"{self.station.en}: {self.kind.en}"


def station_named(station: str) -> Station | None:
    """Return the station of an id, None when there can be none of this name."""
    found = _STATION.fullmatch(station)
    kind = STATION_KINDS.get(found[1]) if found is not None else None
    if found is None or kind is None or kind.single is not (found[2] is None):
        return None
    number = int(found[2] or 1)
    return Station(kind, number) if number <= kind.most else None


def role_named(role: str) -> Role | None:
    """Return the role of an id, None when there can be none of this name."""
    station = station_named(role.partition(".")[0])
    if station is None:
        return None
    name = role.partition(".")[2]
    return next((Role(station, kind) for kind in station.kind.roles if kind.name == name), None)


def roles_of(station: Station) -> tuple[Role, ...]:
    """Return the roles of a station in the order that pages show them."""
    return tuple(Role(station, kind) for kind in station.kind.roles)


KIND_WORDS: dict[DeviceKind, tuple[str, str]] = {
    DeviceKind.ID_CARD: ("身份证阅读器", "ID-card reader"),
    DeviceKind.SMART_CARD: ("智能卡读写器", "Smart-card reader"),
    DeviceKind.SCANNER: ("扫码器", "Code scanner"),
    DeviceKind.CAMERA: ("摄像头", "Camera"),
    DeviceKind.PRINTER: ("打印机", "Printer"),
    DeviceKind.RECEIPT_PRINTER: ("小票打印机", "Receipt printer"),
    DeviceKind.POWER: ("不间断电源", "UPS"),
}
"""Names of the kinds of device, Chinese and English, in the order that pages show them."""
