"""Frames of the SDT protocol: encoded byte for byte, decoded from any portions, refused when broken."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.adapter import DeviceFault, DeviceGone
from firmware_adapters.id_card import commands, module_status, reasons
from firmware_adapters.id_card.commands import Command, format_sam_id, set_baud, split_card_data
from firmware_adapters.id_card.frames import (
    LONGEST_REPLY,
    BrokenFrame,
    Reply,
    ReplyParser,
    SdtError,
    check_byte,
    encode_request,
)
from firmware_adapters.id_card.transport import fault_of
from firmware_adapters.simulators.id_card_module import frame
from tests.id_card_oracle import is_in

replies = st.builds(
    Reply,
    sw1=st.just(0),
    sw2=st.just(0),
    sw3=st.integers(0, 255),
    data=st.binary(max_size=80) | st.sampled_from([bytes(1284), bytes(range(256)) * 5]),
)


def encoded(reply: Reply) -> bytes:
    return frame(reply.sw3, reply.data)


def parsed(stream: bytes) -> list[Reply | BrokenFrame]:
    parser = ReplyParser()
    return parser.feed(stream) + parser.cut()


@pytest.mark.parametrize(
    ("command", "wire"),
    [
        (commands.RESET, "000310FFEC"),
        (commands.STATUS, "000311FFED"),
        (commands.SAM_ID, "000312FFEE"),
        (commands.FIND, "0003200122"),
        (commands.SELECT, "0003200221"),
        (commands.READ, "0003300132"),
        (commands.READ_FINGERPRINT, "0003301023"),
        (commands.NEW_ADDRESS, "0003300330"),
        (set_baud(115200), "0003600063"),
        (set_baud(9600), "0003600467"),
    ],
)
def test_commands_are_the_bytes_of_the_protocols_table(command: Command, wire: str) -> None:
    assert encode_request(command.command, command.parameter).hex().upper() == "AAAAAA9669" + wire


def test_a_speed_that_no_module_has_is_refused() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        set_baud(230400)


def test_replies_seen_in_the_field_are_decoded() -> None:
    found = bytes.fromhex("AAAAAA9669 0008 00009F 00000000 97")
    none = bytes.fromhex("AAAAAA9669 0004 000080 84")
    selected = bytes.fromhex("AAAAAA9669 000C 000090 0000000000000000 9C")
    assert parsed(found + none + selected) == [
        Reply(0, 0, 0x9F, bytes(4)),
        Reply(0, 0, 0x80),
        Reply(0, 0, 0x90, bytes(8)),
    ]


@given(st.binary(max_size=3000))
@settings(max_examples=100)
def test_the_check_byte_is_the_xor_of_all_bytes(data: bytes) -> None:
    plain = 0
    for byte in data:
        plain ^= byte
    assert check_byte(data) == plain


@given(st.lists(replies, max_size=4), st.data())
@settings(max_examples=150)
def test_replies_come_out_of_noise_in_order_however_the_bytes_are_portioned(
    sent: list[Reply], data: st.DataObject
) -> None:
    # Noise that may hold the beginning of a preamble, but no whole one.
    noise = st.binary(max_size=30).filter(lambda some: b"\xaa\xaa\x96" not in some)
    stream = b"".join(data.draw(noise) + b"\0" + encoded(reply) for reply in sent) + data.draw(noise)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    parser = ReplyParser()
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += parser.feed(stream[start:end])
    assert found + parser.cut() == sent


@given(replies, st.integers(1, 4))
@settings(max_examples=50)
def test_a_reader_that_drops_the_first_byte_of_the_preamble_is_understood(reply: Reply, extra: int) -> None:
    short = encoded(reply)[1:]
    assert parsed(short) == [reply]
    assert parsed(b"\xaa" * extra + short) == [reply]
    assert parsed(short + encoded(reply) + short) == [reply] * 3


@given(replies, replies, st.data())
@settings(max_examples=150)
def test_after_a_damaged_frame_the_next_one_is_found(
    first: Reply, second: Reply, data: st.DataObject
) -> None:
    damaged = bytearray(encoded(first))
    place = data.draw(st.integers(7, len(damaged) - 1))
    damaged[place] ^= data.draw(st.integers(1, 255))
    found = parsed(bytes(damaged) + encoded(second))
    assert found[-1] == second
    assert isinstance(found[0], BrokenFrame)


def test_a_length_beyond_the_protocol_is_refused_at_once_and_swallows_nothing() -> None:
    wrong = bytearray(encoded(Reply(0, 0, 0x90, bytes(8))))
    wrong[5:7] = struct.pack(">H", LONGEST_REPLY + 1)
    parser = ReplyParser()
    found = parser.feed(bytes(wrong) + encoded(Reply(0, 0, 0x80)))
    assert [one.reason for one in found if isinstance(one, BrokenFrame)] == [reasons.BAD_LENGTH]
    assert found[-1] == Reply(0, 0, 0x80)


def test_a_length_that_is_too_large_yields_the_swallowed_reply_once_no_more_comes() -> None:
    wrong = bytearray(encoded(Reply(0, 0, 0x90, bytes(8))))
    wrong[5:7] = struct.pack(">H", 900)
    parser = ReplyParser()
    assert parser.feed(bytes(wrong) + encoded(Reply(0, 0, 0x80))) == []
    assert parser.within_frame
    cut = parser.cut()
    assert isinstance(cut[0], BrokenFrame)
    assert (cut[0].reason, cut[1:]) == (reasons.TRUNCATED, [Reply(0, 0, 0x80)])
    assert not parser.within_frame


@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda some: b"\xaa\xaa\xaa\x96\x69\0" + some))
@settings(max_examples=200)
def test_any_bytes_give_only_replies_that_stand_in_them_and_never_an_error(stream: bytes) -> None:
    for one in parsed(stream):
        assert isinstance(one, BrokenFrame) or is_in(one, stream)


@given(replies, st.lists(st.tuples(st.integers(0, 1400), st.integers(0, 255)), min_size=1, max_size=6))
@settings(max_examples=200)
def test_a_mutated_frame_is_refused_or_says_exactly_what_its_bytes_say(
    reply: Reply, changes: list[tuple[int, int]]
) -> None:
    mutated = bytearray(encoded(reply))
    for place, value in changes:
        mutated[place % len(mutated)] = value
    stream = bytes(mutated)
    for one in parsed(stream):
        assert isinstance(one, BrokenFrame) or is_in(one, stream)


@pytest.mark.parametrize("finger", [0, 512, 1024])
def test_card_data_is_split_by_its_own_lengths(finger: int) -> None:
    text, photo, print_ = b"t" * 256, b"p" * 1024, b"f" * finger
    with_finger = split_card_data(
        struct.pack(">3H", 256, 1024, finger) + text + photo + print_, fingerprint=True
    )
    assert (with_finger.text, with_finger.photo, with_finger.fingerprint) == (text, photo, print_)
    without = split_card_data(struct.pack(">2H", 256, 1024) + text + photo, fingerprint=False)
    assert (without.text, without.photo, without.fingerprint) == (text, photo, b"")


def test_frames_with_a_card_have_the_lengths_of_the_protocol() -> None:
    assert len(frame(0x90, bytes(4 + 256 + 1024))) == 1295
    assert [len(frame(0x90, bytes(6 + 256 + 1024 + finger))) for finger in (1024, 512, 0)] == [
        2321,
        1809,
        1297,
    ]


@given(st.binary(max_size=1300), st.booleans())
@settings(max_examples=100)
def test_card_data_of_wrong_lengths_is_refused_by_our_own_error(data: bytes, fingerprint: bool) -> None:
    try:
        split_card_data(data, fingerprint=fingerprint)
    except SdtError as refused:
        assert refused.reason is reasons.CARD_DATA_LENGTH
    else:
        assert data.startswith(struct.pack(">2H", 256, 1024))


def test_the_modules_number_is_printed_as_on_its_label() -> None:
    data = struct.pack("<4B3I", 5, 0, 1, 0, 20130508, 1234567, 12345678)
    assert format_sam_id(data) == "05.01-20130508-0001234567-0012345678"
    with pytest.raises(SdtError):
        format_sam_id(data[:-1])


def test_every_status_of_the_protocol_has_a_reason_of_its_own_and_others_have_one_too() -> None:
    listed = "10 11 21 23 24 31 32 33 40 41 47 60 66 80 81 91"
    found = [module_status.reason_of(int(code, 16)) for code in listed.split()]
    assert None not in found
    assert len(set(found)) == len(found)
    assert module_status.reason_of(0x77) is reasons.UNLISTED_STATUS
    assert module_status.reason_of(0x90) is None
    assert module_status.reason_of(0x9F) is None


def test_reasons_are_declared_once_with_a_sentence_in_both_languages() -> None:
    assert len(reasons.REASONS) > 50
    for code, reason in reasons.REASONS.items():
        assert code.startswith("id_card.")
        assert any("\u4e00" <= character <= "\u9fff" for character in reason.zh)
        assert reason.en.isascii() or "“" in reason.en
    assert len({reason.zh for reason in reasons.REASONS.values()}) == len(reasons.REASONS)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(19, DeviceGone), (5, DeviceGone), (13, reasons.NO_PERMISSION), (16, reasons.PORT_BUSY)],
)
def test_errors_of_the_system_mean_gone_forbidden_or_taken(number: int, expected: object) -> None:
    fault = fault_of(OSError(number, "x"))
    assert (fault.reason if isinstance(fault, DeviceFault) else type(fault)) is expected
