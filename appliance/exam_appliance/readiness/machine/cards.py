"""Network cards: address, speed, and what a card could do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from exam_appliance.readiness.machine.files import names, number, text

NO_MAC = "00:00:00:00:00:00"
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_MODE = re.compile(r"\b(\d{2,6})base")


@dataclass(frozen=True, slots=True)
class Card:
    """A real network card (网卡)."""

    name: str
    mac: str
    """XX-XX-XX-XX-XX-XX, as form 4 has it."""
    up: bool
    """The cable is in and the other side answers."""
    mbit: int | None
    """Speed of the link now; None without a link, or for a virtual card."""


def cards(root: Path) -> tuple[Card, ...]:
    """Return the wired cards that are hardware: no bridges, no tunnels, no loopback, no radio."""
    found = []
    folder = root / "sys/class/net"
    for name in names(folder):
        card = folder / name
        if not (card / "device").exists() or (card / "wireless").exists() or (card / "phy80211").exists():
            continue
        mac = text(card / "address").lower()
        if _MAC.fullmatch(mac) is None or mac == NO_MAC:
            continue
        speed = number(card / "speed")
        found.append(
            Card(
                name,
                mac.upper().replace(":", "-"),
                text(card / "carrier") == "1",
                speed if speed is not None and speed > 0 else None,
            )
        )
    return tuple(found)


def supported_mbit(ethtool: str) -> int | None:
    """Return the highest speed that `ethtool CARD` lists as supported, Mbit/s; None when it lists none."""
    part = ethtool.partition("Supported link modes:")[2].partition("Supported pause frame use:")[0]
    modes = [int(mode) for mode in _MODE.findall(part)]
    return max(modes, default=None)
