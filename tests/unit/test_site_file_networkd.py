"""Files of systemd-networkd from a site file: lines, bridge and VLANs as the manual pages have them."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

from site_file.networkd import networkd_files
from site_file.reading import parse_site

EXAMPLE = Path(__file__).parents[2] / "provisioning/examples/site.yaml"


def files(*changes: tuple[str, str]) -> dict[str, dict[str, dict[str, list[str]]]]:
    """Return the files of the example with changes, as file -> section -> key -> values."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return {
        name.removeprefix("20-kaodian-"): read(made)
        for name, made in networkd_files(parse_site(text.encode(), "site.yaml")).items()
    }


def read(text: str) -> dict[str, dict[str, list[str]]]:
    sections: dict[str, dict[str, list[str]]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            here = sections.setdefault(line.strip("[]"), {})
        elif "=" in line:
            key, _, value = line.partition("=")
            here.setdefault(key, []).append(value)
    return sections


def test_a_fixed_line_has_its_gateway_and_wins_over_the_second_that_asks_for_an_address() -> None:
    made = files()
    first, second = made["wan1.network"], made["wan2.network"]
    assert first["Match"]["Name"] == ["enp1s0"]
    assert first["Network"]["Address"] == ["198.51.100.10/24"]
    assert first["Route"] == {"Gateway": ["198.51.100.1"], "Metric": ["100"]}
    assert second["Network"]["DHCP"] == ["ipv4"]
    assert second["DHCPv4"]["RouteMetric"] == ["200"]
    assert second["DHCPv4"]["UseDNS"] == ["no"]
    assert "IPv6AcceptRA" not in second


def test_one_port_holds_the_addresses_of_all_zones() -> None:
    network = files()["enp3s0.network"]["Network"]
    assert network["Address"] == [
        "10.20.10.1/24",
        "fd20:3301:0:10::1/64",
        "10.20.20.1/24",
        "fd20:3301:0:20::1/64",
        "10.20.30.1/24",
        "fd20:3301:0:30::1/64",
        "10.20.40.1/24",
    ]
    assert network["ConfigureWithoutCarrier"] == ["yes"]


def test_several_ports_are_bridged_and_a_zone_may_have_a_vlan_of_one_of_them() -> None:
    made = files(
        ("lan: [enp3s0]", "lan: [enp3s0, enp4s0]"), ("    # port: enp3s0.40\n", "    port: enp3s0.40\n")
    )
    assert made["bridge.netdev"]["NetDev"] == {"Name": ["lan0"], "Kind": ["bridge"]}
    assert made["enp3s0.40.netdev"]["VLAN"] == {"Id": ["40"]}
    assert made["enp3s0.network"]["Network"]["Bridge"] == ["lan0"]
    assert made["enp3s0.network"]["Network"]["VLAN"] == ["enp3s0.40"]
    assert "Address" not in made["enp4s0.network"]["Network"]
    assert made["enp3s0.40.network"]["Network"]["Address"] == ["10.20.40.1/24"]
    assert "10.20.10.1/24" in made["lan0.network"]["Network"]["Address"]


def test_a_line_with_ipv6_by_advertisement_and_one_with_a_fixed_address() -> None:
    made = files(
        (
            "gateway4: 198.51.100.1}",
            'gateway4: 198.51.100.1, ipv6: "2001:db8:1::10/64", gateway6: "2001:db8:1::1"}',
        ),
        ("ipv4: dhcp}", "ipv4: dhcp, ipv6: auto}"),
    )
    assert made["wan1.network"]["Network"]["Address"] == ["198.51.100.10/24", "2001:db8:1::10/64"]
    assert made["wan1.network"]["Route"]["Gateway"] == ["198.51.100.1", "2001:db8:1::1"]
    assert made["wan2.network"]["Network"]["IPv6AcceptRA"] == ["yes"]
    assert made["wan2.network"]["IPv6AcceptRA"]["RouteMetric"] == ["200"]


def test_every_file_is_ini_whose_sections_are_those_of_networkd() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    known = {"Match", "Link", "Network", "Route", "DHCPv4", "IPv6AcceptRA", "NetDev", "VLAN", "Bridge"}
    for name, made in networkd_files(parse_site(text.encode(), "site.yaml")).items():
        ini = ConfigParser(strict=False, interpolation=None)
        ini.read_string(made)
        assert set(ini.sections()) <= known, name
