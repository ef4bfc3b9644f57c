"""What a site file says: ports, zones, seats, machines, addresses outside, limits.

Unknown keys are refused. Facts that span several keys are checked in `site_file.checking`.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from site_file.words import (
    Address,
    Domain,
    Ipv4,
    Ipv6,
    Label,
    LanNetwork4,
    LanNetwork6,
    Mac,
    PortName,
    Range,
    TcpPort,
    TimeZone,
    WanAddress4,
    WanAddress6,
    ZonePort,
)

BRIDGE = "lan0"
"""The bridge that the network role makes when `ports.lan` names more than one port."""

ZoneName = Literal["seats", "staff", "terminals", "devices"]
ZONES: tuple[ZoneName, ...] = ("seats", "staff", "terminals", "devices")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _whole(low: int, high: int) -> object:
    return Field(strict=True, ge=low, le=high)


class SiteIdentity(_Section):
    """Which site it is (考点) and what its server is called on the LAN."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{4,20}$")]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    host: Label = "exam"
    domain: Domain = "kaodian.internal"
    time_zone: TimeZone = "Asia/Shanghai"


class WanLink(_Section):
    """One line to the outside (外网线路). `ipv4: dhcp` asks the line for an address."""

    port: PortName
    ipv4: WanAddress4
    gateway4: Ipv4 | None = None
    ipv6: WanAddress6 | None = None
    """auto: by router advertisements of the line; None: no IPv6 on it."""
    gateway6: Ipv6 | None = None

    @property
    def by_dhcp(self) -> bool:
        """Whether the line gives the address."""
        return self.ipv4 == "dhcp"


class Ports(_Section):
    """Which port of the server leads where; the first WAN link is preferred."""

    wan: Annotated[tuple[WanLink, ...], Field(min_length=1, max_length=2)]
    lan: Annotated[tuple[PortName, ...], Field(min_length=1, max_length=8)]

    @property
    def lan_interface(self) -> str:
        """The interface that holds the LAN's addresses: the port itself, or the bridge over several."""
        return self.lan[0] if len(self.lan) == 1 else BRIDGE


class FailOver(_Section):
    """When the other WAN link is taken, with two of them (双线备份)."""

    check: Annotated[tuple[Address, ...], Field(max_length=4)] = ()
    """Addresses that answer pings; empty: those of the centre."""
    every_seconds: Annotated[int, _whole(2, 300)] = 5
    failures: Annotated[int, _whole(1, 20)] = 3
    """So many checks without any answer in a row: the link is down."""
    recoveries: Annotated[int, _whole(1, 60)] = 6


class Zone(_Section):
    """One part of the LAN (分区), with a network of its own."""

    ipv4: LanNetwork4
    server4: Ipv4 | None = None
    """The server's own address; None: the first of the network."""
    ipv6: LanNetwork6 | None = None
    """A unique local network; the server has ::1 in it. None: no IPv6."""
    port: ZonePort | None = None
    """A port or VLAN of its own, such as enp3s0.20; None: the LAN's."""

    @property
    def address4(self) -> IPv4Address:
        """The server's IPv4 address in this zone."""
        return self.server4 or self.ipv4.network_address + 1

    @property
    def address6(self) -> IPv6Address | None:
        """The server's IPv6 address in this zone."""
        return None if self.ipv6 is None else self.ipv6.network_address + 1


class SeatZone(Zone):
    """The candidates' machines (考生机): fixed addresses, and a pool where unknown machines wait (等候区)."""

    addresses: Range
    waiting: Range


class Zones(_Section):
    """The four parts of the LAN."""

    seats: SeatZone
    staff: Zone
    terminals: Zone
    devices: Zone

    def of(self, name: ZoneName) -> Zone:
        """Return a zone by its name."""
        zone: Zone = getattr(self, name)
        return zone


class Seat(_Section):
    """One candidate's machine. Without MAC it is bound at its first boot."""

    number: Annotated[int, _whole(1, 999)]
    mac: Mac | None = None
    ipv4: Ipv4 | None = None
    """None: the first of the seats' addresses for number 1, the next for 2, and so on."""


class Machine(_Section):
    """A staff machine (监考机、管理机) or a terminal (人证核验一体机、叫号屏), known by its MAC."""

    name: Label
    mac: Mac
    ipv4: Ipv4


DeviceKind = Literal["printer", "camera", "recorder", "power", "other"]


class NetworkDevice(_Section):
    """A printer, camera, recorder or UPS on the LAN; it starts no conversation of its own."""

    name: Label
    kind: DeviceKind
    ipv4: Ipv4
    mac: Mac | None = None
    """None: the address is set at the device itself."""


class Outside(_Section):
    """A server outside that this server may call: its name and its addresses (no DNS is asked outside)."""

    name: Domain
    addresses: Annotated[tuple[Address, ...], Field(min_length=1, max_length=16)]
    port: TcpPort = 443


class TimeServer(_Section):
    """A time server outside (NTP, UDP port 123)."""

    name: Domain
    addresses: Annotated[tuple[Address, ...], Field(min_length=1, max_length=16)]


class Services(_Section):
    """TCP ports of the server on the LAN."""

    http: TcpPort = 80
    https: TcpPort = 443
    """Pages of the candidates, and the files that seats boot from."""
    console: TcpPort = 8443
    """Pages of the staff: answered to staff machines only."""
    terminals: TcpPort = 9443
    """Interface of identity terminals, pages of displays and ticket kiosks: terminals only."""
    ssh: TcpPort = 22


class Backup(_Section):
    """When and where the site is backed up (备份)."""

    disk: Annotated[str, StringConstraints(pattern=r"^(LABEL|UUID)=[A-Za-z0-9_.-]{1,36}$")] | None = None
    """A second disk by the label or UUID of its file system; None: no second disk."""
    at: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")], ...],
        Field(min_length=1, max_length=24),
    ] = ("12:30", "20:00")
    """Times of day, by the site's clock."""


class Limits(_Section):
    """How much one source on the LAN may ask for before it is dropped and counted (攻击防护)."""

    new_connections_per_second: Annotated[int, _whole(5, 10_000)] = 60
    syn_per_second: Annotated[int, _whole(5, 10_000)] = 40
    open_connections: Annotated[int, _whole(10, 100_000)] = 256
    refused_per_second: Annotated[int, _whole(1, 1_000)] = 5
    """More refused packets a second than this from one source, after a burst of 20, is a port scan."""
    arp_per_second: Annotated[int, _whole(5, 1_000)] = 30
    dhcp_per_second: Annotated[int, _whole(5, 1_000)] = 60
    """Of all machines together: a whole room that boots at once must pass."""
    log_lines_per_minute: Annotated[int, _whole(1, 600)] = 10
    """For each kind of incident."""


class SiteFile(_Section):
    """The whole file."""

    site: SiteIdentity
    ports: Ports
    fail_over: FailOver = FailOver()
    zones: Zones
    services: Services = Services()
    seats: Annotated[tuple[Seat, ...], Field(max_length=999)] = ()
    staff: Annotated[tuple[Machine, ...], Field(max_length=100)] = ()
    terminals: Annotated[tuple[Machine, ...], Field(max_length=100)] = ()
    devices: Annotated[tuple[NetworkDevice, ...], Field(max_length=200)] = ()
    centre: Outside
    time: Annotated[tuple[TimeServer, ...], Field(max_length=8)] = ()
    updates: Annotated[tuple[Outside, ...], Field(max_length=8)] = ()
    backup: Backup = Backup()
    limits: Limits = Limits()

    def interface(self, name: ZoneName) -> str:
        """Return the network interface of a zone."""
        return self.zones.of(name).port or self.ports.lan_interface

    def seat_address(self, seat: Seat) -> IPv4Address:
        """Return a seat's fixed address; it may lie outside the range until `checking` has passed."""
        return seat.ipv4 or self.zones.seats.addresses.first + (seat.number - 1)
