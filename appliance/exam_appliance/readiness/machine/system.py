"""The operating system (os-release(5)), and comparison of versions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from exam_appliance.readiness.machine.files import text


@dataclass(frozen=True, slots=True)
class System:
    """An operating system: id and version as os-release has them, name for people."""

    id: str
    version: str
    name: str


def system(root: Path) -> System:
    """Return the operating system; empty texts when it does not tell."""
    held = text(root / "etc/os-release") or text(root / "usr/lib/os-release")
    fields = {}
    for line in held.splitlines():
        name, equals, value = line.partition("=")
        if equals:
            fields[name.strip()] = value.strip().strip("\"'")
    named = fields.get("PRETTY_NAME") or fields.get("NAME", "")
    return System(fields.get("ID", "").lower(), fields.get("VERSION_ID", ""), named)


def version_at_least(version: str, lowest: str) -> bool | None:
    """Tell whether a version is at least another one, number by number; None when it holds no number."""
    numbers = [int(part) for part in re.findall(r"\d{1,9}", version)]
    if not numbers:
        return None
    needed = [int(part) for part in re.findall(r"\d{1,9}", lowest)]
    width = max(len(numbers), len(needed))
    return numbers + [0] * (width - len(numbers)) >= needed + [0] * (width - len(needed))
