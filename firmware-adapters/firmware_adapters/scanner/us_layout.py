"""Characters of the US keyboard by key code (linux/input-event-codes.h): the layout scanners type in.

The console's own layout plays no part: keys are decoded here, whatever is set on the server.
"""

from __future__ import annotations

from typing import Final

from evdev import ecodes

_ROWS: Final = (
    (ecodes.KEY_1, "1234567890-=", "!@#$%^&*()_+"),
    (ecodes.KEY_Q, "qwertyuiop[]", "QWERTYUIOP{}"),
    (ecodes.KEY_A, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (ecodes.KEY_BACKSLASH, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
)
"""First key of a run of consecutive codes, characters without and with Shift."""

CHARACTERS: Final[dict[int, tuple[str, str]]] = {
    first + place: (plain, shifted)
    for first, plains, shifts in _ROWS
    for place, (plain, shifted) in enumerate(zip(plains, shifts, strict=True))
} | {ecodes.KEY_SPACE: (" ", " "), ecodes.KEY_102ND: ("<", ">")}
"""Key code -> (without Shift, with Shift)."""

KEYPAD_DIGITS: Final[dict[int, str]] = {getattr(ecodes, f"KEY_KP{digit}"): str(digit) for digit in range(10)}
KEYPAD: Final[dict[int, str]] = KEYPAD_DIGITS | {
    ecodes.KEY_KPDOT: ".",
    ecodes.KEY_KPSLASH: "/",
    ecodes.KEY_KPASTERISK: "*",
    ecodes.KEY_KPMINUS: "-",
    ecodes.KEY_KPPLUS: "+",
    ecodes.KEY_KPEQUAL: "=",
    ecodes.KEY_KPCOMMA: ",",
}
"""Keypad as with Num Lock on: scanners that type on it mean digits, whatever the lamp says."""


def control_character(plain: str) -> str | None:
    """Return what Ctrl with a key means: Ctrl+A 0x01 ... Ctrl+] GS 0x1D, Ctrl+6 RS, Ctrl+- US, Ctrl+2 NUL."""
    if "a" <= plain <= "z" or plain in "[\\]":
        return chr(ord(plain) & 0x1F)
    return {"2": "\x00", "6": "\x1e", "-": "\x1f", " ": "\x00"}.get(plain)
