"""The image of the candidates' machines: what a seat boots, from the network, a stick or a disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from exam_appliance.seats.agent.packing import pack
from site_images.base import PROJECT, Workplace, built, made_from, name_image, unpacked
from site_images.bootloader import network_loader, uefi_files
from site_images.disk import (
    MIB,
    SEAT_KEY_LABEL,
    SEAT_LABEL,
    assemble,
    boot_partition,
    ext4,
    seat_partitions,
)
from site_images.manifest import write_manifest
from site_images.recipe import read_recipe
from site_images.root_tree import compile_python, date_back, entered, lay_over, tidy
from site_images.signing import SigningKey
from site_images.steps import run, step

SYSTEM = "seat.squashfs"
SEAT_DISK = "seat.img"


PARTS = ("images/kiosk", "appliance/exam_appliance/seats", "appliance/exam_appliance/readiness/machine")
"""What the image is made from; it is built anew when one of them has changed."""


def build_kiosk(place: Workplace, key: SigningKey) -> Path:
    """Build the image of the seats. Of the folder that it returns a site server serves `tftp` and `http`."""
    done = place.work / "kiosk/done"
    done.parent.mkdir(exist_ok=True)
    with built(done, made_from(place, PARTS, key)) as needed:
        if needed:
            _build(place, key, done)
    return done


def _build(place: Workplace, key: SigningKey, done: Path) -> None:
    recipe = read_recipe(PROJECT / "images/kiosk")
    work, log = done.parent, place.log
    root = work / "root"
    with step("安装考生机的 Debian 软件包", "installing Debian's packages of the seat"):
        unpacked(recipe, recipe.packages, root, work, place)
    with step("写入考生机设置", "setting the seat up"):
        lay_over(PROJECT / "images/kiosk/tree", root)
        (root / "usr/lib/kaodian/image-key.pem").write_text(key.public_key())
        pack(root / "usr/lib/kaodian/seat-agent.pyz")
        name_image(root, recipe, place.version)
        with entered(root) as enter:
            run([*enter, "systemd-sysusers"], log=log)
            run([*enter, "passwd", "--lock", "root"], log=log)
            run([*enter, "systemctl", "enable", *recipe.enabled], log=log)
            run([*enter, "systemctl", "mask", *recipe.masked], log=log)
            run([*enter, "update-initramfs", "-c", "-k", "all"], log=log)
        served = done / "http/boot/kiosk"
        served.mkdir(parents=True)
        for name, pattern in (("vmlinuz", "vmlinuz-*"), ("initrd.img", "initrd.img-*")):
            (made,) = (root / "boot").glob(pattern)
            shutil.copyfile(made, served / name)
        _loaders(done, root)
        loaders = _kept_loaders(root, work / "loaders")
        compile_python(root, (), log)
        tidy(root, recipe.removed)
        date_back(root, place.epoch)
    write_manifest(done / "manifest.json", recipe, root, place.version)
    with step("压缩考生机系统", "packing the seat's system"):
        _squash(root, served / SYSTEM, place)
        key.sign(served / SYSTEM)
    with step("生成考生机磁盘", "making the disk of a seat"):
        _disk(done / SEAT_DISK, served, loaders, work, place.epoch)


def _kept_loaders(root: Path, folder: Path) -> Path:
    """Copy the boot loaders out of a root tree, which a seat's system is shipped without."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("usr/lib/shim", "usr/lib/grub"):
        shutil.copytree(root / name, folder / name, symlinks=True)
    return folder


def _disk(disk: Path, served: Path, root: Path, work: Path, epoch: int) -> None:
    """Make a disk or stick that a seat starts from without the network; its key stays on it."""
    own: dict[str, bytes | Path] = {f"kiosk/{path.name}": path for path in sorted(served.iterdir())}
    own["grub/grub.cfg"] = PROJECT / "images/kiosk/local.cfg"
    boot, key = work / "seat-boot.fat", work / "seat-key.ext4"
    mib = sum(path.stat().st_size for path in served.iterdir()) // MIB + 48
    boot_partition(boot, root, mib, epoch, SEAT_LABEL, own, work)
    ext4(key, SEAT_KEY_LABEL, 16, epoch)
    assemble(disk, seat_partitions(mib), {"seat-boot": boot, "seat-key": key}, root, SEAT_LABEL, work)


def _loaders(done: Path, root: Path) -> None:
    """Lay what firmware loads where it asks for it: `site_file.plan.BOOT_FILES`."""
    configuration = PROJECT / "images/kiosk/grub.cfg"
    loaded = {Path(name).name: file for name, file in uefi_files(root, network=True).items()}
    loaded["shimx64.efi"] = loaded.pop("BOOTX64.EFI")
    for folder, grub in (("tftp", "tftp/grub"), ("http/boot", "http/grub")):
        (done / folder).mkdir(parents=True, exist_ok=True)
        (done / grub).mkdir(parents=True, exist_ok=True)
        for name, file in loaded.items():
            shutil.copyfile(file, done / folder / name)
        shutil.copyfile(configuration, done / grub / "grub.cfg")
    core = done / "tftp/grub/i386-pc/core.0"
    core.parent.mkdir()
    network_loader(root, core)


def _squash(root: Path, file: Path, place: Workplace) -> None:
    file.unlink(missing_ok=True)
    # xz: seats pull it over the network, all at once.
    packed = ["-comp", "xz", "-b", "1M", "-no-xattrs", "-noappend", "-no-progress", "-quiet"]
    run(
        ["mksquashfs", root, file, *packed],
        environment={"SOURCE_DATE_EPOCH": str(place.epoch)},
        log=place.log,
    )
