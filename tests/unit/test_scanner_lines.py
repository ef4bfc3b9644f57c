"""What a serial scanner sends becomes the text of its codes; what is no code is refused with its reason."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from firmware_adapters.scanner.line_splitter import BYTES_A_CHARACTER, LineRules, LineSplitter, decoded
from firmware_adapters.scanner.options import KeyboardOptions, SerialOptions
from firmware_adapters.scanner.reasons import REASONS
from firmware_adapters.scanner.scan import LONGEST, SEPARATORS, RawScan, RecentScans, judge
from firmware_adapters.scanner.symbology import SYMBOLOGIES, without_aim_identifier

TEXTS = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff"),
    min_size=1,
    max_size=30,
)


@given(st.lists(TEXTS, max_size=6), st.sampled_from(["\r", "\n", "\r\n"]), st.data())
def test_codes_come_out_whole_however_the_line_cuts_them(
    texts: list[str], terminator: str, data: st.DataObject
) -> None:
    stream = "".join(text + terminator for text in texts).encode()
    splitter = LineSplitter(LineRules())
    found: list[RawScan] = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += splitter.feed(stream[:size])
        stream = stream[size:]
    assert found == [RawScan(text, "terminator") for text in texts]
    assert splitter.idle() is None


@settings(max_examples=200)
@given(
    st.lists(st.binary(max_size=40) | st.none(), max_size=20),
    st.sampled_from(["auto", "terminator", "idle"]),
    st.sampled_from(["auto", "utf-8", "gb18030"]),
)
def test_any_bytes_give_scans_or_reasons_and_are_judged_without_an_error(
    stream: list[bytes | None], end_by: str, encoding: str
) -> None:
    rules = LineRules(end_by=end_by, encoding=encoding, longest=20)  # type: ignore[arg-type]
    splitter = LineSplitter(rules)
    for part in stream:
        silent = splitter.idle() if part is None else None
        scans = [silent] if silent else [] if part is None else splitter.feed(part)
        for raw in scans:
            assert raw is not None
            scan = judge(raw, aim_identifier=True, longest=20)
            assert scan.fault is None or scan.fault.code in REASONS
            assert scan.shown.isprintable()
            if scan.fault is None:
                assert len(scan.text) <= 20
                assert all(one >= " " or one in SEPARATORS for one in scan.text)
    splitter.idle()
    assert not splitter.pending
    (raw,) = splitter.feed(b"T1\r") or [splitter.idle()]
    assert raw is not None
    assert raw.text == "T1"


def test_an_endless_code_takes_no_more_memory_than_the_longest() -> None:
    splitter = LineSplitter(LineRules())
    for _ in range(100):
        splitter.feed(b"9" * 4096)
    (scan,) = splitter.feed(b"\r")
    assert scan.fault is REASONS["scanner.too_long"]
    assert scan.detail == "409600 bytes"
    assert len(scan.text) == LONGEST * BYTES_A_CHARACTER + 1


def test_silence_ends_a_code_until_a_terminator_was_met_once() -> None:
    splitter = LineSplitter(LineRules())
    splitter.feed(b"12")
    assert splitter.idle() == RawScan("12", "idle")
    splitter.feed(b"3\r")
    splitter.feed(b"45")
    half = splitter.idle()
    assert half is not None
    assert half.fault is REASONS["scanner.incomplete"]


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        ("准考证".encode(), "auto", "准考证"),
        ("准考证".encode("gb18030"), "auto", "准考证"),
        ("准考证".encode("gb18030"), "utf-8", None),
        ("𠮷".encode("gb18030"), "auto", "𠮷"),
        (b"\xef\xbb\xbfA", "auto", "A"),
        (b"\xff\xff", "auto", None),
        (b"", "auto", ""),
    ],
)
def test_bytes_are_utf_8_or_else_gb_18030(data: bytes, encoding: str, text: str | None) -> None:
    assert decoded(data, encoding) == text  # type: ignore[arg-type]


@given(TEXTS)
def test_gb_18030_is_read_back_where_the_scanner_is_set_to_it(text: str) -> None:
    assert decoded(text.encode("gb18030"), "gb18030") == text


@pytest.mark.parametrize(
    ("text", "rest", "symbology"),
    [
        ("]Q1T140", "T140", "qr_code"),
        ("]C0123", "123", "code_128"),
        ("]E0690", "690", "ean_13"),
        ("]E4690", "690", "ean_8"),
        ("]d2x", "x", "data_matrix"),
        ("]X0x", "x", ""),
        ("Q1T140", "Q1T140", ""),
        ("]", "]", ""),
        ("]Q", "]Q", ""),
        ("", "", ""),
    ],
)
def test_the_aim_identifier_tells_the_kind_of_code(text: str, rest: str, symbology: str) -> None:
    assert without_aim_identifier(text) == (rest, symbology)


@given(st.text(max_size=40))
def test_any_text_keeps_what_follows_the_identifier(text: str) -> None:
    rest, symbology = without_aim_identifier(text)
    assert text.endswith(rest)
    assert symbology in {"", "ean_8", *SYMBOLOGIES.values()}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("9" * (LONGEST + 1), "scanner.too_long"),
        ("a\x00b", "scanner.control_characters"),
        ("a\x1b[31m", "scanner.control_characters"),
        ("a\x7f", "scanner.control_characters"),
        ("a\x85b", "scanner.not_text"),
        ("a\ud800", "scanner.not_text"),
        ("a\ue000", "scanner.not_text"),
        ("a" + chr(0xFFFD), "scanner.not_text"),
        ("a\U0010ffff", "scanner.not_text"),
    ],
)
def test_what_no_code_holds_is_refused(text: str, code: str) -> None:
    scan = judge(RawScan(text, "terminator"))
    assert scan.fault is REASONS[code]
    assert len(scan.shown) <= 61


def test_separators_of_codes_are_kept() -> None:
    text = "[)>\x1e06\x1d1P123\x1e\x04"
    assert judge(RawScan(text, "terminator")).text == text


def test_the_same_code_is_repeated_only_within_the_window() -> None:
    recent = RecentScans(2.0)
    assert [recent.is_repeated(*one) for one in (("a", 0.0), ("a", 1.9), ("b", 2.0), ("a", 4.0))] == [
        False,
        True,
        False,
        False,
    ]
    for number in range(1000):
        recent.is_repeated(str(number), 5.0)
    assert not recent.is_repeated("a", 5.0)


@pytest.mark.parametrize(
    ("model", "wrong", "message"),
    [
        (SerialOptions, {"baud": 9601}, "baud"),
        (SerialOptions, {"terminators": []}, "terminators"),
        (SerialOptions, {"data_bits": 7, "encoding": "gb18030"}, "GB 18030"),
        (KeyboardOptions, {"keys_as": {"KEY_NONE": "x"}}, "KEY_NONE"),
        (KeyboardOptions, {"keys_as": {"KEY_F8": ""}}, "at least 1"),
        (KeyboardOptions, {"idle_s": 0}, "idle_s"),
        (KeyboardOptions, {"baud": 9600}, "not permitted"),
    ],
)
def test_wrong_options_are_refused_with_what_is_wrong(
    model: type[SerialOptions | KeyboardOptions], wrong: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        model.model_validate(wrong)


def test_every_reason_has_its_code_and_two_sentences() -> None:
    for code, reason in REASONS.items():
        assert code == reason.code
        assert code.startswith("scanner.")
        assert any("\u4e00" <= one <= "\u9fff" for one in reason.zh)
        assert reason.en.isascii()
