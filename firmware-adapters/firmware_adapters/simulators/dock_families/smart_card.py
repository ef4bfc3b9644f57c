"""Smart-card readers in the dock, behind a real pcscd of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from firmware_adapters.adapter import DeviceKind, Json
from firmware_adapters.dock_interface import Choice
from firmware_adapters.simulators.base import Berth, Place, Unavailable, act, choice, misbehave_act
from firmware_adapters.simulators.dock_bench import Bench
from firmware_adapters.simulators.smart_card import SimulatedSmartCardReader
from firmware_adapters.simulators.smart_card_cards import CONTACT_ATR, CONTACTLESS_ATR, SimulatedSmartCard
from firmware_adapters.simulators.smart_card_service import SLOTS, SimulatedPcscd, missing_parts

PLACES = (Place("smart_card.reader", DeviceKind.SMART_CARD, "智能卡读写器（双卡槽）", "Smart-card reader"),)
CARDS: Mapping[str, Mapping[str, Json]] = {
    "contact": {"atr": CONTACT_ATR},
    "contactless": {"atr": CONTACTLESS_ATR},
    "id-text": {
        "atr": CONTACTLESS_ATR,
        "files": {"0000": b"\0\1\4\0" + "样本 130102199001010010".encode("utf-16-le")},
    },
}
CARD_CHOICES = (
    Choice("contact", "接触式 CPU 卡", "contact card"),
    Choice("contactless", "非接触式存储卡", "contactless storage card"),
    Choice("id-text", "带证件文字的卡", "card with an ID's text"),
)


async def moor(bench: Bench) -> Sequence[Berth]:
    """Start pcscd and return the berth. Raises Unavailable."""
    if missing := missing_parts():
        raise Unavailable(f"本机无法模拟智能卡读写器：{missing}", missing)
    service = SimulatedPcscd()
    bench.stack.push_async_callback(service.close)
    await service.start()
    bench.source_options["pcsc"] = {"socket": service.socket}
    reader = SimulatedSmartCardReader(service)
    bench.stack.push_async_callback(reader.close)

    def insert(given: Mapping[str, Json]) -> None:
        reader.insert_card(SimulatedSmartCard(**CARDS[given["card"]]), int(given["slot"]))

    slots = choice(
        "slot",
        "卡槽",
        "Slot",
        [Choice(str(slot), f"卡槽 {slot + 1}", f"slot {slot + 1}") for slot in range(SLOTS)],
    )
    acts = (
        act(
            "insert_card",
            "插入卡片",
            "Insert a card",
            insert,
            choice("card", "卡片", "Card", CARD_CHOICES),
            slots,
        ),
        act(
            "remove_card",
            "拔出卡片",
            "Take the card out",
            lambda given: reader.remove_card(int(given["slot"])),
            slots,
        ),
        misbehave_act(reader),
    )
    marks = tuple(reader.sighting(slot).key for slot in range(SLOTS))
    return (Berth(PLACES[0], reader, marks, acts),)
