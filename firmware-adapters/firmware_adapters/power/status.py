"""What a UPS's variables mean: numbers, power, state and reason (names: NUT's docs/nut-names.txt)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from firmware_adapters.adapter import DeviceState, Json, Reason
from firmware_adapters.power import reasons


class Power(IntEnum):
    """Where the power comes from, the worse the higher."""

    MAINS = 0  # 市电
    BATTERY = 1  # 电池
    LOW = 2  # 电池将尽


@dataclass(frozen=True, slots=True)
class Limits:
    """When a battery counts as nearly empty although the UPS does not say so yet; 0 leaves it to the UPS."""

    charge_percent: float = 0.0
    runtime_s: float = 0.0


@dataclass(frozen=True, slots=True)
class UpsStatus:
    """One look at a UPS."""

    power: Power | None
    """None when it does not say."""
    state: DeviceState
    reason: Reason | None
    facts: Mapping[str, Json]
    """`charge_percent`, `runtime_s`, `load_percent` ...; what it does not tell is None."""


_NUMBERS = {
    "charge_percent": ("battery.charge", 0.0, 100.0),
    "runtime_s": ("battery.runtime", 0.0, 10_000_000.0),
    "load_percent": ("ups.load", 0.0, 1000.0),
    "battery_v": ("battery.voltage", 0.0, 10_000.0),
    "input_v": ("input.voltage", 0.0, 10_000.0),
    "output_v": ("output.voltage", 0.0, 10_000.0),
    "temperature_c": ("ups.temperature", -100.0, 300.0),
    "power_w": ("ups.realpower.nominal", 0.0, 10_000_000.0),
}
"""Fact -> variable and the range outside of which it is nonsense."""


def ups_status(variables: Mapping[str, str], limits: Limits) -> UpsStatus:
    """Return what the variables say; strange ones count as not told. Never raises."""
    words = variables.get("ups.status", "").upper().split()
    facts: dict[str, Json] = {
        fact: _number(variables.get(name, ""), low, high) for fact, (name, low, high) in _NUMBERS.items()
    }
    facts["status"] = " ".join(words)[:200]
    facts["alarm"] = variables.get("ups.alarm", "")[:200]
    facts["test_result"] = variables.get("ups.test.result", "")[:200]
    power = _power(words, facts, limits)
    facts["power"] = None if power is None else power.name.lower()
    state, reason = _standing(words, power, facts["alarm"])
    return UpsStatus(power, state, reason, facts)


def _power(words: list[str], facts: Mapping[str, Json], limits: Limits) -> Power | None:
    if "FSD" in words:
        return Power.LOW
    if "OB" in words:
        charge, runtime = facts["charge_percent"], facts["runtime_s"]
        if (
            "LB" in words
            or (charge is not None and limits.charge_percent > 0 and charge <= limits.charge_percent)
            or (runtime is not None and limits.runtime_s > 0 and runtime <= limits.runtime_s)
        ):
            return Power.LOW
        return Power.BATTERY
    if "OL" in words or "BYPASS" in words:
        return Power.MAINS
    return None


_TROUBLES = (
    ("OFF", DeviceState.FAILED, reasons.OUTPUT_OFF),
    ("RB", DeviceState.DEGRADED, reasons.REPLACE_BATTERY),
    ("OVER", DeviceState.DEGRADED, reasons.OVERLOADED),
    ("BYPASS", DeviceState.DEGRADED, reasons.BYPASS),
    ("CAL", DeviceState.DEGRADED, reasons.CALIBRATING),
    ("LB", DeviceState.DEGRADED, reasons.CHARGING_LOW),
    ("ALARM", DeviceState.DEGRADED, reasons.ALARM),
)
"""Worst first."""


def _standing(words: list[str], power: Power | None, alarm: Json) -> tuple[DeviceState, Reason | None]:
    if power is Power.LOW:
        return DeviceState.DEGRADED, reasons.LOW
    if power is Power.BATTERY:
        return DeviceState.DEGRADED, reasons.ON_BATTERY
    for word, state, reason in _TROUBLES:
        if word in words:
            return state, reason
    if power is None:
        return DeviceState.DEGRADED, reasons.UNCLEAR
    if alarm:
        return DeviceState.DEGRADED, reasons.ALARM
    return DeviceState.READY, None


def _number(text: str, low: float, high: float) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    if not math.isfinite(value) or not low <= value <= high:
        return None
    return value
