"""The self-test of a reader: does the module answer, is it well, does the line carry every byte."""

from __future__ import annotations

from firmware_adapters.adapter import SelfTestStep
from firmware_adapters.id_card.frames import SdtError
from firmware_adapters.id_card.options import ReaderOptions
from firmware_adapters.id_card.photo import missing_decoder
from firmware_adapters.id_card.session import LineFault, ModuleRefusal, SdtSession

_EXCHANGES = 20


async def run_self_test(session: SdtSession, options: ReaderOptions) -> list[SelfTestStep]:
    """Return the steps up to the first that fails. Raises DeviceGone."""
    steps = [await _answers(session, options)]
    if steps[-1].passed:
        steps.append(await _is_well(session))
    if steps[-1].passed:
        steps.append(await _has_number(session))
    if steps[-1].passed:
        steps.append(await _carries_every_byte(session))
    if steps[-1].passed and options.photo_decoder is not None:
        missing = missing_decoder(options.photo_decoder)
        steps.append(
            SelfTestStep(
                "photo_decoder", "照片解码程序已安装", "The photo decoder is installed", not missing, missing
            )
        )
    return steps


async def _answers(session: SdtSession, options: ReaderOptions) -> SelfTestStep:
    passed, seen = True, ""
    try:
        await session.status(options.probe_timeout_s)
    except LineFault as fault:
        passed, seen = False, _said(fault)
    except ModuleRefusal:
        pass  # an answer, if not a good one: the next step tells
    return SelfTestStep(
        "answers", "安全模块有应答", "The module answers", passed, seen or f"{session.took_s * 1000:.0f} ms"
    )


async def _is_well(session: SdtSession) -> SelfTestStep:
    passed, seen = True, "SW3 90"
    try:
        await session.status()
    except SdtError as trouble:
        passed, seen = False, _said(trouble)
    return SelfTestStep("status", "安全模块状态正常", "The module is well", passed, seen)


async def _has_number(session: SdtSession) -> SelfTestStep:
    passed = True
    try:
        seen = await session.sam_id()
    except SdtError as trouble:
        passed, seen = False, _said(trouble)
    return SelfTestStep("sam_id", "安全模块编号可读", "The module's number can be read", passed, seen)


async def _carries_every_byte(session: SdtSession) -> SelfTestStep:
    broken = session.broken_replies
    passed, seen, took_s = True, "", 0.0
    try:
        for _ in range(_EXCHANGES):
            await session.sam_id()
            took_s += session.took_s
    except SdtError as trouble:
        passed, seen = False, _said(trouble)
    else:
        broken = session.broken_replies - broken
        passed = broken == 0
        seen = f"{broken} / {_EXCHANGES}, {took_s / _EXCHANGES * 1000:.0f} ms"
    return SelfTestStep(
        "line",
        "数据线路无差错（出错/往返次数，平均用时）",
        "The line carries every byte (errors / exchanges, mean time)",
        passed,
        seen,
    )


def _said(trouble: SdtError) -> str:
    return f"{trouble.reason.code} {trouble.detail}".strip()
