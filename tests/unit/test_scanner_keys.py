"""What a keyboard scanner types becomes the text of its codes."""

from __future__ import annotations

import pytest
from evdev import ecodes
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.scanner.key_decoder import KeyDecoder, KeyRules
from firmware_adapters.scanner.reasons import REASONS
from firmware_adapters.scanner.scan import LONGEST, RawScan
from firmware_adapters.scanner.us_layout import CHARACTERS
from firmware_adapters.simulators.scanner_typing import strokes

TYPED = "".join(chr(code) for code in range(0x20, 0x7F))
ALL_KEYS = [code for code in ecodes.KEY if isinstance(code, int)]


def typed(decoder: KeyDecoder, text: str) -> list[RawScan]:
    found = []
    for stroke in strokes(text):
        for code, down in stroke:
            scan = decoder.key(code, int(down))
            if scan is not None:
                found.append(scan)
    return found


def press(decoder: KeyDecoder, *codes: int) -> list[RawScan]:
    found = [decoder.key(code, value) for code in codes for value in (1, 0)]
    return [scan for scan in found if scan is not None]


def test_every_character_of_the_us_keyboard_is_read_as_typed() -> None:
    assert typed(KeyDecoder(KeyRules()), TYPED + "\n") == [RawScan(TYPED, "terminator")]


@given(st.text(st.characters(min_codepoint=0x20, exclude_characters="\x7f", exclude_categories=("Cs", "Cc"))))
def test_any_text_comes_back_as_it_was_typed_alt_codes_for_what_has_no_key(text: str) -> None:
    # Windows takes 128 to 255 for its code page: scanners type those with a leading zero or not at all.
    if any(0x80 <= ord(one) <= 0xFF for one in text):
        return
    found = typed(KeyDecoder(KeyRules()), text + "\n")
    assert found == ([RawScan(text, "terminator")] if text else [])


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from(ALL_KEYS) | st.integers(0, 767), st.integers(0, 2))
        | st.sampled_from(["idle", "lost"]),
        max_size=120,
    ),
    st.sampled_from(["auto", "terminator", "idle"]),
    st.sampled_from(["unicode", "gbk"]),
)
def test_any_keys_at_all_give_scans_or_reasons_and_silence_clears_the_keyboard(
    events: list[tuple[int, int] | str], end_by: str, codes: str
) -> None:
    rules = KeyRules(end_by=end_by, alt_codes=codes, longest=50)  # type: ignore[arg-type]
    decoder = KeyDecoder(rules)
    for event in events:
        if event == "idle":
            scan = decoder.idle()
        elif event == "lost":
            decoder.lost()
            scan = None
        else:
            code, value = event
            scan = decoder.key(int(code), int(value))
        if scan is not None:
            assert scan.text or scan.fault
            assert len(scan.text) <= 51
            assert scan.fault is None or scan.fault.code in REASONS
    decoder.idle()
    assert not decoder.pending
    # Modifiers that were never released do not spoil the next code.
    (scan,) = typed(decoder, "Ab1\n") or [decoder.idle()]
    assert scan is not None
    assert scan.text == "Ab1"


def test_caps_lock_typed_by_the_scanner_counts_and_ends_with_silence() -> None:
    decoder = KeyDecoder(KeyRules())
    found = press(decoder, ecodes.KEY_CAPSLOCK, ecodes.KEY_A, ecodes.KEY_1, ecodes.KEY_ENTER)
    assert found == [RawScan("A1", "terminator")]
    decoder.idle()
    assert press(decoder, ecodes.KEY_A, ecodes.KEY_ENTER) == [RawScan("a", "terminator")]


def test_repeats_of_a_held_key_are_not_the_scanners() -> None:
    decoder = KeyDecoder(KeyRules())
    assert [decoder.key(ecodes.KEY_7, value) for value in (1, 2, 2, 0)] == [None] * 4
    assert decoder.key(ecodes.KEY_ENTER, 1) == RawScan("7", "terminator")


def test_carriage_return_and_line_feed_end_one_scan() -> None:
    decoder = KeyDecoder(KeyRules())
    found = press(decoder, ecodes.KEY_1, ecodes.KEY_ENTER, ecodes.KEY_KPENTER, ecodes.KEY_2, ecodes.KEY_TAB)
    assert [scan.text for scan in found] == ["1", "2"]


def test_the_keypad_types_digits_whatever_the_lamp_says() -> None:
    decoder = KeyDecoder(KeyRules())
    keys = (ecodes.KEY_NUMLOCK, ecodes.KEY_KP1, ecodes.KEY_KP0, ecodes.KEY_NUMLOCK, ecodes.KEY_ENTER)
    assert press(decoder, *keys) == [RawScan("10", "terminator")]


def test_silence_ends_a_scan_of_a_scanner_that_sends_no_terminator() -> None:
    decoder = KeyDecoder(KeyRules())
    assert typed(decoder, "140108") == []
    assert decoder.pending
    assert decoder.idle() == RawScan("140108", "idle")
    assert decoder.idle() is None


def test_after_one_terminator_a_scan_without_is_incomplete() -> None:
    decoder = KeyDecoder(KeyRules())
    typed(decoder, "1\n")
    typed(decoder, "140108")
    half = decoder.idle()
    assert half is not None
    assert half.fault is REASONS["scanner.incomplete"]
    assert typed(decoder, "2\n") == [RawScan("2", "terminator")]


def test_a_code_with_line_ends_in_it_is_whole_where_silence_ends_scans() -> None:
    decoder = KeyDecoder(KeyRules(end_by="idle"))
    assert typed(decoder, "one\ntwo\n") == []
    assert decoder.idle() == RawScan("one\ntwo", "idle")


@pytest.mark.parametrize(
    ("codes", "numbers", "text"),
    [
        ("unicode", ["20934"], "准"),
        ("unicode", ["134071"], "𠮷"),
        ("unicode", ["55362", "57271"], "𠮷"),
        ("unicode", ["0214"], "Ö"),
        ("unicode", ["65"], "A"),
        ("gbk", ["54992"], "中"),
        ("gbk", ["214", "208"], "中"),
        ("gbk", ["65"], "A"),
    ],
)
def test_alt_codes_of_each_convention_give_the_character(codes: str, numbers: list[str], text: str) -> None:
    decoder = KeyDecoder(KeyRules(alt_codes=codes))  # type: ignore[arg-type]
    for number in numbers:
        decoder.key(ecodes.KEY_LEFTALT, 1)
        press(decoder, *(getattr(ecodes, f"KEY_KP{digit}") for digit in number))
        decoder.key(ecodes.KEY_LEFTALT, 0)
    assert press(decoder, ecodes.KEY_ENTER) == [RawScan(text, "terminator")]


def test_a_hexadecimal_alt_code_gives_the_character() -> None:
    decoder = KeyDecoder(KeyRules())
    decoder.key(ecodes.KEY_LEFTALT, 1)
    press(decoder, ecodes.KEY_KPPLUS, ecodes.KEY_5, ecodes.KEY_1, ecodes.KEY_C, ecodes.KEY_6)
    decoder.key(ecodes.KEY_LEFTALT, 0)
    assert press(decoder, ecodes.KEY_ENTER) == [RawScan("准", "terminator")]


@pytest.mark.parametrize(
    "keys",
    [
        (ecodes.KEY_F5,),
        (ecodes.KEY_LEFTMETA, ecodes.KEY_F1),
        (ecodes.KEY_VOLUMEUP,),
        (ecodes.KEY_HOME,),
    ],
)
def test_a_key_that_stands_for_nothing_spoils_the_scan(keys: tuple[int, ...]) -> None:
    decoder = KeyDecoder(KeyRules())
    press(decoder, ecodes.KEY_1, *keys, ecodes.KEY_2)
    (scan,) = press(decoder, ecodes.KEY_ENTER)
    assert scan.fault is REASONS["scanner.unknown_key"]
    assert press(decoder, ecodes.KEY_3, ecodes.KEY_ENTER) == [RawScan("3", "terminator")]


def test_control_characters_are_typed_with_control_and_options_add_further_keys() -> None:
    decoder = KeyDecoder(KeyRules(keys_as={ecodes.KEY_F8: "\x1d"}))
    assert typed(decoder, "a\x1db\n") == [RawScan("a\x1db", "terminator")]
    assert press(decoder, ecodes.KEY_1, ecodes.KEY_F8, ecodes.KEY_2, ecodes.KEY_ENTER) == [
        RawScan("1\x1d2", "terminator")
    ]


def test_a_scan_without_end_keeps_no_more_than_a_code_can_hold() -> None:
    decoder = KeyDecoder(KeyRules())
    for _ in range(LONGEST * 2):
        press(decoder, ecodes.KEY_9)
    (scan,) = press(decoder, ecodes.KEY_ENTER)
    assert scan.fault is REASONS["scanner.too_long"]
    assert scan.detail == f"{LONGEST * 2} characters"
    assert len(scan.text) == LONGEST + 1


def test_the_layout_covers_every_printable_character_once() -> None:
    plain = [pair[0] for code, pair in CHARACTERS.items() if code != ecodes.KEY_102ND]
    shifted = [
        pair[1] for code, pair in CHARACTERS.items() if code not in (ecodes.KEY_102ND, ecodes.KEY_SPACE)
    ]
    assert sorted(plain + shifted) == sorted(TYPED)
