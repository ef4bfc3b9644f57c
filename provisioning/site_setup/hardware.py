"""What a technician is shown of the server: its network ports, and the sticks that were put in."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

MOUNTED = Path("/run/kaodian-set-up-stick")
FILE_SYSTEMS = ("vfat", "exfat", "ext4", "iso9660")


@dataclass(frozen=True, slots=True)
class Port:
    """One network port. `speed` is in Mbit/s, None without a cable."""

    name: str
    mac: str
    cable: bool
    speed: int | None
    addresses: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def network_ports(root: Path = Path("/sys/class/net")) -> list[Port]:
    """Return the ports that are hardware, by name."""
    addresses: dict[str, list[str]] = {}
    for one in json.loads(_said("ip", "-json", "address") or "[]"):
        given = [told["local"] for told in one.get("addr_info", ()) if told.get("scope") == "global"]
        addresses[one["ifname"]] = given
    found = []
    for folder in sorted(path for path in root.iterdir() if (path / "device").exists()):
        cable = _number(folder / "carrier") == 1
        speed = _number(folder / "speed") if cable else None
        mac = (folder / "address").read_text().strip()
        told = tuple(addresses.get(folder.name, ()))
        found.append(Port(folder.name, mac, cable, speed if speed and speed > 0 else None, told))
    return found


def mac_of(address: str) -> str | None:
    """Return the hardware address of a neighbour, if it is known."""
    for one in json.loads(_said("ip", "-json", "neighbour", "show", address) or "[]"):
        if one.get("lladdr"):
            return str(one["lladdr"])
    return None


def sticks() -> dict[str, str]:
    """Return the partitions of removable disks: device to what tells one stick from the next."""
    columns = "PATH,FSTYPE,RM,HOTPLUG,UUID,TYPE"
    told = json.loads(_said("lsblk", "--json", "--list", "--output", columns) or '{"blockdevices": []}')
    return {
        str(one["path"]): f"{one['path']} {one['uuid']}"
        for one in told["blockdevices"]
        if one["fstype"] in FILE_SYSTEMS and (one["rm"] or one["hotplug"])
    }


@contextmanager
def mounted(device: str, rights: Literal["ro", "rw"] = "ro") -> Iterator[Path]:
    """Mount a stick; nothing on it is ever run. Raises OSError."""
    MOUNTED.mkdir(exist_ok=True)
    command = ["mount", "-o", f"{rights},noexec,nosuid,nodev", device, str(MOUNTED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{device}：无法读取 / cannot be read: {done.stderr.strip()}")
    try:
        yield MOUNTED
    finally:
        subprocess.run(["umount", str(MOUNTED)], capture_output=True, check=False)


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return done.stdout if done.returncode == 0 else ""


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None
