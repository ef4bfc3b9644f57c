"""The two slots of the system, as RAUC tells and changes them.

RAUC writes a bundle to the slot that does not run, and takes only bundles that are signed by the builder of
the running system and are meant for this kind of server (`/etc/rauc/system.conf`). Which slot starts next is
kept in GRUB's environment block.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RAUC = "/usr/bin/rauc"
RAN = Path("/state/update/ran.json")
"""By slot, the version that was well in it."""
BUSY = re.compile(r"already processing")
BUSY_S, AGAIN_S = 30.0, 0.5
"""RAUC does one thing at a time and refuses all else meanwhile: it is asked again for so long."""
FAULTS: tuple[tuple[str, str, str], ...] = (
    (
        BUSY.pattern,
        "正在安装另一更新，请等它完成后再试",
        "another update is being installed: try again when it is done",
    ),
    (
        r"[Cc]ompatible mismatch|compatible .* does not match",
        "更新包不是为这种服务器制作的，请向中心索取考点服务器的更新包",
        "the bundle is meant for other hardware: ask the centre for one of the site server",
    ),
    (
        r"[Vv]erification failed|self[- ]signed certificate|unable to get local issuer",
        "更新包的签名不是本系统制作者的，不予安装；请核对更新包来源",
        "the bundle is not signed by who built this system and is not installed: check where it comes from",
    ),
    (
        r"not.{0,20}bundle|[Ii]nvalid (bundle|identifier)|signature size|match size|[Ii]nput/output",
        "更新包不完整或已损坏，请重新复制后再试",
        "the bundle is cut short or damaged: copy it anew and try again",
    ),
    (
        r"[Nn]o such file|[Ff]ailed to open|[Ff]ailed to download|[Rr]esolve host|[Cc]onnection refused",
        "找不到更新包，请检查路径或地址",
        "the bundle is not there: check its path or address",
    ),
    (
        r"[Nn]o space",
        "磁盘空间不足",
        "the disk is full",
    ),
)


class UpdateStopped(Exception):
    """An update cannot go on; the text is for the technician, Chinese first, and nothing has changed."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot. `version` None: never written by an update, and not the running one."""

    name: str
    device: str
    runs: bool
    next: bool
    """Whether it starts next."""
    good: bool
    version: str | None

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        told = ("name", "device", "runs", "next", "good", "version")
        return {word: getattr(self, word) for word in told}


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle says of itself, its signature checked."""

    version: str
    compatible: str


def slots(running_version: str) -> list[Slot]:
    """Return both slots, A first. Raises UpdateStopped."""
    told = json.loads(_rauc("status", "--detailed", "--output-format=json"))
    ran = _ran()
    found = []
    for one in told["slots"]:
        ((identity, slot),) = one.items()
        runs = slot["state"] == "booted"
        written = (slot.get("slot_status") or {}).get("bundle") or {}
        found.append(
            Slot(
                name=slot["bootname"],
                device=slot["device"],
                runs=runs,
                next=told.get("boot_primary") == identity,
                good=slot.get("boot_status") == "good",
                version=running_version if runs else written.get("version") or ran.get(slot["bootname"]),
            )
        )
    return sorted(found, key=lambda slot: slot.name)


def remember(slot: str, version: str) -> None:
    """Note what runs in a slot: of one that was flashed, and not updated, RAUC knows no version."""
    RAN.parent.mkdir(parents=True, exist_ok=True)
    new = RAN.with_suffix(".new")
    new.write_text(json.dumps({**_ran(), slot: version}))
    new.rename(RAN)


def _ran() -> dict[str, str]:
    try:
        told: dict[str, str] = json.loads(RAN.read_text())
    except (OSError, ValueError):
        return {}
    return told


def bundle_info(bundle: str) -> Bundle:
    """Read a bundle and check who signed it. Raises UpdateStopped."""
    told = json.loads(_rauc("info", "--output-format=json", bundle))
    return Bundle(str(told.get("version", "")), str(told.get("compatible", "")))


def install(bundle: str, progress: Callable[[int, str], None]) -> None:
    """Write a bundle to the slot that does not run; `progress` hears per cent and what is done.

    Raises UpdateStopped; then the slot that was written to is marked so that it is never started.
    """
    said, pipe = [], subprocess.PIPE
    with subprocess.Popen([RAUC, "install", bundle], stdout=pipe, stderr=subprocess.STDOUT) as process:
        for line in process.stdout or ():
            said.append(line.decode(errors="replace").rstrip())
            if found := re.match(r"\s*(\d+)% (.+)", said[-1]):
                progress(int(found[1]), found[2].strip())
    if process.returncode != 0:
        raise UpdateStopped(fault("\n".join(said)))


def mark(state: str, slot: str) -> None:
    """Mark a slot `good`, `bad` or `active` (it starts next): `booted`, `other`. Raises UpdateStopped."""
    _rauc("status", f"mark-{state}", slot)


def fault(said: str) -> str:
    """Return what RAUC's words mean and what to do, with the words themselves."""
    last = [line.strip() for line in said.splitlines() if line.strip()][-6:]
    for pattern, zh, en in FAULTS:
        if re.search(pattern, said):
            return f"{zh} / {en}\n" + "\n".join(last)
    return "RAUC 未能完成 / RAUC could not do it:\n" + "\n".join(last)


def _rauc(*words: str) -> str:
    if not Path(RAUC).is_file():
        raise UpdateStopped(
            "本机不是由镜像安装的，请用 make provision 更新 / "
            "this server was not flashed with an image: update it with make provision"
        )
    deadline = time.monotonic() + BUSY_S
    while True:
        done = subprocess.run(
            [RAUC, *words],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode == 0:
            return done.stdout
        said = done.stderr or done.stdout
        if not BUSY.search(said) or time.monotonic() > deadline:
            raise UpdateStopped(fault(said))
        time.sleep(AGAIN_S)
