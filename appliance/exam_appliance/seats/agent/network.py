"""The way out of a seat: its default route, and attempts to reach the internet, which it must not."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from exam_appliance.readiness.machine.files import text

OUTSIDE = ("223.5.5.5:53", "114.114.114.114:53", "[2400:3200::1]:53")
"""Public name servers, which answer TCP from everywhere: whoever gets through has the internet."""
PATIENCE_S = 2.0


def gateway(root: Path) -> str:
    """Return the gateway of the default route in /proc/net/route, empty without one."""
    for line in text(root / "proc/net/route").splitlines()[1:]:
        words = line.split()
        # Addresses stand there as the processor keeps them: little end first on all that we know.
        if len(words) >= 8 and words[1] == "00000000" and words[7] == "00000000" and words[2] != "00000000":
            with suppress(ValueError):
                return str(IPv4Address(bytes.fromhex(words[2])[::-1]))
    return ""


def attempts(targets: Sequence[str]) -> list[dict[str, Any]]:
    """Try a TCP connection to each target (address:port); returns target and whether it was reached."""
    return [{"target": target, "reached": _reached(target)} for target in targets]


def _reached(target: str) -> bool:
    host, _, port = target.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE_S):
            return True
    except (OSError, ValueError):
        return False
