"""Debian's packages into an empty folder, from wherever this machine takes its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from site_images.steps import BuildStopped, run

# What a running system makes for itself, or that differs between two builds and is of no use.
LEFT_OUT = (
    "/usr/share/doc/*",
    "/usr/share/man/*",
    "/usr/share/info/*",
    "/usr/share/lintian/*",
    "/usr/share/bug/*",
    "/usr/share/locale/*",
)
KEPT = ("/usr/share/doc/*/copyright", "/usr/share/locale/zh_CN/*", "/usr/share/locale/locale.alias")


def mirrors() -> list[str]:
    """Return the addresses that this machine's apt takes Debian's own packages from, in its order.

    Asked of apt, so that a site's mirror is used as it is set up. Raises BuildStopped when there is none.
    """
    form = "$(ORIGIN)\t$(LABEL)\t$(COMPONENT)\t$(REPO_URI)"
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", form, "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found: dict[str, None] = {}
    for line in told.splitlines():
        origin, label, component, address = (*line.split("\t"), "", "", "", "")[:4]
        if (origin, label, component) == ("Debian", "Debian", "main"):
            found[address.rstrip("/")] = None
    if not found:
        raise BuildStopped(
            "本机的 apt 没有 Debian 软件源，请先执行 apt-get update。\n"
            "This machine's apt has no source of Debian: run apt-get update first."
        )
    return list(found)


def bootstrap(
    root: Path, suite: str, packages: Iterable[str], *, log: Path, epoch: int, options: Sequence[str] = ()
) -> None:
    """Install packages with all they need into `root`, which is made. `epoch` dates what is written."""
    left_out = [f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT]
    kept = [f"--dpkgopt=path-include={path}" for path in KEPT]
    run(
        [
            # In a mount namespace of its own: cut short, it leaves nothing of this machine mounted.
            *("unshare", "--mount"),
            "mmdebstrap",
            "--mode=root",
            "--variant=minbase",
            f"--include={','.join(sorted(packages))}",
            *left_out,
            *kept,
            '--aptopt=Acquire::Retries "3"',
            *options,
            suite,
            root,
            mirrors()[0],
        ],
        environment={"SOURCE_DATE_EPOCH": str(epoch)},
        log=log,
    )
