"""One image from its recipe: what `make image` does."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from release.packing import LOCKS, build_ours, fetch_foreign
from site_images.debian import bootstrap
from site_images.disk import Partition, assemble, boot_partition, ext4, partitions
from site_images.manifest import write_manifest
from site_images.recipe import Recipe, read_recipe
from site_images.root_tree import date_back, entered, lay_over, tidy
from site_images.site_server import install_site_server
from site_images.steps import BuildStopped, run, step
from site_images.wheelhouse import PYTHON_OF_SUITE, compile_sources

PROJECT = Path(__file__).resolve().parents[2]
MACHINE = "x86_64"
"""Images are for rack servers and PCs of this architecture."""
MOUNTED_ON = ("state", "var/lib/kaodian", "var/lib/kaodian-evidence")
"""What /etc/fstab mounts on; git keeps no empty folder."""
TOOLS = (
    "mmdebstrap",
    "sfdisk",
    "mke2fs",
    "mkfs.fat",
    "mcopy",
    "grub-mkimage",
    "grub-editenv",
    "zstd",
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


def build_appliance(place: Workplace) -> Path:
    """Build the image of the site server; returns the folder that holds it and its manifest."""
    recipe = read_recipe(PROJECT / "images/appliance")
    work, log, epoch = place.work / "appliance", place.log, place.epoch
    work.mkdir(exist_ok=True)
    wheels = _wheels(place, recipe.suite)
    root = work / "root"
    with step("安装 Debian 软件包", "installing Debian's packages"):
        _base(recipe, root, work, log, epoch)
    with step("安装考点程序", "installing Kaodian's programs"):
        lay_over(PROJECT / "images/appliance/tree", root)
        for folder in MOUNTED_ON:
            (root / folder).mkdir(exist_ok=True)
        install_site_server(PROJECT, root, wheels, log, epoch)
    with step("写入系统设置", "setting the system up"):
        _os_release(root, recipe, place.version)
        with entered(root) as enter:
            run([*enter, "systemctl", "enable", *recipe.enabled], log=log)
            run([*enter, "systemctl", "mask", *recipe.masked], log=log)
            run([*enter, "update-initramfs", "-c", "-k", "all"], log=log)
        tidy(root, recipe.removed)
        date_back(root, epoch)
    done = work / "done"
    shutil.rmtree(done, ignore_errors=True)
    done.mkdir()
    write_manifest(done / "manifest.json", recipe, root, place.version)
    slot, boot = work / "slot.ext4", work / "boot.fat"
    with step("生成系统分区", "making the slot"):
        ext4(slot, "kaodian-slot", recipe.root_mib, epoch, root, log)
    layout = partitions(recipe.root_mib, state_mib=1024)
    with step("生成启动分区与磁盘", "making the boot partition and the disk"):
        configuration = (PROJECT / "images/appliance/grub.cfg").read_text()
        (boot_mib,) = (one.mib for one in layout if one.name == "boot")
        boot_partition(boot, root, boot_mib, epoch, configuration, work)
        parts = {"boot": boot, "slot-a": slot, **_empty(layout, work, epoch)}
        assemble(done / "appliance.img", layout, parts, root, work)
    return done


def _empty(layout: list[Partition], work: Path, epoch: int) -> dict[str, Path]:
    made = {}
    for one in layout:
        if one.name in ("state", "evidence", "log"):
            made[one.name] = work / f"{one.name}.ext4"
            ext4(made[one.name], f"kd-{one.name}", one.mib, epoch)
    return made


def _base(recipe: Recipe, root: Path, work: Path, log: Path, epoch: int) -> None:
    """Unpack the packages of the recipe; the same list on the same day is installed only once."""
    shutil.rmtree(root, ignore_errors=True)
    key = hashlib.sha256(" ".join([recipe.suite, *sorted(recipe.packages)]).encode()).hexdigest()[:16]
    kept = work / f"base-{key}.tar"
    if not kept.exists():
        for old in work.glob("base-*.tar"):
            old.unlink()
        partial = kept.with_suffix(".partial.tar")
        bootstrap(partial, recipe.suite, recipe.packages, log=log, epoch=epoch)
        partial.rename(kept)
    root.mkdir()
    run(["tar", "--numeric-owner", "--xattrs", "-xpf", kept, "-C", root], log=log)


def _wheels(place: Workplace, suite: str) -> Path:
    """Return the folder of wheels, made when the locks or our parts have changed."""
    wheels = place.work / "wheels"
    locks = [PROJECT / "provisioning/workstation" / name for name in LOCKS]
    key = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    stamp = wheels / "locks"
    if not stamp.exists() or stamp.read_text() != key:
        shutil.rmtree(wheels, ignore_errors=True)
        wheels.mkdir()
        with step("下载 Python 软件包", "fetching Python's packages"):
            fetch_foreign(PROJECT, wheels, PYTHON_OF_SUITE[suite], MACHINE)
        with step("编译其余的 Python 软件包", "compiling those that have no wheel"):
            compile_sources(wheels, suite, place.work, place.log, place.epoch)
        stamp.write_text(key)
    with step("打包考点程序", "packing our own"):
        build_ours(PROJECT, wheels, place.epoch)
    return wheels


def _os_release(root: Path, recipe: Recipe, version: str) -> None:
    """Name the image in os-release, as os-release(5) has it: the console and the log-in show it."""
    path = root / "usr/lib/os-release"
    lines = [line for line in path.read_text().splitlines() if not line.startswith(("IMAGE_", "VARIANT"))]
    lines += [f'VARIANT="Kaodian {recipe.name}"', f"VARIANT_ID=kaodian-{recipe.name}"]
    lines += [f"IMAGE_ID=kaodian-{recipe.name}", f"IMAGE_VERSION={version}"]
    path.write_text("\n".join(lines) + "\n")
    (root / "etc/issue").write_text(f"Kaodian {recipe.name} {version}  \\l\n\n")
