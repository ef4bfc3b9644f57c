"""Lines of NUT's protocol, well-formed and not (RFC 9271)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.power.nut_client import NutAddress
from firmware_adapters.power.nut_lines import NutGarbled, join_words, split_line


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('VAR ups1 battery.charge "100"', ["VAR", "ups1", "battery.charge", "100"]),
        ('UPS ups1 "Room \\"3\\" \\\\ rack"', ["UPS", "ups1", 'Room "3" \\ rack']),
        ('UPS ups1 ""', ["UPS", "ups1", ""]),
        ("  OK  ", ["OK"]),
        ("", []),
        ('UPS ups1 "一号机房"', ["UPS", "ups1", "一号机房"]),
    ],
)
def test_a_line_is_split_into_its_words(line: str, words: list[str]) -> None:
    assert split_line(line) == words


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('VAR ups "100', "not closed"),
        ('VAR ups "100\\', "not closed"),
        ('VAR "a"b', "behind a closing quote"),
        ('VA"R', "inside a word"),
        ("VAR ups\\", "backslash"),
        ("a " * 100, "more than 64 words"),
    ],
)
def test_a_broken_line_is_refused_with_the_reason(line: str, why: str) -> None:
    with pytest.raises(NutGarbled, match=why):
        split_line(line)


@given(st.text(max_size=200))
@settings(max_examples=300)
def test_whatever_comes_is_split_or_refused(line: str) -> None:
    try:
        words = split_line(line)
    except NutGarbled as garbled:
        assert str(garbled)
    else:
        assert all(isinstance(word, str) for word in words)


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30), max_size=10))
@settings(max_examples=200)
def test_words_survive_being_written_and_read(words: list[str]) -> None:
    assert split_line(join_words(*words)) == words


def test_control_characters_cannot_smuggle_a_second_command() -> None:
    with pytest.raises(ValueError, match="control characters"):
        join_words("LIST", "VAR", "ups\nINSTCMD ups load.off")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost", NutAddress("localhost", 3493)),
        ("10.0.0.5:4000", NutAddress("10.0.0.5", 4000)),
        ("[fe80::1]:3494", NutAddress("fe80::1", 3494)),
        ("fe80::1", NutAddress("fe80::1", 3493)),
    ],
)
def test_an_address_is_read(text: str, address: NutAddress) -> None:
    assert NutAddress.parse(text) == address
    assert NutAddress.parse(str(address)) == address


@pytest.mark.parametrize("text", ["", ":3493", "host:0", "host:x", "host:70000", "a b:1"])
def test_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"/ no (host|port)"):
        NutAddress.parse(text)
