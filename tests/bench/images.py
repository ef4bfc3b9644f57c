"""The images: how large what is handed on is, and how long a server takes from power-on, beside bare Debian.

Builds what is not built yet, so it needs root; the servers are virtual machines without hardware help.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path

from site_images.base import PROJECT, Workplace, workplace
from site_images.build import PACKED, build_appliance, hand_on
from site_images.debian import bootstrap
from site_images.disk import STICK_LABEL, assemble, boot_partition, ext4, stick_partitions
from site_images.kiosk import build_kiosk
from site_images.root_tree import entered, tidy
from site_images.signing import signing_key
from site_images.steps import run
from tests.bench.figure import Figure
from tests.images.virtual_machine import VirtualMachine, fresh_disk

ROUNDS = 3
MOST_SERVER_BYTES, MOST_SEAT_BYTES = 1.5e9, 350e6
MOST_TIMES_BARE = 2.0
PATIENCE_S = 600.0
BARE = (
    *("systemd", "systemd-sysv", "systemd-resolved", "udev", "dbus", "kmod", "linux-image-amd64"),
    *(
        "initramfs-tools",
        "busybox",
        "zstd",
        "e2fsprogs",
        "grub-pc-bin",
        "grub-efi-amd64-signed",
        "shim-signed",
    ),
)
"""What Debian needs to start, with the same kernel, and nothing of a site server."""
GRUB = """\
serial --unit=0 --speed=115200
terminal_output console serial
set timeout=1
regexp --set=1:disk "^([^,]*)," "$root"
set root="$disk,gpt3"
probe --set=part --part-uuid ($root)
menuentry "bare" {
  linux /vmlinuz root=PARTUUID=$part rw quiet systemd.ssh_auto=no console=tty0 console=ttyS0,115200
  initrd /initrd.img
}
"""
REPORT = ("usr/lib/kaodian/start-report", "usr/lib/systemd/system/kaodian-start-report.service")
"""Says on the console when everything has started: the same on both."""


async def server_image(_: Path) -> Figure:
    """Measure the disk's image as it is handed on."""
    place, done = await asyncio.to_thread(_built)
    await asyncio.to_thread(hand_on, done, signing_key(place.work), place.version)
    value = (done / PACKED[0]).stat().st_size
    return _at_most("server-image", value, MOST_SERVER_BYTES)


async def seat_image(_: Path) -> Figure:
    """Measure what a seat fetches until its system starts: kernel, initramfs, system."""
    place, _done = await asyncio.to_thread(_built)
    files = (place.work / "kiosk/done/http/boot/kiosk").iterdir()
    return _at_most("seat-image", sum(file.stat().st_size for file in files), MOST_SEAT_BYTES)


async def power_on(folder: Path) -> Figure:
    """Measure power-on to all started, seconds, against bare Debian in turn on this machine."""
    place, done = await asyncio.to_thread(_built)
    bare = await asyncio.to_thread(_bare, place, folder)
    ours = debian = 0.0
    for number in range(ROUNDS):
        ours += await asyncio.to_thread(_start, done / "appliance.img", folder / f"server-{number}")
        debian += await asyncio.to_thread(_start, bare, folder / f"bare-{number}")
    return Figure(
        "power-on",
        ours / ROUNDS,
        "s",
        "bare Debian of the same suite with the same kernel, s",
        debian / ROUNDS,
        debian / ours,
        1 / MOST_TIMES_BARE,
    )


def _at_most(name: str, value: int, most: float) -> Figure:
    return Figure(name, value, "bytes", "what it may be, bytes", most, most / value, 1.0)


def _built() -> tuple[Workplace, Path]:
    place = workplace(PROJECT / "build/images")
    key = signing_key(place.work)
    return place, build_appliance(place, key, build_kiosk(place, key))


def _bare(place: Workplace, folder: Path) -> Path:
    """Return a disk with bare Debian."""
    root, system, boot = folder / "root", folder / "bare.ext4", folder / "boot.fat"
    packed = folder / "bare.tar"
    bootstrap(packed, "trixie", BARE, log=place.log, epoch=place.epoch)
    root.mkdir()
    run(["tar", "--numeric-owner", "-xpf", packed, "-C", root])
    packed.unlink()
    for name in REPORT:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / "images/appliance/tree" / name, root / name)
    with entered(root) as enter:
        run([*enter, "systemctl", "enable", "kaodian-start-report.service"])
    tidy(root, ())
    layout = stick_partitions(2048)
    ext4(system, "bare", 2048, place.epoch, root)
    (boot_mib,) = (one.mib for one in layout if one.name == "stick-boot")
    boot_partition(boot, root, boot_mib, place.epoch, STICK_LABEL, {"grub/grub.cfg": GRUB.encode()}, folder)
    disk = folder / "bare.img"
    assemble(disk, layout, {"stick-boot": boot, "stick-system": system}, root, STICK_LABEL, folder)
    return disk


def _start(image: Path, folder: Path) -> float:
    """Turn a machine on; returns the seconds until everything has started."""
    disk = fresh_disk(image, folder)
    devices = ["-drive", f"file={disk},if=virtio,format=qcow2,cache=unsafe"]
    with VirtualMachine(folder, memory_mib=2048, devices=devices) as machine:
        machine.wait_for(r"kaodian: state=running failed=0", PATIENCE_S)
        return time.monotonic() - machine.started_at
