"""Small files below /proc, /sys and /etc, read so that what is missing or odd is simply not known."""

from __future__ import annotations

from pathlib import Path

LONGEST = 1024 * 1024
"""Bytes; longer files of the kernel are cut."""


def text(path: Path) -> str:
    """Return a file's text without white space around it; empty when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(LONGEST).decode("utf-8", errors="replace").strip()
    except OSError:
        # Besides missing files: EINVAL of /sys/class/net/*/speed while the cable is out.
        return ""


def number(path: Path) -> int | None:
    """Return the decimal number that a file holds, None when it holds none."""
    held = text(path)
    try:
        return int(held)
    except ValueError:
        return None


def names(folder: Path) -> list[str]:
    """Return the names in a folder, sorted; none when it cannot be read."""
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return []
