"""Who has a device node open: the programs to close when the camera is busy."""

from __future__ import annotations

import os
from pathlib import Path

MOST_NAMED = 3


def node_holders(node: str, proc: Path = Path("/proc")) -> list[str]:
    """Return programs other than this one that hold the node open, as `name (pid)`, at most three.

    Programs of other users are seen by root only; an empty list means that nobody could be found out.
    """
    try:
        wanted = os.stat(node)  # noqa: PTH116 - one call for each of thousands of descriptors, no Path objects
    except OSError:
        return []
    own = str(os.getpid())
    holders: list[str] = []
    try:
        processes = sorted((entry for entry in os.listdir(proc) if entry.isdecimal()), key=int)  # noqa: PTH208
    except OSError:
        return []
    for process in processes:
        if process == own or not _holds(proc / process / "fd", wanted):
            continue
        try:
            name = (proc / process / "comm").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            continue  # ended meanwhile
        holders.append(f"{name or '?'} ({process})")
        if len(holders) == MOST_NAMED:
            break
    return holders


def _holds(descriptors: Path, wanted: os.stat_result) -> bool:
    try:
        with os.scandir(descriptors) as entries:
            for entry in entries:
                try:
                    seen = entry.stat()
                except OSError:
                    continue
                if (seen.st_dev, seen.st_ino) == (wanted.st_dev, wanted.st_ino):
                    return True
    except OSError:
        return False
    return False
