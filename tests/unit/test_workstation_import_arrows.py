"""The arrows between the packages: the contracts in pyproject.toml refuse an import against them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "exam_appliance",
    "central_sync/protocol",
    "central_sync/agent",
    "central_sync/centre",
    "central_sync/samples",
    "firmware_adapters",
)
ALLOWED = {
    "exam_appliance": "import central_sync.agent, central_sync.protocol, central_sync.samples",
    "central_sync/agent": "import central_sync.protocol",
    "central_sync/centre": "import central_sync.protocol, central_sync.samples",
    "central_sync/samples": "import central_sync.protocol",
}


def outcome(folder: Path, package: str, line: str) -> subprocess.CompletedProcess[str]:
    """Judge a project of the same packages, whose `package` holds `line` besides all that is allowed."""
    for name in PACKAGES:
        path = folder / name
        path.mkdir(parents=True)
        for init in (path, path.parent):
            if init != folder:
                (init / "__init__.py").touch()
        (path / "core.py").write_text(f"{ALLOWED.get(name, '')}\n{line if name == package else ''}\n")
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    return subprocess.run(
        [Path(sys.prefix) / "bin" / "lint-imports", "--no-logo", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_imports_along_the_arrows_are_kept(tmp_path: Path) -> None:
    kept = outcome(tmp_path, "", "")
    assert kept.returncode == 0, kept.stdout + kept.stderr
    assert "0 broken" in kept.stdout


@pytest.mark.parametrize(
    ("package", "line"),
    [
        ("exam_appliance", "import central_sync.centre.core"),
        ("central_sync/centre", "import exam_appliance.core"),
        ("central_sync/centre", "import central_sync.agent.core"),
        ("central_sync/protocol", "import central_sync.agent.core"),
        ("central_sync/protocol", "import firmware_adapters.core"),
        ("firmware_adapters", "import central_sync.protocol.core"),
        ("central_sync/agent", "import central_sync.samples.core"),
        ("central_sync/agent", "import exam_appliance.core"),
        ("central_sync/samples", "import central_sync.centre.core"),
    ],
)
def test_an_import_against_the_arrows_is_refused(tmp_path: Path, package: str, line: str) -> None:
    broken = outcome(tmp_path, package, line)
    assert broken.returncode == 1
    assert "1 broken" in broken.stdout or "2 broken" in broken.stdout, broken.stdout
