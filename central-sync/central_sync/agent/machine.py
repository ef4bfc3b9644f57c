"""Which machine this is: the same after a network card was changed, another on a copied disk."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from pathlib import Path

from central_sync.protocol.durable_file import write_whole
from central_sync.protocol.transfer import machine_fingerprint

Facts = Callable[[], frozenset[str]]
"""Reads what tells this machine from others, as texts such as `mac:00:11:22:33:44:55`."""

_VIRTUAL_MAC = "00:00:00:00:00:00"


def machine_facts(sys: Path = Path("/sys"), etc: Path = Path("/etc")) -> frozenset[str]:
    """Return the addresses of this machine's real network cards and the serial numbers it shows.

    The system's own id, which is copied with a disk, counts only where there is nothing else.
    """
    facts = set()
    for card in sorted((sys / "class/net").glob("*")):
        address = _text(card / "address")
        if (card / "device").exists() and address not in ("", _VIRTUAL_MAC):
            facts.add(f"mac:{address}")
    for name in ("product_uuid", "product_serial", "board_serial"):
        number = _text(sys / "class/dmi/id" / name)
        if len(set(number)) > 3:  # makers leave "0000" or "None" where no number was given
            facts.add(f"{name}:{number}")
    return frozenset(facts or {f"machine-id:{_text(etc / 'machine-id')}", f"host:{platform.node()}"})


def fingerprint(path: Path, facts: Facts = machine_facts) -> str:
    """Return this machine's fingerprint, 64 hex digits, kept in a file.

    It stays as long as one of the facts that it was made of still holds. Raises OSError.
    """
    now = facts()
    try:
        kept = frozenset(json.loads(path.read_text("utf-8"))["facts"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        kept = frozenset()
    if not kept & now:
        kept = now
        write_whole(path, json.dumps({"facts": sorted(kept)}).encode())
    return machine_fingerprint(*sorted(kept))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace").strip()
    except OSError:
        return ""
