"""From a site file to what the templates say: plain values only, the same for Ansible and for `render`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from site_file.model import ZONES, DeviceKind, Outside, SiteFile, TimeServer, Zone, ZoneName
from site_file.networkd import networkd_files

SERVICES_OF_DEVICES: dict[DeviceKind, tuple[int, ...]] = {
    "printer": (80, 443, 631, 9100),
    "camera": (80, 443, 554),
    "recorder": (80, 443, 554),
    "power": (80, 443, 3493),
    "other": (80, 443),
}
"""TCP ports that the server opens at a device: pages, IPP, raw printing, RTSP (RFC 7826), NUT."""

TFTP_PORTS = (49152, 49407)
"""Data ports of dnsmasq's TFTP server; the firewall lets nothing in for them, only out."""

BOOT_FILES = {
    "bios": "grub/i386-pc/core.0",
    "uefi": "shimx64.efi",
    "uefi_http": "boot/shimx64.efi",
}
"""What each kind of firmware loads first: below the TFTP folder, and on the web server for HTTP boot."""

PATHS = {
    "tftp_root": "/srv/kaodian/tftp",
    "leases": "/var/lib/kaodian-dhcp/leases",
    "bindings": "/var/lib/kaodian-dhcp/bindings",
}
"""`bindings`: a folder of dnsmasq's `dhcp-host` lines for seats bound at the console; read as they come."""


def plan(site: SiteFile) -> dict[str, Any]:
    """Return the values of the templates; the same file gives the same values in the same order."""
    bound = sorted(_bound(site), key=lambda pair: (int(pair[1]), pair[0]))
    bound6 = [(mac, v6) for mac, address, zone in bound if (v6 := address6(zone, address))]
    return {
        "site": site.site.model_dump(mode="json"),
        "ports": {
            "wan": [link.model_dump(mode="json") for link in site.ports.wan],
            "lan": list(site.ports.lan),
            "lan_interface": site.ports.lan_interface,
            "bridged": len(site.ports.lan) > 1,
        },
        "fail_over": site.fail_over.model_dump(mode="json"),
        "network": {"files": networkd_files(site)},
        "interfaces": _distinct(site.interface(name) for name in ZONES),
        "zones": [_zone(site, name) for name in ZONES],
        "seats_zone": _zone(site, "seats"),
        "waiting": _waiting(site),
        "seats": [_seat(site, seat.number) for seat in sorted(site.seats, key=lambda seat: seat.number)],
        "machines": list(_machines(site)),
        "sources": _sources(site),
        "bound4": [f"{mac} . {address}" for mac, address, _ in bound],
        "bound4_addresses": [str(address) for _, address, _ in bound],
        "bound6": [f"{mac} . {address}" for mac, address in bound6],
        "bound6_addresses": [str(address) for _, address in bound6],
        "outside": _outside(site),
        "wan_checks": _wan_checks(site),
        "hosts": _hosts(site),
        "time_servers": [server.model_dump(mode="json") for server in site.time],
        "device_services": _device_services(site),
        "services": site.services.model_dump(mode="json"),
        "backup": site.backup.model_dump(mode="json"),
        "limits": site.limits.model_dump(mode="json"),
        "tftp": {"first_port": TFTP_PORTS[0], "last_port": TFTP_PORTS[1]},
        "boot_files": dict(BOOT_FILES),
        "paths": dict(PATHS),
    }


def address6(zone: Zone, address: IPv4Address) -> IPv6Address | None:
    """Return the IPv6 address that goes with an IPv4 one: the same place in the zone's network."""
    if zone.ipv6 is None:
        return None
    return zone.ipv6.network_address + (int(address) - int(zone.ipv4.network_address))


def seat_name(number: int) -> str:
    """Return the name of a seat's machine in DNS: seat-001."""
    return f"seat-{number:03}"


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _zone(site: SiteFile, name: ZoneName) -> dict[str, Any]:
    zone = site.zones.of(name)
    return {
        "name": name,
        "interface": site.interface(name),
        "ipv4": str(zone.ipv4),
        "network4": str(zone.ipv4.network_address),
        "netmask4": str(zone.ipv4.netmask),
        "prefix4": zone.ipv4.prefixlen,
        "broadcast4": str(zone.ipv4.broadcast_address),
        "address4": str(zone.address4),
        "ipv6": None if zone.ipv6 is None else str(zone.ipv6),
        "network6": None if zone.ipv6 is None else str(zone.ipv6.network_address),
        "address6": None if zone.address6 is None else str(zone.address6),
        "address6_number": None if zone.address6 is None else f"0x{int(zone.address6):032x}",
    }


def _waiting(site: SiteFile) -> dict[str, str | None]:
    zone = site.zones.seats
    first6, last6 = address6(zone, zone.waiting.first), address6(zone, zone.waiting.last)
    return {
        "first4": str(zone.waiting.first),
        "last4": str(zone.waiting.last),
        "first6": None if first6 is None else str(first6),
        "last6": None if last6 is None else str(last6),
    }


def _machine(
    name: str, zone_name: ZoneName, zone: Zone, mac: str | None, address: IPv4Address
) -> dict[str, Any]:
    v6 = address6(zone, address)
    return {
        "name": name,
        "zone": zone_name,
        "mac": mac,
        "ipv4": str(address),
        "ipv6": None if v6 is None else str(v6),
    }


def _seat(site: SiteFile, number: int) -> dict[str, Any]:
    seat = next(seat for seat in site.seats if seat.number == number)
    machine = _machine(seat_name(number), "seats", site.zones.seats, seat.mac, site.seat_address(seat))
    return {"number": number, **machine}


def _machines(site: SiteFile) -> Iterator[dict[str, Any]]:
    for machine in site.staff:
        yield _machine(machine.name, "staff", site.zones.staff, machine.mac, machine.ipv4)
    for machine in site.terminals:
        yield _machine(machine.name, "terminals", site.zones.terminals, machine.mac, machine.ipv4)
    for device in site.devices:
        yield _machine(device.name, "devices", site.zones.devices, device.mac, device.ipv4)


def _bound(site: SiteFile) -> Iterator[tuple[str, IPv4Address, Zone]]:
    for seat in site.seats:
        if seat.mac is not None:
            yield seat.mac, site.seat_address(seat), site.zones.seats
    for machine in site.staff:
        yield machine.mac, machine.ipv4, site.zones.staff
    for machine in site.terminals:
        yield machine.mac, machine.ipv4, site.zones.terminals
    for device in site.devices:
        if device.mac is not None:
            yield device.mac, device.ipv4, site.zones.devices


def _sources(site: SiteFile) -> dict[str, dict[str, list[str]]]:
    zones = site.zones
    listed: dict[str, tuple[Zone, list[IPv4Address]]] = {
        "staff": (zones.staff, [machine.ipv4 for machine in site.staff]),
        "terminals": (zones.terminals, [machine.ipv4 for machine in site.terminals]),
        "devices": (zones.devices, [device.ipv4 for device in site.devices]),
    }
    sources: dict[str, dict[str, list[str]]] = {}
    for name, spread in (("seats", zones.seats.addresses), ("waiting", zones.seats.waiting)):
        first6, last6 = address6(zones.seats, spread.first), address6(zones.seats, spread.last)
        sources[name] = {"ipv4": [str(spread)], "ipv6": [] if first6 is None else [f"{first6}-{last6}"]}
    for name, (zone, addresses) in listed.items():
        ordered = sorted(addresses)
        sources[name] = {
            "ipv4": [str(address) for address in ordered],
            "ipv6": [str(v6) for address in ordered if (v6 := address6(zone, address))],
        }
    return sources


def _by_version(
    pairs: Iterable[tuple[IPv4Address | IPv6Address, int]],
) -> dict[str, list[str]]:
    """Return `address . port` for sets of nftables, apart by version, in order and without doubles."""
    distinct = sorted(set(pairs), key=lambda pair: (pair[0].version, int(pair[0]), pair[1]))
    return {
        f"ipv{version}": [f"{address} . {port}" for address, port in distinct if address.version == version]
        for version in (4, 6)
    }


def _outside(site: SiteFile) -> dict[str, dict[str, list[str]]]:
    return {
        "centre": _by_version((address, site.centre.port) for address in site.centre.addresses),
        "time": _by_version((address, 123) for server in site.time for address in server.addresses),
        "updates": _by_version(
            (address, server.port) for server in site.updates for address in server.addresses
        ),
    }


def _wan_checks(site: SiteFile) -> dict[str, list[str]]:
    """Addresses that may be pinged outside: `asked` (the fail-over's, else the centre's) and the gateways."""
    watched = site.fail_over.check or site.centre.addresses
    asked: set[IPv4Address | IPv6Address] = set(watched)
    for link in site.ports.wan:
        asked.update(gateway for gateway in (link.gateway4, link.gateway6) if gateway is not None)
    ordered = sorted(asked, key=lambda address: (address.version, int(address)))
    by_version = {
        f"ipv{version}": [str(address) for address in ordered if address.version == version]
        for version in (4, 6)
    }
    return {**by_version, "asked": [str(address) for address in watched]}


def _hosts(site: SiteFile) -> list[dict[str, str]]:
    """Names of servers outside for the server's own /etc/hosts: it asks no DNS outside."""
    servers: list[Outside | TimeServer] = [site.centre, *site.time, *site.updates]
    lines = {(str(address), server.name): None for server in servers for address in server.addresses}
    return [{"address": address, "name": name} for address, name in lines]


def _device_services(site: SiteFile) -> dict[str, list[str]]:
    pairs: list[tuple[IPv4Address | IPv6Address, int]] = []
    for device in site.devices:
        v6 = address6(site.zones.devices, device.ipv4)
        for port in SERVICES_OF_DEVICES[device.kind]:
            pairs.append((device.ipv4, port))
            if v6 is not None:
                pairs.append((v6, port))
    return _by_version(pairs)
