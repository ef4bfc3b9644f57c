"""A sheet to draw on that becomes a small, plain SVG: no script, no reference to anything outside."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable

Point = tuple[float, float]

INK = "#1b1f24"
PAPER = "#ffffff"
RED = "#c8102e"
GREEN = "#00843d"
BLUE = "#0057b8"
YELLOW = "#ffc72c"
GREY = "#8a939e"
LIGHT = "#e9edf2"

_FONTS = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, SimHei, sans-serif"


class Canvas:
    """A white sheet; coordinates in pixels from the upper left corner."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._parts: list[str] = []

    def path(
        self,
        data: str,
        *,
        fill: str = "none",
        stroke: str = INK,
        width: float = 2.5,
        dash: str = "",
        move: Point = (0, 0),
        turn: float = 0,
        scale: float = 1,
    ) -> None:
        """Draw SVG path data, scaled, turned by degrees and then moved."""
        attributes = f'fill="{fill}" stroke="{stroke}" stroke-width="{_n(width)}"'
        if dash:
            attributes += f' stroke-dasharray="{dash}"'
        if (*move, turn, scale) != (0, 0, 0, 1):
            attributes += (
                f' transform="translate({_n(move[0])} {_n(move[1])}) rotate({_n(turn)}) scale({_n(scale)})"'
            )
        self._parts.append(f'<path d="{data}" {attributes}/>')

    def lines(
        self,
        *points: Point,
        closed: bool = False,
        fill: str = "none",
        stroke: str = INK,
        width: float = 2.5,
        dash: str = "",
    ) -> None:
        """Draw straight lines from point to point."""
        data = "M" + " L".join(f"{_n(x)} {_n(y)}" for x, y in points) + ("Z" if closed else "")
        self.path(data, fill=fill, stroke=stroke, width=width, dash=dash)

    def rect(
        self,
        x: float,
        y: float,
        wide: float,
        high: float,
        *,
        radius: float = 0,
        fill: str = "none",
        stroke: str = INK,
        width: float = 2.5,
        dash: str = "",
    ) -> None:
        """Draw a rectangle from its upper left corner."""
        attributes = f'rx="{_n(radius)}" fill="{fill}" stroke="{stroke}" stroke-width="{_n(width)}"'
        if dash:
            attributes += f' stroke-dasharray="{dash}"'
        self._parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(wide)}" height="{_n(high)}" {attributes}/>'
        )

    def ellipse(
        self,
        x: float,
        y: float,
        across: float,
        along: float | None = None,
        *,
        fill: str = "none",
        stroke: str = INK,
        width: float = 2.5,
    ) -> None:
        """Draw an ellipse of radii `across` and `along`, or a circle, around a point."""
        self._parts.append(
            f'<ellipse cx="{_n(x)}" cy="{_n(y)}" rx="{_n(across)}" '
            f'ry="{_n(across if along is None else along)}" fill="{fill}" stroke="{stroke}" '
            f'stroke-width="{_n(width)}"/>'
        )

    def dot(self, x: float, y: float, radius: float = 5, fill: str = INK) -> None:
        """Draw a junction."""
        self.ellipse(x, y, radius, fill=fill, stroke="none")

    def arrow(
        self, start: Point, end: Point, *, stroke: str = INK, width: float = 2.5, both: bool = False
    ) -> None:
        """Draw a line with a filled head at its end, or at both ends."""
        angle = math.atan2(end[1] - start[1], end[0] - start[0])
        head = 7 + 2.5 * width
        inner = (end[0] - math.cos(angle) * head * 0.8, end[1] - math.sin(angle) * head * 0.8)
        outer = (start[0] + math.cos(angle) * head * 0.8, start[1] + math.sin(angle) * head * 0.8)
        self.lines(outer if both else start, inner, stroke=stroke, width=width)
        self._head(end, angle, head, stroke)
        if both:
            self._head(start, angle + math.pi, head, stroke)

    def _head(self, tip: Point, angle: float, size: float, fill: str) -> None:
        corners = [
            (tip[0] - math.cos(angle + turn) * size, tip[1] - math.sin(angle + turn) * size)
            for turn in (-0.42, 0.42)
        ]
        self.lines(tip, *corners, closed=True, fill=fill, stroke="none", width=0)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 20,
        anchor: str = "middle",
        fill: str = INK,
        bold: bool = False,
    ) -> None:
        """Write a line of words whose base line is at y."""
        weight = ' font-weight="700"' if bold else ""
        self._parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" text-anchor="{anchor}"{weight} '
            f'fill="{fill}">{html.escape(words)}</text>'
        )

    def earth(self, x: float, y: float) -> None:
        """Draw the earth symbol (接地) hanging from a point."""
        self.lines((x, y), (x, y + 14))
        for step, half in enumerate((18, 12, 6)):
            self.lines((x - half, y + 14 + 7 * step), (x + half, y + 14 + 7 * step), width=3)

    def svg(self) -> bytes:
        """Return the drawing as UTF-8 bytes."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" font-family="{_FONTS}" '
            'stroke-linecap="round" stroke-linejoin="round">'
        )
        sheet = f'<rect width="{self.width}" height="{self.height}" fill="{PAPER}"/>'
        return "\n".join([head, sheet, *self._parts, "</svg>\n"]).encode()


def around(center: Point, radius: float, degrees: float) -> Point:
    """Return the point at an angle around a centre; 0 is to the right, 90 is up."""
    angle = math.radians(degrees)
    return center[0] + radius * math.cos(angle), center[1] - radius * math.sin(angle)


def arc(center: Point, radius: float, start: float, end: float) -> str:
    """Return path data of an arc from one angle to another, counter-clockwise, as `around` counts."""
    first, last = around(center, radius, start), around(center, radius, end)
    large = 1 if (end - start) % 360 > 180 else 0
    return (
        f"M{_n(first[0])} {_n(first[1])} A{_n(radius)} {_n(radius)} 0 {large} 0 {_n(last[0])} {_n(last[1])}"
    )


def smooth(points: Iterable[Point], *, closed: bool = False) -> str:
    """Return path data of a soft curve through all points (Catmull-Rom)."""
    through = list(points)
    count = len(through)
    data = f"M{_n(through[0][0])} {_n(through[0][1])}"
    for at in range(count if closed else count - 1):
        if closed:
            before, here, there, after = (through[(at + step) % count] for step in (-1, 0, 1, 2))
        else:
            before, here = through[max(at - 1, 0)], through[at]
            there, after = through[at + 1], through[min(at + 2, count - 1)]
        first = (here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6)
        second = (there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6)
        data += " C" + " ".join(f"{_n(x)} {_n(y)}" for x, y in (first, second, there))
    return data + ("Z" if closed else "")


def _n(number: float) -> str:
    """Write a number with at most one decimal: the same text on every machine."""
    text = f"{number:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
