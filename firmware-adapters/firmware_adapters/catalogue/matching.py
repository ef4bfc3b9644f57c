"""Which entry of the catalogue a sighting is. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from firmware_adapters.catalogue.entry import Entry, Match
from firmware_adapters.sighting import Sighting

ENTRY_PROPERTY = "kaodian.entry"
"""Property by which the site's own list of devices names the entry itself."""


def best_entry(entries: Sequence[Entry], sighting: Sighting) -> Entry | None:
    """Return the matching entry of the highest rank, of equal ones the first; None when none matches."""
    named = sighting.properties.get(ENTRY_PROPERTY, "")
    if named:
        return next((entry for entry in entries if entry.id == named), None)
    best: Entry | None = None
    for entry in entries:
        if (best is None or entry.rank > best.rank) and matches(entry.match, sighting):
            best = entry
    return best


def matches(match: Match, sighting: Sighting) -> bool:
    """Return whether a sighting shows everything that a match asks for."""
    if sighting.subsystem not in match.subsystem:
        return False
    if match.usb is not None and not any_glob(match.usb, sighting.usb_id):
        return False
    if match.interfaces is not None and not any(
        any_glob(match.interfaces, interface) for interface in sighting.interfaces
    ):
        return False
    if match.node is not None and not any_glob(match.node, sighting.node):
        return False
    if match.maker is not None and not any_glob(_lowered(match.maker), sighting.maker.lower()):
        return False
    if match.model is not None and not any_glob(_lowered(match.model), sighting.model.lower()):
        return False
    return all(
        any_glob(wanted, sighting.properties.get(name, "")) for name, wanted in match.properties.items()
    )


def any_glob(globs: Iterable[str], value: str) -> bool:
    """Return whether a value is like any of the globs (`*`, `?`, `[abc]`), letters as they are."""
    return any(fnmatchcase(value, glob) for glob in globs)


def _lowered(globs: Iterable[str]) -> list[str]:
    return [glob.lower() for glob in globs]
