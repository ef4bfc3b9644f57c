"""Circuit diagrams of lamps, a motor's control circuit and a star-connected load."""

from __future__ import annotations

from central_sync.samples.drawing.canvas import BLUE, GREY, INK, LIGHT, PAPER, Canvas


def star_load() -> bytes:
    """A balanced star-connected load with a voltmeter between L1 and the neutral point."""
    sheet = Canvas(680, 380)
    point = (460.0, 190.0)
    for name, y in (("L1", 70.0), ("L2", 190.0), ("L3", 310.0)):
        sheet.text(40, y + 7, name, size=20, bold=True)
        sheet.dot(66, y)
    sheet.lines((66, 70), (460, 70), (460, 90))
    _resistor_down(sheet, 460, 90)
    sheet.lines((460, 160), point)
    sheet.lines((66, 190), (330, 190))
    sheet.rect(330, 178, 70, 24, fill=PAPER)
    sheet.lines((400, 190), point)
    sheet.lines((66, 310), (460, 310), (460, 290))
    _resistor_down(sheet, 460, 220)
    sheet.lines((460, 220), point)
    sheet.dot(*point)
    sheet.text(482, 214, "N", size=20, bold=True, fill=BLUE)
    sheet.dot(460, 70, 4)
    sheet.lines((460, 70), (590, 70), (590, 104))
    sheet.ellipse(590, 130, 26, fill=LIGHT)
    sheet.text(590, 138, "V", size=22, bold=True)
    sheet.lines((590, 156), (590, 190), point)
    sheet.arrow((170, 74), (170, 186), both=True, stroke=GREY, width=2)
    sheet.text(182, 136, "380 V", size=18, anchor="start")
    sheet.arrow((270, 194), (270, 306), both=True, stroke=GREY, width=2)
    sheet.text(282, 256, "380 V", size=18, anchor="start")
    return sheet.svg()


def _resistor_down(sheet: Canvas, x: float, y: float) -> None:
    sheet.rect(x - 12, y, 24, 70, fill=PAPER)


def _lamp(sheet: Canvas, x: float, y: float, radius: float = 26) -> None:
    sheet.ellipse(x, y, radius, fill=PAPER)
    reach = radius * 0.707
    sheet.lines((x - reach, y - reach), (x + reach, y + reach))
    sheet.lines((x - reach, y + reach), (x + reach, y - reach))


def lamp_switch() -> bytes:
    """A lamp on L and N with two places where the switch could go."""
    sheet = Canvas(640, 320)
    for name, y, place, colour in (("L", 80.0, "甲", INK), ("N", 240.0, "乙", BLUE)):
        sheet.text(40, y + 8, name, size=22, bold=True, fill=colour)
        sheet.dot(66, y, 5, colour)
        sheet.lines((66, y), (230, y), stroke=colour, width=3)
        sheet.lines((310, y), (500, y), (500, 160), stroke=colour, width=3)
        sheet.rect(222, y - 34, 96, 60, dash="7 6", stroke=GREY, width=2, radius=4)
        sheet.dot(244, y, 4, colour)
        sheet.dot(296, y, 4, colour)
        sheet.lines((230, y), (244, y), stroke=colour, width=3)
        sheet.lines((296, y), (310, y), stroke=colour, width=3)
        sheet.text(270, y + 8, "?", size=24, fill=GREY, bold=True)
        sheet.text(270, y - 44, f"位置{place}", size=20)
    _lamp(sheet, 500, 160, 30)
    sheet.text(548, 168, "灯", size=20, anchor="start")
    return sheet.svg()


def two_way_switch() -> bytes:
    """Two changeover switches for one lamp, standing on different travellers."""
    sheet = Canvas(720, 320)
    sheet.text(34, 168, "L", size=22, bold=True)
    sheet.dot(56, 160)
    sheet.lines((56, 160), (130, 160), width=3)
    for y in (110.0, 210.0):
        sheet.lines((212, y), (428, y), width=3)
        sheet.ellipse(206, y, 6, fill=PAPER)
        sheet.ellipse(434, y, 6, fill=PAPER)
    sheet.lines((130, 160), (201, 115), width=4)
    sheet.lines((510, 160), (439, 205), width=4)
    sheet.dot(130, 160, 6)
    sheet.dot(510, 160, 6)
    sheet.lines((510, 160), (570, 160), width=3)
    _lamp(sheet, 600, 160, 30)
    sheet.lines((630, 160), (668, 160), width=3, stroke=BLUE)
    sheet.dot(668, 160, 5, BLUE)
    sheet.text(692, 168, "N", size=22, bold=True, fill=BLUE)
    sheet.text(150, 250, "S1", size=22)
    sheet.text(490, 250, "S2", size=22)
    sheet.text(320, 98, "联络线", size=16, fill=GREY)
    return sheet.svg()


def self_hold() -> bytes:
    """The control circuit of a motor starter: stop, start with a holding contact, coil, overload contact."""
    sheet = Canvas(760, 340)
    y, branch = 150.0, 250.0
    sheet.lines((60, 50), (60, 290), width=4)
    sheet.lines((700, 50), (700, 290), width=4)
    sheet.text(60, 38, "L1", size=20, bold=True)
    sheet.text(700, 38, "N", size=20, bold=True)
    sheet.dot(60, y)
    sheet.dot(700, y)
    sheet.lines((60, y), (88, y))
    sheet.rect(88, y - 10, 44, 20, fill=PAPER)
    sheet.lines((88, y), (132, y))
    sheet.text(110, y - 22, "FU", size=18)
    sheet.lines((132, y), (180, y))
    _closed_contact(sheet, 200, y)
    _push(sheet, 204, y - 9)
    sheet.text(200, y - 62, "SB1", size=18)
    sheet.lines((222, y), (340, y))
    _open_contact(sheet, 360, y)
    _push(sheet, 360, y - 12)
    sheet.text(360, y - 62, "SB2", size=18)
    sheet.lines((382, y), (500, y))
    sheet.rect(500, y - 22, 56, 44, fill=LIGHT)
    sheet.text(528, y - 34, "KM", size=18)
    sheet.lines((556, y), (610, y))
    _closed_contact(sheet, 630, y)
    sheet.lines((634, y - 9), (634, y - 26), dash="4 4", width=2)
    sheet.lines(
        (620, y - 26), (628, y - 26), (628, y - 38), (640, y - 38), (640, y - 26), (648, y - 26), width=2
    )
    sheet.text(632, y - 50, "FR", size=18)
    sheet.lines((652, y), (700, y))
    sheet.dot(280, y)
    sheet.dot(440, y)
    sheet.lines((280, y), (280, branch), (340, branch))
    _open_contact(sheet, 360, branch)
    sheet.lines((382, branch), (440, branch), (440, y))
    sheet.text(360, branch + 34, "KM", size=18)
    return sheet.svg()


def _open_contact(sheet: Canvas, x: float, y: float) -> None:
    """A make contact (常开触点) between x - 20 and x + 22."""
    sheet.lines((x - 20, y), (x + 18, y - 24))
    sheet.dot(x - 20, y, 3)
    sheet.dot(x + 22, y, 3)


def _closed_contact(sheet: Canvas, x: float, y: float) -> None:
    """A break contact (常闭触点) between x - 20 and x + 22."""
    sheet.lines((x - 20, y), (x + 26, y - 20))
    sheet.lines((x + 22, y), (x + 22, y - 24))
    sheet.dot(x - 20, y, 3)


def _push(sheet: Canvas, x: float, y: float) -> None:
    """The actuator of a push button above a contact."""
    sheet.lines((x, y), (x, y - 34), dash="4 4", width=2)
    sheet.lines((x - 12, y - 26), (x - 12, y - 34), (x + 12, y - 34), (x + 12, y - 26))
