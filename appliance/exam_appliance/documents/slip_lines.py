"""The lines of a slip, taken from its filled template: what a receipt printer prints. Pure.

A slip has one template for both ways: a page printer gets its page, a receipt printer its lines. Of the page
only what such a printer can do counts: paragraphs with the classes `center`, `bold`, `big`, `huge`, `small`
and `en`, tables of two columns, rules and codes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final, Literal

Size = Literal["small", "normal", "big", "huge"]

LINES_LIMIT: Final = 200
_BLOCKS: Final = frozenset({"p", "h1", "h2", "h3", "div", "li", "caption"})
_SILENT: Final = frozenset({"head", "style", "script", "title", "template"})


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text; a printer breaks it where its paper ends."""

    text: str
    centred: bool = False
    bold: bool = False
    size: Size = "normal"


@dataclass(frozen=True, slots=True)
class PairLine:
    """What it is, at the left, and its value, at the right."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A QR code."""

    text: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A line across."""


SlipLine = TextLine | PairLine | CodeLine | RuleLine


def slip_lines(html: str) -> tuple[SlipLine, ...]:
    """Return the lines of a slip's page; at most LINES_LIMIT, whatever the template does."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_block()
    return tuple(reader.lines[:LINES_LIMIT])


@dataclass(slots=True)
class _Block:
    classes: frozenset[str]
    heading: bool
    text: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[SlipLine] = []
        self._silent = 0
        self._block: _Block | None = None
        self._cells: list[str] | None = None
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _SILENT:
            self._silent += 1
        elif self._silent:
            return
        elif tag in _BLOCKS:
            self.end_block()
            self._block = _Block(frozenset((given.get("class") or "").split()), tag.startswith("h"))
        elif tag == "tr":
            self.end_block()
            self._cells = []
        elif tag in ("td", "th") and self._cells is not None:
            self._cell = []
        elif tag == "hr":
            self.end_block()
            self.lines.append(RuleLine())
        elif tag == "br":
            self._line_break()
        elif tag == "img" and given.get("data-code"):
            self.end_block()
            self.lines.append(CodeLine(given["data-code"] or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif self._silent:
            return
        elif tag in _BLOCKS:
            self.end_block()
        elif tag in ("td", "th") and self._cells is not None and self._cell is not None:
            self._cells.append(_plain(self._cell))
            self._cell = None
        elif tag == "tr" and self._cells is not None:
            self._end_row(self._cells)
            self._cells = None

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._cell is not None:
            self._cell.append(data)
        elif self._block is not None:
            self._block.text.append(data)
        elif data.strip():
            self._block = _Block(frozenset(), False, [data])

    def end_block(self) -> None:
        """End the paragraph under way; one without text is none."""
        block, self._block = self._block, None
        if block is None:
            return
        text = _plain(block.text)
        if not text:
            return
        size: Size = "normal"
        if "huge" in block.classes:
            size = "huge"
        elif "big" in block.classes:
            size = "big"
        elif block.classes & {"small", "en"}:
            size = "small"
        self.lines.append(
            TextLine(
                text,
                centred=block.heading or "center" in block.classes,
                bold=block.heading or "bold" in block.classes,
                size=size,
            )
        )

    def _line_break(self) -> None:
        if self._cell is not None:
            self._cell.append(" ")
        elif self._block is not None:
            again = _Block(self._block.classes, self._block.heading)
            self.end_block()
            self._block = again

    def _end_row(self, cells: list[str]) -> None:
        told = [cell for cell in cells if cell]
        if not told:
            return
        if len(cells) == 1:
            self.lines.append(TextLine(told[0]))
        else:
            self.lines.append(PairLine(cells[0], " ".join(cell for cell in cells[1:] if cell)))


def _plain(parts: list[str]) -> str:
    return " ".join("".join(parts).split())
