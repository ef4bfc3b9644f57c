"""What resolution a printer has: what it claims, compared with what else it says. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from firmware_adapters.adapter import Reason
from firmware_adapters.printer import reasons
from firmware_adapters.printer.ipp_message import Attributes, Resolution

LEAST_DPI, MOST_DPI = 60, 9600
"""What a printer of paper can have; photo printers go up to 9600 dpi."""
_CLAIM = "printer-resolution-supported"
_DEFAULT = "printer-resolution-default"
_RASTER = ("pwg-raster-document-resolution-supported", "pclm-source-resolution-supported")
_URF = re.compile(r"RS((?:\d{2,5}-?)+)")


@dataclass(frozen=True, slots=True)
class Resolutions:
    """The resolutions of a printer (分辨率), dots per inch, across and along."""

    believed: tuple[Resolution, ...]
    """What it claims and nothing it says speaks against; empty when that is nothing."""
    claimed: tuple[Resolution, ...]
    raster: tuple[Resolution, ...]
    """What it takes pictures of pages in (PWG 5102.4, AirPrint's RS, PCLm): those it must really print."""
    reason: Reason | None
    detail: str
    """What speaks against it, English."""


def read_resolutions(told: Attributes) -> Resolutions:
    """Compare what a printer claims with the rasters it takes and its own default. Never raises."""
    every = _resolutions(told.get(_CLAIM, ()))
    claimed = tuple(one for one in every if _possible(one))
    raster = _sorted(one for name in _RASTER for one in _resolutions(told.get(name, ())) if _possible(one))
    raster = _sorted({*raster, *_urf(told.get("urf-supported", ()))})
    default = next(iter(_resolutions(told.get(_DEFAULT, ()))), None)
    if not every and not raster:
        return Resolutions((), (), (), reasons.RESOLUTION_UNTOLD, "no resolution told")
    # A raster stands for a claim only where the printer claims nothing at all.
    believed = claimed if every else raster
    if every and raster:
        believed = tuple(one for one in claimed if one in raster)
    wrong = ""
    if impossible := [one for one in every if not _possible(one)]:
        wrong = f"no printer has {_named(impossible)}"
    elif claimed and raster and not believed:
        wrong = f"claims {_named(claimed)}, takes rasters of {_named(raster)}"
    elif claimed and default is not None and default not in claimed:
        wrong = f"claims {_named(claimed)}, prints by default at {_named([default])}"
    return Resolutions(believed, claimed, raster, reasons.RESOLUTION_CONTRADICTS if wrong else None, wrong)


def _resolutions(values: Sequence[object]) -> tuple[Resolution, ...]:
    return _sorted(one for one in values if isinstance(one, Resolution))


def _urf(values: Sequence[object]) -> set[Resolution]:
    """Return AirPrint's resolutions: `RS300-600`."""
    found = set()
    for value in values:
        matched = _URF.fullmatch(value) if isinstance(value, str) else None
        if matched is not None:
            dots = [int(part) for part in matched[1].split("-") if part]
            found |= {Resolution(one, one) for one in dots if _possible(Resolution(one, one))}
    return found


def _possible(resolution: Resolution) -> bool:
    return all(LEAST_DPI <= dots <= MOST_DPI for dots in resolution)


def _sorted(resolutions: Iterable[Resolution]) -> tuple[Resolution, ...]:
    return tuple(sorted(set(resolutions)))


def _named(resolutions: Iterable[Resolution]) -> str:
    return ", ".join(f"{one.x}x{one.y} dpi" for one in resolutions)
