"""The self-test of a UPS: step by step, as a technician reads it."""

from __future__ import annotations

from collections.abc import Mapping

from firmware_adapters.adapter import DeviceState, Json, Reason, SelfTestStep
from firmware_adapters.power.status import Power, UpsStatus


def answers_step(fault: Reason | None, took_s: float) -> SelfTestStep:
    """Whether the server answered for this UPS."""
    if fault is not None:
        return SelfTestStep("answers", f"应答：{fault.zh}", f"answers: {fault.en}", False, fault.code)
    return SelfTestStep("answers", "应答", "answers", True, f"{took_s * 1000:.0f} ms")


def status_steps(status: UpsStatus) -> list[SelfTestStep]:
    """Whether it is on mains, in order, charged, and not overloaded."""
    facts = status.facts
    on_mains = status.power is Power.MAINS
    steps = [
        SelfTestStep(
            "mains",
            "市电供电" if on_mains else "市电供电：当前不是市电供电，请检查供电",
            "fed by the mains" if on_mains else "not fed by the mains: check the supply",
            on_mains,
            str(facts["status"]),
        )
    ]
    reason = status.reason
    if on_mains and reason is not None:
        steps.append(
            SelfTestStep("condition", reason.zh, reason.en, status.state is DeviceState.READY, reason.code)
        )
    steps.append(_measured("charge", "电池电量", "battery charge", facts, "charge_percent", "%"))
    steps.append(_measured("runtime", "可供电时间", "runtime on battery", facts, "runtime_s", "s"))
    steps.append(_measured("load", "负载", "load", facts, "load_percent", "%"))
    return steps


def battery_step(result: str, reason: Reason | None) -> SelfTestStep:
    """What came of the UPS's own battery test."""
    zh, en = "电池自检", "battery test"
    if reason is not None:
        return SelfTestStep("battery_test", f"{zh}：{reason.zh}", f"{en}: {reason.en}", False, reason.code)
    # NUT's drivers write the result as the maker words it; these are the words of failure they have.
    failed = any(word in result.lower() for word in ("fail", "error", "abort", "bad", "warning"))
    return SelfTestStep("battery_test", zh, en, bool(result) and not failed, result)


def _measured(name: str, zh: str, en: str, facts: Mapping[str, Json], fact: str, unit: str) -> SelfTestStep:
    value = facts[fact]
    if value is None:
        # Cheap UPSes do not tell; that is no failure of theirs.
        return SelfTestStep(name, f"{zh}（设备未提供）", f"{en} (not told by this UPS)", True)
    return SelfTestStep(name, zh, en, True, f"{value:g} {unit}")
