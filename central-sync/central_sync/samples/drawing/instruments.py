"""Things that are read or wired: a socket, a clamp meter, a pressure gauge."""

from __future__ import annotations

import math

from central_sync.samples.drawing.canvas import (
    GREEN,
    GREY,
    INK,
    LIGHT,
    PAPER,
    RED,
    YELLOW,
    Canvas,
    Point,
    arc,
    around,
)


def socket() -> bytes:
    """The face of a single-phase socket with three holes, numbered (GB 1002)."""
    sheet = Canvas(480, 360)
    sheet.rect(110, 40, 260, 280, radius=18, fill=LIGHT, width=3)
    sheet.rect(140, 70, 200, 220, radius=12, fill=PAPER)
    for middle, tilt in (((240.0, 125.0), 0.0), ((190.0, 215.0), 30.0), ((290.0, 215.0), -30.0)):
        _slot(sheet, middle, tilt)
    sheet.lines((262, 118), (400, 90), stroke=GREY, width=2)
    sheet.text(418, 97, "1", size=26, bold=True)
    sheet.lines((166, 222), (80, 240), stroke=GREY, width=2)
    sheet.text(62, 249, "2", size=26, bold=True)
    sheet.lines((314, 222), (400, 240), stroke=GREY, width=2)
    sheet.text(418, 249, "3", size=26, bold=True)
    return sheet.svg()


def _slot(sheet: Canvas, middle: Point, tilt: float) -> None:
    angle = math.radians(tilt)
    corners = []
    for dx, dy in ((-6, -22), (6, -22), (6, 22), (-6, 22)):
        corners.append(
            (
                middle[0] + dx * math.cos(angle) - dy * math.sin(angle),
                middle[1] + dx * math.sin(angle) + dy * math.cos(angle),
            )
        )
    sheet.lines(*corners, closed=True, fill=INK, width=2)


def clamp_meter() -> bytes:
    """A clamp meter with four turns of one wire in its jaw, reading 10.0 A."""
    sheet = Canvas(560, 520)
    middle = (260.0, 130.0)
    wire = "#b4541a"
    # The lead comes in from the left, behind the left arm of the jaw, and lies in the window.
    sheet.lines((40, 84), (262, 84), stroke=wire, width=7)
    # What lies behind the right arm is drawn before it, and each turn crosses it in front afterwards.
    for turn in range(3):
        y = 84 + turn * 26
        sheet.path(f"M392 {y + 8} C404 {y + 12} 300 {y + 22} 262 {y + 26}", stroke=wire, width=7)
    for start, end in ((95, 262), (-82, 85)):
        sheet.path(arc(middle, 92, start, end), stroke=INK, width=34)
        sheet.path(arc(middle, 92, start, end), stroke="#d9480f", width=28)
    for turn in range(4):
        y = 84 + turn * 26
        sheet.path(f"M262 {y} C300 {y - 8} 350 {y - 4} 392 {y + 8}", stroke=wire, width=7)
    sheet.lines((392, 170), (530, 170), stroke=wire, width=7)
    sheet.rect(170, 222, 180, 276, radius=26, fill="#343a40", width=3)
    sheet.rect(194, 250, 132, 70, radius=6, fill="#dfe8d4", width=3)
    sheet.text(252, 300, "10.0", size=40, bold=True)
    sheet.text(310, 300, "A", size=22, bold=True)
    sheet.ellipse(260, 398, 52, fill="#495057", stroke="#adb5bd")
    sheet.lines((260, 398), (260, 354), stroke=PAPER, width=5)
    sheet.text(214, 346, "OFF", size=14, fill=PAPER)
    sheet.text(260, 342, "A~", size=16, fill=PAPER, bold=True)
    sheet.text(306, 346, "V~", size=14, fill=PAPER)
    sheet.text(260, 478, "钳形电流表", size=18, fill=PAPER)
    sheet.lines((400, 120), (432, 92), stroke=GREY, width=2)
    sheet.text(438, 88, "穿绕 4 匝", size=20, anchor="start")
    sheet.text(60, 70, "被测导线", size=18, anchor="start")
    return sheet.svg()


def pressure_gauge() -> bytes:
    """The gauge of an extinguisher with its pointer in the red zone."""
    sheet = Canvas(420, 400)
    middle = (210.0, 200.0)
    sheet.ellipse(210, 200, 170, fill=LIGHT, width=4)
    sheet.ellipse(210, 200, 152, fill=PAPER, width=2)
    for start, end, colour in ((135, 215, RED), (55, 135, GREEN), (-35, 55, YELLOW)):
        sheet.path(arc(middle, 118, start, end), stroke=colour, width=34)
    for degrees in (215, 135, 55, -35):
        sheet.lines(around(middle, 98, degrees), around(middle, 140, degrees), width=3)
    for degrees, word, colour in ((178, "红", PAPER), (95, "绿", PAPER), (10, "黄", INK)):
        x, y = around(middle, 118, degrees)
        sheet.text(x, y + 8, word, size=22, bold=True, fill=colour)
    tip = around(middle, 112, 196)
    left, right = around(middle, 12, 106), around(middle, 12, 286)
    sheet.lines(left, tip, right, closed=True, fill=INK, width=1)
    sheet.ellipse(210, 200, 16, fill=INK)
    sheet.text(210, 282, "MPa", size=24, bold=True)
    sheet.text(210, 312, "压力指示器", size=18)
    return sheet.svg()
