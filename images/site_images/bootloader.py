"""GRUB for both kinds of firmware, from a disk or over the network, written without mounting anything.

BIOS: the first 440 bytes of the disk are GRUB's `boot.img`, which loads `core.img` from the BIOS partition.
UEFI: Debian's signed shim and GRUB on the EFI system partition, so that Secure Boot can stay on.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from site_images.steps import BuildStopped, run

SECTOR = 512
# Offsets from GRUB's grub-core/boot/i386/pc/boot.S and diskboot.S.
BOOT_CODE_BYTES = 440
CORE_SECTOR_AT = 0x5C
FIRST_BLOCK_AT = 0x1F4
MODULES = (
    "biosdisk",
    "part_gpt",
    "fat",
    "ext2",
    "normal",
    "linux",
    "configfile",
    "loadenv",
    "test",
    "echo",
    "search",
    "search_label",
    "regexp",
    "probe",
    "serial",
    "sleep",
    "reboot",
    "all_video",
)

NETWORK_MODULES = (
    "pxe",
    "net",
    "tftp",
    "http",
    "normal",
    "linux",
    "configfile",
    "test",
    "echo",
    "regexp",
    "serial",
    "sleep",
    "reboot",
    "all_video",
)


@dataclass(frozen=True, slots=True)
class BiosLoader:
    """What stands outside of every file system."""

    boot_code: bytes
    """440 bytes for the disk's first sector."""
    core: bytes
    """For the BIOS boot partition, from its beginning; whole sectors."""


def bios_loader(root: Path, label: str, work: Path, first_sector: int) -> BiosLoader:
    """Make GRUB for a disk whose BIOS boot partition begins at `first_sector`.

    `root` is a tree that holds Debian's grub-pc-bin; GRUB reads /grub/grub.cfg of the file system that is
    named `label`.
    """
    modules = root / "usr/lib/grub/i386-pc"
    early = work / "grub-early.cfg"
    early.write_text(f"search --no-floppy --label --set=root {label}\nset prefix=($root)/grub\n")
    made = work / "core.img"
    run(
        [
            "grub-mkimage",
            "--format=i386-pc",
            f"--directory={modules}",
            f"--config={early}",
            f"--output={made}",
            "--prefix=/grub",
            *MODULES,
        ]
    )
    core = bytearray(made.read_bytes())
    core += b"\0" * (-len(core) % SECTOR)
    struct.pack_into("<Q", core, FIRST_BLOCK_AT, first_sector + 1)
    boot = bytearray((modules / "boot.img").read_bytes()[:BOOT_CODE_BYTES])
    struct.pack_into("<Q", boot, CORE_SECTOR_AT, first_sector)
    return BiosLoader(bytes(boot), bytes(core))


def embed(disk: Path, loader: BiosLoader, first_sector: int, sectors: int) -> None:
    """Write the BIOS loader into a disk; its partitions stay. Raises BuildStopped when it is too long."""
    if len(loader.core) > sectors * SECTOR:
        raise BuildStopped(f"GRUB 太大 / GRUB is too large: {len(loader.core)} > {sectors * SECTOR}")
    with disk.open("r+b") as file:
        file.write(loader.boot_code)
        file.seek(first_sector * SECTOR)
        file.write(loader.core)


def network_loader(root: Path, file: Path) -> None:
    """Write GRUB for a BIOS that boots by PXE; it reads /grub/grub.cfg of the TFTP server it came from."""
    run(
        [
            "grub-mkimage",
            "--format=i386-pc-pxe",
            f"--directory={root / 'usr/lib/grub/i386-pc'}",
            f"--output={file}",
            "--prefix=/grub",
            *NETWORK_MODULES,
        ]
    )


def uefi_files(root: Path, *, network: bool = False) -> dict[str, Path]:
    """Return what UEFI firmware loads, from the EFI system partition or the network: path there to file."""
    grub = "grubnetx64.efi.signed" if network else "grubx64.efi.signed"
    return {
        "EFI/BOOT/BOOTX64.EFI": root / "usr/lib/shim/shimx64.efi.signed",
        "EFI/BOOT/grubx64.efi": root / "usr/lib/grub/x86_64-efi-signed" / grub,
        "EFI/BOOT/mmx64.efi": root / "usr/lib/shim/mmx64.efi.signed",
    }
