"""Our Python parts and all that they need, as wheels for the image's Python, each held to its hash.

Fetching is pip's on this machine, with the machine's own configuration; what has no wheel is built in a root
tree of the image's suite, without a network.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from site_images.debian import bootstrap
from site_images.steps import run

DISTRIBUTIONS = ("firmware-adapters", "central-sync", "appliance")
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "any")
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


def fetch(project: Path, wheels: Path, suite: str, log: Path) -> None:
    """Fetch what the locks name, for the suite's Python, into `wheels`; a wrong hash ends it."""
    version = PYTHON_OF_SUITE[suite]
    abi = f"cp{version.replace('.', '')}"
    for lock in ("build-requirements.txt", "requirements.txt"):
        run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--require-hashes",
                "--requirement",
                project / "provisioning/workstation" / lock,
                f"--python-version={version}",
                "--implementation=cp",
                *(f"--abi={one}" for one in (abi, "abi3", "none")),
                *(f"--platform={one}" for one in PLATFORMS),
                f"--dest={wheels}",
            ],
            log=log,
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


def build_ours(project: Path, wheels: Path, log: Path, epoch: int) -> None:
    """Build our three distributions as wheels."""
    run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--no-index",
            f"--wheel-dir={wheels}",
            *(project / name for name in DISTRIBUTIONS),
        ],
        environment={"SOURCE_DATE_EPOCH": str(epoch)},
        log=log,
    )
