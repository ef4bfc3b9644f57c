"""Commands to cards: their form, the parts of a response, scripts as data."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from firmware_adapters.smart_card.apdu import (
    ApduWrong,
    check_command,
    command_of,
    get_response,
    response_of,
    with_expected,
)
from firmware_adapters.smart_card.options import ReaderOptions
from firmware_adapters.smart_card.reasons import REASONS
from firmware_adapters.smart_card.script import (
    CHAIN_LIMIT,
    Kept,
    Script,
    ScriptStopped,
    decoded,
    exchange,
    run,
)

HEADER = bytes.fromhex("00A40400")


def script(*steps: dict[str, object]) -> Script:
    return Script.model_validate({"zh": "脚本", "en": "script", "steps": steps})


def answering(*responses: str) -> tuple[Callable[[bytes], bytes], list[str]]:
    left, sent = list(responses), []

    def transmit(command: bytes) -> bytes:
        sent.append(command.hex().upper())
        return bytes.fromhex(left.pop(0))

    return transmit, sent


@given(st.binary(min_size=1, max_size=300), st.integers(0, 255), st.booleans())
def test_every_form_of_command_is_accepted_and_nothing_longer_or_shorter(
    data: bytes, expected: int, extended: bool
) -> None:
    if extended or len(data) > 255:
        lc, le = b"\0" + len(data).to_bytes(2, "big"), expected.to_bytes(2, "big")
        forms = [HEADER + lc + data, HEADER + lc + data + le, HEADER + b"\0" + le]
    else:
        lc, le = bytes([len(data)]), bytes([expected])
        forms = [HEADER, HEADER + le, HEADER + lc + data, HEADER + lc + data + le]
    for command in forms:
        check_command(command)
    longest = max(forms, key=len)
    for wrong in (longest + b"\0", HEADER + lc + data[:-1] if len(data) > 3 else HEADER[:3]):
        with pytest.raises(ApduWrong):
            check_command(wrong)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "0 bytes"),
        ("00A404", "3 bytes"),
        ("00A4040", "odd number"),
        ("00A404zz", "'z' is no hexadecimal digit"),
        ("００Ａ４０４００", "is no hexadecimal digit"),
        ("00A4040002AA", "Lc says 2 bytes of data, 1 bytes follow"),
        ("00A40400000002AA", "extended Lc says 2 bytes of data, 1 bytes follow"),
        ("00A404000000", "extended Lc says 0"),
        ("FFFF0000", "invalid"),
        ("00" * 70_000, "at most"),
    ],
)
def test_a_malformed_command_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ApduWrong, match=message):
        command_of(text)


@settings(max_examples=300)
@given(st.text(alphabet="0123456789abcdefABCDEF \tgＦ", max_size=80))
def test_any_text_is_a_command_or_its_own_error(text: str) -> None:
    try:
        command = command_of(text)
    except ApduWrong as error:
        assert str(error)
    else:
        assert command.hex().upper() == "".join(text.split()).upper()


@given(st.binary(max_size=70))
def test_any_bytes_are_a_response_or_its_own_error(raw: bytes) -> None:
    try:
        response = response_of(raw)
    except ApduWrong as error:
        assert str(error)
    else:
        assert response.data + response.sw.to_bytes(2, "big") == raw
        assert response.sw >> 12 in (6, 9)


@pytest.mark.parametrize(
    ("command", "expected", "wanted"),
    [
        ("00CA0000", 7, "00CA000007"),
        ("00CA000000", 7, "00CA000007"),
        ("00CA000002AABB", 7, "00CA000002AABB07"),
        ("00CA000002AABB00", 7, "00CA000002AABB07"),
        ("00CA0000000000", 7, "00CA0000000007"),
        ("00CA0000000002AABB", 7, "00CA0000000002AABB0007"),
        ("00CA0000000002AABB0000", 7, "00CA0000000002AABB0007"),
    ],
)
def test_a_wrong_expected_length_is_put_right_in_the_form_of_the_command(
    command: str, expected: int, wanted: str
) -> None:
    found = with_expected(bytes.fromhex(command), expected)
    assert found.hex().upper() == wanted
    check_command(found)


@pytest.mark.parametrize(
    ("cla", "wanted"), [("00", "00"), ("02", "02"), ("1C", "00"), ("A0", "A0"), ("FF", "FF"), ("7F", "4F")]
)
def test_more_data_is_asked_for_on_the_channel_of_the_command(cla: str, wanted: str) -> None:
    assert get_response(bytes.fromhex(cla + "B00000"), 16).hex().upper() == f"{wanted}C0000010"


def test_data_in_parts_is_put_together_and_a_wrong_length_sent_again() -> None:
    transmit, sent = answering("6C05", "AABBCC6102", "DDEE9000")
    response = exchange(bytes.fromhex("00B0000000"), transmit)
    assert (response.data.hex().upper(), response.sw) == ("AABBCCDDEE", 0x9000)
    assert sent == ["00B0000000", "00B0000005", "00C0000002"]


def test_a_card_that_announces_more_for_ever_is_stopped() -> None:
    asked = 0

    def transmit(command: bytes) -> bytes:
        nonlocal asked
        asked += 1
        return b"\xaa" * 256 + b"\x61\x00"

    with pytest.raises(ApduWrong, match="more and more"):
        exchange(bytes.fromhex("00B0000000"), transmit)
    assert asked <= CHAIN_LIMIT // 256 + 3

    with pytest.raises(ApduWrong, match="more and more"):
        exchange(bytes.fromhex("00B0000000"), lambda _: b"\x61\x00")


def test_a_script_keeps_parts_of_responses_by_name_in_their_coding() -> None:
    transmit, sent = answering("9000", "00012345FF9000", "D5C5C8FD9000", "4B616F20200000009000")
    done = run(
        script(
            {"send": "00 a4 04 00 02 3f00"},
            {
                "send": "00B0000000",
                "keep": {
                    "count": {"take": 2, "coding": "number"},
                    "digits": {"skip": 2, "coding": "bcd"},
                    "all": {},
                },
            },
            {"send": "00B1000000", "keep": {"name": {"coding": "gb18030"}}},
            {"send": "00B2000000", "keep": {"model": {"coding": "text"}}},
        ),
        transmit,
    )
    assert done.values == {
        "count": 1,
        "digits": "2345",
        "all": "00012345FF",
        "name": "张三",
        "model": "Kao",
    }
    assert sent[0] == "00A40400023F00"
    assert [step["sw"] for step in done.steps] == ["9000"] * 4


def test_a_step_that_comes_out_otherwise_stops_the_script_and_names_it() -> None:
    transmit, sent = answering("6A82")
    with pytest.raises(ScriptStopped, match=r"step 1: 00A4\w+ gave 6A82, expected 9000\|63Cx"):
        run(script({"send": "00A4040000", "expect": ["9000", "63cX"]}, {"send": "00B0000000"}), transmit)
    assert sent == ["00A4040000"]


def test_an_optional_step_may_fail_and_leaves_its_names_out() -> None:
    transmit, _ = answering("6A82", "019000", "63C2")
    done = run(
        script(
            {"send": "00A4040000", "optional": True, "keep": {"one": {}}},
            {"send": "00B0000000", "optional": True, "keep": {"two": {"take": 9}}},
            {"send": "0020000100", "expect": ["63Cx"]},
        ),
        transmit,
    )
    assert done.values == {}
    assert [step["sw"] for step in done.steps] == ["6A82", "9000", "63C2"]


def test_a_part_that_is_not_there_stops_the_script() -> None:
    transmit, _ = answering("01029000")
    with pytest.raises(ScriptStopped, match="2 bytes of data, bytes 1 to 5 are wanted"):
        run(script({"send": "00B0000000", "keep": {"x": {"skip": 1, "take": 4}}}), transmit)


@settings(max_examples=200)
@given(
    st.binary(max_size=40),
    st.builds(
        Kept,
        skip=st.integers(0, 40),
        take=st.none() | st.integers(1, 40),
        coding=st.sampled_from(["hex", "text", "gb18030", "utf-16-le", "utf-16-be", "bcd", "number"]),
    ),
)
def test_any_data_decodes_or_says_why_not(data: bytes, kept: Kept) -> None:
    try:
        found = decoded(data, kept)
    except ValueError as error:
        assert str(error)
        assert not isinstance(error, UnicodeError)
    else:
        assert isinstance(found, int if kept.coding == "number" else str)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"scripts": {"a": {"zh": "甲", "en": "a", "steps": [{"send": "00A4"}]}}}, "CLA INS P1 P2"),
        ({"scripts": {"a": {"zh": "甲", "en": "a", "steps": []}}}, "at least 1"),
        ({"scripts": {"A b": {"zh": "甲", "en": "a", "steps": [{"send": "00A40000"}]}}}, "match"),
        (
            {"scripts": {"a": {"zh": "甲", "en": "a", "steps": [{"send": "00A40000", "expect": ["90"]}]}}},
            "four hexadecimal digits",
        ),
        (
            {"scripts": {"a": {"zh": "甲", "en": "a", "steps": [{"send": "00A40000"}] * 65}}},
            "at most 64",
        ),
        ({"on_insert": "none"}, "on_insert"),
        ({"self_test_script": "none"}, "self_test_script"),
        ({"answers_within_s": 0}, "greater than 0"),
        ({"unknown": 1}, "not permitted"),
    ],
)
def test_wrong_options_are_refused_with_what_is_wrong(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ReaderOptions.model_validate(wrong)


def test_every_reason_has_its_code_and_two_sentences() -> None:
    for code, reason in REASONS.items():
        assert code == reason.code
        assert code.startswith("smart_card.")
        assert any("\u4e00" <= one <= "\u9fff" for one in reason.zh)
        assert reason.en.isascii()
