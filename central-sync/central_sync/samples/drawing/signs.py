"""One safety sign of each kind of GB 2894: prohibition, warning, mandatory action, safe condition."""

from __future__ import annotations

from central_sync.samples.drawing.canvas import BLUE, GREEN, INK, PAPER, RED, YELLOW, Canvas


def prohibition() -> bytes:
    """A knife switch in a red ring with a bar."""
    sheet = Canvas(300, 300)
    sheet.ellipse(150, 150, 128, fill=PAPER, stroke="none")
    sheet.rect(96, 206, 108, 16, radius=3, fill=INK, stroke="none")
    sheet.rect(104, 176, 14, 34, fill=INK, stroke="none")
    sheet.rect(182, 176, 14, 34, fill=INK, stroke="none")
    sheet.lines((111, 180), (182, 98), width=12)
    sheet.lines((176, 105), (206, 70), width=20)
    sheet.lines((66, 66), (234, 234), stroke=RED, width=24)
    sheet.ellipse(150, 150, 120, stroke=RED, width=26)
    return sheet.svg()


def warning() -> bytes:
    """A flash of lightning in a yellow triangle."""
    sheet = Canvas(300, 300)
    sheet.lines((150, 34), (276, 252), (24, 252), closed=True, fill=YELLOW, width=18)
    sheet.lines(
        (164, 92),
        (116, 176),
        (150, 176),
        (134, 216),
        (126, 212),
        (136, 240),
        (162, 224),
        (150, 221),
        (182, 158),
        (148, 158),
        (184, 92),
        closed=True,
        fill=INK,
        width=1,
    )
    return sheet.svg()


def mandatory() -> bytes:
    """A head with a helmet on a blue disc."""
    sheet = Canvas(300, 300)
    sheet.ellipse(150, 150, 132, fill=BLUE, stroke="none")
    sheet.path(
        "M102 140 V166 C102 200 124 222 150 222 C176 222 198 200 198 166 V140 Z", fill=PAPER, stroke="none"
    )
    sheet.path("M70 258 C84 226 118 232 150 232 C182 232 216 226 230 258 Z", fill=PAPER, stroke="none")
    sheet.ellipse(150, 150, 132, stroke=PAPER, width=2)
    sheet.path("M92 132 C92 86 120 64 150 64 C180 64 208 86 208 132 Z", fill=PAPER, stroke=BLUE, width=5)
    sheet.rect(78, 126, 144, 16, radius=8, fill=PAPER, stroke=BLUE, width=5)
    sheet.path("M140 66 V112 M160 66 V112", stroke=BLUE, width=5)
    return sheet.svg()


def escape_way() -> bytes:
    """A person running to a door, on green."""
    sheet = Canvas(420, 300)
    sheet.rect(14, 34, 392, 232, radius=10, fill=GREEN, stroke="none")
    sheet.rect(282, 60, 104, 180, fill=PAPER, stroke="none")
    sheet.rect(300, 78, 68, 162, fill=GREEN, stroke="none")
    sheet.ellipse(192, 84, 19, fill=PAPER, stroke="none")
    sheet.lines((182, 116), (164, 168), stroke=PAPER, width=28)
    sheet.lines((182, 118), (218, 140), (246, 128), stroke=PAPER, width=14)
    sheet.lines((176, 114), (142, 126), (126, 156), stroke=PAPER, width=14)
    sheet.lines((168, 170), (204, 194), (200, 240), stroke=PAPER, width=17)
    sheet.lines((160, 170), (142, 208), (96, 212), stroke=PAPER, width=17)
    sheet.lines((36, 96), (84, 96), stroke=PAPER, width=14)
    sheet.lines((78, 70), (112, 96), (78, 122), closed=True, fill=PAPER, stroke="none", width=0)
    return sheet.svg()
