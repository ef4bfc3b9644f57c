"""Disks that stay in the machine, and what they say of their health."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from exam_appliance.readiness.machine.files import names, number, text

SECTOR = 512
"""/sys/block/*/size counts in sectors of so many bytes whatever the disk's own are (kernel, ABI/stable)."""
_WHOLE = re.compile(r"sd[a-z]+|nvme\d+n\d+|vd[a-z]+|xvd[a-z]+|hd[a-z]+|mmcblk\d+|dasd[a-z]+")


@dataclass(frozen=True, slots=True)
class Disk:
    """A whole disk, or what a RAID controller shows as one."""

    name: str
    """Below /dev: sda, nvme0n1."""
    bytes: int
    model: str


@dataclass(frozen=True, slots=True)
class Health:
    """What a disk says of itself (SMART)."""

    healthy: bool | None
    """None when it does not tell, or may not be asked."""
    reason: str = ""
    """Why it does not tell, English."""


def disks(root: Path) -> tuple[Disk, ...]:
    """Return the disks that stay in the machine: no sticks, no cards in a reader, no loops, no RAM disks."""
    found = []
    for name in names(root / "sys/block"):
        folder = root / "sys/block" / name
        if _WHOLE.fullmatch(name) is None or text(folder / "removable") == "1" or _on_usb(folder):
            continue
        sectors = number(folder / "size")
        if sectors:
            found.append(Disk(name, sectors * SECTOR, " ".join(text(folder / "device/model").split())))
    return tuple(found)


def health_told(output: str) -> Health:
    """Return what `smartctl --json --health --info` printed; whatever it is, nothing is raised."""
    try:
        told = json.loads(output)
    except (ValueError, RecursionError):
        return Health(None, "smartctl told nothing")
    status = told.get("smart_status") if isinstance(told, dict) else None
    if isinstance(status, dict) and isinstance(status.get("passed"), bool):
        return Health(status["passed"])
    asked = told.get("smartctl") if isinstance(told, dict) else None
    messages = asked.get("messages") if isinstance(asked, dict) else None
    first = messages[0] if isinstance(messages, list) and messages else None
    reason = first.get("string") if isinstance(first, dict) else None
    return Health(None, str(reason or "the disk does not tell")[:200])


def _on_usb(folder: Path) -> bool:
    try:
        return "/usb" in str(folder.resolve())
    except OSError:
        return False
