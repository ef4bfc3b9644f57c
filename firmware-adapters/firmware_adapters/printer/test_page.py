"""The test page: who the printer is, lines of known width, greys and small print, as a PDF of A4."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from html import escape
from typing import Final

from PIL import ImageFile

FINENESSES: Final = (150, 300, 600, 1200)
"""Lines of one dot at so many dots an inch; where they run together the printer is coarser."""
_INCH_MM: Final = 25.4
_BAND_MM: Final = 34.0
_STYLE: Final = """
@page { size: A4; margin: 12mm }
body { font-family: "Noto Sans CJK SC", "Noto Sans SC", sans-serif; font-size: 11pt; margin: 0 }
h1 { font-size: 20pt; margin: 0 0 2mm } h2 { font-size: 12pt; margin: 6mm 0 2mm }
table { border-collapse: collapse } td { padding: 0.6mm 6mm 0.6mm 0; vertical-align: top }
.frame { position: fixed; top: -6mm; left: -6mm; right: -6mm; bottom: -6mm; border: 0.3mm solid black }
.small { font-size: 6pt } svg { display: block }
"""


@dataclass(frozen=True, slots=True)
class PageText:
    """What stands on the page beside the patterns."""

    printer: str
    queue: str
    serial: str
    firmware: str
    resolution: str
    printed_at: str
    """With the zone, as read on paper."""


def draw_test_page(text: PageText) -> bytes:
    """Return the page as a PDF. Takes a second or so: call it on a thread."""
    # Loaded when a page is drawn: Pango takes 45 MB that a printer's process does not need otherwise.
    from weasyprint import HTML  # noqa: PLC0415

    # WeasyPrint lets Pillow take cut pictures for whole ones, in all of the process.
    ImageFile.LOAD_TRUNCATED_IMAGES = False

    # It tells each step of its work as news.
    logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)

    document = HTML(string=_page(text)).write_pdf()
    assert isinstance(document, bytes)  # noqa: S101 - no target was given
    return document


def _page(text: PageText) -> str:
    rows = (
        ("打印机 Printer", text.printer),
        ("打印队列 Queue", text.queue),
        ("序列号 Serial number", text.serial),
        ("固件 Firmware", text.firmware),
        ("分辨率 Resolution", text.resolution),
        ("打印时间 Printed at", text.printed_at),
    )
    table = "".join(f"<tr><td>{name}</td><td>{escape(value) or '—'}</td></tr>" for name, value in rows)
    return f"""<!doctype html><html lang="zh"><head><meta charset="utf-8"><style>{_STYLE}</style></head><body>
<div class="frame"></div>
<h1>打印机自检页 Printer test page</h1><table>{table}</table>
<h2>线条：应逐条分开 Lines: separate in each band</h2>{_lines()}
<p class="small">比打印机分辨率更细的色块会连成一片，属正常。A band finer than the printer runs together.</p>
<h2>灰度：10% 至 100%，应逐级加深 Greys: 10 % to 100 %, each darker than the last</h2>{_greys()}
<h2>文字 Text</h2><p>考生姓名、准考证号与条码应清晰可读。0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ</p>
<p class="small">小字：字迹应清晰、无断笔、无重影。Small print should be sharp: 0O 1lI 8B 5S</p>
<p>边框应四边完整。如有白条、污点或缺边，请检查碳粉、走纸和清洁。
The frame should be whole on all sides; for white or dirty stripes see to toner, feed and cleaning.</p>
</body></html>"""


def _lines() -> str:
    """Return bands of upright and level lines, one dot wide and one dot apart, at each fineness."""
    parts, height = [], 22.0
    for place, dpi in enumerate(FINENESSES):
        left, dot = place * (_BAND_MM + 10), _INCH_MM / dpi
        # Enough lines to see, not so many that a slow printer chokes on them.
        count = min(round(_BAND_MM / (2 * dot)), 200)
        wide = count * 2 * dot
        tall = min(count, round(8 / (2 * dot)))
        upright = "".join(f"M{left + 2 * dot * line:.4f} 0v8" for line in range(count))
        level = "".join(f"M{left:.4f} {9 + 2 * dot * line:.4f}h{wide:.4f}" for line in range(tall))
        parts.append(f'<path d="{upright}{level}" stroke="black" stroke-width="{dot:.4f}" fill="none"/>')
        parts.append(f'<text x="{left:.2f}" y="{height - 1}" font-size="3">{dpi} dpi</text>')
    width = len(FINENESSES) * (_BAND_MM + 10)
    return f'<svg width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}">{"".join(parts)}</svg>'


def _greys() -> str:
    steps = "".join(
        f'<rect x="{step * 17}" y="0" width="17" height="12" fill="rgb({255 - round(25.5 * (step + 1))},'
        f'{255 - round(25.5 * (step + 1))},{255 - round(25.5 * (step + 1))})"/>'
        for step in range(10)
    )
    return f'<svg width="170mm" height="12mm" viewBox="0 0 170 12">{steps}</svg>'
