"""Steps of a smart-card reader's self-test, as a person reads them. Pure."""

from __future__ import annotations

from firmware_adapters.adapter import ActionRefused, Reason, SelfTestStep
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
    measured = "" if present else "smart_card.no_card"
    return SelfTestStep("card", "读写器中有卡片", "There is a card", present, measured)


def atr_step(atr: bytes, wrong: tuple[Reason, str] | None) -> SelfTestStep:
    """Step: its answer to reset is well-formed."""
    measured = atr.hex(" ").upper() if wrong is None else f"{wrong[0].code} {wrong[1]}".strip()
    return SelfTestStep("atr", "卡片复位应答正常", "The card answers to reset", wrong is None, measured)


def connect_step(protocol: str, refused: ActionRefused | None) -> SelfTestStep:
    """Step: a program can connect to the card."""
    measured = protocol if refused is None else _said(refused)
    return SelfTestStep(
        "connects", "可与卡片建立连接", "The card can be connected to", refused is None, measured
    )


def script_step(script: Script, commands: int, refused: ActionRefused | None) -> SelfTestStep:
    """Step: the script of the options gets what it expects. What it read is not kept: it may be personal."""
    measured = f"{commands} commands" if refused is None else _said(refused)
    return SelfTestStep("script", f"执行脚本：{script.zh}", f"Script: {script.en}", refused is None, measured)


def _said(refused: ActionRefused) -> str:
    return f"{refused.reason.code} {refused.detail}".strip()
