"""Rows of the network: addresses, the line to the centre, what a seat can reach, the switch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from exam_appliance.readiness.checks import (
    lan_fixed_addresses,
    lan_no_internet,
    lan_switch,
    wan_address,
    wan_bandwidth,
    wan_egress,
)
from exam_appliance.readiness.finding import State, Text
from exam_appliance.readiness.machine.addresses import Address, WayOut
from exam_appliance.readiness.machine.cards import Card
from exam_appliance.readiness.sources import LineSpeed, Missing
from tests.readiness_parts import REACHED, heard, kiosk, programs, row, sources

OUT = WayOut("eno1", "203.0.113.1")
FIXED = Address("eno1", "203.0.113.9", 24, fixed=True)
LENT = Address("eno1", "203.0.113.9", 24, fixed=False)
LAN = Address("eno2", "10.0.0.1", 24, fixed=True)
DOWN = Missing(Text("中心没有响应", "no answer"), Text("请检查网络", "check the network"))


def test_either_kind_of_address_passes_a_fixed_one_is_recommended_none_fails() -> None:
    assert wan_address.judge((LAN, FIXED), OUT).state is State.PASS
    lent = wan_address.judge((LENT,), OUT)
    assert lent.state is State.PASS
    assert "推荐固定" in lent.measured.zh
    assert wan_address.judge((LAN,), None).state is State.FAIL


async def test_addresses_and_routes_are_read_from_ip(tmp_path: Path) -> None:
    told = programs(
        {
            "ip -json address": (
                '[{"ifname": "eno1", "addr_info": [{"family": "inet", "local": "203.0.113.9",'
                ' "prefixlen": 24, "scope": "global", "dynamic": true}]}, {"ifname": "lo", "addr_info": '
                '[{"family": "inet", "local": "127.0.0.1", "prefixlen": 8, "scope": "host"}]}]'
            ),
            "ip -json route": '[{"dst": "default", "dev": "eno1", "gateway": "203.0.113.1"}]',
        }
    )
    finding = await wan_address.check(row("site.wan.address"), sources(tmp_path, ask=told))
    assert finding.measured.zh == "动态 IP：eno1 203.0.113.9/24（推荐固定 IP）"
    assert (await wan_address.check(row("site.wan.address"), sources(tmp_path))).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("down", "up", "kind", "state"),
    [
        (95_000, 20_000, "", State.PASS),
        (9_500, 9_800, "dedicated", State.PASS),
        (9_500, 9_800, "shared", State.UNKNOWN),
        (9_500, 9_800, "", State.UNKNOWN),
        (40_000, 30_000, "", State.UNKNOWN),
        (4_000, 3_000, "dedicated", State.FAIL),
        (4_000, 3_000, "", State.FAIL),
    ],
)
def test_a_measured_speed_proves_a_fast_line_and_condemns_only_one_below_every_limit(
    down: int, up: int, kind: Literal["shared", "dedicated", ""], state: State
) -> None:
    here, speed = row("site.wan.bandwidth"), LineSpeed(down, up)
    assert wan_bandwidth.judge(here, speed, kind).state is state


def test_the_server_is_the_way_out_only_while_no_seat_gets_around_it() -> None:
    quiet = (heard(kiosk(1)),)
    assert wan_egress.judge(OUT, REACHED, quiet).state is State.PASS
    assert wan_egress.judge(None, REACHED, quiet).state is State.FAIL
    assert wan_egress.judge(OUT, DOWN, quiet).state is State.UNKNOWN
    around = heard(kiosk(7, probes=[{"target": "internet", "reached": True}]))
    finding = wan_egress.judge(OUT, REACHED, (around,))
    assert finding.state is State.FAIL
    assert "第一考场7号" in finding.measured.zh


def test_a_seat_that_reaches_the_internet_is_named_and_one_that_never_tried_leaves_it_open() -> None:
    through = heard(kiosk(3, probes=[{"target": "internet", "reached": True}]))
    finding = lan_no_internet.judge("0", (heard(kiosk(1)), through))
    assert finding.state is State.FAIL
    assert "第一考场3号" in finding.measured.zh
    assert lan_no_internet.judge("0", (heard(kiosk(1)),)).state is State.PASS
    page = heard(kiosk(2, source="page", probes=None))
    assert lan_no_internet.judge("0", (heard(kiosk(1)), page)).state is State.UNKNOWN
    assert lan_no_internet.judge("0", ()).state is State.UNKNOWN


def test_fixed_addresses_need_the_server_the_seats_and_the_invigilator_machines() -> None:
    seats = (heard(kiosk(1)), heard(kiosk(2)))
    desk = (heard(kiosk(9), "invigilator"),)
    assert lan_fixed_addresses.judge((LAN,), seats, desk).state is State.PASS
    lent = Address("eno2", "10.0.0.1", 24, fixed=False)
    assert lan_fixed_addresses.judge((lent,), seats, desk).state is State.FAIL
    assert lan_fixed_addresses.judge((LAN,), seats, ()).state is State.UNKNOWN
    moving = (heard(kiosk(1, fixed_address=False)),)
    finding = lan_fixed_addresses.judge((LAN,), moving, desk)
    assert finding.state is State.FAIL
    assert "第一考场1号" in finding.measured.zh
    browser = (heard(kiosk(1, fixed_address=None)),)
    assert lan_fixed_addresses.judge((LAN,), browser, desk).state is State.UNKNOWN
    # It waited for its seat at an address of the pool, and has its own since it is bound.
    at_last = replace(heard(kiosk(1)), addresses=("10.0.0.101", "10.0.0.200"))
    assert lan_fixed_addresses.judge((LAN,), (at_last,), desk).state is State.PASS
    wandering = replace(heard(kiosk(1, proven=False)), addresses=("10.0.0.101", "10.0.0.200"))
    assert lan_fixed_addresses.judge((LAN,), (wandering,), desk).state is State.FAIL


def test_a_slow_port_fails_the_switch_and_its_nameplate_is_left_to_a_declaration() -> None:
    card = Card("eno2", "0C-42-A1-0B-33-7E", up=True, mbit=1000)
    slow = heard(kiosk(4, nic_mbit=100))
    here = row("site.switch")
    assert lan_switch.judge(here, (card,), (heard(kiosk(1)),)).state is State.UNKNOWN
    finding = lan_switch.judge(here, (card,), (slow,))
    assert finding.state is State.FAIL
    assert "第一考场4号" in finding.measured.zh
