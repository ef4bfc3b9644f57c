"""Alt and digits of the keypad: how scanners type characters that no key of the US layout has."""

from __future__ import annotations

from typing import Final, Literal

AltCodes = Literal["unicode", "gbk"]
"""`unicode`: the number is a code point, as most scanners' "Alt + Unicode" mode types. `gbk`: it is what
Chinese Windows takes it for: a GBK character as one number (54992), or its bytes one by one (214, 208)."""

LONGEST: Final = 8
"""Digits of one number: 4294967 decimal is far beyond the last code point already."""


class AltCode:
    """Gathers numbers typed while Alt is held and turns them into characters."""

    def __init__(self, codes: AltCodes) -> None:
        self._codes = codes
        self._digits = ""
        self._hexadecimal = False
        self._lead: int | None = None

    @property
    def begun(self) -> bool:
        """Whether something was typed since Alt went down."""
        return bool(self._digits) or self._hexadecimal

    @property
    def hexadecimal(self) -> bool:
        """Whether Alt and keypad plus began a hexadecimal number."""
        return self._hexadecimal

    @property
    def half(self) -> bool:
        """Whether the first byte of a GBK character still waits for its second."""
        return self._lead is not None

    def plus(self) -> bool:
        """Take keypad plus: the number that follows is hexadecimal. False where it makes no sense."""
        if self.begun:
            return False
        self._hexadecimal = True
        return True

    def digit(self, one: str) -> bool:
        """Take one digit. False where there are too many."""
        if len(self._digits) >= LONGEST:
            return False
        self._digits += one
        return True

    def finish(self) -> str | None:
        """Alt went up: return the character, "" while half of it is missing, None where there is none.

        UTF-16 surrogates come back as they are: two numbers that make one character are put together
        when the scan is whole.
        """
        digits, base = self._digits, 16 if self._hexadecimal else 10
        self._digits, self._hexadecimal = "", False
        if not digits:
            return None
        number = int(digits, base)
        if self._codes == "gbk" and base == 10:
            return self._gbk(number)
        if 0x80 <= number <= 0xFF and base == 10:
            # As Windows: a leading zero means its own code page, none the old one of DOS.
            return bytes([number]).decode("cp1252" if digits[0] == "0" else "cp437", "replace")
        return chr(number) if number <= 0x10FFFF else None

    def forget(self) -> None:
        """Begin anew: a scan has ended, or something else was typed."""
        self._digits, self._hexadecimal, self._lead = "", False, None

    def _gbk(self, number: int) -> str | None:
        lead, self._lead = self._lead, None
        if lead is not None:
            if number > 0xFF:
                return None
            return _decoded(bytes([lead, number]))
        if number < 0x80:
            return chr(number)
        if number <= 0xFF:
            self._lead = number
            return ""
        if number <= 0xFFFF:
            return _decoded(number.to_bytes(2, "big"))
        return _decoded(number.to_bytes(4, "big")) if number <= 0xFFFFFFFF else None


def _decoded(pair: bytes) -> str | None:
    try:
        return pair.decode("gb18030")
    except UnicodeDecodeError:
        return None
