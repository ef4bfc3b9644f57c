"""A slip as the bytes of ESC/POS. The commands come from python-escpos; Chinese text is GB 18030 or drawn."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from escpos.printer import Dummy
from PIL import Image, ImageDraw, ImageFont

from firmware_adapters.receipt_printer.options import ReceiptPrinterOptions
from firmware_adapters.receipt_printer.slip import CodeLine, PairLine, RuleLine, SlipOrder, TextLine
from firmware_adapters.receipt_printer.typesetting import broken, pair

COLUMN_DOTS: Final = 12
"""Dots of a column of font A; a Chinese character takes two."""
LINE_DOTS: Final = 30
SCALES: Final = {"small": 1, "normal": 1, "big": 2, "huge": 3}
CODE_DOTS: Final = 6
"""Dots of a module of a QR code: 0.75 mm, which cameras of telephones read at arm's length."""
RESET: Final = b"\x1b@"
CHINESE: Final = b"\x1c&"
"""FS &: double bytes are Chinese."""
ALIGN_LEFT, ALIGN_CENTRE = b"\x1ba\x00", b"\x1ba\x01"
FEED: Final = b"\x1bd\x04"
"""Past the cutter."""
CUTS: Final = {"partial": b"\x1dV\x01", "full": b"\x1dV\x00", "none": b""}


class FontMissing(Exception):
    """The font that text is drawn with is not there."""


def encoded(order: SlipOrder, options: ReceiptPrinterOptions) -> bytes:
    """Return a slip as what is sent to the printer. Raises FontMissing."""
    columns = options.width_dots // COLUMN_DOTS
    drawn = options.text == "raster"
    out = bytearray(RESET if drawn else RESET + CHINESE)
    for line in order.lines:
        match line:
            case TextLine():
                scale = SCALES[line.size]
                for text in broken(line.text, columns // scale):
                    out += _text(text, scale, line.centred, line.bold, options)
            case PairLine():
                for text in pair(line.left, line.right, columns):
                    out += _text(text, 1, False, False, options)
            case CodeLine():
                out += ALIGN_CENTRE + _code(line.text, native=options.codes == "printer") + ALIGN_LEFT
            case RuleLine():
                out += _picture(_rule(options.width_dots))
    return bytes(out) + FEED + CUTS[options.cut]


def _text(text: str, scale: int, centred: bool, bold: bool, options: ReceiptPrinterOptions) -> bytes:
    if options.text == "raster":
        return _picture(_drawn(text, scale, centred, bold, options.width_dots, options.font))
    size = bytes((0x1D, 0x21, (scale - 1) << 4 | (scale - 1)))
    out = ALIGN_CENTRE if centred else ALIGN_LEFT
    out += size + bytes((0x1B, 0x45, bold)) + text.encode("gb18030", "replace") + b"\n"
    return out


def _code(text: str, *, native: bool) -> bytes:
    made = Dummy()
    made.qr(text, native=native, size=CODE_DOTS, image_arguments={"impl": "bitImageRaster"})
    return bytes(made.output)


def _picture(picture: Image.Image) -> bytes:
    made = Dummy()
    made.image(picture, impl="bitImageRaster")
    return bytes(made.output)


def _rule(dots: int) -> Image.Image:
    picture = Image.new("1", (dots, 9), 1)
    ImageDraw.Draw(picture).line((0, 4, dots, 4), fill=0, width=2)
    return picture


def _drawn(text: str, scale: int, centred: bool, bold: bool, dots: int, font: Path) -> Image.Image:
    picture = Image.new("1", (dots, LINE_DOTS * scale), 1)
    draw = ImageDraw.Draw(picture)
    face = _font(font, 2 * COLUMN_DOTS * scale)
    left = max(0, (dots - round(draw.textlength(text, font=face))) // 2) if centred else 0
    draw.text((left, -4 * scale), text, font=face, fill=0, stroke_width=1 if bold else 0)
    return picture


@lru_cache(maxsize=4)
def _font(path: Path, dots: int) -> Any:
    try:
        return ImageFont.truetype(str(path), dots)
    except OSError as error:
        raise FontMissing(str(path)) from error
