"""Plain figures of people at work, for scenes."""

from __future__ import annotations

from central_sync.samples.drawing.canvas import INK, YELLOW, Canvas, Point


def figure(
    sheet: Canvas,
    head: Point,
    hip: Point,
    hands: tuple[Point, Point],
    feet: tuple[Point, Point],
    *,
    suit: str = "#2f5d9b",
    helmet: bool = True,
) -> None:
    """Draw a person by the places of head, hip, hands and feet."""
    neck = (head[0] + (hip[0] - head[0]) * 0.18, head[1] + 20)
    for foot in feet:
        knee = ((hip[0] + foot[0]) / 2 + (4 if foot[0] >= hip[0] else -4), (hip[1] + foot[1]) / 2)
        sheet.lines(hip, knee, foot, stroke="#33415c", width=12)
        sheet.lines((foot[0] - 2, foot[1]), (foot[0] + 8, foot[1]), width=7)
    sheet.lines(neck, hip, stroke=suit, width=24)
    for hand in hands:
        sheet.lines((neck[0], neck[1] + 4), hand, stroke=suit, width=10)
        sheet.dot(*hand, 5, "#e0b08c")
    sheet.ellipse(head[0], head[1], 14, fill="#f0c9a6", width=2)
    if helmet:
        sheet.path(
            "M-17 0 C-17 -20 17 -20 17 0 Z", fill=YELLOW, stroke=INK, width=2, move=(head[0], head[1] - 2)
        )
