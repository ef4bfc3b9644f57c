"""How a simulated scanner types a text: strokes of a US keyboard, Alt codes for what has no key. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from evdev import ecodes

from firmware_adapters.scanner.us_layout import CHARACTERS, KEYPAD_DIGITS, control_character

Stroke = tuple[tuple[int, bool], ...]
"""Key changes that one report tells: (code, whether it goes down)."""

SHIFT, ALT, CTRL = ecodes.KEY_LEFTSHIFT, ecodes.KEY_LEFTALT, ecodes.KEY_LEFTCTRL

_KEYS: Final[dict[str, tuple[int, bool]]] = {
    character: (code, shifted)
    for code, pair in reversed(CHARACTERS.items())
    for shifted, character in ((True, pair[1]), (False, pair[0]))
    if code != ecodes.KEY_102ND
} | {"\n": (ecodes.KEY_ENTER, False), "\r": (ecodes.KEY_ENTER, False), "\t": (ecodes.KEY_TAB, False)}
_CONTROLS: Final[dict[str, int]] = {
    control: code
    for code, (plain, _) in CHARACTERS.items()
    if (control := control_character(plain)) is not None and control not in _KEYS
}
_KEYPAD: Final = {digit: code for code, digit in KEYPAD_DIGITS.items()}


def strokes(text: str) -> Iterator[Stroke]:
    """Return the reports that type a text, in order."""
    for character in text:
        if character in _KEYS:
            code, shifted = _KEYS[character]
            yield from _with(SHIFT, code) if shifted else _press(code)
        elif character in _CONTROLS:
            yield from _with(CTRL, _CONTROLS[character])
        else:
            yield from _alt_code(character)


def _press(code: int) -> Iterator[Stroke]:
    yield ((code, True),)
    yield ((code, False),)


def _with(modifier: int, code: int) -> Iterator[Stroke]:
    # One report each way, as scanners send them: the modifier's bit and the key come together.
    yield ((modifier, True), (code, True))
    yield ((code, False), (modifier, False))


def _alt_code(character: str) -> Iterator[Stroke]:
    yield ((ALT, True),)
    for digit in str(ord(character)):
        yield from _press(_KEYPAD[digit])
    yield ((ALT, False),)
