"""IPP messages as bytes: what is sent can be read, and garbage raises IppGarbled only (RFC 8010)."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyipp.enums import IppOperation, IppTag

from firmware_adapters.printer.ipp_message import (
    MAX_DEPTH,
    IntRange,
    IppGarbled,
    Resolution,
    Tagged,
    decode,
    encode,
)

_NAMES = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=20)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_INTS = st.integers(-(2**31), 2**31 - 1)
_TAGGED = st.one_of(
    st.tuples(st.just(IppTag.INTEGER), _INTS),
    st.tuples(st.just(IppTag.ENUM), _INTS),
    st.tuples(st.just(IppTag.BOOLEAN), st.booleans()),
    st.tuples(st.just(IppTag.NAME), _TEXTS),
    st.tuples(st.just(IppTag.KEYWORD), _TEXTS),
    st.tuples(st.just(IppTag.RESOLUTION), st.builds(Resolution, _INTS, _INTS)),
    st.tuples(st.just(IppTag.RANGE), st.builds(IntRange, _INTS, _INTS)),
    st.tuples(st.just(IppTag.STRING), st.binary(max_size=20)),
    st.tuples(st.just(IppTag.BEGIN_COLLECTION), st.dictionaries(_NAMES, st.lists(_INTS, min_size=1))),
)


def item(tag: int, name: bytes, value: bytes) -> bytes:
    return struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(value)) + value


def message(*items: bytes) -> bytes:
    return struct.pack(">BBHi", 2, 0, 0, 1) + b"\x04" + b"".join(items) + b"\x03"


def printer_of(data: bytes) -> dict[str, list[object]]:
    return {name: list(values) for name, values in decode(data).first_of(IppTag.PRINTER).items()}


@given(st.dictionaries(_NAMES, _TAGGED, max_size=8), st.binary(max_size=30))
@settings(max_examples=150)
def test_what_is_sent_is_read_back_with_the_document_behind_it(
    sent: dict[str, tuple[IppTag, object]], document: bytes
) -> None:
    attributes = [Tagged(name, tag, [value]) for name, (tag, value) in sent.items()]  # type: ignore[list-item]
    data = encode(IppOperation.PRINT_JOB.value, 7, [(IppTag.OPERATION, attributes)])
    read = decode(data + document)
    assert (read.code, read.request_id, read.data) == (IppOperation.PRINT_JOB.value, 7, document)
    assert {name: values[0] for name, values in read.first_of(IppTag.OPERATION).items()} == {
        name: value for name, (_, value) in sent.items()
    }


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_garbage_raises_its_own_error_only(data: bytes) -> None:
    try:
        decode(data)
    except IppGarbled as garbled:
        assert str(garbled)


@given(st.integers(0, 300), st.integers(0, 255), st.integers(0, 300))
@settings(max_examples=300)
def test_a_damaged_or_cut_answer_is_read_or_refused_and_never_runs_on(at: int, byte: int, end: int) -> None:
    whole = bytearray(
        encode(
            0,
            1,
            [
                (IppTag.OPERATION, [Tagged("attributes-charset", IppTag.CHARSET, ["utf-8"])]),
                (
                    IppTag.PRINTER,
                    [
                        Tagged("printer-state-reasons", IppTag.KEYWORD, ["media-jam", "toner-low"]),
                        Tagged(
                            "media-col-ready",
                            IppTag.BEGIN_COLLECTION,
                            [{"media-size": [{"x-dimension": [21000], "y-dimension": [29700]}]}],
                        ),
                        Tagged("printer-resolution-supported", IppTag.RESOLUTION, [Resolution(600, 600)]),
                    ],
                ),
            ],
        )
    )
    whole[at % len(whole)] = byte
    data = bytes(whole[: end % (len(whole) + 1)])
    with contextlib.suppress(IppGarbled):
        decode(data)


def test_dots_per_centimetre_become_dots_per_inch() -> None:
    raw = message(item(0x32, b"printer-resolution-supported", struct.pack(">iib", 236, 236, 4)))
    assert printer_of(raw)["printer-resolution-supported"] == [Resolution(599, 599)]


def test_an_enum_value_that_nobody_knows_loses_nothing_of_the_rest() -> None:
    raw = message(
        item(0x23, b"printer-state", struct.pack(">i", 99)), item(0x44, b"printer-state-reasons", b"none")
    )
    assert printer_of(raw) == {"printer-state": [99], "printer-state-reasons": ["none"]}


def test_a_name_in_gb18030_that_is_called_utf8_is_read() -> None:
    raw = message(item(0x41, b"printer-info", "一号考场打印机".encode("gb18030")))
    assert printer_of(raw)["printer-info"] == ["一号考场打印机"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "too few"),
        (b"HTTP/1.1 200 OK", "version"),
        (struct.pack(">BBHi", 2, 0, 0, 1) + b"\x04\x41\x00\x01a\xff\xfb", "reaches beyond"),
        (struct.pack(">BBHi", 2, 0, 0, 1) + b"\x41\x00\x01a\x00\x01b\x03", "before any group"),
        (message(item(0x21, b"", b"\0\0\0\1")), "without its attribute"),
        (message(item(0x21, b"copies", b"\0\1")), "2 bytes for tag"),
        (message(item(0x34, b"media-col", b"")), "without end"),
        (message(item(0x37, b"", b"")), "outside"),
    ],
)
def test_what_is_wrong_is_named(data: bytes, why: str) -> None:
    with pytest.raises(IppGarbled, match=why):
        decode(data)


def test_collections_nested_without_end_are_refused() -> None:
    deep = item(0x34, b"media-col", b"") + (item(0x4A, b"", b"m") + item(0x34, b"", b"")) * (MAX_DEPTH + 1)
    with pytest.raises(IppGarbled, match="collections inside each other"):
        decode(message(deep))


def test_a_value_that_does_not_fit_its_tag_is_not_sent() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        encode(2, 1, [(IppTag.JOB, [Tagged("copies", IppTag.INTEGER, [2**40])])])
    with pytest.raises(ValueError, match="without a value"):
        encode(2, 1, [(IppTag.JOB, [Tagged("copies", IppTag.INTEGER, [])])])
