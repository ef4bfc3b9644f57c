"""False accepts and false rejects by threshold, from pairs of pictures that are known to match or not."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

COLUMNS: Final = ("picture_a", "picture_b", "same")
YES: Final = frozenset({"1", "yes", "y", "true", "是", "同"})
NO: Final = frozenset({"0", "no", "n", "false", "否", "异"})
STEPS: Final = 200
"""Thresholds between -1 and 1 at which rates are told."""


class PairsWrong(Exception):
    """The file of pairs cannot be used; says where and why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two picture files; `same` when they show one person."""

    picture_a: Path
    picture_b: Path
    same: bool


@dataclass(frozen=True, slots=True)
class Scored:
    """A pair with its score; None and the reason's code where it was not compared."""

    pair: Pair
    score: float | None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares at a threshold: strangers let in (误识率), people turned away (拒识率); None without pairs."""

    threshold: float
    false_accept: float | None
    false_reject: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the pairs say."""

    rates: tuple[Rates, ...]
    suggested: float | None
    """Fewest strangers let in, then fewest people turned away: the middle of that range."""
    same: tuple[float, ...]
    """Scores of pairs that show one person, ascending."""
    different: tuple[float, ...]
    not_compared: dict[str, int]
    """Pairs by the code of why they were not compared."""


def read_pairs(text: str, folder: Path) -> list[Pair]:
    """Return the pairs of a CSV; paths are relative to `folder`. Raises PairsWrong with the line."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise PairsWrong(f"第一行缺少列 {', '.join(missing)} / the first line lacks {', '.join(missing)}")
    pairs, faults = [], []
    for row in reader:
        same = (row["same"] or "").strip().lower()
        paths = [folder / (row[name] or "").strip() for name in COLUMNS[:2]]
        gone = [str(path) for path in paths if not path.is_file()]
        if same not in YES | NO:
            faults.append(
                f"第 {reader.line_num} 行 same 须为 1 或 0 / line {reader.line_num}: same is 1 or 0"
            )
        elif gone:
            faults.append(f"第 {reader.line_num} 行没有文件 / line {reader.line_num}: no file {gone[0]}")
        else:
            pairs.append(Pair(paths[0], paths[1], same in YES))
    if faults:
        raise PairsWrong("\n".join(faults[:10]))
    if not pairs:
        raise PairsWrong("没有任何照片对 / there are no pairs")
    return pairs


def calibrated(scored: Sequence[Scored]) -> Calibration:
    """Return rates by threshold and the threshold that they suggest."""
    same = sorted(one.score for one in scored if one.score is not None and one.pair.same)
    different = sorted(one.score for one in scored if one.score is not None and not one.pair.same)
    codes: dict[str, int] = {}
    for one in scored:
        if one.score is None:
            codes[one.code] = codes.get(one.code, 0) + 1
    steps = [round(-1 + 2 * step / STEPS, 4) for step in range(STEPS + 1)]
    rates = tuple(rates_at(threshold, same, different) for threshold in steps)
    return Calibration(rates, suggested(same, different), tuple(same), tuple(different), codes)


def rates_at(threshold: float, same: Sequence[float], different: Sequence[float]) -> Rates:
    """Return the rates at a threshold; a score that equals it is a match."""
    return Rates(
        threshold,
        sum(score >= threshold for score in different) / len(different) if different else None,
        sum(score < threshold for score in same) / len(same) if same else None,
    )


def suggested(same: Sequence[float], different: Sequence[float]) -> float | None:
    """Return the middle between the highest stranger and the next score above; None without both kinds."""
    if not same or not different:
        return None
    highest = max(different)
    above = [score for score in same if score > highest]
    return round((highest + min(above)) / 2, 3) if above else round(min(1.0, highest + 0.001), 3)
