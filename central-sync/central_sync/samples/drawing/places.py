"""Storage and installations: a table of compatibility, a tank truck, a gas detector, an evacuation plan."""

from __future__ import annotations

from central_sync.samples.drawing.canvas import (
    BLUE,
    GREEN,
    GREY,
    INK,
    LIGHT,
    PAPER,
    RED,
    YELLOW,
    Canvas,
    smooth,
)
from central_sync.samples.drawing.people import figure

_STEEL = "#6c757d"
_GAS = "#f2c14e"


def storage_table() -> bytes:
    """Which kinds of goods may stand in one store room."""
    sheet = Canvas(620, 360)
    kinds = (("易燃液体", "乙醇、丙酮"), ("氧化剂", "过氧化氢"), ("酸类", "硝酸、浓硫酸"))
    left, top, wide, high = 160.0, 80.0, 145.0, 85.0
    sheet.text(310, 36, "某仓库配存表", size=22, bold=True)
    for place, (kind, examples) in enumerate(kinds):
        x, y = left + place * wide, top + place * high
        sheet.text(x + wide / 2, top - 8, kind, size=20, bold=True)
        sheet.text(left - 76, y + high / 2, kind, size=20, bold=True)
        sheet.text(left - 76, y + high / 2 + 26, examples, size=15)
    for row in range(3):
        for column in range(3):
            x, y = left + column * wide, top + row * high
            fits = row == column
            sheet.rect(x, y, wide, high, fill="#e6f4ea" if fits else "#fdeaea", width=2)
            middle = (x + wide / 2, y + high / 2)
            if fits:
                sheet.lines(
                    (middle[0] - 20, middle[1]),
                    (middle[0] - 5, middle[1] + 17),
                    (middle[0] + 23, middle[1] - 18),
                    stroke=GREEN,
                    width=7,
                )
            else:
                for side in (-1, 1):
                    sheet.lines(
                        (middle[0] - 17, middle[1] - 17 * side),
                        (middle[0] + 17, middle[1] + 17 * side),
                        stroke=RED,
                        width=7,
                    )
    return sheet.svg()


def tank_truck() -> bytes:
    """A tank truck at the loading bay, earthed, the hose not yet connected."""
    sheet = Canvas(760, 400)
    sheet.lines((10, 340), (750, 340), width=4)
    sheet.rect(60, 270, 470, 20, fill=_STEEL)
    sheet.rect(190, 150, 340, 122, radius=58, fill="#dfe6ee", width=3)
    sheet.rect(330, 138, 60, 14, fill=_STEEL)
    sheet.text(360, 220, "易燃液体", size=24, bold=True, fill=RED)
    sheet.path(
        "M62 272 V206 C62 198 66 192 74 188 L104 158 C108 154 114 152 120 152 H172 V272 Z",
        fill="#b9c7d8",
        width=3,
    )
    sheet.path("M84 206 L112 172 H150 V206 Z", fill=PAPER)
    for x in (112, 400, 480):
        sheet.ellipse(x, 306, 33, fill="#343a40")
        sheet.ellipse(x, 306, 14, fill=LIGHT)
    sheet.rect(640, 60, 26, 280, fill="#c9b79c")
    sheet.rect(560, 60, 180, 18, fill="#c9b79c")
    sheet.text(650, 46, "装卸台", size=18)
    sheet.path("M640 120 C596 116 590 150 594 190", width=10, stroke=INK)
    sheet.path("M640 120 C596 116 590 150 594 190", width=6, stroke="#495057")
    sheet.rect(584, 188, 20, 16, fill=_STEEL)
    sheet.text(556, 228, "软管未接", size=17, anchor="start")
    sheet.dot(530, 262, 7, GREEN)
    sheet.path("M530 262 C546 300 556 312 580 312", stroke=GREEN, width=4)
    sheet.rect(572, 300, 16, 40, fill=_STEEL)
    sheet.earth(580, 340)
    sheet.text(604, 376, "接地桩", size=17, anchor="start")
    sheet.text(546, 282, "接地线", size=17, anchor="start", fill=GREEN)
    return sheet.svg()


def gas_detector() -> bytes:
    """A detector on a pole beside leaking valves; the gas sinks to the ground."""
    sheet = Canvas(640, 400)
    cloud = [
        (210, 196),
        (250, 240),
        (330, 292),
        (430, 304),
        (500, 322),
        (470, 344),
        (300, 345),
        (150, 343),
        (132, 322),
        (190, 280),
        (196, 230),
    ]
    sheet.path(
        smooth([(float(x), float(y)) for x, y in cloud], closed=True), fill="#fbe9b7", stroke=_GAS, width=2
    )
    sheet.lines((10, 346), (630, 346), width=4)
    sheet.lines((20, 180), (340, 180), stroke=INK, width=26)
    sheet.lines((20, 180), (340, 180), stroke="#b8c4d0", width=20)
    sheet.lines((170, 158), (170, 202), (250, 158), (250, 202), closed=True, fill="#7d8896")
    sheet.lines((210, 180), (210, 136), width=6)
    sheet.ellipse(210, 130, 30, 8, fill=RED)
    for x in (60, 320):
        sheet.lines((x, 194), (x, 346), stroke=_STEEL, width=8)
    for dx in (-12, 4, 20):
        sheet.arrow((212 + dx, 208), (216 + dx * 2, 256), stroke="#c58a00", width=2.5)
    sheet.text(288, 330, "比空气重的可燃气体", size=18)
    sheet.lines((500, 346), (500, 120), stroke=_STEEL, width=8)
    sheet.rect(474, 280, 52, 34, radius=6, fill=BLUE)
    sheet.rect(488, 314, 24, 14, fill=INK)
    sheet.text(500, 303, "LEL", size=15, fill=PAPER, bold=True)
    sheet.rect(478, 112, 44, 34, radius=4, fill=YELLOW)
    sheet.text(500, 135, "声光", size=15)
    sheet.lines((530, 297), (596, 297), stroke=GREY, width=1.5)
    sheet.arrow((580, 300), (580, 343), both=True, width=2)
    sheet.text(598, 330, "h", size=26, bold=True)
    sheet.text(420, 272, "探测器", size=18, anchor="start")
    return sheet.svg()


def evacuation_plan() -> bytes:
    """A plan with wind, a leaking tank, its cloud, people and four ways to go."""
    sheet = Canvas(760, 460)
    sheet.rect(6, 6, 748, 448, fill="#f8faf7", stroke=GREY, width=2)
    for y in (50, 74, 98):
        sheet.arrow((40, y), (150, y), stroke="#3b82c4", width=4)
    sheet.text(95, 34, "风向", size=20, fill="#3b82c4", bold=True)
    cloud = [
        (190, 230),
        (280, 190),
        (400, 160),
        (540, 150),
        (640, 190),
        (660, 250),
        (620, 310),
        (500, 330),
        (380, 300),
        (270, 268),
    ]
    sheet.path(
        smooth([(float(x), float(y)) for x, y in cloud], closed=True), fill="#fbe9b7", stroke=_GAS, width=2
    )
    sheet.ellipse(160, 230, 46, fill="#c9d3de", width=3)
    sheet.text(160, 237, "储罐", size=18)
    sheet.text(300, 245, "气体云", size=20, fill="#8a5a00")
    sheet.lines((204, 222), (214, 230), (204, 238), closed=True, fill=RED, stroke="none")
    figure(sheet, (490, 296), (490, 330), ((474, 330), (506, 330)), ((480, 372), (500, 372)), helmet=False)
    sheet.arrow((530, 336), (716, 336), width=5, stroke=INK)
    sheet.text(668, 324, "甲", size=24, bold=True)
    sheet.path("M470 392 C450 424 380 432 300 424", width=5)
    sheet.arrow((304, 424), (226, 404), width=5)
    sheet.text(350, 412, "乙", size=24, bold=True)
    sheet.arrow((484, 276), (470, 120), width=5)
    sheet.text(494, 130, "丙", size=24, bold=True)
    sheet.rect(600, 388, 130, 54, fill=LIGHT, dash="6 5")
    sheet.text(665, 422, "地下室", size=18)
    sheet.arrow((516, 378), (596, 408), width=5)
    sheet.text(546, 420, "丁", size=24, bold=True)
    sheet.text(120, 424, "上风侧集合点", size=18, fill=GREEN, bold=True)
    sheet.ellipse(196, 400, 9, fill=GREEN, stroke="none")
    return sheet.svg()
