"""Supply systems of low-voltage networks (GB 14050) and the wiring of a residual current device."""

from __future__ import annotations

from central_sync.samples.drawing.canvas import BLUE, GREEN, GREY, INK, LIGHT, Canvas

_PHASES = (("L1", 70.0), ("L2", 110.0), ("L3", 150.0))
_N, _PE = 190.0, 230.0
_END = 640.0


def separate_conductors() -> bytes:
    """Neutral and protective conductor apart from the source on (TN-S)."""
    sheet = _source()
    _conductor(sheet, 80, _END, _N, "N", BLUE)
    _conductor(sheet, 80, _END, _PE, "PE", GREEN)
    sheet.lines((80, 70), (80, 300))
    sheet.dot(80, _N)
    sheet.dot(80, _PE)
    sheet.earth(80, 300)
    _devices(sheet, _PE)
    return sheet.svg()


def combined_then_separate() -> bytes:
    """One PEN conductor that parts into N and PE at the distribution board (TN-C-S)."""
    sheet = _source()
    middle = (_N + _PE) / 2
    sheet.lines((80, 70), (80, 300))
    sheet.dot(80, middle)
    sheet.earth(80, 300)
    sheet.lines((80, middle), (280, middle), width=3)
    sheet.text(190, middle - 8, "PEN", size=18)
    sheet.rect(250, 40, 70, 230, dash="8 6", stroke=GREY, width=2)
    sheet.text(285, 30, "配电箱", size=18)
    sheet.dot(280, middle)
    sheet.lines((280, _N), (280, 300))
    sheet.earth(280, 300)
    sheet.text(254, 330, "重复接地", size=16, anchor="end")
    _conductor(sheet, 280, _END, _N, "N", BLUE)
    _conductor(sheet, 280, _END, _PE, "PE", GREEN)
    _devices(sheet, _PE)
    return sheet.svg()


def own_electrode() -> bytes:
    """Enclosures on an earth electrode of their own (TT)."""
    sheet = _source()
    sheet.lines((80, 70), (80, 300))
    sheet.dot(80, _N)
    sheet.earth(80, 300)
    _conductor(sheet, 80, _END, _N, "N", BLUE)
    _devices(sheet, None)
    return sheet.svg()


def _source() -> Canvas:
    sheet = Canvas(720, 400)
    sheet.text(120, 36, "电源（变压器二次侧）", size=16)
    for name, y in _PHASES:
        sheet.lines((80, y), (96, y))
        sheet.path(f"M96 {y:.0f}" + " q7 -20 14 0" * 5)
        sheet.lines((166, y), (_END, y))
        sheet.text(_END + 12, y + 7, name, size=18, anchor="start")
    for _, y in _PHASES:
        sheet.dot(80, y, 4)
    return sheet


def _conductor(sheet: Canvas, start: float, end: float, y: float, name: str, colour: str) -> None:
    sheet.lines((start, y), (end, y), stroke=colour, width=3)
    sheet.text(end + 12, y + 7, name, size=18, anchor="start", fill=colour, bold=True)


def _devices(sheet: Canvas, protective: float | None) -> None:
    """Draw two devices; their enclosures go to the line at height `protective`, or to earth when None."""
    for left, name, taken in (
        (345.0, "三相设备", (70.0, 110.0, 150.0)),
        (510.0, "单相设备", (150.0, _N)),
    ):
        sheet.rect(left, 285, 120, 52, fill=LIGHT)
        sheet.text(left + 52, 318, name, size=18)
        for place, y in enumerate(taken):
            x = left + 14 + 20 * place
            sheet.dot(x, y, 4, BLUE if y == _N else INK)
            sheet.lines((x, y), (x, 285), stroke=BLUE if y == _N else INK)
        case = left + 108
        if protective is not None:
            sheet.dot(case, protective, 4, GREEN)
            sheet.lines((case, protective), (case, 285), stroke=GREEN, width=3)
            sheet.dot(case, 285, 5, GREEN)
        else:
            sheet.dot(case, 337, 5, GREEN)
            sheet.lines((case, 337), (case, 352), stroke=GREEN, width=3)
            sheet.earth(case, 352)


def neutral_earthed_behind_rcd() -> bytes:
    """A residual current device whose outgoing neutral is earthed a second time."""
    sheet = Canvas(720, 340)
    live, neutral = 90.0, 150.0
    sheet.text(40, live + 7, "L", size=20, bold=True)
    sheet.text(40, neutral + 7, "N", size=20, bold=True, fill=BLUE)
    sheet.rect(160, 40, 190, 170, dash="8 6", stroke=GREY, width=2, radius=6)
    sheet.text(255, 30, "剩余电流保护器", size=18)
    for y, colour in ((live, INK), (neutral, BLUE)):
        sheet.dot(60, y, 5, colour)
        sheet.lines((60, y), (185, y), stroke=colour, width=3)
        sheet.lines((185, y), (222, y - 16), stroke=colour, width=3)
        sheet.lines((226, y), (560, y), stroke=colour, width=3)
        sheet.dot(185, y, 4, colour)
        sheet.dot(226, y, 4, colour)
    sheet.lines((204, live - 9), (204, neutral - 9), dash="5 5", width=2)
    sheet.ellipse(300, (live + neutral) / 2, 16, 56)
    sheet.text(300, 202, "零序互感器", size=14)
    sheet.rect(560, 65, 110, 110, fill=LIGHT)
    sheet.text(615, 127, "负载", size=20)
    sheet.dot(430, neutral, 5, BLUE)
    sheet.lines((430, neutral), (430, 230), stroke=BLUE, width=3)
    sheet.earth(430, 230)
    sheet.text(456, 258, "接地极", size=16, anchor="start")
    sheet.dot(640, 175, 5, GREEN)
    sheet.lines((640, 175), (640, 230), stroke=GREEN, width=3)
    sheet.earth(640, 230)
    sheet.text(628, 222, "PE", size=18, anchor="end", fill=GREEN, bold=True)
    sheet.text(100, 75, "电源侧", size=16)
    sheet.text(470, 75, "负荷侧", size=16)
    return sheet.svg()
