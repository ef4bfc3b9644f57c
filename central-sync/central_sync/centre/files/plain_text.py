"""Text as people type it into sheets and editors, put into the one form that items and lists hold."""

from __future__ import annotations

import re
import unicodedata

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def cleaned(text: str) -> str:
    """Return text with line ends as `\\n` and without spaces at its ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def one_line(text: str) -> str:
    """Return text on one line, runs of white space as one space."""
    return " ".join(text.split())


def visible(text: str) -> str:
    """Return text without invisible marks (zero-width and direction marks) that pasting brings along."""
    return _INVISIBLE.sub("", text)


def forbidden_character(text: str) -> str | None:
    """Return the first control character or half surrogate, as `U+0007`; None when there is none."""
    match = _FORBIDDEN.search(text)
    return None if match is None else f"U+{ord(match.group()):04X}"


def printable(text: str) -> str:
    """Return text without the characters that XML, and so workbooks and packages, cannot hold."""
    return _FORBIDDEN.sub("", text)


def compatible(text: str) -> str:
    """Return text with full-width letters, digits and signs as their plain forms (NFKC), stripped."""
    return unicodedata.normalize("NFKC", text).strip()
