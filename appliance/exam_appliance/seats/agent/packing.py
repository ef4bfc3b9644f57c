"""Makes one file of the agent: itself and what it imports of our packages, and nothing else.

`python -m exam_appliance.seats.agent.packing seat-agent.pyz`
"""

from __future__ import annotations

import ast
import shutil
import sys
import tempfile
import zipapp
from pathlib import Path

import central_sync
import exam_appliance

ABOVE = {package.__name__: Path(package.__path__[0]).parent for package in (exam_appliance, central_sync)}
"""Our packages that it may use, and the folder that each lies in."""
ENTRY = "exam_appliance.seats.agent.__main__"


class NotStandard(Exception):
    """The agent imports what a machine without our libraries does not have."""


def modules() -> dict[str, Path]:
    """Return the agent's modules by name, packages included. Raises NotStandard."""
    found: dict[str, Path] = {}
    to_read = [ENTRY]
    while to_read:
        name = to_read.pop()
        if name in found:
            continue
        file = _file(name)
        found[name] = file
        if "." in name:
            to_read.append(name.rpartition(".")[0])
        for imported in _imported(file):
            top = imported.partition(".")[0]
            if top in ABOVE:
                to_read.append(imported)
            elif top not in sys.stdlib_module_names:
                raise NotStandard(f"{name} imports {imported}")
    return found


def pack(target: Path) -> None:
    """Write the agent as one file that `python3 -I` runs. Raises NotStandard, OSError."""
    with tempfile.TemporaryDirectory() as folder:
        for name, file in modules().items():
            copied = Path(folder) / file.relative_to(ABOVE[name.partition(".")[0]])
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copied)
        start = f"import runpy\nrunpy.run_module({ENTRY!r}, run_name='__main__', alter_sys=True)\n"
        (Path(folder) / "__main__.py").write_text(start)
        zipapp.create_archive(folder, target, interpreter="/usr/bin/python3 -I", compressed=True)


def _file(name: str) -> Path:
    below = ABOVE[name.partition(".")[0]].joinpath(*name.split("."))
    return below / "__init__.py" if below.is_dir() else below.with_suffix(".py")


def _imported(file: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.append(node.module)
    return found


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("用法 / usage: python -m exam_appliance.seats.agent.packing FILE")
    pack(Path(sys.argv[1]))
