"""The files of systemd-networkd that a site file asks for (systemd.network(5), systemd.netdev(5))."""

from __future__ import annotations

from ipaddress import IPv4Interface, IPv6Interface

from site_file.model import BRIDGE, ZONES, SiteFile, WanLink

PREFIX = "20-kaodian-"
"""Names of the files; before `80-before-set-up.network` of the image, since the first match counts."""
METRICS = (100, 200)
"""Of the default routes of the first and the second line: the lower one is taken while both stand."""
HEAD = """\
# 由部署写入，改动会丢失；请改考点文件
# written by provisioning, changes here are lost: change the site file
"""


def networkd_files(site: SiteFile) -> dict[str, str]:
    """Return the text of each file by its name, in the order of the names."""
    files = {f"wan{number}.network": _wan(link, METRICS[number - 1]) for number, link in _numbered(site)}
    addresses = _addresses(site)
    ports: dict[str, list[str]] = {port: [] for port in site.ports.lan}
    if len(site.ports.lan) > 1:
        files["bridge.netdev"] = _text(("NetDev", [f"Name={BRIDGE}", "Kind=bridge"]), ("Bridge", ["STP=no"]))
        for port in site.ports.lan:
            ports[port].append(f"Bridge={BRIDGE}")
        ports[BRIDGE] = []
    for name in addresses:
        parent, _, vlan = name.partition(".")
        if vlan:
            netdev = ("NetDev", [f"Name={name}", "Kind=vlan"]), ("VLAN", [f"Id={vlan}"])
            files[f"{name}.netdev"] = _text(*netdev)
            ports.setdefault(parent, []).append(f"VLAN={name}")
        ports.setdefault(name, [])
    for port, lines in ports.items():
        files[f"{port}.network"] = _lan(port, [*lines, *addresses.get(port, ())])
    return {f"{PREFIX}{name}": files[name] for name in sorted(files)}


def _numbered(site: SiteFile) -> list[tuple[int, WanLink]]:
    return list(enumerate(site.ports.wan, start=1))


def _addresses(site: SiteFile) -> dict[str, list[str]]:
    """Return the address lines of each interface that holds some."""
    lines: dict[str, list[str]] = {}
    for name in ZONES:
        zone = site.zones.of(name)
        here = lines.setdefault(site.interface(name), [])
        here.append(f"Address={zone.address4}/{zone.ipv4.prefixlen}")
        if zone.ipv6 is not None:
            here.append(f"Address={zone.address6}/{zone.ipv6.prefixlen}")
    return lines


def _lan(port: str, lines: list[str]) -> str:
    held = any(line.startswith("Address=") for line in lines)
    network = [
        *lines,
        # Addresses stay while the switch is off: services are bound to them.
        "ConfigureWithoutCarrier=yes",
        "IPv6AcceptRA=no",
        f"LinkLocalAddressing={'ipv6' if any(':' in line for line in lines if held) else 'no'}",
        "LLMNR=no",
        "MulticastDNS=no",
    ]
    return _text(("Match", [f"Name={port}"]), ("Link", ["RequiredForOnline=no"]), ("Network", network))


def _wan(link: WanLink, metric: int) -> str:
    network = ["LLMNR=no", "MulticastDNS=no"]
    routes: list[tuple[str, list[str]]] = []
    network.append("DHCP=ipv4" if link.by_dhcp else "DHCP=no")
    network.append(f"IPv6AcceptRA={'yes' if link.ipv6 == 'auto' else 'no'}")
    network.append(f"LinkLocalAddressing={'no' if link.ipv6 is None else 'ipv6'}")
    for address, gateway in ((link.ipv4, link.gateway4), (link.ipv6, link.gateway6)):
        if isinstance(address, IPv4Interface | IPv6Interface):
            network.append(f"Address={address}")
        if gateway is not None:
            routes.append(("Route", [f"Gateway={gateway}", f"Metric={metric}"]))
    # The names of servers outside stand in /etc/hosts and the time comes from chrony: the line tells neither.
    told = ["UseDNS=no", "UseDomains=no", f"RouteMetric={metric}"]
    if link.by_dhcp:
        routes.append(("DHCPv4", [*told, "UseNTP=no", "UseHostname=no"]))
    if link.ipv6 == "auto":
        routes.append(("IPv6AcceptRA", told))
    return _text(
        ("Match", [f"Name={link.port}"]), ("Link", ["RequiredForOnline=no"]), ("Network", network), *routes
    )


def _text(*sections: tuple[str, list[str]]) -> str:
    return HEAD + "".join("\n".join(["", f"[{name}]", *lines, ""]) for name, lines in sections)
