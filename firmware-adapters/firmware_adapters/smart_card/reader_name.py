"""What a reader's name says: `Gemalto PC Twin Reader (70D7E2EE) 00 01`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# Reader and slot at the end are pcscd's (readerfactory.c); interface and serial number are the CCID driver's.
_SUFFIX: Final = re.compile(r" ([0-9A-F]{2}) ([0-9A-F]{2})$")
_SERIAL: Final = re.compile(r" \(([^()]+)\)$")
_INTERFACE: Final = re.compile(r" \[([^\[\]]+)\]$")


@dataclass(frozen=True, slots=True)
class ReaderName:
    """A reader's name in its parts; empty where the name has none."""

    model: str
    interface: str = ""
    serial: str = ""
    slot: int = 0


def parse_reader_name(name: str) -> ReaderName:
    """Return the parts of a name; one in no known form is all model."""
    suffix = _SUFFIX.search(name)
    rest = name[: suffix.start()] if suffix else name
    slot = int(suffix[2], 16) if suffix else 0
    serial = _SERIAL.search(rest)
    if serial:
        rest = rest[: serial.start()]
    interface = _INTERFACE.search(rest)
    if interface:
        rest = rest[: interface.start()]
    return ReaderName(
        rest.strip() or name, interface[1] if interface else "", serial[1].strip() if serial else "", slot
    )
