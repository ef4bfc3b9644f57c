"""TCP ports on which the machine listens to others (/proc/net/tcp, /proc/net/tcp6)."""

from __future__ import annotations

from pathlib import Path

from exam_appliance.readiness.machine.files import text

_LISTEN = "0A"
_LOOPBACK = ("0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F")


def ports_open_to_others(root: Path) -> frozenset[int]:
    """Return the ports on which something listens at another address than loopback."""
    found = set()
    for name in ("tcp", "tcp6"):
        for line in text(root / "proc/net" / name).splitlines()[1:]:
            fields = line.split()
            if len(fields) < 4 or fields[3] != _LISTEN:
                continue
            address, _, port = fields[1].partition(":")
            if address not in _LOOPBACK:
                found.add(int(port, 16))
    return frozenset(found)


def running_programs(root: Path) -> frozenset[str]:
    """Return the names of the programs that run, as /proc/*/comm has them."""
    folders = (root / "proc").glob("[0-9]*")
    return frozenset(filter(None, (text(folder / "comm") for folder in folders)))
