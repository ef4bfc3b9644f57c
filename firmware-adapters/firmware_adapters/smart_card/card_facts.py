"""What is told of the card in a slot, and of the reader because of it. Pure."""

from __future__ import annotations

from firmware_adapters.adapter import DeviceState, Json, Reason, StateReport
from firmware_adapters.smart_card import reasons
from firmware_adapters.smart_card.atr import AtrWrong, parse_atr
from firmware_adapters.smart_card.card_changes import Slot
from firmware_adapters.smart_card.pcsc import ReaderStatus


def slot_of(status: ReaderStatus) -> Slot:
    """Return a slot as PC/SC tells it."""
    present = status.has("PRESENT")
    return Slot(present, present and status.has("MUTE"), status.atr if present else b"", status.count)


def card_reason(slot: Slot) -> tuple[Reason, str] | None:
    """Return what is wrong with the card, with a detail; None where it is well or there is none."""
    if slot.mute or (slot.present and not slot.atr):
        return reasons.CARD_MUTE, ""
    try:
        if slot.present:
            parse_atr(slot.atr)
    except AtrWrong as error:
        return reasons.BAD_ATR, str(error)
    return None


def card_facts(slot: Slot) -> dict[str, Json]:
    """Return the body of `card.inserted`; empty without a card."""
    if not slot.present:
        return {}
    wrong = card_reason(slot)
    if wrong is None:
        return parse_atr(slot.atr).facts()
    reason, detail = wrong
    told = {"code": reason.code, "zh": reason.zh, "en": reason.en}
    return {"atr": slot.atr.hex().upper(), "reason": told, "detail": detail}


def standing(slot: Slot) -> StateReport:
    """Return the reader's state: degraded while a card lies in it that does not answer as it should."""
    facts: dict[str, Json] = {"card_present": slot.present}
    wrong = card_reason(slot)
    if wrong is not None:
        return StateReport(DeviceState.DEGRADED, wrong[0], facts)
    return StateReport(DeviceState.READY, None, facts)
