"""The self-test of a printer: step by step, as a technician reads it."""

from __future__ import annotations

from firmware_adapters.adapter import DeviceState, Reason, SelfTestStep
from firmware_adapters.printer import reasons
from firmware_adapters.printer.jobs import Job
from firmware_adapters.printer.resolution import Resolutions
from firmware_adapters.printer.standing import Standing
from firmware_adapters.printer.supplies import Supply, Tray, out_of_paper


def answers_step(fault: Reason | None, took_s: float) -> SelfTestStep:
    """Whether the printer and its queue answered."""
    if fault is not None:
        return SelfTestStep("answers", f"应答：{fault.zh}", f"answers: {fault.en}", False, fault.code)
    return SelfTestStep("answers", "应答", "answers", True, f"{took_s * 1000:.0f} ms")


def state_step(standing: Standing) -> SelfTestStep:
    """Whether it can print, by its own word and the queue's."""
    reason = standing.reason
    passed = standing.state is not DeviceState.FAILED
    if reason is None:
        return SelfTestStep("state", "状态正常", "state is good", passed, standing.state.value)
    return SelfTestStep("state", f"状态：{reason.zh}", f"state: {reason.en}", passed, reason.code)


def resolution_step(resolutions: Resolutions) -> SelfTestStep:
    """Whether what it tells of its resolution holds together; one that tells nothing has not lied."""
    measured = ", ".join(f"{one.x}x{one.y} dpi" for one in resolutions.believed)
    reason = resolutions.reason
    if reason is None:
        return SelfTestStep("resolution", "分辨率", "resolution", True, measured)
    passed = reason is reasons.RESOLUTION_UNTOLD
    doubt = resolutions.detail or measured
    return SelfTestStep("resolution", f"分辨率：{reason.zh}", f"resolution: {reason.en}", passed, doubt)


def paper_step(paper: list[str], trays: list[Tray]) -> SelfTestStep:
    """Whether there is paper."""
    sheets = [f"{tray.name or '?'} {tray.sheets}" for tray in trays if tray.sheets is not None]
    measured = "; ".join(filter(None, (", ".join(paper[:4]), ", ".join(sheets[:6]))))
    if out_of_paper(trays):
        empty = reasons.MEDIA_EMPTY
        return SelfTestStep("paper", f"纸张：{empty.zh}", f"paper: {empty.en}", False, measured)
    if not measured:
        return SelfTestStep("paper", "纸张（打印机未提供）", "paper (not told by this printer)", True)
    return SelfTestStep("paper", "纸张", "paper", True, measured)


def toner_step(supplies: list[Supply]) -> SelfTestStep:
    """Whether toner or ink is left; low is no failure yet."""
    told = [one for one in supplies if not one.is_waste and one.percent is not None]
    if not told:
        return SelfTestStep("toner", "碳粉（打印机未提供）", "toner (not told by this printer)", True)
    measured = ", ".join(f"{one.name or one.kind} {one.percent} %" for one in told)
    if any(one.percent == 0 for one in told):
        empty = reasons.TONER_EMPTY
        return SelfTestStep("toner", f"碳粉：{empty.zh}", f"toner: {empty.en}", False, measured)
    if any(one.is_low for one in told):
        low = reasons.TONER_LOW
        return SelfTestStep("toner", f"碳粉：{low.zh}", f"toner: {low.en}", True, measured)
    return SelfTestStep("toner", "碳粉", "toner", True, measured)


def page_step(job: Job | None, reason: Reason | None, took_s: float) -> SelfTestStep:
    """Whether the test page came out."""
    if reason is not None:
        measured = reason.code if job is None else f"{reason.code}; {job.detail}"
        return SelfTestStep("page", f"测试页：{reason.zh}", f"test page: {reason.en}", False, measured)
    return SelfTestStep(
        "page",
        "已打印测试页，请取走并核对线条与文字",
        "a test page was printed: take it and look at its lines and text",
        True,
        f"{took_s:.1f} s",
    )
