"""The self-test of a reader: does the module answer, is it well, does the line carry every byte."""

from __future__ import annotations

from firmware_adapters.adapter import SelfTestStep, failed_step
from firmware_adapters.id_card import reasons
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
    zh, en = "安全模块有应答", "The module answers"
    try:
        await session.status(options.probe_timeout_s)
    except LineFault as fault:
        return failed_step("answers", zh, en, fault.reason, fault.detail)
    except ModuleRefusal:
        pass  # an answer, if not a good one: the next step tells
    return SelfTestStep("answers", zh, en, True, f"{session.took_s * 1000:.0f} ms")


async def _is_well(session: SdtSession) -> SelfTestStep:
    zh, en = "安全模块状态正常", "The module is well"
    try:
        await session.status()
    except SdtError as trouble:
        return failed_step("status", zh, en, trouble.reason, trouble.detail)
    return SelfTestStep("status", zh, en, True, "SW3 90")


async def _has_number(session: SdtSession) -> SelfTestStep:
    zh, en = "安全模块编号可读", "The module's number can be read"
    try:
        seen = await session.sam_id()
    except SdtError as trouble:
        return failed_step("sam_id", zh, en, trouble.reason, trouble.detail)
    return SelfTestStep("sam_id", zh, en, True, seen)


async def _carries_every_byte(session: SdtSession) -> SelfTestStep:
    zh, en = f"数据线路 {_EXCHANGES} 次往返无差错", f"{_EXCHANGES} exchanges without an error"
    broken, took_s = session.broken_replies, 0.0
    try:
        for _ in range(_EXCHANGES):
            await session.sam_id()
            took_s += session.took_s
    except SdtError as trouble:
        return failed_step("line", zh, en, trouble.reason, trouble.detail)
    broken = session.broken_replies - broken
    if broken:
        return failed_step("line", zh, en, reasons.BAD_CHECKSUM, f"{broken} / {_EXCHANGES}")
    return SelfTestStep("line", zh, en, True, f"{took_s / _EXCHANGES * 1000:.0f} ms")
