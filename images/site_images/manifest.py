"""What is in an image: every package with its version and a hash over the hashes of its files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import orjson

from site_images.recipe import Recipe
from site_images.steps import run


def write_manifest(file: Path, recipe: Recipe, root: Path, version: str) -> dict[str, Any]:
    """Write the manifest of a root tree as JSON; also into the tree, where the server shows it."""
    manifest = {
        "image": recipe.name,
        "version": version,
        "suite": recipe.suite,
        "compatible": recipe.compatible,
        "packages": debian_packages(root),
        "python": python_packages(root),
    }
    data = orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    file.write_bytes(data)
    inside = root / "usr/share/kaodian"
    inside.mkdir(parents=True, exist_ok=True)
    (inside / "manifest.json").write_bytes(data)
    return manifest


def debian_packages(root: Path) -> list[dict[str, str]]:
    """Return name, version and SHA-256 over the list of hashes that dpkg keeps of each package's files."""
    told = run(
        [
            "dpkg-query",
            f"--admindir={root}/var/lib/dpkg",
            "-W",
            "-f=${binary:Package} ${Version} ${Architecture}\n",
        ]
    )
    found = []
    for line in sorted(told.splitlines()):
        name, version, architecture = line.split()
        sums = root / f"var/lib/dpkg/info/{name}.md5sums"
        digest = hashlib.sha256(sums.read_bytes() if sums.exists() else b"").hexdigest()
        found.append({"name": name, "version": version, "architecture": architecture, "files_sha256": digest})
    return found


def python_packages(root: Path) -> list[dict[str, str]]:
    """Return name, version and SHA-256 of the RECORD of each installed distribution (PEP 376)."""
    found = []
    for record in sorted(root.glob("opt/kaodian/lib/python*/site-packages/*.dist-info/RECORD")):
        name, _, version = record.parent.name.removesuffix(".dist-info").rpartition("-")
        found.append(
            {
                "name": name,
                "version": version,
                "files_sha256": hashlib.sha256(record.read_bytes()).hexdigest(),
            }
        )
    return found
