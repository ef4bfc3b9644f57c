"""ID-card readers in the dock: cards are laid on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from firmware_adapters.adapter import DeviceKind, Json
from firmware_adapters.dock_interface import Choice, DockRefusal
from firmware_adapters.id_card.document import DocumentType
from firmware_adapters.simulators.base import (
    Berth,
    Place,
    SimulatedAct,
    act,
    choice,
    misbehave_act,
    text,
)
from firmware_adapters.simulators.dock_bench import Bench
from firmware_adapters.simulators.id_card import SimulatedHidReader, SimulatedReader, SimulatedSerialReader
from firmware_adapters.simulators.id_card_cards import SAMPLES, SamplePerson
from firmware_adapters.simulators.id_card_module import SdtModule, sam_id
from firmware_adapters.simulators.id_card_usb import SimulatedFourEndpointReader, SimulatedUsbReader

READERS: tuple[tuple[Place, type[SimulatedReader]], ...] = (
    (
        Place("id_card.serial", DeviceKind.ID_CARD, "身份证阅读器（串口）", "ID-card reader (serial)"),
        SimulatedSerialReader,
    ),
    (
        Place("id_card.hid", DeviceKind.ID_CARD, "身份证阅读器（HID）", "ID-card reader (HID)"),
        SimulatedHidReader,
    ),
    (
        Place("id_card.usb", DeviceKind.ID_CARD, "身份证阅读器（USB）", "ID-card reader (USB)"),
        SimulatedUsbReader,
    ),
    (
        Place(
            "id_card.usb_four",
            DeviceKind.ID_CARD,
            "身份证阅读器（USB，四端点）",
            "ID-card reader (USB, four endpoints)",
        ),
        SimulatedFourEndpointReader,
    ),
)
FIRST_MODULE = 890123400
"""The last parts of the modules' ids count from here: no two readers have the same one."""
PLACES = tuple(place for place, _ in READERS)
CARDS = tuple(Choice(name, person.zh, person.en) for name, person in SAMPLES.items())


async def moor(bench: Bench) -> Sequence[Berth]:
    """Return the berths. Raises Unavailable."""
    berths = []
    for number, (place, kind) in enumerate(READERS, 1):
        facts, marks = bench.on_a_port(kind.usual_facts)
        reader = kind(bench.testbed, facts, SdtModule(sam_id=sam_id(FIRST_MODULE + number)))
        berths.append(Berth(place, reader, marks, _acts(reader)))
    return berths


def _acts(reader: SimulatedReader) -> list[SimulatedAct]:
    def lay_sample(given: Mapping[str, Json]) -> None:
        reader.lay_card(SAMPLES[given["card"]].card())

    def lay_persons(given: Mapping[str, Json]) -> None:
        reader.lay_card(persons_card(given["name"], given["number"]).card())

    return [
        act(
            "lay_card",
            "放上样本证件",
            "Lay a sample card",
            lay_sample,
            choice("card", "证件", "Card", CARDS),
        ),
        act(
            "lay_persons_card",
            "放上指定姓名的身份证",
            "Lay a card of a given person",
            lay_persons,
            text("name", "姓名", "Name"),
            text("number", "身份证号", "ID number"),
        ),
        act("remove_card", "取走证件", "Take the card away", lambda given: reader.remove_card()),
        misbehave_act(reader),
    ]


def persons_card(name: str, number: str) -> SamplePerson:
    """Return a resident card of a person of the roster; sex and birth are as the number says.

    Raises DockRefusal for what does not fit on a card.
    """
    if len(number) != 18 or not number[:17].isdecimal() or not number.isascii():
        raise DockRefusal("身份证号须为 18 位", "the ID number must have 18 characters")
    if len(name.encode("utf-16-le")) > 30:
        raise DockRefusal("证件上的姓名最多 15 个字", "a card has room for 15 characters of a name")
    items = {
        **SAMPLES["resident"].items,
        "name": name,
        "number": number,
        "birth": number[6:14],
        "sex": "1" if int(number[16]) % 2 else "2",
    }
    return SamplePerson("指定姓名", "a given person", DocumentType.RESIDENT, items)
