"""Key events of a keyboard scanner become scans. Pure: time is told by calling `idle`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from evdev import ecodes

from firmware_adapters.adapter import Reason
from firmware_adapters.scanner import reasons
from firmware_adapters.scanner.alt_code import AltCode, AltCodes
from firmware_adapters.scanner.scan import LONGEST, Ending, RawScan
from firmware_adapters.scanner.us_layout import CHARACTERS, KEYPAD, KEYPAD_DIGITS, control_character

Terminator = Literal["enter", "tab"]
EndBy = Literal["auto", "terminator", "idle"]
"""What ends a scan. `auto`: a terminator or silence, until the scanner has sent a terminator once; from then
on a scan without one is incomplete."""

UP, DOWN = 0, 1

_MODIFIERS: Final[Mapping[int, str]] = {
    ecodes.KEY_LEFTSHIFT: "shift",
    ecodes.KEY_RIGHTSHIFT: "shift",
    ecodes.KEY_LEFTCTRL: "ctrl",
    ecodes.KEY_RIGHTCTRL: "ctrl",
    ecodes.KEY_LEFTALT: "alt",
    ecodes.KEY_RIGHTALT: "alt",
    ecodes.KEY_LEFTMETA: "meta",
    ecodes.KEY_RIGHTMETA: "meta",
}
_SILENT: Final = frozenset({ecodes.KEY_NUMLOCK, ecodes.KEY_SCROLLLOCK})
"""Pressed by scanners around keypad digits; they change nothing here."""


@dataclass(frozen=True, slots=True)
class KeyRules:
    """How one scanner types."""

    terminators: frozenset[Terminator] = frozenset({"enter", "tab"})
    end_by: EndBy = "auto"
    alt_codes: AltCodes = "unicode"
    keys_as: Mapping[int, str] = field(default_factory=dict)
    """Further keys by code -> what they stand for, such as F8 for GS."""
    longest: int = LONGEST


class KeyDecoder:
    """Turns presses and releases of keys into scans.

    A key counts when it goes down; repeats of a held key are the kernel's, not the scanner's. Caps Lock
    pressed by the scanner itself counts until it falls silent; the lamp that somebody switched on at the
    server's keyboard does not.
    """

    def __init__(self, rules: KeyRules) -> None:
        self._rules = rules
        self._held: set[int] = set()
        self._caps = False
        self._alt = AltCode(rules.alt_codes)
        self._text: list[str] = []
        self._more = 0
        self._fault: Reason | None = None
        self._detail = ""
        self._terminates = rules.end_by == "terminator"

    @property
    def pending(self) -> bool:
        """Whether a scan has begun and not ended: `idle` is to be called after a silence."""
        return bool(self._text or self._fault or self._caps or self._alt.begun or self._alt.half)

    def key(self, code: int, value: int) -> RawScan | None:
        """Take one EV_KEY event; return the scan that it ended."""
        modifier = _MODIFIERS.get(code)
        if modifier is not None:
            return self._modifier(code, modifier, value)
        if value != DOWN or code in _SILENT:
            return None
        if code == ecodes.KEY_CAPSLOCK:
            self._caps = not self._caps
            return None
        character = self._character(code)
        if character is None:
            self._refuse(reasons.UNKNOWN_KEY, f"key {ecodes.KEY.get(code, code)}")
            return None
        if character and self._alt.half:
            self._refuse(reasons.UNKNOWN_KEY, "half an Alt code")
            self._alt.forget()
        return self._take(character)

    def lost(self) -> None:
        """The kernel dropped events (SYN_DROPPED): what is typed now cannot be believed."""
        self._held.clear()
        self._alt.forget()
        self._refuse(reasons.KEYS_LOST, "SYN_DROPPED")

    def idle(self) -> RawScan | None:
        """No key came for a while; return what this silence ended."""
        self._caps = False
        self._held.clear()
        if self._alt.begun or self._alt.half:
            self._refuse(reasons.UNKNOWN_KEY, "half an Alt code")
        if self._terminates and self._text:
            self._refuse(reasons.INCOMPLETE, f"{len(self._text) + self._more} characters without an end")
        return self._end("idle")

    def _modifier(self, code: int, modifier: str, value: int) -> RawScan | None:
        if value == DOWN:
            self._held.add(code)
        elif value == UP:
            self._held.discard(code)
            if modifier == "alt" and self._alt.begun:
                character = self._alt.finish()
                if character is not None:
                    return self._take(character)
                self._refuse(reasons.UNKNOWN_KEY, "an Alt code that is no character")
        return None

    def _take(self, character: str) -> RawScan | None:
        ends = self._rules.end_by != "idle" and (
            (character in {"\r", "\n"} and "enter" in self._rules.terminators)
            or (character == "\t" and "tab" in self._rules.terminators)
        )
        if ends:
            return self._end("terminator")
        self._append(character)
        return None

    def _character(self, code: int) -> str | None:
        """Return what a key stands for now: "" where it only adds to an Alt code, None where nothing."""
        held = {_MODIFIERS[each] for each in self._held}
        if code in self._rules.keys_as:
            return self._rules.keys_as[code]
        if "meta" in held:
            return None
        if "alt" in held:
            return self._alt_key(code)
        if code in {ecodes.KEY_ENTER, ecodes.KEY_KPENTER}:
            return "\n"
        if code == ecodes.KEY_TAB:
            return "\t"
        if code in KEYPAD:
            return KEYPAD[code]
        if code not in CHARACTERS:
            return None
        plain, shifted = CHARACTERS[code]
        if "ctrl" in held:
            return control_character(plain)
        shift = "shift" in held
        if self._caps and plain.isalpha():
            shift = not shift
        return shifted if shift else plain

    def _alt_key(self, code: int) -> str | None:
        taken = False
        if code in KEYPAD_DIGITS:
            taken = self._alt.digit(KEYPAD_DIGITS[code])
        elif code == ecodes.KEY_KPPLUS:
            taken = self._alt.plus()
        elif self._alt.hexadecimal and CHARACTERS.get(code, ("", ""))[0] in tuple("0123456789abcdef"):
            taken = self._alt.digit(CHARACTERS[code][0])
        return "" if taken else None

    def _append(self, character: str) -> None:
        if not character:
            return
        if len(self._text) > self._rules.longest:
            self._more += len(character)
            self._refuse(reasons.TOO_LONG, "")
            self._detail = f"{len(self._text) + self._more} characters"
        else:
            self._text.append(character)

    def _refuse(self, fault: Reason, detail: str) -> None:
        if self._fault is None:
            self._fault, self._detail = fault, detail

    def _end(self, ended_by: Ending) -> RawScan | None:
        text = _joined("".join(self._text))
        if ended_by == "idle":
            text = text.rstrip("\r\n\t")
        elif self._rules.end_by == "auto" and text:
            self._terminates = True
        if self._alt.half:
            self._refuse(reasons.UNKNOWN_KEY, "half an Alt code")
        fault, detail = self._fault, self._detail
        self._text.clear()
        self._alt.forget()
        self._more, self._fault, self._detail = 0, None, ""
        return RawScan(text, ended_by, fault, detail) if text or fault else None


def _joined(text: str) -> str:
    """Put UTF-16 surrogates that were typed as two numbers together; lone ones stay and are refused later."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
