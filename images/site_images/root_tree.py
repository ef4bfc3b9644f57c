"""The root tree of an image: our own parts and settings go in; what differs by chance is taken out again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from site_images.steps import run

# Of this machine or this moment: two builds must not differ in them, and no image may hold a key.
MADE_BY_CHANCE = (
    "etc/ssh/ssh_host_*",
    "etc/hostname",
    "etc/resolv.conf",
    "var/cache/apt/*",
    "var/cache/debconf/*-old",
    "var/cache/fontconfig/*",
    "var/cache/ldconfig/*",
    "var/lib/apt/lists/*",
    "var/lib/dpkg/*-old",
    "var/lib/systemd/random-seed",
    "var/log/*",
    "run/*",
    "tmp/*",
    "root/.*",
)


@contextmanager
def entered(root: Path) -> Iterator[tuple[str, ...]]:
    """Make /proc, /sys and /dev of the tree work; yields the words to put before a command inside it.

    The tree has no network while it is entered.
    """
    with ExitStack() as stack:
        for kind, name in (("proc", "proc"), ("sysfs", "sys"), ("tmpfs", "run")):
            run(["mount", "-t", kind, kind, root / name])
            stack.callback(run, ["umount", "--lazy", root / name])
        run(["mount", "--rbind", "--make-rslave", "/dev", root / "dev"])
        stack.callback(run, ["umount", "--lazy", "--recursive", root / "dev"])
        yield (
            "unshare",
            "--net",
            "chroot",
            str(root),
            "env",
            "-i",
            "HOME=/root",
            f"PATH={_PATH}",
            "LC_ALL=C.UTF-8",
        )


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def lay_over(files: Path, root: Path) -> None:
    """Copy our own files over the tree, as root's, with their modes and links."""
    for path in sorted(files.rglob("*")):
        into = root / path.relative_to(files)
        if path.is_dir() and not path.is_symlink():
            into.mkdir(exist_ok=True)
            continue
        into.unlink(missing_ok=True)
        if path.is_symlink():
            into.symlink_to(path.readlink())
        else:
            shutil.copyfile(path, into)
            into.chmod(0o755 if os.access(path, os.X_OK) else 0o644)


def install_python_parts(
    root: Path, wheels: Path, venv: str, names: Sequence[str], log: Path, epoch: int
) -> None:
    """Install distributions from `wheels` into an environment at `venv`; pip does not stay in it."""
    inside = root / "mnt"
    run(["mount", "--bind", "--read-only", wheels, inside])
    try:
        with entered(root) as enter:
            python = f"{venv}/bin/python"
            run([*enter, "python3", "-m", "venv", venv], log=log)
            run(
                [
                    *enter,
                    f"SOURCE_DATE_EPOCH={epoch}",
                    python,
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--no-index",
                    "--no-compile",
                    "--find-links=/mnt",
                    "--disable-pip-version-check",
                    *names,
                ],
                log=log,
            )
            run([*enter, python, "-m", "pip", "uninstall", "--yes", "--quiet", "pip"], log=log)
    finally:
        run(["umount", inside])


def compile_python(root: Path, folders: Sequence[str], log: Path) -> None:
    """Compile the Python files below `folders`, and nothing else; what packages compiled is made anew.

    Checked by hash and not by time, so that the same sources give the same files.
    """
    for cache in [path for path in root.glob("usr/**/__pycache__") if path.is_dir()]:
        shutil.rmtree(cache)
    if folders:
        with entered(root) as enter:
            command = ["python3", "-m", "compileall", "-q", "--invalidation-mode=unchecked-hash"]
            run([*enter, *command, *folders], log=log)


def tidy(root: Path, removed: Sequence[str]) -> None:
    """Take out what differs by chance, and the paths that the recipe does not want."""
    for pattern in (*MADE_BY_CHANCE, *removed):
        for path in root.glob(pattern):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    # Empty, and not absent: systemd then takes the one that the state partition keeps.
    (root / "etc/machine-id").write_text("uninitialized\n")
    (root / "var/log/journal").mkdir(parents=True, exist_ok=True)


def date_back(root: Path, epoch: int) -> None:
    """Give every file of the tree that is newer the time of the sources, seconds since 1970."""
    for folder, _, names in os.walk(root):
        for name in (".", *names):
            path = os.path.join(folder, name)  # noqa: PTH118 - half a million paths
            if os.lstat(path).st_mtime > epoch:
                os.utime(path, (epoch, epoch), follow_symlinks=False)
