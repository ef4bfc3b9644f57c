"""Hazard pictograms of the GHS (GB 30000, GB 13690), drawn anew: black signs in a red diamond."""

from __future__ import annotations

from central_sync.samples.drawing.canvas import INK, PAPER, RED, Canvas, Point, smooth


def _diamond() -> Canvas:
    sheet = Canvas(320, 320)
    sheet.lines((160, 14), (306, 160), (160, 306), (14, 160), closed=True, fill=PAPER, stroke=RED, width=15)
    return sheet


def _flame(sheet: Canvas, move: Point, scale: float) -> None:
    """A flame about 100 wide and 130 high above the point `move`, before scaling."""
    outer = (
        "M0 0 C-34 0 -52 -22 -50 -50 C-48 -76 -30 -86 -30 -112 C-18 -102 -14 -92 -14 -80 "
        "C-2 -98 4 -116 -6 -140 C24 -126 34 -100 32 -76 C38 -82 40 -90 40 -98 C52 -82 56 -66 52 -46 "
        "C48 -18 30 0 0 0 Z"
    )
    inner = (
        "M2 -8 C-18 -8 -28 -22 -24 -38 C-20 -52 -8 -56 -6 -76 C10 -66 12 -52 8 -42 "
        "C16 -44 18 -50 20 -56 C28 -40 26 -8 2 -8 Z"
    )
    sheet.path(outer, fill=INK, stroke="none", move=move, scale=scale)
    sheet.path(inner, fill=PAPER, stroke="none", move=move, scale=scale)


def flame() -> bytes:
    """Flammable."""
    sheet = _diamond()
    _flame(sheet, (160, 216), 1.05)
    sheet.lines((104, 232), (216, 232), width=9)
    return sheet.svg()


def flame_over_circle() -> bytes:
    """Oxidising."""
    sheet = _diamond()
    sheet.ellipse(160, 196, 36, width=13)
    _flame(sheet, (160, 164), 0.76)
    sheet.lines((108, 246), (212, 246), width=9)
    return sheet.svg()


def cylinder() -> bytes:
    """Gas under pressure."""
    sheet = _diamond()
    body = (
        "M-92 0 C-92 -18 -80 -24 -64 -24 H52 C70 -24 78 -14 80 -8 H94 V8 H80 "
        "C78 14 70 24 52 24 H-64 C-80 24 -92 18 -92 0 Z"
    )
    sheet.path(body, fill=INK, stroke="none", move=(158, 164), turn=-18)
    return sheet.svg()


def exclamation_mark() -> bytes:
    """Irritant, sensitising, harmful."""
    sheet = _diamond()
    sheet.path(
        "M160 78 C178 78 186 90 184 106 L172 188 H148 L136 106 C134 90 142 78 160 78 Z",
        fill=INK,
        stroke="none",
    )
    sheet.ellipse(160, 220, 18, fill=INK, stroke="none")
    return sheet.svg()


def skull() -> bytes:
    """Acutely toxic."""
    sheet = _diamond()
    for start, end in (((88, 196), (232, 252)), ((232, 196), (88, 252))):
        sheet.lines(start, end, width=15)
        for x, y in (start, end):
            sheet.ellipse(x, y - 7, 9, fill=INK, stroke="none")
            sheet.ellipse(x, y + 7, 9, fill=INK, stroke="none")
    sheet.path(
        "M160 62 C204 62 226 92 224 124 C223 146 214 158 202 164 L200 186 C198 198 188 204 160 204 "
        "C132 204 122 198 120 186 L118 164 C106 158 97 146 96 124 C94 92 116 62 160 62 Z",
        fill=INK,
        stroke=PAPER,
        width=6,
    )
    for x in (133, 187):
        sheet.ellipse(x, 132, 18, 17, fill=PAPER, stroke="none")
    sheet.lines((160, 148), (150, 170), (170, 170), closed=True, fill=PAPER, stroke=PAPER, width=2)
    for x in (140, 153, 167, 180):
        sheet.lines((x, 184), (x, 202), stroke=PAPER, width=4)
    return sheet.svg()


def corrosion() -> bytes:
    """Corrosive to metals, skin and eyes."""
    sheet = _diamond()
    for x, turn in ((96.0, 24.0), (178.0, 24.0)):
        sheet.path(
            "M0 -9 H62 C72 -9 72 9 62 9 H0 Z", fill=PAPER, stroke=INK, width=5, move=(x, 100), turn=-turn
        )
        sheet.path("M4 0 H62 C68 0 68 7 62 7 H4 Z", fill=INK, stroke="none", move=(x, 100), turn=-turn)
    for x, tops in ((94.0, (122, 142, 160)), (176.0, (122, 140))):
        for y in tops:
            sheet.path(
                "M0 -9 C5 -2 6 1 6 4 A6 6 0 0 1 -6 4 C-6 1 -5 -2 0 -9 Z", fill=INK, stroke="none", move=(x, y)
            )
    # a bar of metal with a pit
    sheet.path("M58 176 H84 C86 190 102 190 104 176 H134 V196 H58 Z", fill=INK, stroke="none")
    # the back of a hand with a pit
    sheet.path(
        "M146 202 C146 184 158 172 168 170 C170 182 186 184 188 168 L222 168 C232 168 232 180 222 180 "
        "L206 181 L238 184 C248 185 247 196 238 196 L204 193 L232 201 C241 204 238 214 229 212 L198 205 "
        "L216 215 C223 220 217 228 209 225 L178 214 C166 220 146 218 146 202 Z",
        fill=INK,
        stroke=PAPER,
        width=2,
    )
    return sheet.svg()


def environment() -> bytes:
    """Hazardous to the aquatic environment."""
    sheet = _diamond()
    sheet.path(
        "M122 212 C126 190 128 172 122 146 L104 118 L110 114 L124 134 L122 92 L130 92 L134 132 L154 104 "
        "L160 109 L138 146 C136 172 138 192 146 212 Z",
        fill=INK,
        stroke=INK,
        width=2,
    )
    sheet.lines((131, 164), (112, 150), width=6)
    sheet.lines((134, 156), (158, 142), width=6)
    sheet.lines((62, 212), (176, 212), width=8)
    sheet.path(
        smooth(
            [(176, 212), (192, 226), (216, 226), (230, 240), (196, 244), (150, 242), (110, 228), (92, 214)]
        ),
        width=5,
    )
    # a fish, belly up
    sheet.path(
        "M150 190 C164 168 200 168 216 188 L240 174 L236 192 L240 208 L216 194 C200 212 164 210 150 190 Z",
        fill=INK,
        stroke=PAPER,
        width=3,
    )
    sheet.lines((162, 184), (170, 192), stroke=PAPER, width=3)
    sheet.lines((170, 184), (162, 192), stroke=PAPER, width=3)
    return sheet.svg()
