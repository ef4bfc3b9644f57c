"""Which sightings are one device, and what its id is. Pure functions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import sha256

from firmware_adapters.catalogue.entry import Entry
from firmware_adapters.catalogue.matching import best_entry
from firmware_adapters.sighting import Sighting

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_USB_INTERFACE = re.compile(r"/[0-9]+-[0-9.]+:[0-9]+\.([0-9]+)/")
_ID_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Found:
    """A device that is there: the sighting that its adapter opens, and its entry in the catalogue."""

    sighting: Sighting
    entry: Entry


@dataclass(frozen=True, slots=True)
class Named:
    """All devices that are there, by id."""

    devices: dict[str, Found]
    shared: frozenset[str]
    """Names by serial number that more than one device claims now; their ids carry the port."""


def find_devices(entries: Sequence[Entry], sightings: Iterable[Sighting]) -> list[Found]:
    """Return the devices among the sightings, in the order of their keys.

    A USB device makes several sightings. Of those at one port and of one kind the entry of the highest
    rank counts, and each sighting that matches it is a device: a camera may have two sensors, a serial
    adapter four lines with a scanner each.
    """
    best: dict[tuple[str, str], list[Found]] = {}
    for sighting in sorted(sightings, key=lambda one: one.key):
        entry = best_entry(entries, sighting)
        if entry is None:
            continue
        place = (sighting.port if sighting.usb_id and sighting.port else sighting.key, entry.kind.value)
        held = best.setdefault(place, [])
        if held and held[0].entry.id != entry.id:
            if held[0].entry.rank >= entry.rank:
                continue
            held.clear()
        held.append(Found(sighting, entry))
    return sorted((found for held in best.values() for found in held), key=lambda one: one.sighting.key)


def name_devices(found: Sequence[Found], shared_before: AbstractSet[str] = frozenset()) -> Named:
    """Give every device its id: kind, USB id and serial number, or else the port.

    Two devices with one serial number at different ports both get their port too, and so does every
    device whose number was met twice before (`shared_before`): otherwise one could pass for the other
    after a restart. Further nodes of one device get the number of their USB interface, whichever came
    first.
    """
    bases = [_base(one) for one in found]
    ports: dict[str, set[str]] = {}
    for base, one in zip(bases, found, strict=True):
        ports.setdefault(base, set()).add(one.sighting.port or one.sighting.key)
    shared = frozenset(
        base
        for base, one in zip(bases, found, strict=True)
        if _serial(one.sighting) and (len(ports[base]) > 1 or base in shared_before)
    )
    wished = [
        _safe((f"{base}-at-{_place(one.sighting)}" if base in shared else base) + _interface(one.sighting))
        for base, one in zip(bases, found, strict=True)
    ]
    total, count = Counter(wished), Counter[str]()
    devices: dict[str, Found] = {}
    for wish, one in zip(wished, found, strict=True):
        count[wish] += 1
        devices[wish if total[wish] == 1 or count[wish] == 1 else f"{wish}.n{count[wish]}"] = one
    return Named(devices, shared)


def same_device(before: Found, now: Found) -> bool:
    """Return whether a device's process may go on: it is the same arrival of the same thing."""
    old, new = before.sighting, now.sighting
    return (
        before.entry == now.entry
        and (old.key, old.subsystem, old.node, old.arrival) == (new.key, new.subsystem, new.node, new.arrival)
        and (old.usb_id, old.serial, old.port) == (new.usb_id, new.serial, new.port)
    )


def _base(found: Found) -> str:
    sighting = found.sighting
    parts = [found.entry.kind.value]
    if sighting.usb_id:
        parts.append(sighting.usb_id.replace(":", ""))
    serial = _serial(sighting)
    parts.append(serial or f"at-{_place(sighting)}")
    return "-".join(parts)


def _serial(sighting: Sighting) -> str:
    """Return the serial number; one of zeros is none."""
    serial = sighting.serial.strip()
    return serial if serial.strip("0") else ""


def _place(sighting: Sighting) -> str:
    return sighting.port or sighting.node or sighting.key


def _interface(sighting: Sighting) -> str:
    """Return `.if01` for a node of any but the first USB interface."""
    number = _USB_INTERFACE.search(sighting.key)
    return f".if{int(number[1]):02d}" if number is not None and int(number[1]) else ""


def _safe(name: str) -> str:
    """Return a name of letters, digits, `.`, `_` and `-` only; different names stay different."""
    safe = _UNSAFE.sub("_", name)
    if safe == name and len(safe) <= _ID_LENGTH:
        return safe
    return f"{safe[:_ID_LENGTH]}-{sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"
