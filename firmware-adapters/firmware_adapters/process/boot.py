"""What a device's process is told when it starts: its adapter, its sighting, its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

from firmware_adapters.adapter import Json
from firmware_adapters.sighting import Sighting


@dataclass(frozen=True, slots=True)
class Pace:
    """How a device's process keeps in touch, and how much it may tell."""

    beat_s: float = 0.5
    """Between two signs of life, seconds."""
    close_s: float = 2.0
    """An adapter's `close` may take this long, seconds."""
    reports_per_s: float = 50.0
    """Events and states that a device may tell in the long run."""
    reports_at_once: int = 200
    """How many it may tell faster than that."""
    flood_s: float = 10.0
    """A device that has more to tell than that for so long is cut off, seconds."""


@dataclass(frozen=True, slots=True)
class Boot:
    """All that a device's process needs to know."""

    adapter: str
    """`module:Class`."""
    sighting: Sighting
    options: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))
    quirks: tuple[str, ...] = ()
    pace: Pace = field(default_factory=Pace)

    def header(self) -> dict[str, Any]:
        """Return it as the first frame's header."""
        return {
            "t": "boot",
            "adapter": self.adapter,
            "sighting": sighting_said(self.sighting),
            "options": dict(self.options),
            "quirks": self.quirks,
            "pace": asdict(self.pace),
        }


def sighting_said(sighting: Sighting) -> dict[str, Any]:
    """Return a sighting as JSON."""
    said = {name: getattr(sighting, name) for name in sighting.__dataclass_fields__}
    return {**said, "properties": dict(sighting.properties)}


def sighting_of(said: Mapping[str, Any]) -> Sighting:
    """Return the sighting that JSON says."""
    properties = MappingProxyType(dict(said["properties"]))
    return Sighting(**{**said, "interfaces": tuple(said["interfaces"]), "properties": properties})


def boot_of(header: Mapping[str, Any]) -> Boot:
    """Return what a first frame's header tells."""
    return Boot(
        header["adapter"],
        sighting_of(header["sighting"]),
        MappingProxyType(dict(header["options"])),
        tuple(header["quirks"]),
        Pace(**header["pace"]),
    )
