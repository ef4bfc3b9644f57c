"""Code scanners in the dock: codes are shown to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from firmware_adapters.adapter import DeviceKind
from firmware_adapters.catalogue.matching import ENTRY_PROPERTY
from firmware_adapters.fixed_source import SUBSYSTEM
from firmware_adapters.sighting import Sighting
from firmware_adapters.simulators.base import Berth, Place, SimulatedAct, act, misbehave_act, text
from firmware_adapters.simulators.dock_bench import Bench
from firmware_adapters.simulators.scanner import (
    SimulatedAcmScanner,
    SimulatedKeyboardScanner,
    SimulatedScanner,
    SimulatedSerialScanner,
)

SCANNERS: tuple[tuple[Place, type[SimulatedScanner]], ...] = (
    (
        Place("scanner.keyboard", DeviceKind.SCANNER, "扫码器（键盘）", "Code scanner (keyboard)"),
        SimulatedKeyboardScanner,
    ),
    (
        Place("scanner.serial", DeviceKind.SCANNER, "扫码器（串口）", "Code scanner (serial)"),
        SimulatedSerialScanner,
    ),
    (
        Place("scanner.acm", DeviceKind.SCANNER, "扫码器（USB 虚拟串口）", "Code scanner (CDC-ACM)"),
        SimulatedAcmScanner,
    ),
)
PLACES = tuple(place for place, _ in SCANNERS)
LINE_ENTRY: Final = "scanner-serial-line"


async def moor(bench: Bench) -> Sequence[Berth]:
    """Return the berths. Raises Unavailable."""
    berths = []
    for place, kind in SCANNERS:
        facts, marks = bench.on_a_port(kind.usual_facts)
        scanner = kind(bench.testbed, facts)
        berth = Berth(place, scanner, marks, (_scan_act(scanner), misbehave_act(scanner)))
        if kind is SimulatedSerialScanner:
            named = NamedLine(place.id, scanner)
            berth = replace(berth, marks=(*marks, named.key), shown=named.sighting)
        berths.append(berth)
    return berths


class NamedLine:
    """A scanner behind an ordinary cable shows the cable's ids: it is named, as in a site's own list."""

    def __init__(self, place: str, scanner: SimulatedScanner) -> None:
        self.key = f"dock:{place}"
        self._scanner = scanner
        self._node = ""
        self._arrival = 0

    def sighting(self) -> Sighting | None:
        """Return how it is shown while it is plugged in."""
        if not self._scanner.plugged:
            self._node = ""
            return None
        shown = self._scanner.sighting
        if shown.node != self._node:
            self._node = shown.node
            self._arrival += 1
        return Sighting(
            key=self.key,
            subsystem=SUBSYSTEM,
            node=shown.node,
            port=shown.port,
            properties={ENTRY_PROPERTY: LINE_ENTRY},
            arrival=self._arrival,
        )


def _scan_act(scanner: SimulatedScanner) -> SimulatedAct:
    return act(
        "scan",
        "扫码",
        "Scan a code",
        lambda given: scanner.scan(given["text"]),
        text("text", "内容", "Text"),
    )
