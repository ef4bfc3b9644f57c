"""Memory as installed, which is more than the kernel counts: firmware and graphics take their part."""

from __future__ import annotations

import re
from pathlib import Path

from exam_appliance.readiness.machine.files import names, text

GIB = 1024**3
_TOTAL = re.compile(r"^MemTotal:\s+(\d+) kB", re.MULTILINE)
_MOST_TAKEN = 1.25
"""Installed memory is not more than so many times what the kernel counts."""


def usable_memory(root: Path) -> int | None:
    """Return what the kernel counts, bytes; None when it does not tell."""
    told = _TOTAL.search(text(root / "proc/meminfo"))
    return int(told[1]) * 1024 if told else None


def installed_gib(root: Path) -> int | None:
    """Return installed memory in whole GiB, as it is sold; None when it is not known."""
    usable = usable_memory(root)
    if usable is None:
        return None
    blocks = _memory_blocks(root)
    if blocks is not None and usable <= blocks <= usable * _MOST_TAKEN:
        return round(blocks / GIB)
    # Modules come in whole GiB, larger machines in even numbers of them.
    step = 1 if usable < 8 * GIB else 2
    return -(-usable // (step * GIB)) * step


def _memory_blocks(root: Path) -> int | None:
    folder = root / "sys/devices/system/memory"
    try:
        size = int(text(folder / "block_size_bytes"), 16)
    except ValueError:
        return None
    held = [name for name in names(folder) if re.fullmatch(r"memory\d+", name)]
    online = [name for name in held if text(folder / name / "state") in ("online", "")]
    return size * len(online) or None
