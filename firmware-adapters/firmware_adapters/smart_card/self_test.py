"""Steps of a smart-card reader's self-test, as a person reads them. Pure."""

from __future__ import annotations

from firmware_adapters.adapter import ActionRefused, Reason, SelfTestStep, failed_step
from firmware_adapters.smart_card import reasons
from firmware_adapters.smart_card.script import Script


def service_step(readers: int, took_s: float) -> SelfTestStep:
    """Step: pcscd answers."""
    measured = f"{readers} readers, {took_s * 1000:.0f} ms"
    return SelfTestStep("service", "智能卡服务有应答", "The smart-card service answers", True, measured)


def reader_step(reader: str, listed: bool) -> SelfTestStep:
    """Step: pcscd still has the reader."""
    return SelfTestStep("reader", "读写器在线", "The reader is there", listed, reader)


def card_step(present: bool) -> SelfTestStep:
    """Step: a card was put in while it was waited for."""
    zh, en = "读写器中有卡片", "There is a card"
    return SelfTestStep("card", zh, en, True) if present else failed_step("card", zh, en, reasons.NO_CARD)


def atr_step(atr: bytes, wrong: tuple[Reason, str] | None) -> SelfTestStep:
    """Step: its answer to reset is well-formed."""
    zh, en = "卡片复位应答正常", "The card answers to reset"
    if wrong is not None:
        return failed_step("atr", zh, en, *wrong)
    return SelfTestStep("atr", zh, en, True, atr.hex(" ").upper())


def connect_step(protocol: str, refused: ActionRefused | None) -> SelfTestStep:
    """Step: a program can connect to the card."""
    zh, en = "可与卡片建立连接", "The card can be connected to"
    if refused is not None:
        return failed_step("connects", zh, en, refused.reason, refused.detail)
    return SelfTestStep("connects", zh, en, True, protocol)


def script_step(script: Script, commands: int, refused: ActionRefused | None) -> SelfTestStep:
    """Step: the script of the options gets what it expects. What it read is not kept: it may be personal."""
    zh, en = f"执行脚本：{script.zh}", f"Script: {script.en}"
    if refused is not None:
        return failed_step("script", zh, en, refused.reason, refused.detail)
    return SelfTestStep("script", zh, en, True, f"{commands} commands")
