"""What a site may set of a receipt printer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from firmware_adapters.adapter import Options

Seconds = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]
FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


class ReceiptPrinterOptions(Options):
    """Options of both wires."""

    width_dots: Literal[384, 512, 576] = 576
    """Dots of a line at 203 dpi: 384 on paper of 58 mm, 512 or 576 on 80 mm."""
    text: Literal["gb18030", "raster"] = "gb18030"
    """raster draws all text, for printers without Chinese characters of their own."""
    codes: Literal["printer", "raster"] = "printer"
    """Who draws QR codes."""
    cut: Literal["partial", "full", "none"] = "partial"
    font: Path = FONT
    poll_s: Seconds = 1.0
    """Between two questions how it stands."""
    answers_within_s: Seconds = 1.5
    prints_within_s: Seconds = 8.0
    """The action `print` waits for the slip for so long; the job goes on after that."""
    connects_within_s: Seconds = 3.0
    book_folder: Path | None = None
    """Where keys of slips are kept, so that a slip sent again after a restart is not printed twice. The
    daemon gives a folder below its own; None keeps them in memory alone."""
