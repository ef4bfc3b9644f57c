"""One scan as it came, and the judgement whether it may be believed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from firmware_adapters.adapter import Reason
from firmware_adapters.scanner import reasons
from firmware_adapters.scanner.symbology import without_aim_identifier

Ending = Literal["terminator", "idle"]

LONGEST: Final = 7089
"""Characters of the fullest code there is: QR version 40-L, digits, ISO/IEC 18004."""
SEPARATORS: Final = frozenset("\t\n\r\x04\x1c\x1d\x1e\x1f")
"""Control characters that codes do hold: lines, and FS GS RS US EOT of ISO/IEC 15434 and GS1."""
SHOWN: Final = 60
"""Characters of a refused scan that are shown to a person."""


@dataclass(frozen=True, slots=True)
class RawScan:
    """What a scanner sent between two ends."""

    text: str
    ended_by: Ending
    fault: Reason | None = None
    """What went wrong while it came in."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan after judgement: believed where `fault` is None."""

    text: str
    symbology: str
    ended_by: Ending
    fault: Reason | None = None
    detail: str = ""
    """What exactly was wrong, English, one line."""

    @property
    def shown(self) -> str:
        """The beginning of the text with everything unprintable replaced, for a person."""
        head = self.text[:SHOWN]
        clean = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in head)
        return clean + "…" if len(self.text) > SHOWN else clean


def judge(raw: RawScan, *, prefix: str = "", aim_identifier: bool = False, longest: int = LONGEST) -> Scan:
    """Return the scan without the configured prefix and AIM identifier, refused where it cannot be right.

    Text is otherwise kept as read, separators and line ends within it too.
    """
    text, symbology = raw.text, ""
    if prefix:
        text = text.removeprefix(prefix)
    if aim_identifier:
        text, symbology = without_aim_identifier(text)
    fault, detail = raw.fault, raw.detail
    if fault is None:
        fault, detail = _wrong(text, longest)
    return Scan(text, symbology, raw.ended_by, fault, detail)


def _wrong(text: str, longest: int) -> tuple[Reason | None, str]:
    if len(text) > longest:
        return reasons.TOO_LONG, f"{len(text)} characters"
    for place, one in enumerate(text):
        if one < " " or one == "\x7f":
            if one not in SEPARATORS:
                return reasons.CONTROL_CHARACTERS, f"U+{ord(one):04X} at {place}"
        elif one > "~" and (
            one == "\N{REPLACEMENT CHARACTER}" or unicodedata.category(one) in {"Cc", "Cn", "Co", "Cs"}
        ):
            return reasons.NOT_TEXT, f"U+{ord(one):04X} at {place}"
    return None, ""


class RecentScans:
    """Knows a code scanned again within a short time: a trigger held too long, a hand that trembles."""

    LIMIT = 64

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._seen: dict[str, float] = {}

    def is_repeated(self, text: str, now: float) -> bool:
        """Whether the text was scanned less than the window ago; remember it. `now` in seconds, steady."""
        last = self._seen.pop(text, None)
        self._seen[text] = now  # newest last
        while len(self._seen) > self.LIMIT:
            del self._seen[next(iter(self._seen))]
        return last is not None and now - last < self._window_s
