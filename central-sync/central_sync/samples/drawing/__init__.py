"""Pictures and sounds of the sample bank, made by code: a function each that returns an SVG or a WAV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from central_sync.samples.drawing import (
    circuits,
    instruments,
    pictograms,
    places,
    signs,
    sounds,
    supply,
    tasks,
)

DRAWINGS: Mapping[str, Callable[[], bytes]] = MappingProxyType(
    {
        "supply-a.svg": supply.separate_conductors,
        "supply-b.svg": supply.combined_then_separate,
        "supply-c.svg": supply.own_electrode,
        "rcd-wiring.svg": supply.neutral_earthed_behind_rcd,
        "star-load.svg": circuits.star_load,
        "lamp-switch.svg": circuits.lamp_switch,
        "two-way-switch.svg": circuits.two_way_switch,
        "self-hold.svg": circuits.self_hold,
        "socket.svg": instruments.socket,
        "clamp-meter.svg": instruments.clamp_meter,
        "gauge.svg": instruments.pressure_gauge,
        "sign-a.svg": signs.prohibition,
        "sign-b.svg": signs.warning,
        "sign-c.svg": signs.mandatory,
        "sign-d.svg": signs.escape_way,
        "pictogram-a.svg": pictograms.flame_over_circle,
        "pictogram-b.svg": pictograms.corrosion,
        "pictogram-c.svg": pictograms.skull,
        "pictogram-d.svg": pictograms.cylinder,
        "pictogram-e.svg": pictograms.flame,
        "pictogram-f.svg": pictograms.exclamation_mark,
        "pictogram-g.svg": pictograms.environment,
        "ladder.svg": tasks.ladder,
        "extinguisher.svg": tasks.extinguisher_steps,
        "eyewash.svg": tasks.eyewash,
        "storage-table.svg": places.storage_table,
        "tank-truck.svg": places.tank_truck,
        "gas-detector.svg": places.gas_detector,
        "evacuation-plan.svg": places.evacuation_plan,
        "evacuation-signal.wav": sounds.evacuation_signal,
    }
)
"""Drawings and sounds by file name. The names do not say what is to be answered."""
