"""A site file with a fault is refused whole, with the line, the key and what is allowed there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exam_appliance.config.problems import ConfigError, ConfigProblem
from site_file.model import SiteFile
from site_file.reading import parse_site, read_site

PROVISIONING = Path(__file__).parents[2] / "provisioning"
EXAMPLE = (PROVISIONING / "examples/site.yaml").read_text(encoding="utf-8")


def changed(*changes: tuple[str, str]) -> str:
    """Return the shipped example with some of its text replaced; each old text stands there once."""
    text = EXAMPLE
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def problems(text: str, ports: list[str] | None = None) -> list[ConfigProblem]:
    """Return the faults of a file; none when it may be used."""
    try:
        parse_site(text.encode(), "site.yaml", ports)
    except ConfigError as error:
        return list(error.problems)
    return []


def line(text: str, part: str) -> int:
    """Return the 1-based line where a part stands for the first time."""
    return text[: text.index(part)].count("\n") + 1


def test_shipped_example_may_be_used_on_a_server_with_its_ports() -> None:
    site = parse_site(EXAMPLE.encode(), "site.yaml", ["enp1s0", "enp2s0", "enp3s0"])
    assert len(site.seats) == 30
    assert site.seats[0].mac == "52:54:00:10:00:01"
    assert str(site.seat_address(site.seats[29])) == "10.20.10.130"
    assert str(site.zones.staff.address4) == "10.20.20.1"
    assert site.interface("devices") == "enp3s0"


def test_several_lan_ports_are_bridged() -> None:
    site = parse_site(changed(("lan: [enp3s0]", "lan: [enp3s0, enp4s0]")).encode(), "site.yaml")
    assert site.interface("seats") == "lan0"


FAULTS = {
    "wrong key": (("  recoveries: 6", "  recoverys: 6"), "fail_over.recoverys", "recoveries", "recoverys"),
    "missing key": (("  code: KD3301\n", ""), "site.code", "missing", "site:"),
    "no number": (("{number: 3,", "{number: three,"), "seats.2.number", "1", "number: three"),
    "seat number too high": (("{number: 3,", "{number: 1000,"), "seats.2.number", "999", "number: 1000"),
    "seat twice": (("{number: 3,", "{number: 2,"), "seats.2.number", "line", "00-10-00-03"),
    "seat beyond the range": (
        ("{number: 3,", "{number: 99,"),
        "seats.2.number",
        "10.20.10.101-10.20.10.160",
        "number: 99",
    ),
    "MAC twice": (
        ("52-54-00-10-00-03", "52-54-00-10-00-02"),
        "seats.2.mac",
        "52:54:00:10:00:02",
        "{number: 3,",
    ),
    "MAC twice in two zones": (
        ("mac: 52-54-00-20-00-02", "mac: 52:54:00:10:00:02"),
        "staff.1.mac",
        "seats.1.mac",
        "office",
    ),
    "MAC of a group": (("52-54-00-10-00-03", "53-54-00-10-00-03"), "seats.2.mac", "group", "53-54"),
    "no MAC": (("52-54-00-10-00-03", "52-54-00-10-00"), "seats.2.mac", "52-54-00-12-34-56", "{number: 3,"),
    "ranges overlap": (
        ("10.20.10.200-10.20.10.239", "10.20.10.160-10.20.10.239"),
        "zones.seats.waiting",
        "10.20.10.101-10.20.10.160",
        "waiting:",
    ),
    "range outside its net": (
        ("10.20.10.200-10.20.10.239", "10.20.11.200-10.20.11.239"),
        "zones.seats.waiting",
        "10.20.10.1 to 10.20.10.254",
        "waiting:",
    ),
    "range backwards": (
        ("10.20.10.200-10.20.10.239", "10.20.10.239-10.20.10.200"),
        "zones.seats.waiting",
        "higher",
        "waiting:",
    ),
    "range with the server": (
        ("10.20.10.200-10.20.10.239", "10.20.10.1-10.20.10.39"),
        "zones.seats.waiting",
        "own address 10.20.10.1",
        "waiting:",
    ),
    "network of the line": (
        ("ipv4: 198.51.100.10/24, gateway4: 198.51.100.1", "ipv4: 10.20.10.250/24, gateway4: 10.20.10.249"),
        "ports.wan.0.ipv4",
        "zones.seats.ipv4",
        "10.20.10.250",
    ),
    "public network": (
        ("ipv4: 10.20.30.0/24", "ipv4: 8.8.8.0/24"),
        "zones.terminals.ipv4",
        "192.168.",
        "8.8.8",
    ),
    "host bits": (
        ("ipv4: 10.20.30.0/24", "ipv4: 10.20.30.5/24"),
        "zones.terminals.ipv4",
        "10.20.10.0/24",
        "10.20.30.5",
    ),
    "global IPv6": (
        ("fd20:3301:0:30::/64", "2001:db8::/64"),
        "zones.terminals.ipv6",
        "RFC 4193",
        "2001:db8::",
    ),
    "IPv6 twice": (
        ("fd20:3301:0:30::/64", "fd20:3301:0:10::/64"),
        "zones.terminals.ipv6",
        "zones.seats.ipv6",
        "ipv6: fd20:3301:0:10::/64\n  devices",
    ),
    "address outside its zone": (
        ("ipv4: 10.20.20.12", "ipv4: 10.20.30.99"),
        "staff.1.ipv4",
        "10.20.20.0/24",
        "10.20.30.99",
    ),
    "address twice": (("ipv4: 10.20.20.12", "ipv4: 10.20.20.11"), "staff.1.ipv4", "staff.0.ipv4", "office"),
    "address of the server": (
        ("ipv4: 10.20.20.12", "ipv4: 10.20.20.1"),
        "staff.1.ipv4",
        "zones.staff.ipv4",
        "office",
    ),
    "seat's own address outside the range": (
        ("{number: 29}", "{number: 29, ipv4: 10.20.10.77}"),
        "seats.28.ipv4",
        "10.20.10.101-10.20.10.160",
        "10.20.10.77",
    ),
    "seat's own address taken": (
        ("{number: 29}", "{number: 29, ipv4: 10.20.10.130}"),
        "seats.29.number",
        "seats.28.ipv4",
        "{number: 30}",
    ),
    "more seats than addresses": (
        ("10.20.10.101-10.20.10.160", "10.20.10.101-10.20.10.129"),
        "zones.seats.addresses",
        "29 addresses",
        "    addresses:",
    ),
    "name twice": (("name: office", "name: gate-1"), "terminals.0.name", "staff.1.name", "52-54-00-30-00-01"),
    "name of the system": (("name: office", "name: seat-003"), "staff.1.name", "belongs", "name: seat-003"),
    "name of the server": (("name: office", "name: exam"), "staff.1.name", "belongs", "52-54-00-20-00-02"),
    "name with a space": (("name: office", "name: the office"), "staff.1.name", "hyphens", "the office"),
    "port twice": (("lan: [enp3s0]", "lan: [enp1s0]"), "ports.lan.0", "ports.wan.0.port", "lan:"),
    "bridge as port": (("lan: [enp3s0]", "lan: [lan0]"), "ports.lan.0", "bridge", "lan:"),
    "no port name": (("lan: [enp3s0]", "lan: ['enp3s0; drop']"), "ports.lan.0", "enp1s0", "lan:"),
    "no gateway": ((", gateway4: 198.51.100.1}", "}"), "ports.wan.0.ipv4", "gateway4", "198.51.100.10"),
    "gateway elsewhere": (
        ("gateway4: 198.51.100.1}", "gateway4: 198.51.101.1}"),
        "ports.wan.0.gateway4",
        "198.51.100.0/24",
        "198.51.101.1",
    ),
    "gateway with dhcp": (
        ("ipv4: dhcp}", "ipv4: dhcp, gateway4: 192.0.2.1}"),
        "ports.wan.1.gateway4",
        "leave",
        "ipv4: dhcp",
    ),
    "port number twice": (
        ("console: 8443", "console: 443"),
        "services.console",
        "services.https",
        "console: 443",
    ),
    "port number of DNS": (("console: 8443", "console: 53"), "services.console", "DNS", "console: 53"),
    "centre in the LAN": (
        ('addresses: ["203.0.113.20", "2001:db8:20::20"]', 'addresses: ["10.20.10.4"]'),
        "centre.addresses",
        "zones.seats",
        "10.20.10.4",
    ),
    "centre at loopback": (
        ('["203.0.113.20", ', '["127.0.0.1", '),
        "centre.addresses.0",
        "elsewhere",
        "centre:",
    ),
    "centre below the site's domain": (
        ("name: centre.example.org", "name: centre.kaodian.internal"),
        "centre.name",
        "kaodian.internal",
        "centre.kaodian",
    ),
    "limit of nothing": (
        ("syn_per_second: 40", "syn_per_second: 0"),
        "limits.syn_per_second",
        "5",
        "syn_per",
    ),
    "unknown kind": (("kind: printer", "kind: plotter"), "devices.0.kind", "recorder", "plotter"),
    "unknown time zone": (("Asia/Shanghai", "Asia/Nowhere"), "site.time_zone", "Asia/Shanghai", "Nowhere"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_named_with_line_key_and_what_is_allowed(fault: str) -> None:
    change, key, allowed, stands_at = FAULTS[fault]
    text = changed(change)
    (problem,) = problems(text)
    assert problem.key == key
    assert problem.line == line(text, stands_at)
    assert allowed in problem.en or allowed in problem.zh
    assert any("\u4e00" <= letter <= "\u9fff" for letter in problem.zh)
    assert str(problem).startswith(f"site.yaml:{problem.line} {key}: {problem.zh} / ")


def test_unknown_port_is_refused_with_the_ports_that_are_there() -> None:
    (problem,) = problems(EXAMPLE, ["enp1s0", "enp3s0", "eno9"])
    assert problem.key == "ports.wan.1.port"
    assert problem.line == line(EXAMPLE, "port: enp2s0")
    assert "enp2s0" in problem.zh
    assert "eno9, enp1s0, enp3s0" in problem.en


def test_zone_may_have_a_vlan_of_a_port_that_is_there() -> None:
    text = changed(("    # port: enp3s0.40", "    port: enp3s0.40"))
    assert problems(text, ["enp1s0", "enp2s0", "enp3s0"]) == []
    assert parse_site(text.encode(), "x").interface("devices") == "enp3s0.40"
    (problem,) = problems(text.replace("enp3s0.40", "enp9s0.40"), ["enp1s0", "enp2s0", "enp3s0"])
    assert problem.key == "zones.devices.port"
    (problem,) = problems(text.replace("enp3s0.40", "enp3s0.4095"))
    assert problem.key == "zones.devices.port"


def test_every_fault_is_told_at_once() -> None:
    text = changed(
        ("{number: 3,", "{number: 2,"), ("name: office", "name: gate-1"), ("console: 8443", "console: 443")
    )
    assert {problem.key for problem in problems(text)} == {
        "seats.2.number",
        "terminals.0.name",
        "services.console",
    }


def test_networks_that_overlap_are_named_with_each_other() -> None:
    text = changed(("ipv4: 10.20.30.0/24", "ipv4: 10.20.0.0/16"))
    assert [(problem.key, problem.line) for problem in problems(text)] == [
        ("zones.terminals.ipv4", line(text, "10.20.0.0/16")),
        ("zones.terminals.ipv4", line(text, "10.20.0.0/16")),
        ("zones.devices.ipv4", line(text, "10.20.40.0/24")),
    ]
    assert f"line {line(text, 'ipv4: 10.20.10.0/24')} (zones.seats.ipv4)" in problems(text)[0].en


def test_third_line_to_the_outside_is_refused() -> None:
    three = changed(
        ("    - {port: enp2s0, ipv4: dhcp}", "    - {port: a, ipv4: dhcp}\n    - {port: b, ipv4: dhcp}")
    )
    assert [problem.key for problem in problems(three)] == ["ports.wan"]


@pytest.mark.parametrize("text", ["", "site: 7", "- 1", "site: [", "\x00", "site: &a {}\nports: *a"])
def test_what_is_no_site_file_is_refused_with_words(text: str) -> None:
    found = problems(text)
    assert found
    assert all(problem.zh and problem.en for problem in found)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(EXAMPLE) - 1), st.sampled_from(["", " ", ":", "\n", "{", "9", "/", "-", "é"])
        ),
        min_size=1,
        max_size=4,
    )
)
def test_damaged_file_is_read_or_refused_but_never_breaks_the_reader(damage: list[tuple[int, str]]) -> None:
    text = EXAMPLE
    for at, put in damage:
        text = text[:at] + put + text[at + 1 :]
    try:
        site = parse_site(text.encode(), "site.yaml")
    except ConfigError as error:
        assert all(problem.zh and problem.en for problem in error.problems)
    else:
        assert isinstance(site, SiteFile)


def test_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_site(tmp_path / "site.yaml")


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m site_file` as an operator does."""
    return subprocess.run(
        [sys.executable, "-m", "site_file", *arguments],
        cwd=PROVISIONING,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_command_refuses_a_faulty_file_and_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(changed(("{number: 3,", "{number: 2,")), encoding="utf-8")
    done = command("render", str(file), "--to", str(tmp_path / "made"))
    assert done.returncode == 2
    assert f"site.yaml:{line(EXAMPLE, '{number: 3,')} seats.2.number" in done.stderr
    assert not (tmp_path / "made").exists()
    told = command("check", str(file), "--json")
    assert told.returncode == 2
    assert [problem["key"] for problem in json.loads(told.stdout)["problems"]] == ["seats.2.number"]


def test_command_checks_a_good_file_against_ports() -> None:
    good = command("check", "examples/site.yaml", "--ports", "enp1s0,enp2s0,enp3s0")
    assert (good.returncode, good.stderr) == (0, "")
    assert "KD3301" in good.stdout
    missing = command("check", "examples/site.yaml", "--ports", "enp1s0,enp2s0")
    assert missing.returncode == 2
    assert "enp3s0" in missing.stderr
