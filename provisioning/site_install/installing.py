"""Writing a server's disk: partitions, the system, empty partitions for what it keeps, the boot loader last.

Until the boot partition is written, as the last thing, the disk starts nothing: an installation that was cut
off is seen for what it is and begun anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from site_images.bootloader import SECTOR, bios_loader, embed
from site_images.disk import (
    BOOT_LABEL,
    MIB,
    STICK_LABEL,
    Partition,
    boot_partition,
    grub_memory,
    partition,
    partitions,
)
from site_images.steps import BuildStopped, run
from site_install.disks import Disk, InstallStopped
from site_install.encryption import ENCRYPTED, close, encrypt, key_file

STICK = Path(f"/dev/disk/by-label/{STICK_LABEL}")
SYSTEM = Path("/dev/disk/by-partlabel/stick-system")
GRUB_SETTINGS = Path("/usr/lib/kaodian/grub.cfg")
ROOT_MIB = 3072
PIECE = 4 * MIB
WAIT_S = 30.0

Progress = Callable[[str, str, float], None]
"""Hears what is done, Chinese and English, and how far the whole is, 0 to 1."""


@dataclass(frozen=True, slots=True)
class System:
    """What the stick says of the system it holds: `bytes` long, with that SHA-256."""

    version: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where a system is read from: a disk, and how many bytes after its beginning."""

    path: Path
    offset: int


def layout(mib: int) -> list[Partition]:
    """Return the partitions for a disk of `mib`: log 5 %, evidence a quarter, the state what is left."""
    log = min(max(512, mib // 20), 20 * 1024)
    evidence = min(max(512, mib // 4), 200 * 1024)
    least = mib < 2 * (2 * ROOT_MIB + log + evidence)
    return partitions(ROOT_MIB, 0, 512 if least else log, 512 if least else evidence)


def stick_system(folder: Path) -> System:
    """Read what the stick's boot partition, mounted at `folder`, says. Raises InstallStopped."""
    try:
        told = json.loads((folder / "kaodian-system.json").read_text())
        return System(str(told["version"]), str(told["sha256"]), int(told["bytes"]))
    except (OSError, ValueError, KeyError) as error:
        raise InstallStopped(
            f"安装盘不完整（{error}），请重新写盘 / the stick is not whole: write it anew"
        ) from error


def system_on_stick(partition: Path = SYSTEM) -> Source:
    """Return where the system lies on the stick. Raises InstallStopped.

    The partition itself is mounted, and its first block in memory is not what stands on the stick.
    """
    folder = Path("/sys/class/block") / partition.resolve().name
    try:
        start = int((folder / "start").read_text()) * SECTOR
        return Source(Path("/dev") / folder.resolve().parent.name, start)
    except (OSError, ValueError) as error:
        raise InstallStopped("找不到安装盘，请插好后重新启动 / the stick is not there: restart") from error


def install(disk: Disk, system: System, source: Source, recovery: str | None, progress: Progress) -> None:
    """Make a site server's disk of `disk`; what was on it is gone. Raises InstallStopped.

    `recovery`: the data is encrypted, and this key opens it beside the TPM; None: it is not.
    """
    work = Path("/run/kaodian-install")
    work.mkdir(exist_ok=True)
    target = Path(disk.path)
    try:
        progress("分区", "partitions", 0.0)
        run(["wipefs", "--all", "--quiet", target])
        places = partition(target, layout(disk.mib), str(uuid.uuid4()))
        devices = _devices(target, places)
        # The boot partition of an older system would be taken for ours.
        run(["wipefs", "--all", "--quiet", devices["boot"]])
        _copy(source, devices["slot-a"], system, progress)
        for place, name in enumerate(ENCRYPTED):
            progress("建立数据分区", "partitions for data", 0.9 + place * 0.02)
            _data_partition(devices[name], name, recovery, work)
        progress("启动程序", "boot loader", 0.96)
        boot = work / "boot.fat"
        own = {"grub/grub.cfg": GRUB_SETTINGS.read_bytes(), "grub/grubenv": grub_memory(work)}
        root, sectors = Path("/"), places["boot"][1]
        boot_partition(boot, root, sectors * SECTOR // MIB, int(time.time()), BOOT_LABEL, own, work)
        loader = bios_loader(root, BOOT_LABEL, work, places["bios"][0])
        run(["dd", f"if={boot}", f"of={devices['boot']}", "bs=1M", "conv=fsync", "status=none"])
        boot.unlink()
        embed(target, loader, *places["bios"])
        os.sync()
        progress("完成", "done", 1.0)
    except (BuildStopped, OSError) as error:
        raise InstallStopped(
            f"安装未完成，磁盘 {disk.name} 不会启动，可从头再装：{error} / "
            f"the installation did not end; {disk.name} starts nothing, begin again"
        ) from error


def _data_partition(device: Path, name: str, recovery: str | None, work: Path) -> None:
    """Make an empty file system, in an encrypted partition where there is a recovery key."""
    command = ["mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", "-L", f"kd-{name}"]
    command += ["-E", "lazy_itable_init=1,lazy_journal_init=1"]
    if recovery is None:
        run([*command, device])
        return
    with key_file(recovery, work) as key:
        run([*command, encrypt(device, name, key)])
    close(name)


def _devices(target: Path, places: dict[str, tuple[int, int]]) -> dict[str, Path]:
    """Return the device of each partition once the kernel has them as they were written."""
    name = target.name + ("p" if target.name[-1].isdigit() else "")
    found = {part: target.with_name(f"{name}{number}") for number, part in enumerate(places, 1)}
    deadline = time.monotonic() + WAIT_S
    while True:
        # It is busy while udev looks at it.
        subprocess.run(["udevadm", "settle"], check=False)
        asked = subprocess.run(
            ["blockdev", "--rereadpt", target], capture_output=True, text=True, check=False
        )
        subprocess.run(["udevadm", "settle"], check=False)
        if all(_place(path.name) == places[part] for part, path in found.items()):
            return found
        if time.monotonic() > deadline:
            raise OSError(f"分区没有出现 / the partitions do not appear: {asked.stderr.strip()}")
        time.sleep(0.5)


def _place(name: str) -> tuple[int, int] | None:
    """Return the first sector and the count of sectors of a partition, as the kernel has it."""
    folder = Path("/sys/class/block") / name
    try:
        return int((folder / "start").read_text()), int((folder / "size").read_text())
    except (OSError, ValueError):
        return None


def _copy(source: Source, target: Path, system: System, progress: Progress) -> None:
    """Copy the system, checked as it is read and once more as it was written."""
    words = ("写入系统", "writing the system"), ("校验系统", "verifying the system")
    with source.path.open("rb") as given, target.open("r+b") as taken:
        given.seek(source.offset)
        if _through(given, system, taken.write, lambda s: progress(*words[0], s * 0.6)):
            raise InstallStopped(
                "安装盘内容有误，请换一个 U 盘重新写盘；硬盘不会启动 / "
                "what the stick holds is damaged: write another stick; the disk starts nothing"
            )
        taken.flush()
        os.fsync(taken.fileno())
    with target.open("rb") as taken:
        os.posix_fadvise(taken.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        if _through(taken, system, lambda _: None, lambda s: progress(*words[1], 0.6 + s * 0.3)):
            raise InstallStopped(
                f"写入后读出不一致，磁盘可能已坏，请更换：{target} / "
                "the disk does not give back what was written: replace it"
            )


def _through(
    file: object, system: System, each: Callable[[bytes], object], share: Callable[[float], None]
) -> bool:
    """Read the system piece by piece; returns whether it differs from what it should be."""
    digest, left = hashlib.sha256(), system.bytes
    # A piece is summed up while it is written and the next one read.
    with ThreadPoolExecutor(1) as summing:
        summed: Future[None] | None = None
        while left:
            piece = file.read(min(PIECE, left))  # type: ignore[attr-defined]
            if not piece:
                return True
            if summed is not None:
                summed.result()
            summed = summing.submit(digest.update, piece)
            each(piece)
            left -= len(piece)
            share(1 - left / system.bytes)
    return digest.hexdigest() != system.sha256
