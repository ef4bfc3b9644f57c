"""The plot of a calibration: both rates by threshold, and where the scores lie."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from exam_appliance.faces.calibration import Calibration

_FONTS: Final = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Serif CJK SC", "Noto Serif CJK JP")
SAME, DIFFERENT, SET = "#1f6fb2", "#c4492f", "#555555"


def draw(found: Calibration, threshold: float, path: Path) -> None:
    """Write a PNG of 960x600 pixels; `threshold` is the one that is set."""
    families = {font.name for font in fontManager.ttflist}
    fonts = [name for name in _FONTS if name in families]
    with mpl.rc_context({"font.family": [*fonts, "DejaVu Sans"], "axes.unicode_minus": False}):
        figure = Figure(figsize=(9.6, 6), dpi=100, layout="constrained")
        rates, scores = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        at = [one.threshold for one in found.rates]
        accepts = [one.false_accept for one in found.rates if one.false_accept is not None]
        rejects = [one.false_reject for one in found.rates if one.false_reject is not None]
        if accepts:
            rates.plot(at, [100 * one for one in accepts], color=DIFFERENT, label="误识率 false accepts")
        if rejects:
            rates.plot(at, [100 * one for one in rejects], color=SAME, label="拒识率 false rejects")
        rates.axvline(threshold, color=SET, linestyle="--", label=f"当前阈值 threshold {threshold:g}")
        if found.suggested is not None:
            rates.axvline(
                found.suggested, color=SET, linestyle=":", label=f"建议阈值 suggested {found.suggested:g}"
            )
        rates.set_ylabel("比例 share, %")
        rates.set_title(
            f"人像比对校准 face calibration：同一人 same {len(found.same)} 对，"
            f"不同人 different {len(found.different)} 对"
        )
        rates.legend(loc="center left")
        rates.grid(alpha=0.3)
        bins = [step / 20 for step in range(-20, 21)]
        scores.hist(found.different, bins=bins, color=DIFFERENT, alpha=0.75, label="不同人 different")
        scores.hist(found.same, bins=bins, color=SAME, alpha=0.75, label="同一人 same")
        scores.axvline(threshold, color=SET, linestyle="--")
        scores.set_xlabel("余弦相似度 cosine")
        scores.set_ylabel("对数 pairs")
        scores.set_xlim(-0.4, 1)
        scores.legend(loc="upper right")
        scores.grid(alpha=0.3)
        figure.savefig(path, format="png")
