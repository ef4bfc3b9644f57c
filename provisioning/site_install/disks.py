"""The disks of a server, as a technician is shown them: what stands on each and whether it may be taken."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from site_images.disk import BOOT_LABEL, MIB

LEAST_MIB = 10 * 1024
"""Two slots, log, evidence and room for a session's state."""
EMPTY = "empty"
COLUMNS = "PATH,NAME,TYPE,SIZE,MODEL,SERIAL,RO,PTTYPE,FSTYPE,PARTLABEL,LABEL"

Held = Literal["nothing", "kaodian", "unfinished", "other"]
"""An installation that was cut off has our partitions and no boot partition yet."""


class InstallStopped(Exception):
    """The installation cannot go on; the text is for the technician, Chinese first."""


@dataclass(frozen=True, slots=True)
class Disk:
    """One disk. `mib` is its size in MiB."""

    path: str
    name: str
    mib: int
    model: str
    serial: str
    held: Held

    @property
    def large_enough(self) -> bool:
        """Whether a site server has room on it."""
        return self.mib >= LEAST_MIB

    @property
    def free(self) -> bool:
        """Whether nothing is lost when it is taken."""
        return self.large_enough and self.held in ("nothing", "unfinished")

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {**asdict(self), "large_enough": self.large_enough, "free": self.free}


def disks() -> list[Disk]:
    """Return the disks that can be written to, without the stick that the installer runs from."""
    asked = ["lsblk", "--json", "--bytes", "--tree", "--output", COLUMNS]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    return disks_of(json.loads(done.stdout)["blockdevices"])


def disks_of(told: Sequence[Mapping[str, Any]]) -> list[Disk]:
    """Return the disks in what `lsblk` tells."""
    found = []
    for one in told:
        parts = one.get("children") or []
        names = {part["partlabel"] for part in parts}
        if one["type"] != "disk" or one["ro"] or not one["size"] or "stick-system" in names:
            continue
        if str(one["name"]).startswith(("zram", "loop", "ram", "nbd", "fd")):
            continue
        held: Held = "other"
        if not parts and not one["pttype"] and not one["fstype"]:
            held = "nothing"
        elif {"slot-a", "slot-b", "state"} <= names:
            whole = any(part["label"] == BOOT_LABEL for part in parts)
            held = "kaodian" if whole else "unfinished"
        model, serial = (str(one[key] or "").strip() for key in ("model", "serial"))
        found.append(Disk(one["path"], one["name"], int(one["size"]) // MIB, model, serial, held))
    return found


def unattended(wanted: str, among: Sequence[Disk]) -> Disk:
    """Return the disk that answers name, unless it is a site server's already. Raises InstallStopped.

    A server that starts from the stick once more would lose its site otherwise.
    """
    disk = chosen(wanted, among)
    if disk.held == "kaodian":
        raise InstallStopped(
            f"{disk.name} 上已有考点系统，不自动覆盖；请从磁盘启动，确要重装时在屏幕上选择 / "
            f"{disk.name} holds a site server, not written over unasked: start from the disk, or choose here"
        )
    return disk


def chosen(wanted: str, among: Sequence[Disk]) -> Disk:
    """Return the disk that answers name: `empty`, or a name, path or serial number. Raises InstallStopped."""
    if wanted == EMPTY:
        free = [disk for disk in among if disk.free]
        if len(free) == 1:
            return free[0]
        count = len(free)
        raise InstallStopped(
            f"空磁盘应恰有一块，现有 {count} 块；请在 disk 中写明磁盘名，或在屏幕上选择 / "
            f"one empty disk is wanted, there are {count}: name it in the answers, or choose on the screen"
        )
    for disk in among:
        if wanted in (disk.name, disk.path, disk.serial):
            if not disk.large_enough:
                raise InstallStopped(
                    f"{disk.name} 只有 {disk.mib // 1024} GiB，至少需要 {LEAST_MIB // 1024} GiB / "
                    f"{disk.name} has {disk.mib // 1024} GiB, {LEAST_MIB // 1024} are needed"
                )
            return disk
    names = "、".join(disk.name for disk in among) or "—"
    raise InstallStopped(f"没有磁盘 {wanted}；可选 {names} / there is no disk {wanted}; there are: {names}")
