"""What has no wheel for the image's Python is compiled in a root tree of its suite, without a network.

Fetching, and wheels of our own parts, are those of a release: see `release.packing` of provisioning.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from site_images.debian import bootstrap
from site_images.steps import run

PYTHON_OF_SUITE = {"bookworm": "3.11", "trixie": "3.13"}
COMPILED_WITH = (
    "ca-certificates",
    "gcc",
    "libc6-dev",
    "libpcsclite-dev",
    "pkg-config",
    "python3-dev",
    "python3-pip",
    "python3-venv",
    "swig",
)


def compile_sources(wheels: Path, suite: str, work: Path, log: Path, epoch: int) -> None:
    """Turn the source archives among `wheels` into wheels, in a root tree of the suite."""
    sources = sorted(wheels.glob("*.tar.gz"))
    if not sources:
        return
    root = work / "compiler"
    if not (root / "made").exists():
        shutil.rmtree(root, ignore_errors=True)
        bootstrap(root, suite, COMPILED_WITH, log=log, epoch=epoch)
        (root / "made").touch()
    shared = root / "wheels"
    shutil.rmtree(shared, ignore_errors=True)
    shutil.copytree(wheels, shared)
    python = "/tmp/builder/bin/python"  # noqa: S108 - inside the root tree, which nobody else has
    offline = ["--no-index", "--find-links=/wheels", "--quiet", "--disable-pip-version-check"]
    enter = ["unshare", "--net", "chroot", str(root)]
    run([*enter, "python3", "-m", "venv", "--clear", "/tmp/builder"], log=log)  # noqa: S108
    run([*enter, python, "-m", "pip", "install", *offline, "setuptools", "wheel"], log=log)
    run(
        [
            *enter,
            "env",
            f"SOURCE_DATE_EPOCH={epoch}",
            python,
            "-m",
            "pip",
            "wheel",
            *offline,
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir=/wheels",
            *(f"/wheels/{source.name}" for source in sources),
        ],
        log=log,
    )
    for source in sources:
        (wheels / source.name).unlink()
        (built,) = shared.glob(f"{source.name.split('-')[0].replace('-', '_')}-*.whl")
        shutil.copy2(built, wheels)
