"""Faults of a site file that span several of its keys: what is used twice, overlaps, or lies outside."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from itertools import combinations

from exam_appliance.config.yaml_source import KeyPath
from site_file.model import BRIDGE, ZONES, Machine, NetworkDevice, SiteFile, Zone, ZoneName
from site_file.plan import TFTP_PORTS, seat_name

LineOf = Callable[[KeyPath], int | None]


@dataclass(frozen=True)
class Fault:
    """One fault: the key where it stands, and what is allowed there."""

    path: KeyPath
    zh: str
    en: str


def faults(site: SiteFile, line_of: LineOf, host_ports: Collection[str] | None = None) -> list[Fault]:
    """Return every fault, in the order of the file's sections; an empty list when there are none.

    `line_of` gives the line of a key, to tell where the other one of two stands. `host_ports` are the
    network ports of the server; None: not known, so that only their names are compared.
    """
    return [
        *_port_faults(site, line_of, host_ports),
        *_wan_faults(site),
        *_zone_faults(site),
        *_network_faults(site, line_of),
        *_service_faults(site, line_of),
        *_seat_faults(site, line_of),
        *_machine_faults(site, line_of),
        *_outside_faults(site),
    ]


class _Taken:
    """Values that may stand once; the second one is a fault that names the line of the first."""

    def __init__(self, line_of: LineOf, zh: str, en: str) -> None:
        self._line_of = line_of
        self._first: dict[object, KeyPath] = {}
        self._zh = zh
        self._en = en

    def take(self, value: object, path: KeyPath, shown: str | None = None) -> Iterator[Fault]:
        first = self._first.setdefault(value, path)
        if first == path:
            return
        line = self._line_of(first)
        where = ".".join(first)
        yield Fault(
            path,
            f"{self._zh} {shown or value} 已在第 {line} 行（{where}）使用，每个只能用一次",
            f"{self._en} {shown or value} stands in line {line} already ({where}); each may stand once",
        )


def _port_faults(site: SiteFile, line_of: LineOf, host_ports: Collection[str] | None) -> Iterator[Fault]:
    taken = _Taken(line_of, "网口", "port")
    named: list[tuple[str, KeyPath]] = [
        (link.port, ("ports", "wan", str(index), "port")) for index, link in enumerate(site.ports.wan)
    ]
    named += [(port, ("ports", "lan", str(index))) for index, port in enumerate(site.ports.lan)]
    for port, path in named:
        yield from taken.take(port, path)
    for name in ZONES:
        port_of_zone = site.zones.of(name).port
        if port_of_zone is None:
            continue
        path = ("zones", name, "port")
        if "." not in port_of_zone:
            yield from taken.take(port_of_zone, path)
        named.append((port_of_zone.partition(".")[0], path))
    for port, path in named:
        if port == BRIDGE:
            yield Fault(
                path,
                f"{BRIDGE} 是本系统自建网桥的名称，请写物理网口",
                f"{BRIDGE} is the bridge that this system makes: name the ports themselves",
            )
        elif host_ports is not None and port not in host_ports:
            known = ", ".join(sorted(host_ports)) or "-"
            yield Fault(
                path,
                f"服务器上没有网口 {port}，现有：{known}",
                f"this server has no port {port}; it has {known}",
            )


def _wan_faults(site: SiteFile) -> Iterator[Fault]:
    for index, link in enumerate(site.ports.wan):
        here = ("ports", "wan", str(index))
        yield from _line_faults(here, "4", link.ipv4, link.gateway4)
        yield from _line_faults(here, "6", link.ipv6, link.gateway6)
    for index, address in enumerate(site.fail_over.check):
        if len(site.ports.wan) == 1:
            yield Fault(
                ("fail_over", "check", str(index)),
                "只有一条外网线路，无需探测地址",
                "there is one line only: nothing to check",
            )
            return
        yield from _elsewhere(site, address, ("fail_over", "check", str(index)))


def _line_faults(
    here: KeyPath, version: str, given: object, gateway: IPv4Address | IPv6Address | None
) -> Iterator[Fault]:
    fixed = isinstance(given, IPv4Interface | IPv6Interface)
    key = (*here, f"gateway{version}")
    if fixed and gateway is None:
        yield Fault(
            (*here, f"ipv{version}"),
            f"固定地址需要同时写 gateway{version}",
            f"with a fixed address, gateway{version} must be given",
        )
    elif gateway is not None and not isinstance(given, IPv4Interface | IPv6Interface):
        yield Fault(
            key,
            f"ipv{version} 不是固定地址，请删去此项",
            f"ipv{version} is no fixed address: leave this out",
        )
    elif isinstance(given, IPv4Interface | IPv6Interface) and gateway is not None:
        link_local = isinstance(gateway, IPv6Address) and gateway.is_link_local
        if (gateway not in given.network and not link_local) or gateway == given.ip:
            yield Fault(
                key,
                f"网关 {gateway} 须是 {given.network} 中的另一个地址",
                f"the gateway {gateway} must be another address in {given.network}",
            )


def _zone_faults(site: SiteFile) -> Iterator[Fault]:
    for name in ZONES:
        zone = site.zones.of(name)
        if zone.server4 is not None:
            yield from _host_in(zone.server4, zone, ("zones", name, "server4"))
    seats = site.zones.seats
    for key, spread in (("addresses", seats.addresses), ("waiting", seats.waiting)):
        path = ("zones", "seats", key)
        for end in (spread.first, spread.last):
            found = list(_host_in(end, seats, path))
            yield from found
            if found:
                break
        if seats.address4 in spread:
            yield Fault(
                path,
                f"{spread} 包含服务器自己的地址 {seats.address4}",
                f"{spread} holds the server's own address {seats.address4}",
            )
    if seats.addresses.overlaps(seats.waiting):
        yield Fault(
            ("zones", "seats", "waiting"),
            f"等候区 {seats.waiting} 与座位地址 {seats.addresses} 重叠",
            f"the waiting pool {seats.waiting} overlaps the seats' addresses {seats.addresses}",
        )


def _host_in(address: IPv4Address, zone: Zone, path: KeyPath) -> Iterator[Fault]:
    ends = (zone.ipv4.network_address, zone.ipv4.broadcast_address)
    if address not in zone.ipv4 or address in ends:
        yield Fault(
            path,
            f"地址 {address} 不在网段 {zone.ipv4} 的可用地址 {ends[0] + 1} 至 {ends[1] - 1} 之内",
            f"{address} is not in {zone.ipv4}: {ends[0] + 1} to {ends[1] - 1} may be used",
        )


def _network_faults(site: SiteFile, line_of: LineOf) -> Iterator[Fault]:
    """Networks of zones and of WAN links must not overlap: the firewall tells them apart by address."""
    held = [(f"zones.{name}.ipv4", site.zones.of(name).ipv4) for name in ZONES]
    held += [
        (f"ports.wan.{index}.ipv4", link.ipv4.network)
        for index, link in enumerate(site.ports.wan)
        if isinstance(link.ipv4, IPv4Interface)
    ]
    for (first_key, first), (second_key, second) in combinations(held, 2):
        if first.overlaps(second):
            line = line_of(tuple(first_key.split(".")))
            yield Fault(
                tuple(second_key.split(".")),
                f"网段 {second} 与第 {line} 行（{first_key}）的 {first} 重叠",
                f"{second} overlaps {first} in line {line} ({first_key})",
            )
    taken = _Taken(line_of, "网段", "network")
    for name in ZONES:
        network6 = site.zones.of(name).ipv6
        if network6 is not None:
            yield from taken.take(network6, ("zones", name, "ipv6"))


def _service_faults(site: SiteFile, line_of: LineOf) -> Iterator[Fault]:
    taken = _Taken(line_of, "端口", "port")
    for name, port in site.services.model_dump().items():
        path = ("services", name)
        yield from taken.take(port, path)
        if port == 53 or TFTP_PORTS[0] <= port <= TFTP_PORTS[1]:
            yield Fault(
                path,
                f"端口 {port} 已由 DNS 或 TFTP 使用，请换一个",
                f"port {port} is taken by DNS or TFTP: choose another",
            )


def _seat_faults(site: SiteFile, line_of: LineOf) -> Iterator[Fault]:
    spread = site.zones.seats.addresses
    if len(site.seats) > len(spread):
        yield Fault(
            ("zones", "seats", "addresses"),
            f"座位 {len(site.seats)} 个，而 {spread} 只有 {len(spread)} 个地址，请加大范围",
            f"there are {len(site.seats)} seats, but {spread} has {len(spread)} addresses: widen it",
        )
        return
    numbers = _Taken(line_of, "座位号", "seat number")
    for index, seat in enumerate(site.seats):
        here = ("seats", str(index))
        yield from numbers.take(seat.number, (*here, "number"))
        address = site.seat_address(seat)
        if address not in spread:
            given = seat.ipv4 is not None
            yield Fault(
                (*here, "ipv4" if given else "number"),
                f"{seat.number} 号座位的地址 {address} 不在 {spread} 之内"
                + ("" if given else f"；请加大范围，或用不大于 {len(spread)} 的座位号，或写明 ipv4"),
                f"the address {address} of seat {seat.number} is not in {spread}"
                + ("" if given else f": widen it, use numbers up to {len(spread)}, or name an ipv4"),
            )


def _machine_faults(site: SiteFile, line_of: LineOf) -> Iterator[Fault]:
    macs = _Taken(line_of, "MAC", "MAC")
    addresses = _Taken(line_of, "地址", "address")
    names = _Taken(line_of, "名称", "name")
    for name in ZONES:
        path = ("zones", name, "server4" if site.zones.of(name).server4 else "ipv4")
        yield from addresses.take(site.zones.of(name).address4, path)
    for index, seat in enumerate(site.seats):
        here = ("seats", str(index))
        if seat.mac is not None:
            yield from macs.take(seat.mac, (*here, "mac"))
        # Two seats of one number have been told already; their addresses are the same for that reason.
        if seat.ipv4 is not None or not _number_twice(site, index):
            yield from addresses.take(site.seat_address(seat), (*here, "ipv4" if seat.ipv4 else "number"))
    reserved = {site.site.host, *ZONES, *(seat_name(number) for number in range(1, 1000))}
    listed: tuple[tuple[ZoneName, tuple[Machine | NetworkDevice, ...]], ...] = (
        ("staff", site.staff),
        ("terminals", site.terminals),
        ("devices", site.devices),
    )
    for zone_name, machines in listed:
        for index, machine in enumerate(machines):
            here = (zone_name, str(index))
            yield from names.take(machine.name, (*here, "name"))
            if machine.name in reserved:
                yield Fault(
                    (*here, "name"),
                    f"名称 {machine.name} 由系统使用，请换一个",
                    f"the name {machine.name} belongs to the system: choose another",
                )
            if machine.mac is not None:
                yield from macs.take(machine.mac, (*here, "mac"))
            yield from _host_in(machine.ipv4, site.zones.of(zone_name), (*here, "ipv4"))
            yield from addresses.take(machine.ipv4, (*here, "ipv4"))


def _number_twice(site: SiteFile, index: int) -> bool:
    number = site.seats[index].number
    return any(seat.number == number for seat in site.seats[:index])


def _outside_faults(site: SiteFile) -> Iterator[Fault]:
    servers: list[tuple[KeyPath, str, tuple[IPv4Address | IPv6Address, ...]]] = [
        (("centre",), site.centre.name, site.centre.addresses)
    ]
    servers += [
        (("time", str(index)), server.name, server.addresses) for index, server in enumerate(site.time)
    ]
    servers += [
        (("updates", str(index)), server.name, server.addresses) for index, server in enumerate(site.updates)
    ]
    for path, name, addresses in servers:
        if name == site.site.domain or name.endswith(f".{site.site.domain}"):
            yield Fault(
                (*path, "name"),
                f"{name} 在考点内部域名 {site.site.domain} 之下，外部服务器须用自己的域名",
                f"{name} lies below the site's own {site.site.domain}; a server outside has its own name",
            )
        for address in addresses:
            yield from _elsewhere(site, address, (*path, "addresses"))


def _elsewhere(site: SiteFile, address: IPv4Address | IPv6Address, path: KeyPath) -> Iterator[Fault]:
    for name in ZONES:
        zone = site.zones.of(name)
        inside = address in zone.ipv4 or (zone.ipv6 is not None and address in zone.ipv6)
        if inside:
            yield Fault(
                path,
                f"{address} 在考点内网 zones.{name} 中，此处须为外部服务器的地址",
                f"{address} lies in the site's own zones.{name}; a server outside is meant here",
            )
