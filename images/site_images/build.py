"""The image of the site server: what `make image` does."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from release.packing import LOCKS, build_ours, fetch_foreign
from release.role_packages import role_packages
from site_images.base import PROJECT, Workplace, built, made_from, name_image, unpacked
from site_images.bundle import make_bundle
from site_images.disk import (
    BOOT_LABEL,
    MIB,
    STICK_LABEL,
    Partition,
    assemble,
    boot_partition,
    ext4,
    grub_memory,
    partitions,
    stick_partitions,
)
from site_images.manifest import write_manifest
from site_images.recipe import read_recipe
from site_images.root_tree import compile_python, date_back, entered, lay_over, tidy
from site_images.signing import SigningKey
from site_images.site_server import GRUB_SETTINGS, install_site_server
from site_images.steps import run, step
from site_images.wheelhouse import PYTHON_OF_SUITE, compile_sources

SYSTEM = "system.ext4"
"""The system of a slot, in the folder that is done."""
PACKED = ("appliance.img.zst", "installer.img.zst")
"""What `hand_on` packs: a disk as it is, and the stick that installs one."""
MACHINE = "x86_64"
"""Images are for rack servers and PCs of this architecture."""
MOUNTED_ON = (
    "state",
    "efi",
    "var/lib/kaodian",
    "var/lib/kaodian-web",
    "var/lib/kaodian-dhcp",
    "var/lib/kaodian-evidence",
)
"""What /etc/fstab mounts on; git keeps no empty folder."""

COMPILED = ("/usr/lib/python3", "/usr/lib/python3.13", "/usr/lib/kaodian/provisioning", "/opt/kaodian/lib")
"""Python that a server runs; compiled, since its folders are read-only."""


PARTS = ("images", "provisioning", "appliance", "central-sync", "firmware-adapters")
"""What the image is made from; it is built anew when one of them has changed."""


def build_appliance(place: Workplace, key: SigningKey, kiosk: Path) -> Path:
    """Build the image of the site server, which serves the seats' image in the folder `kiosk`.

    Returns the folder that holds it and its manifest.
    """
    done = place.work / "appliance/done"
    done.parent.mkdir(exist_ok=True)
    with built(done, made_from(place, PARTS, key)) as needed:
        if needed:
            _build(place, key, kiosk, done)
    return done


def hand_on(done: Path, key: SigningKey, version: str) -> None:
    """Pack disk and stick for a download and make the update bundle, with their SHA-256 beside them."""
    handed = [done / name for name in PACKED]
    for packed in handed:
        if not packed.is_file():
            with step(f"压缩 {packed.stem}", f"packing {packed.stem}"):
                partial = packed.with_suffix(".partial")
                run(["zstd", "--quiet", "--force", "-T0", "-12", done / packed.stem, "-o", partial])
                partial.rename(packed)
    bundle = done / f"kaodian-{version}.raucb"
    handed.append(bundle)
    if not bundle.is_file():
        recipe = read_recipe(PROJECT / "images/appliance")
        with step("制作更新包", "making the update bundle"):
            made = make_bundle(done / SYSTEM, recipe.compatible, version, key, bundle.with_suffix(".partial"))
            made.rename(bundle)
    lines = []
    for path in handed:
        with path.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.name}\n")
    (done / "SHA256SUMS").write_text("".join(lines))


def _build(place: Workplace, key: SigningKey, kiosk: Path, done: Path) -> None:
    recipe = read_recipe(PROJECT / "images/appliance")
    work, log, epoch = done.parent, place.log, place.epoch
    wheels = _wheels(place, recipe.suite)
    root = work / "root"
    with step("安装 Debian 软件包", "installing Debian's packages"):
        unpacked(
            recipe,
            [*recipe.packages, *recipe.build_packages, *role_packages(compilers=False)],
            root,
            work,
            place,
        )
    with step("安装考点程序", "installing Kaodian's programs"):
        lay_over(PROJECT / "images/appliance/tree", root)
        for folder in MOUNTED_ON:
            (root / folder).mkdir(exist_ok=True)
        install_site_server(PROJECT, root, wheels, log, epoch)
        for served in ("tftp", "http"):
            shutil.copytree(kiosk / served, root / "srv/kaodian" / served, dirs_exist_ok=True)
        (root / "etc/rauc").mkdir(exist_ok=True)
        shutil.copyfile(key.certificate, root / "etc/rauc/keyring.pem")
    with step("写入系统设置", "setting the system up"):
        name_image(root, recipe, place.version)
        with entered(root) as enter:
            purge = ["apt-get", "purge", "--yes", "--autoremove", *recipe.build_packages]
            run([*enter, "DEBIAN_FRONTEND=noninteractive", *purge], log=log)
            run([*enter, "systemctl", "enable", *recipe.enabled], log=log)
            run([*enter, "systemctl", "mask", *recipe.masked], log=log)
            run([*enter, "update-initramfs", "-c", "-k", "all"], log=log)
        compile_python(root, COMPILED, log)
        tidy(root, recipe.removed)
        date_back(root, epoch)
    done.mkdir()
    write_manifest(done / "manifest.json", recipe, root, place.version)
    slot, boot = done / SYSTEM, work / "boot.fat"
    with step("生成系统分区", "making the slot"):
        ext4(slot, "kaodian-slot", _mib_of(root), epoch, root, log)
    layout = partitions(recipe.root_mib, state_mib=1024)
    with step("生成启动分区与磁盘", "making the boot partition and the disk"):
        own = {"grub/grub.cfg": (root / GRUB_SETTINGS).read_bytes(), "grub/grubenv": grub_memory(work)}
        boot_partition(boot, root, _mib(layout, "boot"), epoch, BOOT_LABEL, own, work)
        parts = {"boot": boot, "slot-a": slot, **_empty(layout, work, epoch)}
        assemble(done / "appliance.img", layout, parts, root, BOOT_LABEL, work)
    with step("生成安装盘", "making the installer stick"):
        layout = stick_partitions(recipe.root_mib)
        own = {
            "grub/grub.cfg": (PROJECT / "images/installer/grub.cfg").read_bytes(),
            "kaodian-system.json": _told_of(slot, place.version),
            "README.txt": (PROJECT / "images/installer/README.txt").read_bytes(),
        }
        boot_partition(boot, root, _mib(layout, "stick-boot"), epoch, STICK_LABEL, own, work)
        parts = {"stick-boot": boot, "stick-system": slot}
        assemble(done / "installer.img", layout, parts, root, STICK_LABEL, work)


def _mib_of(root: Path) -> int:
    """Return the MiB of a file system that holds a tree and little more: it is never written to."""
    told = run(["du", "--summarize", "--block-size=1M", "--apparent-size", root])
    count = run(["du", "--summarize", "--inodes", root])
    # An ext4 inode takes 256 bytes; each file leaves half a block of 4096 bytes unused.
    return int(int(told.split()[0]) * 1.06 + int(count.split()[0]) * 2304 / MIB) + 96


def _mib(layout: list[Partition], name: str) -> int:
    return next(one.mib for one in layout if one.name == name)


def _told_of(slot: Path, version: str) -> bytes:
    """Return what the installer checks the system of its stick against."""
    with slot.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    told = {"version": version, "sha256": digest, "bytes": slot.stat().st_size}
    return json.dumps(told, indent=2).encode() + b"\n"


def _empty(layout: list[Partition], work: Path, epoch: int) -> dict[str, Path]:
    made = {}
    for one in layout:
        if one.name in ("state", "evidence", "log"):
            made[one.name] = work / f"{one.name}.ext4"
            ext4(made[one.name], f"kd-{one.name}", one.mib, epoch)
    return made


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
