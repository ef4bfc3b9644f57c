"""Where the repository of a destination lies, and whether the destination is there now."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from exam_appliance.backup.restic import Restic
from exam_appliance.backup.settings import Destination
from exam_appliance.backup.trouble import BackupTrouble

REPOSITORIES = "kaodian-backup"
"""On a disk or stick: below it a repository for each site server, so that one stick serves several."""


@dataclass(frozen=True, slots=True)
class Place:
    """A destination that is there."""

    destination: Destination
    repository: str
    device: int | None
    """Number of the disk, None for a server."""
    same_disk: bool

    def lost(self) -> bool:
        """Tell whether a disk or stick was pulled since."""
        if self.device is None:
            return False
        try:
            return Path(self.destination.place).stat().st_dev != self.device
        except OSError:
            return True


def place_of(destination: Destination, appliance: str, state_dir: Path) -> Place:
    """Return a destination that is there. Raises BackupTrouble when it is not."""
    if destination.kind == "server":
        return Place(destination, f"{destination.place.rstrip('/')}/{appliance}", None, False)
    path = Path(destination.place)
    what_zh, what_en = ("U 盘", "stick") if destination.kind == "stick" else ("备份盘", "backup disk")
    absent = BackupTrouble(
        "absent",
        f"找不到{what_zh} {path}：请插好并挂载后重试",
        f"the {what_en} {path} is not there: plug it in, mount it, and try again",
    )
    try:
        if not path.is_dir():
            raise absent
        device = path.stat().st_dev
        if destination.kind == "stick" and not _mounted(path):
            raise absent
    except OSError as error:
        raise absent from error
    same = device == state_dir.stat().st_dev
    return Place(destination, str(path / REPOSITORIES / appliance), device, same)


def restic_of(place: Place, password: str, state_dir: Path) -> Restic:
    """Return the repository of a destination."""
    to = place.destination
    cache = state_dir / "backup" / "cache" if to.kind == "server" else None
    return Restic(place.repository, password, to.options, to.ca_file, cache, place.lost)


def _mounted(path: Path) -> bool:
    """Tell whether a folder lies on something that was mounted, not on the system's own disk."""
    return any(os.path.ismount(one) for one in (path, *path.parents) if one != Path("/"))
