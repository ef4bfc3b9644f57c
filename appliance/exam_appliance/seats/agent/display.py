"""The display as its EDID tells it (VESA Enhanced EDID Standard, release A2): pixels and millimetres."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from exam_appliance.readiness.machine.files import names, text

_MAGIC = b"\x00\xff\xff\xff\xff\xff\xff\x00"
_LENGTH = 128
_FIRST_TIMING = 54
"""Where the preferred detailed timing stands."""


def edid_facts(edid: bytes) -> dict[str, int] | None:
    """Return width_px, height_px and, where known, width_mm and height_mm; None for what is no EDID."""
    if len(edid) < _LENGTH or not edid.startswith(_MAGIC) or sum(edid[:_LENGTH]) % 256 != 0:
        return None
    timing = edid[_FIRST_TIMING : _FIRST_TIMING + 18]
    wide = timing[2] | (timing[4] & 0xF0) << 4
    high = timing[5] | (timing[7] & 0xF0) << 4
    if timing[0:2] == b"\0\0" or not wide or not high:
        return None
    facts = {"width_px": wide, "height_px": high}
    # The timing's own size is exact; the one of the basic block is in centimetres, and 0 for projectors.
    width_mm = timing[12] | (timing[14] & 0xF0) << 4 or edid[21] * 10
    height_mm = timing[13] | (timing[14] & 0x0F) << 8 or edid[22] * 10
    if width_mm and height_mm:
        facts |= {"width_mm": width_mm, "height_mm": height_mm}
    return facts


def display(root: Path) -> dict[str, Any] | None:
    """Return the first connected display of /sys/class/drm in its preferred mode; None without one."""
    folder = root / "sys/class/drm"
    for name in names(folder):
        output = folder / name
        if text(output / "status") != "connected":
            continue
        try:
            facts = edid_facts((output / "edid").read_bytes())
        except OSError:
            facts = None
        if facts is not None:
            return facts
        # A virtual machine's display has modes and no EDID.
        wide, _, high = (text(output / "modes").splitlines() or [""])[0].partition("x")
        if wide.isdigit() and high.isdigit():
            return {"width_px": int(wide), "height_px": int(high)}
    return None
