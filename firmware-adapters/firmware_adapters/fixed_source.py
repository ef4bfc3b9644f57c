"""Devices that the site's configuration names itself: a serial port without USB, a printer at an address."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ClassVar, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from firmware_adapters.adapter import Options
from firmware_adapters.catalogue.entry import EntryId
from firmware_adapters.catalogue.matching import ENTRY_PROPERTY
from firmware_adapters.sighting import Sighting
from firmware_adapters.source import Source

LOOK_EVERY_S = 1.0
SUBSYSTEM = "fixed"

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class FixedDevice(BaseModel):
    """One device of the site's own list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entry: EntryId
    """Id of an entry of the catalogue."""
    node: Line
    """What its adapter opens: a path below /dev, `192.168.10.9:9100`, a URI."""
    serial: str = ""
    maker: str = ""
    model: str = ""
    subsystem: Line = SUBSYSTEM
    properties: dict[str, str] = Field(default_factory=dict)


class FixedOptions(Options):
    """Options of the source."""

    devices: tuple[FixedDevice, ...] = ()


class FixedSource(Source):
    """Shows what is listed; a path is there while its file is."""

    name: ClassVar[str] = "fixed"
    options_model: ClassVar[type[Options]] = FixedOptions

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._devices = cast("FixedOptions", options).devices
        self._arrivals: dict[str, int] = {}
        self._there: frozenset[str] = frozenset()

    async def list(self) -> Sequence[Sighting]:
        """See Source."""
        there = self._nodes()
        for node in there - self._there:
            self._arrivals[node] = self._arrivals.get(node, 0) + 1
        self._there = there
        return [self._sighting(device) for device in self._devices if device.node in there]

    async def changed(self) -> None:
        """See Source."""
        while self._nodes() == self._there:  # noqa: ASYNC110 - nobody tells of a file's coming
            await asyncio.sleep(LOOK_EVERY_S)

    async def close(self) -> None:
        """See Source."""

    def _nodes(self) -> frozenset[str]:
        return frozenset(
            device.node
            for device in self._devices
            if not device.node.startswith("/") or Path(device.node).exists()
        )

    def _sighting(self, device: FixedDevice) -> Sighting:
        # /dev/serial/by-id/... names the same node as /dev/ttyUSB0 of udev, which it takes the place of.
        node = str(Path(device.node).resolve()) if device.node.startswith("/") else device.node
        return Sighting(
            key=f"fixed:{device.node}",
            subsystem=device.subsystem,
            node=node,
            serial=device.serial,
            maker=device.maker,
            model=device.model,
            port=device.node,
            properties=MappingProxyType({**device.properties, ENTRY_PROPERTY: device.entry}),
            arrival=self._arrivals[device.node],
        )
