"""Images as `make image` builds them, and a room in which a server of that image is up as a site."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from site_images.base import PROJECT, Workplace, workplace
from site_images.build import build_appliance
from site_images.kiosk import build_kiosk
from site_images.signing import SigningKey, signing_key
from tests.images.centre_process import NAME as CENTRE_NAME
from tests.images.exam_room import (
    CENTRE,
    GATEWAY,
    SERVER,
    SERVER_WAN,
    STAFF_MAC,
    Browser,
    ExamRoom,
    stick,
)
from tests.images.virtual_machine import VirtualMachine, fresh_disk

START_S, SET_UP_S = 600.0, 600.0
"""Patience with a machine without hardware virtualisation, s."""
CENTRE_PORT, OFFICE_PORT = 8443, 8090
STARTS_IN_MIN = 40
"""The session is planned so late, so that the room is up before; the lead may start it earlier."""
NEW_PASSWORD = "Kaoshi-2026#vm"
SCREEN = "VGA,edid=on,xres=1280,yres=800,addr=6"
SETTINGS = {"identity": {"before_login": "off", "seat_picture": "off"}}
"""No desk stands in this room: the candidate goes straight to the seat."""


def answers(centre: dict[str, Any]) -> dict[str, Any]:
    """Return what the technician answers for the site that the centre knows."""
    address = f"https://{CENTRE_NAME}:{CENTRE_PORT}"
    return {
        "code": centre["site"],
        "name": "示例考点",
        "centre": {"centre": address, "addresses": [CENTRE], "code": centre["claim"]},
        "wan": {"port": "ens3", "ipv4": f"{SERVER_WAN}/24", "gateway4": GATEWAY},
        "lan": ["ens4"],
        "seats": 30,
        "staff": [{"mac": STAFF_MAC}],
    }


@pytest.fixture(scope="session")
def place() -> Workplace:
    """Where the images are built; what is up to date there is used again."""
    return workplace(PROJECT / "build/images")


@pytest.fixture(scope="session")
def release_key(place: Workplace) -> SigningKey:
    """The key that the images are signed with."""
    return signing_key(place.work)


@pytest.fixture(scope="session")
def kiosk_image(place: Workplace, release_key: SigningKey) -> Path:
    """The folder with the image of the seats, built from this checkout."""
    return build_kiosk(place, release_key)


@pytest.fixture(scope="session")
def appliance_image(place: Workplace, release_key: SigningKey, kiosk_image: Path) -> Path:
    """The folder with the image of the site server, built from this checkout."""
    return build_appliance(place, release_key, kiosk_image)


@dataclass
class Site:
    """A server that was flashed, set up by a stick, and is up; somebody of the staff is logged in."""

    room: ExamRoom
    machine: VirtualMachine
    stick: Path
    set_up_at: int
    """Where in the console's text the site was in force."""
    console: Browser
    root: bytes
    """The site's root certificate."""
    centre: dict[str, Any]
    """What the centre holds of the site: its code, the session, the tickets."""

    def outcome(self) -> str:
        """Return what the server wrote to the stick."""
        read = ["mtype", "-i", str(self.stick), "::kaodian-outcome.txt"]
        return subprocess.run(read, check=True, capture_output=True).stdout.decode()


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


@contextmanager
def running_centre(room: ExamRoom, folder: Path) -> Iterator[dict[str, Any]]:
    """Run the centre outside; yields what it tells."""
    words = [CENTRE, str(CENTRE_PORT), str(OFFICE_PORT), str(STARTS_IN_MIN)]
    process = subprocess.Popen(
        [*room.outside.inside, sys.executable, "-m", "tests.images.centre_process", str(folder), *words],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def site(appliance_image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The room with its server, which became a site by the answers on a stick."""
    folder = tmp_path_factory.mktemp("site")
    disk = fresh_disk(appliance_image / "appliance.img", folder)
    with ExamRoom() as room, running_centre(room, folder / "centre") as centre:
        files = {"kaodian-set-up.yaml": answers(centre), "kaodian-settings.yaml": SETTINGS}
        written = {name: yaml.safe_dump(body, allow_unicode=True).encode() for name, body in files.items()}
        answered = stick(folder / "stick", written)
        devices = ["-drive", f"file={disk},if=virtio,format=qcow2", "-device", SCREEN, "-device", "qemu-xhci"]
        devices += ["-drive", f"file={answered},if=none,id=stick,format=raw"]
        devices += ["-device", "usb-storage,drive=stick,removable=on"]
        devices += room.port("wan", "52:54:00:00:00:0a", slot=3)
        devices += room.port("lan", "52:54:00:00:00:0b", slot=4)
        server = VirtualMachine(
            folder / "server", memory_mib=3072, devices=devices, inside=room.switches.inside
        )
        with server:
            in_force = server.wait_for(rf"site {centre['site']} is in force", START_S)
            server.wait_for(r"kaodian: state=\S+ failed=\d+", SET_UP_S, after=in_force.end())
            print(f"power-on to a site that is up: {time.monotonic() - server.started_at:.0f} s")
            root = eventually(Browser(room.staff, f"http://{SERVER}"), "/site-root.pem", 60)
            console = Browser(room.staff, f"https://{SERVER}:8443", root)
            eventually(console, "/console/", SET_UP_S)
            made = Site(room, server, answered, in_force.end(), console, root, centre)
            log_in(made)
            yield made


def log_in(site: Site) -> None:
    """Log the technician in with the password of the stick, and set a new one as is asked for."""
    found = re.search(r"初始密码 / first password: (\S+)", site.outcome())
    assert found is not None
    site.console.post("/api/console/login", {"username": "technician", "password": found[1]})
    site.console.post("/api/console/password", {"old": found[1], "new": NEW_PASSWORD})
