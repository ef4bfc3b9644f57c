"""Slips as ESC/POS, and what a receipt printer's status bytes say."""

from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firmware_adapters.daemon import known_entries
from firmware_adapters.receipt_printer import reasons
from firmware_adapters.receipt_printer.conversation import Conversation
from firmware_adapters.receipt_printer.encoding import FontMissing, encoded
from firmware_adapters.receipt_printer.job_book import KEPT, JobBook, Slip
from firmware_adapters.receipt_printer.options import ReceiptPrinterOptions
from firmware_adapters.receipt_printer.slip import CodeLine, PairLine, RuleLine, SlipOrder, TextLine
from firmware_adapters.receipt_printer.status import is_done, is_status, read_status
from firmware_adapters.receipt_printer.typesetting import broken, pair, width
from firmware_adapters.receipt_printer.wires import Wire
from firmware_adapters.settings import DaemonSettings
from firmware_adapters.simulators.receipt_paper import PaperFeed, PrintedSlip

USUAL = ReceiptPrinterOptions()


def printed(order: SlipOrder, options: ReceiptPrinterOptions = USUAL) -> PrintedSlip:
    paper = PaperFeed(options.width_dots)
    paper.take(encoded(order, options))
    if options.cut == "none":
        paper.take(b"\x1dV\x00")
    assert len(paper.slips) == 1
    return paper.slips[0]


def order(*lines: TextLine | PairLine | CodeLine | RuleLine) -> SlipOrder:
    return SlipOrder(key="k", lines=list(lines))


def test_chinese_text_pairs_rules_and_codes_come_out() -> None:
    slip = printed(
        order(
            TextLine(line="text", text="A023", centred=True, bold=True, size="huge"),
            TextLine(line="text", text="请到一号窗口 Counter 1"),
            PairLine(line="pair", left="前面还有 Ahead", right="7 人"),
            RuleLine(line="rule"),
            CodeLine(line="code", text="142026110001"),
        )
    )
    assert slip.cut
    assert slip.texts[:2] == ["A023", "请到一号窗口 Counter 1"]
    assert slip.texts[2].startswith("前面还有 Ahead")
    assert slip.texts[2].endswith("7 人")
    assert width(slip.texts[2]) == USUAL.width_dots // 12
    assert slip.codes == ["142026110001"]


def test_drawn_codes_are_read_from_the_paper_on_both_widths() -> None:
    for dots in (384, 576):
        options = ReceiptPrinterOptions.model_validate({"codes": "raster", "width_dots": dots})
        slip = printed(order(CodeLine(line="code", text="准考证 142026110001")), options)
        assert slip.codes == []
        found = zxingcpp.read_barcodes(slip.picture())
        assert [one.text for one in found] == ["准考证 142026110001"]


def test_drawn_text_is_on_the_paper() -> None:
    options = ReceiptPrinterOptions(text="raster", width_dots=384)
    slip = printed(order(TextLine(line="text", text="安全生产考试", size="big", centred=True)), options)
    assert slip.texts == []
    picture = slip.pictures[0]
    assert picture.width == 384
    assert 0.02 < picture.convert("L").histogram()[0] / (384 * 60) < 0.4


def test_a_missing_font_is_told() -> None:
    options = ReceiptPrinterOptions(text="raster", font=Path("/nowhere/font.ttc"))
    with pytest.raises(FontMissing):
        encoded(order(TextLine(line="text", text="字")), options)


def test_commands_in_a_text_are_not_sent() -> None:
    hostile = "王\x1b@\x1dV\x00\x10\x04\x01\n明\u202e"
    slip = printed(order(TextLine(line="text", text=hostile)))
    assert slip.texts == ["王@V 明"]


ANY_TEXT = st.text(max_size=120)


@settings(max_examples=150, deadline=None)
@given(ANY_TEXT, st.integers(8, 48))
def test_no_line_is_wider_than_the_paper_and_nothing_is_lost(text: str, columns: int) -> None:
    lines = broken(text, columns)
    assert all(width(line) <= columns for line in lines)
    kept = [letter for line in lines for letter in line if not letter.isspace()]
    wanted = [letter for letter in "".join(broken(text, 10_000)) if not letter.isspace()]
    assert kept == wanted


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT, ANY_TEXT, st.integers(8, 48))
def test_pairs_fit_the_paper(left: str, right: str, columns: int) -> None:
    assert all(width(line) <= columns for line in pair(left, right, columns))


@settings(max_examples=60, deadline=None)
@given(st.lists(ANY_TEXT, min_size=1, max_size=4))
@example(["\u20290"])
def test_any_text_is_one_slip(texts: list[str]) -> None:
    slip = printed(order(*(TextLine(line="text", text=text) for text in texts)))
    assert slip.cut


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_the_simulated_paper_takes_any_bytes(data: bytes) -> None:
    paper = PaperFeed()
    for start in range(0, len(data), 7):
        paper.take(data[start : start + 7])


def test_status_bytes_are_told_apart_and_read() -> None:
    for byte in range(256):
        assert not (is_status(byte) and is_done(byte))
    well = read_status(0x12, 0x12, 0x12, 0x12)
    assert well.prints
    assert well.reason is None
    assert read_status(0x1A, 0x16, 0x12, 0x12).reason is reasons.COVER_OPEN
    assert read_status(0x1A, 0x32, 0x12, 0x7E).reason is reasons.PAPER_OUT
    low = read_status(0x12, 0x12, 0x12, 0x1E)
    assert low.prints
    assert low.reason is reasons.PAPER_LOW
    assert read_status(0x1A, 0x52, 0x1A, 0x12).reason is reasons.CUTTER
    assert not read_status(0x1A, 0x12, 0x12, 0x12).prints


@given(st.tuples(*(st.integers(0, 255),) * 4))
def test_any_four_bytes_are_a_status_or_refused(given_bytes: tuple[int, int, int, int]) -> None:
    try:
        status = read_status(*given_bytes)
    except ValueError:
        assert not all(map(is_status, given_bytes))
    else:
        assert status.prints or status.reason is not None


class _Line(Wire):
    """A wire that says what it is given to say, once for each question."""

    def __init__(self, *said: bytes) -> None:
        self.said = list(said)

    async def open(self, within_s: float) -> None:
        """Nothing to open."""

    async def send(self, data: bytes, within_s: float) -> None:
        """Take anything."""

    async def receive(self, within_s: float) -> bytes:
        """Say the next."""
        return self.said.pop(0) if self.said else b""

    async def close(self) -> None:
        """Nothing to close."""


async def test_noise_and_unasked_status_blocks_end_no_slip() -> None:
    line = _Line(b"\x41\x25\x14\x00\x00\x0f\x12", b"\x12", b"\x12", b"\x12")
    conversation = Conversation(line, 0.2)
    await conversation.status()
    assert conversation.done == 0, "nothing was printed, so nothing is done"
    await conversation.print(b"slip")
    line.said = [b"\x00\x0f\x12", b"\x12", b"\x12", b"\x12"]
    await conversation.status()
    assert conversation.done == 1, "one slip was sent, so one is done"


def test_the_book_keeps_keys_over_a_restart_and_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "book" / "printer.json"
    book = JobBook(path)
    book.put(Slip("first", "d", "completed"))
    book.put(Slip("second", "d", "processing"))
    again = JobBook(path)
    assert again.find("first") == Slip("first", "d", "completed")
    assert [slip.key for slip in again.under_way()] == ["second"]
    for number in range(KEPT):
        again._slips[f"n{number}"] = Slip(f"n{number}", "d", "completed")
    again.put(Slip("newest", "d", "completed"))
    assert again.find("first") is None
    assert len(JobBook(path)._slips) == KEPT
    path.write_bytes(b"{broken")
    assert JobBook(path).find("newest") is None
    assert path.parent.stat().st_mode & 0o077 == 0


def test_the_daemon_keeps_the_book_below_its_own_folder_unless_the_site_says_otherwise(
    tmp_path: Path,
) -> None:
    entries = {one.id: one for one in known_entries(())}
    settings = DaemonSettings(
        folder=tmp_path / "devices",
        socket=tmp_path / "s",
        options={"escpos-usb-58": {"book_folder": "/srv/slips"}},
    )
    for entry in ("escpos-usb", "escpos-network"):
        assert settings.options_of(entries[entry], "x")["book_folder"] == str(tmp_path / "devices" / "slips")
    assert settings.options_of(entries["escpos-usb-58"], "x") == {
        "width_dots": 384,
        "book_folder": "/srv/slips",
    }
    assert "book_folder" not in settings.options_of(entries["sdt-serial-line"], "x")


def test_without_a_folder_keys_are_held_in_memory_alone() -> None:
    book = JobBook(None)
    book.put(Slip("first", "d", "completed"))
    assert book.find("first") == Slip("first", "d", "completed")
    assert JobBook(None).find("first") is None
