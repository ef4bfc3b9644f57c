"""Kinds of code (码制) by the AIM identifier that a scanner may put before each scan, ISO/IEC 15424."""

from __future__ import annotations

import re
from typing import Final

SYMBOLOGIES: Final[dict[str, str]] = {
    "A": "code_39",
    "C": "code_128",
    "d": "data_matrix",
    "E": "ean_13",
    "e": "gs1_databar",
    "F": "codabar",
    "G": "code_93",
    "H": "code_11",
    "h": "han_xin",
    "I": "itf",
    "L": "pdf417",
    "M": "msi",
    "Q": "qr_code",
    "U": "maxicode",
    "z": "aztec",
}
"""The identifier's letter -> the symbology's name, the same names as a camera's."""

_IDENTIFIER: Final = re.compile(r"\]([A-Za-z])([0-9A-Za-z])")


def without_aim_identifier(text: str) -> tuple[str, str]:
    """Return the text without its AIM identifier, and the symbology's name: `]Q1abc` -> ("abc", "qr_code").

    The name is empty where there is no identifier (the text stays whole) or the letter is not listed
    (the identifier goes all the same). `]E4` is EAN-8.
    """
    found = _IDENTIFIER.match(text)
    if found is None:
        return text, ""
    letter, modifier = found.groups()
    name = "ean_8" if (letter, modifier) == ("E", "4") else SYMBOLOGIES.get(letter, "")
    return text[found.end() :], name
