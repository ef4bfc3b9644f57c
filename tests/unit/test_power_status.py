"""What a UPS's variables mean: power, state, reason and numbers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.adapter import DeviceState
from firmware_adapters.power import reasons
from firmware_adapters.power.status import Limits, Power, ups_status

NONE = Limits()


@pytest.mark.parametrize(
    ("status", "power", "state", "code"),
    [
        ("OL", Power.MAINS, "ready", None),
        ("OL CHRG", Power.MAINS, "ready", None),
        ("OL BOOST", Power.MAINS, "ready", None),
        ("OB DISCHRG", Power.BATTERY, "degraded", "power.on_battery"),
        ("OB LB", Power.LOW, "degraded", "power.low"),
        ("OL FSD", Power.LOW, "degraded", "power.low"),
        ("OB RB", Power.BATTERY, "degraded", "power.on_battery"),
        ("OL LB CHRG", Power.MAINS, "degraded", "power.battery_not_charged"),
        ("OL RB", Power.MAINS, "degraded", "power.replace_battery"),
        ("OL OVER", Power.MAINS, "degraded", "power.overloaded"),
        ("BYPASS", Power.MAINS, "degraded", "power.bypass"),
        ("OFF", None, "failed", "power.output_off"),
        ("ALARM OL", Power.MAINS, "degraded", "power.alarm"),
        ("OL CAL", Power.MAINS, "degraded", "power.calibrating"),
        ("", None, "degraded", "power.unclear"),
        ("NOTHING KNOWN", None, "degraded", "power.unclear"),
    ],
)
def test_a_status_tells_power_and_state(
    status: str, power: Power | None, state: str, code: str | None
) -> None:
    found = ups_status({"ups.status": status}, NONE)
    assert (found.power, found.state.value) == (power, state)
    assert (found.reason.code if found.reason else None) == code


@pytest.mark.parametrize(
    ("charge", "runtime", "power"),
    [
        ("14", "900", Power.LOW),
        ("80", "170", Power.LOW),
        ("80", "900", Power.BATTERY),
        ("", "", Power.BATTERY),
        ("nan", "inf", Power.BATTERY),
        ("-3", "-1", Power.BATTERY),
    ],
)
def test_a_ups_that_does_not_warn_counts_as_low_by_its_numbers(
    charge: str, runtime: str, power: Power
) -> None:
    told = {"ups.status": "OB", "battery.charge": charge, "battery.runtime": runtime}
    assert ups_status(told, Limits(15, 180)).power is power
    assert ups_status({**told, "ups.status": "OL"}, Limits(15, 180)).power is Power.MAINS


def test_numbers_become_facts_with_units_and_nonsense_is_not_told() -> None:
    told = {"ups.status": "OL", "battery.charge": "100", "battery.runtime": "1800.5", "ups.load": "1e9"}
    facts = ups_status(told, NONE).facts
    assert (facts["charge_percent"], facts["runtime_s"], facts["load_percent"]) == (100.0, 1800.5, None)


@given(
    st.dictionaries(
        st.sampled_from(["ups.status", "battery.charge", "battery.runtime", "ups.load", "ups.alarm", "x"]),
        st.text(max_size=60),
    )
)
@settings(max_examples=200)
def test_whatever_a_ups_tells_has_a_state_and_unless_ready_a_reason(told: dict[str, str]) -> None:
    found = ups_status(told, Limits(15, 180))
    assert (found.reason is None) == (found.state is DeviceState.READY)


def test_every_reason_has_a_chinese_and_an_english_sentence_that_fits_its_code() -> None:
    assert len(reasons.REASONS) == 19
    for code, reason in reasons.REASONS.items():
        assert re.fullmatch(r"power\.[a-z_]+", code)
        assert re.search(r"[\u4e00-\u9fff]", reason.zh)
        assert not re.search(r"[\u4e00-\u9fff]", reason.en)
