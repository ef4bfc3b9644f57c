"""The site server of the room as its technician and its staff know it, and the centre outside."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from site_images.base import PROJECT
from tests.images.centre_process import NAME as CENTRE_NAME
from tests.images.exam_room import (
    CENTRE,
    GATEWAY,
    SERVER,
    SERVER_WAN,
    STAFF_MAC,
    Browser,
    ExamRoom,
    InstallerStick,
)
from tests.images.virtual_machine import VirtualMachine

INSTALL_S, START_S, SET_UP_S = 900.0, 600.0, 600.0
"""Patience with a machine without hardware virtualisation, s."""
CENTRE_PORT, OFFICE_PORT = 8443, 8090
STARTS_IN_MIN = 40
"""The session is planned so late, so that the room is up before; the lead may start it earlier."""
NEW_PASSWORD = "Kaoshi-2026#vm"
DISPLAY = ["-device", "VGA,edid=on,xres=1280,yres=800,addr=6", "-device", "qemu-xhci,addr=9"]
SCANNER = {
    "id": "scanner-of-the-room",
    "kind": "scanner",
    "adapter": "scanner.keyboard",
    "zh": "扫码器（键盘口）",
    "en": "scanner (keyboard)",
    "match": {
        "subsystem": "input",
        "usb": ["0627:0001"],
        "node": "/dev/input/event*",
        "properties": {"ID_INPUT_KEYBOARD": "1"},
    },
    "source": "the keyboard that QEMU plugs in",
    "confirmed": False,
}
"""A keyboard counts as a scanner by its maker alone; of this one the site's own list says so."""
SETTINGS = {
    "devices": {"entries": [SCANNER]},
    "identity": {"before_login": "off", "seat_picture": "off"},
    "backup": {"destinations": [{"id": "second-disk", "kind": "disk", "place": "/media/backup"}]},
}
"""No desk stands in this room: the candidate goes straight to the seat."""
PICTURES = PROJECT / "build/images/pictures"


def answers(centre: dict[str, Any], public_key: str) -> dict[str, Any]:
    """Return what the technician answers for the site that the centre knows."""
    address = f"https://{CENTRE_NAME}:{CENTRE_PORT}"
    return {
        "disk": "empty",
        "encrypt": True,
        "code": centre["site"],
        "name": "示例考点",
        "centre": {"centre": address, "addresses": [CENTRE], "code": centre["claim"]},
        "wan": {"port": "ens3", "ipv4": f"{SERVER_WAN}/24", "gateway4": GATEWAY},
        "lan": ["ens4"],
        "seats": 30,
        "staff": [{"mac": STAFF_MAC}],
        "technician_keys": [public_key],
    }


def told(documents: dict[str, Any]) -> dict[str, bytes]:
    """Return files of YAML for a stick."""
    return {name: yaml.safe_dump(body, allow_unicode=True).encode() for name, body in documents.items()}


@dataclass
class CentreOutside:
    """The centre, a process outside of the room. `told`: its site's code, the session, the tickets."""

    told: dict[str, Any]
    process: subprocess.Popen[str]

    def claim_for(self, server: str) -> str:
        """Return a claim code for a machine that takes the place of a server."""
        given, said = self.process.stdin, self.process.stdout
        assert given is not None
        assert said is not None
        given.write(f"{server}\n")
        given.flush()
        return said.readline().strip()


@dataclass
class Site:
    """A server that is set up and up; somebody of the staff is logged in at its console."""

    room: ExamRoom
    machine: VirtualMachine
    installer: InstallerStick
    disk: Path
    console: Browser
    key: Path
    """The technician's key for SSH."""
    centre: CentreOutside
    backup_disk: Path

    @property
    def outcome(self) -> str:
        """What the server wrote to the stick at set-up."""
        return self.installer.read("kaodian-outcome.txt")

    def ssh(self, command: str, *, seconds: float = 300, fails: bool = False) -> str:
        """Run a command on the server as the technician does, from the staff's machine; returns what it said.

        `fails`: it is expected to fail.
        """
        words = ["ssh", "-i", str(self.key), "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR"]
        words += ["-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=60", "-o", "BatchMode=yes"]
        done = subprocess.run(
            [*self.room.staff.inside, *words, f"root@{SERVER}", command],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        said = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, (command, done.returncode, said[-3000:])
        return said


def eventually(browser: Browser, path: str, seconds: float) -> bytes:
    """Return a page as soon as it is there; a server that starts refuses connections for a while."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = browser.ask("GET", path)
            if answer.status == 200:
                return answer.body
            said = f"{answer.status} {answer.body[:200]!r}"
        except OSError as error:
            said = str(error)
        assert time.monotonic() < deadline, f"{path}: {said}"
        time.sleep(0.5)


def log_in(site: Site) -> None:
    """Log the technician in with the password of the stick, and set a new one as is asked for."""
    found = re.search(r"初始密码 / first password: (\S+)", site.outcome)
    assert found is not None
    site.console.post("/api/console/login", {"username": "technician", "password": found[1]})
    site.console.post("/api/console/password", {"old": found[1], "new": NEW_PASSWORD})


def console_picture(site: Site, page: str, shown: str, name: str) -> None:
    """Take a picture of a page of the console as the staff's Chromium shows it."""
    told = {"origin": site.console.origin, "username": "technician", "password": NEW_PASSWORD, "page": page}
    told |= {"shown": shown, "file": str(PICTURES / f"{name}.png")}
    command = [*site.room.staff.inside, sys.executable, "-m", "tests.images.console_page"]
    done = subprocess.run(
        command, input=json.dumps(told), capture_output=True, text=True, cwd=PROJECT, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]


def come_back(site: Site, seconds: float) -> None:
    """Wait until the console answers after a start of the server, and log in again where it asks."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = site.console.ask("GET", f"/api/console/sessions/{site.centre.told['session']}/board")
        except OSError as error:
            said = str(error)
        else:
            if answer.status == 200:
                return
            said = f"{answer.status} {answer.body[:300]!r}"
            if answer.status == 401:
                login = {"username": "technician", "password": NEW_PASSWORD}
                site.console.ask("POST", "/api/console/login", login)
        assert time.monotonic() < deadline, said
        time.sleep(0.5)
