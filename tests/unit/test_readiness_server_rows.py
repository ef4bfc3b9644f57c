"""Rows of the server, measured on invented machines: each is a tree of files below a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exam_appliance.readiness.checks import (
    firewall,
    security_software,
    server_cpu,
    server_database,
    server_disk,
    server_exam_system,
    server_form,
    server_memory,
    server_nic,
    server_os,
)
from exam_appliance.readiness.finding import Finding, State
from exam_appliance.readiness.machine.addresses import addresses, way_out
from exam_appliance.readiness.machine.cards import cards, supported_mbit
from exam_appliance.readiness.machine.chassis import chassis
from exam_appliance.readiness.machine.commands import Told, ask
from exam_appliance.readiness.machine.cpu import cpu
from exam_appliance.readiness.machine.disks import disks, health_told
from exam_appliance.readiness.machine.listening import ports_open_to_others
from exam_appliance.readiness.machine.memory import installed_gib
from exam_appliance.readiness.machine.system import System, system, version_at_least
from tests.readiness_parts import programs, rack_server, row, sources, tree

DESK_PC = (
    "processor\t: 0\nmodel name\t: Intel(R) Core(TM) i3-6100 CPU @ 3.70GHz\nphysical id : 0\ncore id : 0\n"
    "flags : fpu lm\n\nprocessor\t: 1\nmodel name\t: x\nphysical id : 0\ncore id : 1\nflags : fpu lm\n"
)


def points(finding: Finding) -> dict[str, State]:
    return {point.name.en: point.state for point in finding.points}


def test_a_rack_server_of_the_standard_is_read_as_it_is_sold(tmp_path: Path) -> None:
    root = rack_server(tmp_path)
    held = cpu(root, "x86_64")
    assert (held.model, held.clock_mhz, held.cores, held.bits) == (
        "Intel(R) Xeon(R) Silver 4310 CPU @ 2.10GHz",
        2100,
        12,
        64,
    )
    assert installed_gib(root) == 32
    assert [(disk.name, disk.model) for disk in disks(root)] == [("sda", "ST2000NM0055")]
    (card,) = cards(root)
    assert (card.name, card.mac, card.up, card.mbit) == ("eno1", "0C-42-A1-0B-33-7E", True, 1000)
    assert chassis(root).named == "Inspur NF5280M6"


def test_a_desk_computer_fails_for_class_and_cores_and_says_what_to_do(tmp_path: Path) -> None:
    finding = server_cpu.judge(
        row("site.server.cpu"), cpu(tree(tmp_path, {"proc/cpuinfo": DESK_PC}), "x86_64")
    )
    assert finding.state is State.FAIL
    assert points(finding) == {
        "model": State.FAIL,
        "clock": State.PASS,
        "cores": State.FAIL,
        "width": State.PASS,
    }
    assert finding.todo is not None
    assert "更换" in finding.todo.zh


def test_a_processor_that_does_not_tell_its_clock_is_unknown_unless_it_runs_fast_enough(
    tmp_path: Path,
) -> None:
    block = "processor : 0\nmodel name : AMD EPYC 7302\nflags : lm hypervisor\ncpu MHz : {}\n"
    slow = cpu(tree(tmp_path / "a", {"proc/cpuinfo": block.format("800.0")}), "x86_64")
    fast = cpu(tree(tmp_path / "b", {"proc/cpuinfo": block.format("3000.1")}), "x86_64")
    limits = row("site.server.cpu")
    assert points(server_cpu.judge(limits, slow))["clock"] is State.UNKNOWN
    assert points(server_cpu.judge(limits, fast))["clock"] is State.PASS
    assert slow.virtual


@pytest.mark.parametrize(
    ("kilobytes", "gib", "state"),
    [(32_563_200, 32, State.PASS), (65_700_000, 64, State.PASS), (16_280_000, 16, State.FAIL)],
)
def test_memory_counts_as_installed_not_as_the_kernel_left_it(
    tmp_path: Path, kilobytes: int, gib: int, state: State
) -> None:
    root = tree(tmp_path, {"proc/meminfo": f"MemTotal: {kilobytes} kB\n"})
    assert installed_gib(root) == gib
    assert server_memory.judge(row("site.server.memory"), gib).state is state


def test_memory_that_is_not_told_is_unknown(tmp_path: Path) -> None:
    assert server_memory.judge(row("site.server.memory"), installed_gib(tmp_path)).state is State.UNKNOWN


async def test_a_disk_of_two_terabytes_passes_and_one_about_to_fail_fails(tmp_path: Path) -> None:
    root = rack_server(tmp_path)
    good = '{"smart_status": {"passed": true}}'
    bad = '{"smart_status": {"passed": false}}'
    here = row("site.server.disk")
    told = await server_disk.check(here, sources(root, ask=programs({"smartctl": good})))
    assert told.state is State.PASS
    assert "2000 GB" in told.measured.zh
    told = await server_disk.check(here, sources(root, ask=programs({"smartctl": bad})))
    assert told.state is State.FAIL
    assert told.todo is not None
    assert "sda" in told.todo.zh
    assert (await server_disk.check(here, sources(tmp_path / "none"))).state is State.UNKNOWN


@pytest.mark.parametrize("told", ["", "[]", "null", '{"smart_status": 3}', '{"smartctl": {"messages": [7]}}'])
def test_whatever_smartctl_prints_is_taken(told: str) -> None:
    assert health_told(told).healthy is None


async def test_a_gigabit_card_on_a_bad_cable_fails_and_names_the_cable(tmp_path: Path) -> None:
    root = tree(rack_server(tmp_path), {"sys/class/net/eno1/speed": "100"})
    modes = "Supported link modes:   100baseT/Full\n  1000baseT/Full\nSupported pause frame use: No"
    finding = await server_nic.check(row("site.server.nic"), sources(root, ask=programs({"ethtool": modes})))
    assert finding.state is State.FAIL
    assert finding.todo is not None
    assert "网线" in finding.todo.zh
    assert supported_mbit(modes) == 1000


async def test_a_card_without_a_cable_counts_for_what_it_can_do(tmp_path: Path) -> None:
    root = tree(rack_server(tmp_path), {"sys/class/net/eno1/speed": "-1", "sys/class/net/eno1/carrier": "0"})
    able = programs({"ethtool": "Supported link modes: 1000baseT/Full\nSupported pause frame use: No"})
    here = row("site.server.nic")
    assert (await server_nic.check(here, sources(root, ask=able))).state is State.PASS
    assert (await server_nic.check(here, sources(root))).state is State.UNKNOWN
    assert (await server_nic.check(here, sources(tmp_path / "none"))).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("type_", "maker", "state"),
    [
        ("23", "Inspur", State.PASS),
        ("3", "Dell", State.FAIL),
        ("", "", State.UNKNOWN),
        ("1", "QEMU", State.UNKNOWN),
    ],
)
def test_the_chassis_tells_a_rack_server_from_a_desktop_and_a_virtual_machine(
    tmp_path: Path, type_: str, maker: str, state: State
) -> None:
    files = {"sys/class/dmi/id/chassis_type": type_, "sys/class/dmi/id/sys_vendor": maker}
    assert server_form.judge(chassis(tree(tmp_path, files))).state is state


@pytest.mark.parametrize(
    ("held", "state"),
    [
        (System("debian", "12", "Debian GNU/Linux 12"), State.PASS),
        (System("debian", "", "Debian GNU/Linux trixie/sid"), State.PASS),
        (System("centos", "7", "CentOS Linux 7"), State.FAIL),
        (System("centos", "7.6.1810", "CentOS Linux 7.6"), State.PASS),
        (System("uos", "20", "UOS"), State.PASS),
        (System("slackware", "15", "Slackware"), State.UNKNOWN),
        (System("", "", ""), State.UNKNOWN),
    ],
)
def test_the_operating_system_is_compared_with_those_the_standard_names(held: System, state: State) -> None:
    assert server_os.judge(row("site.server.os"), held).state is state


def test_os_release_is_read_with_and_without_quotes(tmp_path: Path) -> None:
    root = tree(tmp_path, {"etc/os-release": "ID='kylin'\nVERSION_ID=V10\n#c\nNAME=\"Kylin Linux\"\n"})
    assert system(root) == System("kylin", "V10", "Kylin Linux")


@given(st.text(max_size=30), st.text(max_size=10))
@settings(max_examples=80)
def test_versions_of_any_form_compare_without_an_error(version: str, lowest: str) -> None:
    assert version_at_least(version, lowest) in (True, False, None)


def test_an_exam_server_that_no_centre_knows_fails() -> None:
    assert server_exam_system.judge("0.1.0", enrolled=True).state is State.PASS
    assert server_exam_system.judge("0.1.0", enrolled=False).state is State.FAIL


@pytest.mark.parametrize(
    ("running", "told", "state"),
    [
        ("", "", State.UNKNOWN),
        ("mysqld", "mysqld  Ver 5.7.28 for Linux", State.PASS),
        ("mysqld", "mysqld  Ver 5.6.40 for Linux", State.FAIL),
        ("mariadbd", "garbage", State.UNKNOWN),
    ],
)
def test_a_database_is_compared_only_when_one_runs(running: str, told: str, state: State) -> None:
    assert server_database.judge(row("site.server.database"), running, told).state is state


def test_a_rule_set_that_closes_and_limits_passes_and_another_one_is_left_to_a_declaration() -> None:
    good = (
        '{"nftables": [{"chain": {"hook": "input", "policy": "drop"}}, {"chain": {"hook": "forward", '
        '"policy": "drop"}}, {"rule": {"expr": [{"match": {"left": {"ct": {"key": "state"}}}}, '
        '{"limit": {"rate": 10}}]}}]}'
    )
    assert firewall.judge(Told(0, good), at_boot=True).state is State.PASS
    assert firewall.judge(Told(0, good), at_boot=False).state is State.UNKNOWN
    for told in (Told(0, "{}"), Told(0, "garbage"), Told(1, "", "Operation not permitted"), Told(None, "")):
        finding = firewall.judge(told, at_boot=True)
        assert finding.state is State.UNKNOWN
        assert finding.todo is not None


def test_a_database_that_others_can_reach_fails_the_security_row(tmp_path: Path) -> None:
    tcp = "  sl  local_address\n   0: 00000000:0CEA 00000000:0000 0A\n   1: 0100007F:1538 00000000:0000 0A\n"
    open_ports = ports_open_to_others(tree(tmp_path, {"proc/net/tcp": tcp}))
    assert open_ports == {3306}
    assert security_software.judge(open_ports, frozenset(), None).state is State.FAIL
    assert security_software.judge(frozenset(), frozenset(), None).state is State.UNKNOWN
    assert security_software.judge(frozenset(), frozenset({"gvmd"}), None).state is State.PASS


@given(st.text(max_size=200))
@settings(max_examples=60)
def test_whatever_ip_prints_is_taken(told: str) -> None:
    assert isinstance(addresses(told), tuple)
    way_out(told)


async def test_a_program_that_is_missing_has_told_nothing() -> None:
    told = await ask(("no-such-program-here", "--version"))
    assert told.code is None
    assert (await ask(("echo", "hello"))).out == "hello\n"
