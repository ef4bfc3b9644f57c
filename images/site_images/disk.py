"""The disk of a site server: its partitions, and a file that holds such a disk ready to be written to one."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from site_images.bootloader import SECTOR, bios_loader, embed, uefi_files
from site_images.steps import run

MIB = 2**20
# UEFI specification, 5.3.3, and the Discoverable Partitions Specification.
BIOS_BOOT = "21686148-6449-6E6F-744E-656564454649"
EFI_SYSTEM = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
LINUX = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
BOOT_LABEL, STICK_LABEL = "KDBOOT", "KAODIAN"
SEAT_LABEL, SEAT_KEY_LABEL = "KDSEAT", "KDSEATKEY"
NAMESPACE = uuid.UUID("6f4a3a3e-6d0a-5d0f-9a9c-3d2f1d9d0c11")


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition. `mib` 0 takes what is left."""

    name: str
    kind: str
    mib: int


def partitions(
    root_mib: int, state_mib: int = 0, log_mib: int = 512, evidence_mib: int = 512
) -> list[Partition]:
    """Return the partitions of a site server: two slots for the system, the rest outlives updates."""
    return [
        Partition("bios", BIOS_BOOT, 1),
        Partition("boot", EFI_SYSTEM, 96),
        Partition("slot-a", LINUX, root_mib),
        Partition("slot-b", LINUX, root_mib),
        Partition("log", LINUX, log_mib),
        Partition("evidence", LINUX, evidence_mib),
        Partition("state", LINUX, state_mib),
    ]


def stick_partitions(root_mib: int) -> list[Partition]:
    """Return the partitions of an installer stick; none is named like one of a server's."""
    return [
        Partition("stick-bios", BIOS_BOOT, 1),
        Partition("stick-boot", EFI_SYSTEM, 128),
        Partition("stick-system", LINUX, root_mib),
    ]


def seat_partitions(boot_mib: int) -> list[Partition]:
    """Return the partitions of a seat that starts from a disk or stick: its system, and its own key."""
    return [
        Partition("seat-bios", BIOS_BOOT, 1),
        Partition("seat-boot", EFI_SYSTEM, boot_mib),
        Partition("seat-key", LINUX, 16),
    ]


def fixed_uuid(*words: str) -> str:
    """Return a UUID that is the same for the same words: two builds must not differ in it."""
    return str(uuid.uuid5(NAMESPACE, "/".join(words)))


def partition(disk: Path, wanted: Sequence[Partition], disk_id: str) -> dict[str, tuple[int, int]]:
    """Write a partition table to a disk or a file; returns name to first sector and count of sectors."""
    lines = ["label: gpt", f"label-id: {disk_id}", "unit: sectors", "first-lba: 2048"]
    for one in wanted:
        size = f"size={one.mib}MiB, " if one.mib else ""
        lines.append(f'{size}type={one.kind}, name="{one.name}", uuid={fixed_uuid(disk_id, one.name)}')
    run(
        ["sfdisk", "--quiet", "--wipe=always", "--no-reread", "--no-tell-kernel", disk],
        given="\n".join(lines) + "\n",
    )
    told = run(["sfdisk", "--dump", disk])
    found = re.findall(r'start=\s*(\d+), size=\s*(\d+).*?name="([^"]+)"', told)
    return {name: (int(start), int(size)) for start, size, name in found}


def ext4(
    file: Path, label: str, mib: int, epoch: int, tree: Path | None = None, log: Path | None = None
) -> None:
    """Make an ext4 file system in a file, filled from `tree`; the same tree gives the same bytes."""
    file.unlink(missing_ok=True)
    with file.open("wb") as made:
        made.truncate(mib * MIB)
    identity = fixed_uuid("ext4", label)
    filled = ["-d", str(tree)] if tree else []
    run(
        [
            "mke2fs",
            "-q",
            "-F",
            "-t",
            "ext4",
            "-L",
            label,
            "-U",
            identity,
            "-m",
            "0",
            "-E",
            f"hash_seed={identity},lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0",
            *filled,
            file,
        ],
        environment={"E2FSPROGS_FAKE_TIME": str(epoch), "SOURCE_DATE_EPOCH": str(epoch)},
        log=log,
    )


def grub_memory(work: Path) -> bytes:
    """Return GRUB's environment block of a server with a system in its first slot alone."""
    environment = work / "grubenv"
    environment.unlink(missing_ok=True)
    run(["grub-editenv", environment, "create"])
    run(["grub-editenv", environment, "set", "ORDER=A B", "A_OK=1", "B_OK=0", "A_TRY=0", "B_TRY=0"])
    return environment.read_bytes()


def boot_partition(
    file: Path, root: Path, mib: int, epoch: int, label: str, own: Mapping[str, bytes | Path], work: Path
) -> None:
    """Make the partition, named `label`, that both kinds of firmware start from.

    `own` are files beside those of the boot loader, path to content or source; `grub/grub.cfg` is one.
    """
    redirect = f"search --no-floppy --label --set=root {label}\nconfigfile ($root)/grub/grub.cfg\n"
    files: dict[str, Path] = dict(uefi_files(root))
    for number, (path, content) in enumerate({"EFI/debian/grub.cfg": redirect.encode(), **own}.items()):
        if isinstance(content, Path):
            files[path] = content
            continue
        files[path] = work / f"boot-file-{number}"
        files[path].write_bytes(content)
    file.unlink(missing_ok=True)
    with file.open("wb") as made:
        made.truncate(mib * MIB)
    volume = fixed_uuid("fat", label)[:8]
    dated = {"SOURCE_DATE_EPOCH": str(epoch)}
    run(["mkfs.fat", "--invariant", "-F", "32", "-n", label, "-i", volume, file], environment=dated)
    folders: dict[str, None] = {}
    for path in files:
        for parent in reversed(Path(path).parents[:-1]):
            folders[str(parent)] = None
    for folder in folders:
        run(["mmd", "-i", file, f"::{folder}"], environment=dated)
    for path, source in files.items():
        run(["mcopy", "-i", file, source, f"::{path}"], environment=dated)


def assemble(
    disk: Path, wanted: Sequence[Partition], parts: Mapping[str, Path], root: Path, label: str, work: Path
) -> None:
    """Make a file that holds a whole disk: partition table, BIOS loader and the partitions given by name.

    `label` is the file system that the BIOS loader looks for.
    """
    disk.unlink(missing_ok=True)
    total = sum(one.mib for one in wanted) + 4
    with disk.open("wb") as made:
        made.truncate(total * MIB)
    places = partition(disk, wanted, fixed_uuid("disk", *(one.name for one in wanted)))
    for name, file in parts.items():
        start, sectors = places[name]
        if file.stat().st_size > sectors * SECTOR:
            raise ValueError(f"{file} is larger than its partition {name}")
        run(
            [
                "dd",
                f"if={file}",
                f"of={disk}",
                "bs=1M",
                f"seek={start * SECTOR}",
                "oflag=seek_bytes",
                "conv=notrunc,sparse",
                "status=none",
            ]
        )
    (bios,) = (one.name for one in wanted if one.kind == BIOS_BOOT)
    embed(disk, bios_loader(root, label, work, places[bios][0]), *places[bios])
