"""People and their equipment: work on a ladder, the use of an extinguisher, an emergency shower."""

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
)
from central_sync.samples.drawing.people import figure

_STEEL = "#6c757d"


def ladder() -> bytes:
    """A single ladder against a wall, one person on it, one holding it."""
    sheet = Canvas(560, 460)
    sheet.rect(400, 30, 24, 390, fill="#d8c9b0")
    sheet.lines((20, 420), (540, 420), width=4)
    foot, top = (220.0, 418.0), (400.0, 106.0)
    across = (math.sin(math.radians(60)) * 9, math.cos(math.radians(60)) * 9)
    for side in (-1, 1):
        sheet.lines(
            (foot[0] + side * across[0], foot[1]),
            (top[0] + side * across[0] - 8, top[1] + 4),
            stroke="#a9713c",
            width=6,
        )
    for step in range(1, 12):
        x, y = foot[0] + (top[0] - foot[0]) * step / 12.5, foot[1] + (top[1] - foot[1]) * step / 12.5
        sheet.lines((x - across[0], y), (x + across[0], y), stroke="#a9713c", width=5)
    sheet.rect(366, 58, 34, 14, fill=_STEEL)
    sheet.ellipse(366, 84, 15, fill=YELLOW)
    figure(sheet, (300, 110), (290, 190), ((350, 92), (346, 186)), ((296, 270), (320, 262)))
    figure(sheet, (150, 270), (146, 340), ((240, 330), (228, 370)), ((128, 416), (170, 416)), suit="#7a4b2a")
    sheet.path(arc(foot, 92, 0, 60), stroke=RED, width=3)
    sheet.text(326, 378, "α", size=30, bold=True, fill=RED)
    return sheet.svg()


def extinguisher_steps() -> bytes:
    """Four pictures of using a dry powder extinguisher, numbered but not in order."""
    sheet = Canvas(760, 560)
    corners = ((10.0, 10.0), (385.0, 10.0), (10.0, 285.0), (385.0, 285.0))
    captions = ("压下压把", "拔出保险销", "对准火焰根部左右扫射", "提到上风侧约 3 米处")
    for number, ((x, y), caption) in enumerate(zip(corners, captions, strict=True), start=1):
        sheet.rect(x, y, 365, 265, radius=10, fill="#fbfcfd", stroke=GREY, width=2)
        sheet.ellipse(x + 32, y + 34, 20, fill=INK, stroke="none")
        sheet.text(x + 32, y + 42, str(number), size=24, fill=PAPER, bold=True)
        sheet.text(x + 64, y + 42, caption, size=20, anchor="start")
    _head_of_extinguisher(sheet, (170, 150), pressed=True)
    sheet.arrow((262, 74), (238, 116), stroke=RED, width=5)
    _head_of_extinguisher(sheet, (540, 150), pressed=False)
    sheet.ellipse(600, 152, 14, width=4, stroke=_STEEL)
    sheet.lines((556, 152), (586, 152), width=5, stroke=_STEEL)
    sheet.arrow((622, 152), (690, 152), stroke=RED, width=5)
    # 3: aim at the foot of the fire
    _small_extinguisher(sheet, (98, 480))
    sheet.path("M104 420 C134 404 142 440 176 446", width=6)
    sheet.path("M178 446 L262 476 L262 512 Z", fill="#dfe4ea", stroke="none")
    _fire(sheet, (302, 524), 1.0)
    sheet.arrow((266, 536), (338, 536), stroke=RED, width=4, both=True)
    # 4: carry it to the windward side
    figure(sheet, (476, 376), (472, 446), ((500, 448), (448, 430)), ((452, 522), (494, 522)))
    _small_extinguisher(sheet, (508, 500), 0.62)
    _fire(sheet, (690, 524), 0.9)
    sheet.arrow((532, 536), (652, 536), both=True, width=2)
    sheet.text(592, 520, "约 3 m", size=18)
    sheet.arrow((420, 356), (450, 356), stroke="#3b82c4", width=4)
    sheet.text(436, 342, "风", size=16, fill="#3b82c4")
    return sheet.svg()


def _head_of_extinguisher(sheet: Canvas, at: Point, *, pressed: bool) -> None:
    x, y = at
    sheet.rect(x - 44, y + 34, 88, 84, radius=20, fill="#d6202b")
    sheet.rect(x - 44, y + 70, 88, 50, fill="#d6202b", stroke="none")
    sheet.lines((x - 44, y + 70), (x - 44, y + 120))
    sheet.lines((x + 44, y + 70), (x + 44, y + 120))
    sheet.rect(x - 14, y + 12, 28, 24, fill=_STEEL)
    sheet.lines((x - 8, y + 10), (x + 92, y + 26), width=10)
    sheet.lines((x - 10, y), (x + 90, y + (12 if pressed else -22)), width=10, stroke=RED)
    sheet.dot(x - 8, y + 5, 8)
    sheet.path(
        f"M{x - 14:.0f} {y + 24:.0f} C{x - 70:.0f} {y + 20:.0f} "
        f"{x - 80:.0f} {y + 60:.0f} {x - 72:.0f} {y + 108:.0f}",
        width=8,
    )


def _small_extinguisher(sheet: Canvas, at: Point, scale: float = 1) -> None:
    body = "M-20 40 V-34 C-20 -50 20 -50 20 -34 V40 C20 46 -20 46 -20 40 Z"
    sheet.path(body, fill="#d6202b", width=2.5, move=at, scale=scale)
    sheet.path("M-8 -48 V-60 H8 V-48 M-8 -60 L26 -68 M-4 -56 L28 -54", width=4, move=at, scale=scale)


def _fire(sheet: Canvas, at: Point, scale: float) -> None:
    outer = (
        "M0 0 C-34 0 -48 -22 -44 -50 C-40 -76 -28 -86 -28 -112 C-16 -102 -14 -92 -14 -80 "
        "C-2 -98 2 -116 -6 -140 C24 -126 34 -100 32 -76 "
        "C38 -82 40 -90 40 -98 C52 -82 56 -66 50 -42 C44 -14 30 0 0 0 Z"
    )
    sheet.path(outer, fill="#f97316", stroke="#c2410c", width=2, move=at, scale=scale)
    sheet.path(
        "M2 -4 C-20 -4 -26 -22 -20 -40 C-14 -54 -4 -60 -2 -80 C14 -62 26 -10 2 -4 Z",
        fill=YELLOW,
        stroke="none",
        move=at,
        scale=scale,
    )


def eyewash() -> bytes:
    """A combined emergency shower and eyewash."""
    sheet = Canvas(420, 520)
    sheet.lines((20, 480), (400, 480), width=4)
    sheet.rect(120, 466, 90, 14, fill=_STEEL)
    sheet.lines((165, 466), (165, 54), stroke=INK, width=16)
    sheet.lines((165, 466), (165, 54), stroke=GREEN, width=11)
    sheet.lines((165, 54), (290, 54), (290, 76), stroke=INK, width=16)
    sheet.lines((165, 54), (290, 54), (290, 76), stroke=GREEN, width=11)
    sheet.path("M248 104 C252 74 328 74 332 104 Z", fill=YELLOW)
    for place in range(7):
        x = 257 + place * 11
        sheet.lines((x, 114), (x + (place - 3) * 4, 190), stroke="#3b82c4", width=2.5, dash="9 8")
    sheet.lines((214, 54), (214, 150), width=4)
    sheet.lines((200, 150), (228, 150), (214, 172), closed=True, fill=YELLOW)
    sheet.lines((165, 300), (240, 300), stroke=INK, width=14)
    sheet.lines((165, 300), (240, 300), stroke=GREEN, width=9)
    sheet.path("M212 282 C216 336 344 336 348 282 Z", fill=YELLOW)
    for x, tilt in ((262, 8), (298, -8)):
        sheet.lines((x, 282), (x, 268), width=7)
        sheet.path(
            f"M{x} 266 Q{x + tilt} 214 {x + 2 * tilt} 226 Q{x + 3 * tilt} 236 {x + 3 * tilt} 270",
            stroke="#3b82c4",
            width=3,
        )
    sheet.lines((165, 420), (262, 444), width=7)
    sheet.rect(250, 440, 60, 12, radius=4, fill=YELLOW)
    for x, y, words in ((350, 160, "喷淋头"), (352, 330, "洗眼盆"), (318, 470, "脚踏板")):
        sheet.text(x, y, words, size=18, anchor="start")
    sheet.text(90, 166, "拉手", size=18)
    sheet.lines((112, 160), (196, 154), stroke=GREY, width=1.5)
    return sheet.svg()


__all__ = ["LIGHT", "extinguisher_steps", "eyewash", "ladder"]
