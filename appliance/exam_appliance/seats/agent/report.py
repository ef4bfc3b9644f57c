"""What the machine tells of itself: network cards and mainboard to be known by, hardware to be judged."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from exam_appliance.readiness.machine.cards import cards
from exam_appliance.readiness.machine.cpu import cpu
from exam_appliance.readiness.machine.disks import disks
from exam_appliance.readiness.machine.files import text
from exam_appliance.readiness.machine.memory import usable_memory
from exam_appliance.readiness.machine.system import system
from exam_appliance.seats.agent.cameras import cameras
from exam_appliance.seats.agent.display import display
from exam_appliance.seats.agent.network import attempts, gateway

GB = 1000**3
"""Disks are sold in decimal gigabytes."""


def facts(root: Path) -> dict[str, Any]:
    """Return what the machine is known by besides its key."""
    dmi = root / "sys/class/dmi/id"
    return {
        "macs": [card.mac.lower().replace("-", ":") for card in cards(root)][:8],
        "vendor": _plain(text(dmi / "sys_vendor")),
        "product": _plain(text(dmi / "product_name")),
        "serial": _plain(text(dmi / "product_serial") or text(dmi / "board_serial")),
        "uuid": _plain(text(dmi / "product_uuid")),
    }


def report(root: Path, machine: str, client: str, outside: Sequence[str] = ()) -> dict[str, Any]:
    """Return the report of the hardware and of attempts to get outside; what is not known is left out."""
    processor = cpu(root, os.uname().machine)
    memory = usable_memory(root)
    space = max((disk.bytes for disk in disks(root)), default=None)
    links = [card.mbit for card in cards(root) if card.mbit is not None]
    held = system(root)
    told: dict[str, Any] = {
        "machine": machine,
        "source": "agent",
        "cpu_model": _plain(processor.model),
        "cpu_mhz": processor.clock_mhz or processor.seen_mhz,
        "cores": processor.cores or None,
        "bits": processor.bits,
        "memory_mb": memory // 1024**2 if memory is not None else None,
        "disk_gb": round(space / GB) if space is not None else 0,
        "nic_mbit": max(links, default=None),
        "display": display(root),
        "cameras": cameras(root),
        "system_id": _plain(held.id),
        "system_version": _plain(held.version),
        "client": _plain(client),
        "gateway": gateway(root),
        "probes": attempts(outside) or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _plain(value: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", " ", value).strip()[:120]
