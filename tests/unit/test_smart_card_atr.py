"""Answers to reset of cards, and what happened between two looks at a reader."""

from __future__ import annotations

from functools import reduce
from operator import xor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.smart_card.atr import AtrWrong, parse_atr
from firmware_adapters.smart_card.card_changes import Slot, changes
from firmware_adapters.smart_card.card_facts import card_facts, card_reason, standing
from firmware_adapters.smart_card.reader_name import ReaderName, parse_reader_name


@pytest.mark.parametrize(
    ("text", "convention", "protocols", "historical"),
    [
        ("3B 00", "direct", ("T=0",), ""),
        ("3B 68 00 00 4B 41 4F 44 49 41 4E 31", "direct", ("T=0",), "4B414F4449414E31"),
        # PC/SC part 3, a storage card: T=0 and T=1, so with a check byte.
        (
            "3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 01 00 00 00 00 6A",
            "direct",
            ("T=0", "T=1"),
            "804F0CA000000306030001" + "00" * 4,
        ),
        ("3F 65 25 00 2C 09 69 90 00", "inverse", ("T=0",), "2C09699000"),
        ("3B 80 80 01 01", "direct", ("T=0", "T=1"), ""),
    ],
)
def test_a_well_formed_answer_tells_convention_protocols_and_historical_bytes(
    text: str, convention: str, protocols: tuple[str, ...], historical: str
) -> None:
    found = parse_atr(bytes.fromhex(text))
    assert (found.convention, found.protocols) == (convention, protocols)
    assert found.historical.hex().upper() == historical
    assert found.facts()["atr"] == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at least 2 bytes"),
        ("3B", "at least 2 bytes"),
        ("00 00", "invalid TS"),
        ("3B F0 11", "within the interface bytes"),
        ("3B 05 01 02", "5 historical bytes announced, 2 are there"),
        ("3B 00 00", "1 bytes follow"),
        ("3B 80 80 01", "check byte is missing"),
        ("3B 80 80 01 02", "check byte is wrong"),
        ("3B 80 80 01 01 00", "2 bytes follow"),
        ("3B" + " 00" * 40, "at most 33"),
    ],
)
def test_a_malformed_answer_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(AtrWrong, match=message):
        parse_atr(bytes.fromhex(text))


@settings(max_examples=400)
@given(st.binary(max_size=40) | st.binary(max_size=40).map(lambda rest: b"\x3b" + rest))
def test_any_bytes_are_an_answer_or_its_own_error(raw: bytes) -> None:
    try:
        found = parse_atr(raw)
    except AtrWrong as error:
        assert str(error)
    else:
        assert found.raw == raw
        assert found.historical in raw
        if found.protocols != ("T=0",):
            assert reduce(xor, raw[1:]) == 0


@given(st.binary(max_size=15))
def test_an_answer_with_any_historical_bytes_gives_them_back(historical: bytes) -> None:
    body = bytes([0x80 | len(historical), 0x80, 0x01]) + historical
    found = parse_atr(b"\x3b" + body + bytes([reduce(xor, body)]))
    assert found.historical == historical


ATR, OTHER_ATR = bytes.fromhex("3B00"), bytes.fromhex("3B80800101")
EMPTY, CARD = Slot(count=4), Slot(True, False, ATR, 5)


@pytest.mark.parametrize(
    ("before", "now", "happened"),
    [
        (Slot(), EMPTY, []),
        (Slot(), CARD, ["inserted"]),
        (EMPTY, CARD, ["inserted"]),
        (CARD, EMPTY, ["removed"]),
        (CARD, CARD, []),
        (CARD, Slot(True, False, ATR, 7), ["removed", "inserted"]),
        (CARD, Slot(True, False, OTHER_ATR, 5), ["removed", "inserted"]),
        (Slot(True, True, b"", 5), Slot(True, False, ATR, 5), ["removed", "inserted"]),
        (EMPTY, Slot(count=6), []),
        (Slot(True, False, ATR, 65535), Slot(True, False, ATR, 1), ["removed", "inserted"]),
    ],
)
def test_what_happened_between_two_looks_is_told_in_order(
    before: Slot, now: Slot, happened: list[str]
) -> None:
    assert changes(before, now) == happened


def test_a_card_that_does_not_answer_makes_the_reader_degraded_with_what_to_do() -> None:
    mute = Slot(True, True, b"", 5)
    told = card_reason(mute)
    assert told is not None
    assert told[0].code == "smart_card.card_mute"
    assert (standing(mute).state.value, standing(EMPTY).state.value) == ("degraded", "ready")
    assert card_facts(mute)["reason"]["code"] == "smart_card.card_mute"
    assert card_facts(EMPTY) == {}


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Virtual PCD 00 00", ReaderName("Virtual PCD")),
        ("Gemalto PC Twin Reader (70D7E2EE) 00 01", ReaderName("Gemalto PC Twin Reader", "", "70D7E2EE", 1)),
        (
            "Alcor Micro AU9560 [CCID Interface] (0123) 0A 1F",
            ReaderName("Alcor Micro AU9560", "CCID Interface", "0123", 31),
        ),
        ("ACS ACR122U PICC Interface 00 00", ReaderName("ACS ACR122U PICC Interface")),
        ("(x) 00 00", ReaderName("(x)")),
        (" 00 00", ReaderName(" 00 00")),
        ("国产读卡器", ReaderName("国产读卡器")),
    ],
)
def test_a_readers_name_tells_model_interface_serial_number_and_slot(name: str, parts: ReaderName) -> None:
    assert parse_reader_name(name) == parts


@given(st.text(max_size=60))
def test_any_name_has_a_model(name: str) -> None:
    parts = parse_reader_name(name)
    assert parts.model or not name
