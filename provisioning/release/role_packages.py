"""The Debian packages that the roles install: images and test servers hold them before a role runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).resolve().parents[1] / "roles"
ONLY_TO_COMPILE = "appliance_build_packages"


def role_packages(*, compilers: bool) -> list[str]:
    """Return the names in order; with `compilers` also what compiles Python packages on a server."""
    found: set[str] = set()
    for file in ROLES.glob("*/defaults/main.yml"):
        for name, value in (yaml.safe_load(file.read_text()) or {}).items():
            if name.endswith("_packages") and (compilers or name != ONLY_TO_COMPILE):
                found.update(value)
    for file in ROLES.glob("*/tasks/*.yml"):
        for task in _tasks(yaml.safe_load(file.read_text())):
            named = task.get("ansible.builtin.package", {}).get("name", [])
            found.update(one for one in ([named] if isinstance(named, str) else named) if "{{" not in one)
    return sorted(found)


def _tasks(tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for task in tasks:
        yield task
        yield from _tasks(task.get("block", []))
