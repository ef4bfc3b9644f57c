"""What every image begins with: a place to build, Debian's packages, its own name and version."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from site_images.debian import bootstrap
from site_images.recipe import Recipe
from site_images.signing import SigningKey
from site_images.steps import BuildStopped, run

PROJECT = Path(__file__).resolve().parents[2]
TOOLS = (
    "mmdebstrap",
    "sfdisk",
    "mke2fs",
    "mkfs.fat",
    "mcopy",
    "mksquashfs",
    "grub-mkimage",
    "grub-editenv",
    "openssl",
    "zstd",
    "rauc",
)


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a build works and what it is dated with."""

    work: Path
    """Kept from one build to the next: fetched packages, wheels, root trees."""
    log: Path
    epoch: int
    """Seconds since 1970 of the sources: every file of an image is at most so new."""
    version: str


def workplace(folder: Path) -> Workplace:
    """Prepare the folder of a build. Raises BuildStopped when it cannot be done here."""
    if os.geteuid() != 0:
        raise BuildStopped(
            "制作镜像需要 root 权限，请用 sudo 重新执行。\nBuilding an image needs root: run it with sudo."
        )
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        raise BuildStopped(
            f"缺少 {'、'.join(missing)}，请先执行 make setup-images。\n"
            f"Missing: {', '.join(missing)}. Run make setup-images first."
        )
    folder.mkdir(parents=True, exist_ok=True)
    asked = ["git", "-C", str(PROJECT), "log", "-1", "--format=%ct %h"]
    seconds, _, commit = (
        subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip().partition(" ")
    )
    log = folder / "build.log"
    log.write_text("")
    return Workplace(folder, log, int(seconds), f"0.1.0-{commit}")


def unpacked(recipe: Recipe, packages: Iterable[str], root: Path, work: Path, place: Workplace) -> None:
    """Unpack the packages of the recipe; the same list on the same day is installed only once."""
    names = sorted(set(packages))
    shutil.rmtree(root, ignore_errors=True)
    key = hashlib.sha256(" ".join([recipe.suite, *names]).encode()).hexdigest()[:16]
    kept = work / f"base-{key}.tar"
    if not kept.exists():
        for old in work.glob("base-*.tar"):
            old.unlink()
        partial = kept.with_suffix(".partial.tar")
        bootstrap(partial, recipe.suite, names, log=place.log, epoch=place.epoch)
        partial.rename(kept)
    root.mkdir()
    run(["tar", "--numeric-owner", "--xattrs", "-xpf", kept, "-C", root], log=place.log)


def made_from(place: Workplace, parts: Iterable[str], key: SigningKey) -> str:
    """Return what names the state of these parts of the project, as they lie here, and who signs."""
    digest = hashlib.sha256(place.version.encode() + key.certificate.read_bytes())
    for part in ("images/site_images", *parts):
        for file in sorted((PROJECT / part).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(PROJECT)}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


@contextmanager
def built(done: Path, state: str) -> Iterator[bool]:
    """Yield whether `done` has to be built for this state of its parts; noted once it was, and not before."""
    stamp = done.with_name(f"{done.name}.made-from")
    if done.is_dir() and stamp.is_file() and stamp.read_text() == state:
        yield False
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(done, ignore_errors=True)
    yield True
    stamp.write_text(state)


def name_image(root: Path, recipe: Recipe, version: str) -> None:
    """Name the image in os-release, as os-release(5) has it: the console and the log-in show it."""
    path = root / "usr/lib/os-release"
    lines = [line for line in path.read_text().splitlines() if not line.startswith(("IMAGE_", "VARIANT"))]
    lines += [f'VARIANT="Kaodian {recipe.name}"', f"VARIANT_ID=kaodian-{recipe.name}"]
    lines += [f"IMAGE_ID=kaodian-{recipe.name}", f"IMAGE_VERSION={version}"]
    path.write_text("\n".join(lines) + "\n")
    (root / "etc/issue").write_text(f"Kaodian {recipe.name} {version}  \\l\n\n")
