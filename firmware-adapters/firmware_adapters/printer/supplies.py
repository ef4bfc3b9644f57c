"""What paper and toner a printer says it has. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware_adapters.adapter import Json
from firmware_adapters.printer.ipp_client import numbers, texts
from firmware_adapters.printer.ipp_message import Attributes

LOW_PERCENT: Final = 10
"""Below this a supply counts as low where the printer names no limit of its own."""
_NOT_USED_UP = ("waste", "receptacle")
TEXT_LIMIT: Final = 80


@dataclass(frozen=True, slots=True)
class Tray:
    """A paper tray (纸盒). PWG 5100.13, `printer-input-tray`."""

    name: str
    sheets: int | None
    """None where it does not tell; printers use -2 and -3 for unknown and `some`."""
    capacity: int | None
    manual: bool
    """Fed by hand: it is empty most of the time."""


@dataclass(frozen=True, slots=True)
class Supply:
    """Toner, ink or a drum (耗材)."""

    name: str
    kind: str
    """`toner`, `ink`, `opc`, `wasteToner` ..."""
    percent: int | None
    low_percent: int
    color: str = ""

    @property
    def is_waste(self) -> bool:
        """Whether it fills instead of being used up."""
        return any(word in self.kind.lower() for word in _NOT_USED_UP)

    @property
    def is_low(self) -> bool:
        """Whether it is nearly used up."""
        return not self.is_waste and self.percent is not None and self.percent <= self.low_percent


def read_trays(told: Attributes) -> list[Tray]:
    """Return the paper trays; what is broken in their description is not told."""
    found = []
    for fields in map(read_fields, _descriptions(told, "printer-input-tray")):
        name = fields.get("name", "")
        if name.lower() == "auto":
            continue  # no tray: the printer chooses one
        manual = "manual" in fields.get("type", "").lower()
        capacity = _count(fields.get("maxcapacity"))
        found.append(Tray(name[:TEXT_LIMIT], _count(fields.get("level")), capacity, manual))
    return found


def read_supplies(told: Attributes) -> list[Supply]:
    """Return toner, ink and the like: of CUPS's `marker-` attributes, else of `printer-supply`."""
    levels = numbers(told, "marker-levels")
    if levels:
        names, kinds = texts(told, "marker-names"), texts(told, "marker-types")
        lows, colors = numbers(told, "marker-low-levels"), texts(told, "marker-colors")
        return [
            Supply(
                _at(names, position)[:TEXT_LIMIT],
                _at(kinds, position)[:TEXT_LIMIT],
                level if 0 <= level <= 100 else None,
                lows[position] if position < len(lows) and 0 < lows[position] < 100 else LOW_PERCENT,
                _at(colors, position)[:TEXT_LIMIT],
            )
            for position, level in enumerate(levels)
        ]
    named = texts(told, "printer-supply-description")
    found = []
    for position, fields in enumerate(map(read_fields, _descriptions(told, "printer-supply"))):
        level, most = _count(fields.get("level")), _count(fields.get("maxcapacity"))
        percent = round(100 * level / most) if level is not None and most else None
        found.append(
            Supply(
                (_at(named, position) or fields.get("type", ""))[:TEXT_LIMIT],
                fields.get("type", "")[:TEXT_LIMIT] + (" waste" if _fills(fields) else ""),
                percent if percent is not None and percent <= 100 else None,
                LOW_PERCENT,
                fields.get("colorantname", "")[:TEXT_LIMIT],
            )
        )
    return found


def read_fields(description: str) -> dict[str, str]:
    """Return the fields of `type=toner;level=75;`, names in small letters, the first of a name."""
    fields: dict[str, str] = {}
    for part in description.split(";"):
        name, equals, value = part.partition("=")
        if equals and name.strip():
            fields.setdefault(name.strip().lower(), value.strip())
    return fields


def out_of_paper(trays: list[Tray]) -> bool:
    """Return whether no tray has any paper left, as far as they tell; one fed by hand does not count."""
    filled = [tray for tray in trays if not tray.manual]
    return bool(filled) and all(tray.sheets == 0 for tray in filled)


def told_trays(trays: list[Tray]) -> list[Json]:
    """Return trays as facts."""
    return [{"name": one.name, "sheets": one.sheets, "capacity": one.capacity} for one in trays]


def told_supplies(supplies: list[Supply]) -> list[Json]:
    """Return supplies as facts."""
    return [
        {"name": one.name, "kind": one.kind, "percent": one.percent, "color": one.color} for one in supplies
    ]


def _fills(fields: dict[str, str]) -> bool:
    return "filled" in fields.get("class", "").lower() and "waste" not in fields.get("type", "").lower()


def _descriptions(told: Attributes, name: str) -> list[str]:
    found = []
    for value in told.get(name, ()):
        if isinstance(value, bytes):
            found.append(value.decode("utf-8", "replace"))
        elif isinstance(value, str):
            found.append(value)
    return found


def _count(text: str | None) -> int | None:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 9:
        return None
    return int(text)


def _at(listed: list[str], position: int) -> str:
    return listed[position] if position < len(listed) else ""
