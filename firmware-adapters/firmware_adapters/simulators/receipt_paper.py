"""What a simulated receipt printer does with ESC/POS: the slip as lines of text and as a picture."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Final

from PIL import Image, ImageDraw, ImageFont

_FONT: Final = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
_ONE_BYTE: Final = {0x1B: b"aEMtJdV{-!", 0x1C: b"!-", 0x1D: b"!BVafhHwr"}
"""Commands with one parameter, by their first byte."""


@dataclass
class PrintedSlip:
    """One slip as it came out: its texts in order, the codes printed by the printer itself, its pictures."""

    texts: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    pictures: list[Image.Image] = field(default_factory=list)
    cut: bool = False
    _rows: list[Image.Image] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text, a line each."""
        return "\n".join(self.texts)

    def picture(self) -> Image.Image:
        """Return the whole slip as it looks, black on white."""
        width = max((row.width for row in self._rows), default=384)
        height = sum(row.height for row in self._rows) + 20
        whole = Image.new("L", (width, height), 255)
        top = 10
        for row in self._rows:
            whole.paste(row, (0, top))
            top += row.height
        return whole

    def add_text(self, text: str, scale: int, centred: bool, dots: int) -> None:
        """Print a line of text."""
        self.texts.append(text)
        row = Image.new("L", (dots, 30 * scale), 255)
        draw = ImageDraw.Draw(row)
        # Ends of paragraphs leave no ink, and what draws the letters (raqm) refuses them.
        inked = "".join(letter for letter in text if unicodedata.bidirectional(letter) != "B")
        font = ImageFont.truetype(_FONT, 24 * scale)
        left = max(0, (dots - round(draw.textlength(inked, font=font))) // 2) if centred else 0
        draw.text((left, -4 * scale), inked, font=font, fill=0)
        self._rows.append(row)

    def add_picture(self, picture: Image.Image) -> None:
        """Print a raster picture."""
        self.pictures.append(picture)
        self._rows.append(picture.convert("L"))


class PaperFeed:
    """Takes bytes as a printer does and prints; `dots` is its width."""

    def __init__(self, dots: int = 576) -> None:
        self.dots = dots
        self.slips: list[PrintedSlip] = []
        self._held = b""
        self._slip = PrintedSlip()
        self._line = bytearray()
        self._reset()

    def _reset(self) -> None:
        self._scale, self._centred, self._chinese = 1, False, False
        self._code = ""

    def take(self, data: bytes) -> list[int]:
        """Print what is whole and return the answers to GS r, one for each."""
        self._held += data
        answers: list[int] = []
        while self._held:
            taken = self._step(answers)
            if not taken:
                break
            self._held = self._held[taken:]
        return answers

    def drop(self) -> None:
        """Forget what is in the buffer, as when the power is cut; what is on paper stays there."""
        self._held = b""
        self._line.clear()
        self._reset()

    def _step(self, answers: list[int]) -> int:
        """Take one command or letter; return its length, 0 when it is not whole yet."""
        held = self._held
        first = held[0]
        if first == 0x0A:
            self._end_line()
            return 1
        if first not in (0x1B, 0x1C, 0x1D):
            self._line.append(first)
            return 1
        if len(held) < 2:
            return 0
        second = held[1]
        if first == 0x1D and second in b"(":
            return self._function(held)
        if first == 0x1D and second == 0x76:
            return self._raster(held)
        if first == 0x1D and second == 0x56 and len(held) > 2 and held[2] in (65, 66):
            if len(held) < 4:
                return 0
            self._cut()
            return 4
        if second in _ONE_BYTE[first]:
            if len(held) < 3:
                return 0
            self._one_byte(first, second, held[2], answers)
            return 3
        if first == 0x1B and second == 0x40:
            self._reset()
        elif first == 0x1C:
            self._chinese = second == 0x26
        return 2

    def _one_byte(self, first: int, command: int, value: int, answers: list[int]) -> None:
        if (first, command) == (0x1B, ord("a")):
            self._centred = value in (1, 49)
        elif (first, command) == (0x1D, ord("!")):
            self._scale = (value & 7) + 1
        elif (first, command) == (0x1D, ord("V")):
            self._cut()
        elif (first, command) == (0x1D, ord("r")):
            answers.append(value)

    def _function(self, held: bytes) -> int:
        """GS ( k and the like: a length, then so many bytes."""
        if len(held) < 5:
            return 0
        length = int.from_bytes(held[3:5], "little")
        whole = 5 + length
        if len(held) < whole:
            return 0
        body = held[5:whole]
        if held[2:3] == b"k" and body[:2] == b"1P":
            self._code = body[3:].decode("utf-8", "replace")
        elif held[2:3] == b"k" and body[:2] == b"1Q" and self._code:
            self._slip.codes.append(self._code)
        return whole

    def _raster(self, held: bytes) -> int:
        if len(held) < 8:
            return 0
        across, rows = int.from_bytes(held[4:6], "little"), int.from_bytes(held[6:8], "little")
        whole = 8 + across * rows
        if len(held) < whole:
            return 0
        picture = Image.frombytes("1", (across * 8, rows), bytes(255 - byte for byte in held[8:whole]))
        self._slip.add_picture(picture)
        return whole

    def _end_line(self) -> None:
        text = self._line.decode("gb18030" if self._chinese else "cp437", "replace")
        self._line.clear()
        self._slip.add_text(text, self._scale, self._centred, self.dots)

    def _cut(self) -> None:
        if self._line:
            self._end_line()
        self._slip.cut = True
        self.slips.append(self._slip)
        self._slip = PrintedSlip()
