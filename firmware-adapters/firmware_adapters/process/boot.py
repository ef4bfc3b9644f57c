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
        sighting = {name: getattr(self.sighting, name) for name in self.sighting.__dataclass_fields__}
        return {
            "t": "boot",
            "adapter": self.adapter,
            "sighting": {**sighting, "properties": dict(self.sighting.properties)},
            "options": dict(self.options),
            "quirks": self.quirks,
            "pace": asdict(self.pace),
        }


def boot_of(header: Mapping[str, Any]) -> Boot:
    """Return what a first frame's header tells."""
    sighting = dict(header["sighting"])
    sighting["interfaces"] = tuple(sighting["interfaces"])
    sighting["properties"] = MappingProxyType(dict(sighting["properties"]))
    return Boot(
        header["adapter"],
        Sighting(**sighting),
        MappingProxyType(dict(header["options"])),
        tuple(header["quirks"]),
        Pace(**header["pace"]),
    )
