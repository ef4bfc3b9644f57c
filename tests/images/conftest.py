"""Images as `make image` builds them, and a room in which a server installed itself from the stick."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from site_images.base import PROJECT, Workplace, workplace
from site_images.build import build_appliance
from site_images.kiosk import build_kiosk
from site_images.signing import SigningKey, signing_key
from tests.images.exam_room import CENTRE, SERVER, Browser, ExamRoom, InstallerStick, ssh_key
from tests.images.seat_machine import INPUT, SCREEN, SEAT_MAC
from tests.images.site_server import (
    CENTRE_PORT,
    DISPLAY,
    INSTALL_S,
    OFFICE_PORT,
    PICTURES,
    SET_UP_S,
    SETTINGS,
    START_S,
    STARTS_IN_MIN,
    CentreOutside,
    Site,
    answers,
    eventually,
    log_in,
    told,
)
from tests.images.virtual_machine import Tpm, VirtualMachine, disk_device, empty_disk, formatted_disk

STORY = (
    "test_site_set_up",
    "test_seat_boots",
    "test_devices_plugged",
    "test_exam_day",
    "test_updates",
    "test_guide",
    "test_disk_encrypted",
    "test_site_restored",
    "test_installer",
)
"""One room, one morning: the modules in the order in which it goes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the modules of the story in its order."""
    items.sort(key=lambda item: STORY.index(name) if (name := item.path.stem) in STORY else len(STORY))


@pytest.fixture(scope="session")
def place() -> Workplace:
    """Where the images are built; what is up to date there is used again."""
    made = workplace(PROJECT / "build/images")
    PICTURES.mkdir(exist_ok=True)
    return made


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


@contextmanager
def running_centre(room: ExamRoom, folder: Path) -> Iterator[CentreOutside]:
    """Run the centre outside."""
    words = [CENTRE, str(CENTRE_PORT), str(OFFICE_PORT), str(STARTS_IN_MIN)]
    command = [sys.executable, "-m", "tests.images.centre_process", str(folder), *words]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [*room.outside.inside, *command], cwd=PROJECT, stdin=pipe, stdout=pipe, text=True
    )
    try:
        said: IO[str] | None = process.stdout
        assert said is not None
        yield CentreOutside(json.loads(said.readline()), process)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def room() -> Iterator[ExamRoom]:
    """The exam room with nothing in it yet."""
    with ExamRoom() as made:
        yield made


@pytest.fixture(scope="session")
def centre(room: ExamRoom, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentreOutside]:
    """The centre outside."""
    with running_centre(room, tmp_path_factory.mktemp("centre")) as running:
        yield running


@pytest.fixture(scope="session")
def tpm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tpm]:
    """The TPM of the site's server."""
    made = Tpm(tmp_path_factory.mktemp("tpm"))
    made.put_in()
    try:
        yield made
    finally:
        made.take_out()


@pytest.fixture(scope="session")
def site(
    appliance_image: Path,
    room: ExamRoom,
    centre: CentreOutside,
    tpm: Tpm,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """The room with its server: installed from the stick on an empty disk, set up by answers on it.

    Its data is encrypted with the key in the TPM. The server of `test_site_restored` has plain partitions.
    """
    folder = tmp_path_factory.mktemp("site")
    key, public = ssh_key(folder)
    documents = {"kaodian-set-up.yaml": answers(centre.told, public), "kaodian-settings.yaml": SETTINGS}
    installer = InstallerStick(appliance_image / "installer.img", folder, told(documents))
    disk, backup = empty_disk(folder, "disk", 12 * 1024), formatted_disk(folder, "backup", 2048)
    devices = [*disk_device(disk, "disk", 7, first=1), *disk_device(backup, "backup", 8), *DISPLAY]
    devices += tpm.device
    devices += ["-drive", f"file={installer.file},if=none,id=stick,format=raw,cache=unsafe"]
    devices += ["-device", "usb-storage,id=stick,drive=stick,removable=on,bootindex=0"]
    devices += room.port("wan", "52:54:00:00:00:0a", slot=3, firmware=False)
    devices += room.port("lan", "52:54:00:00:00:0b", slot=4, firmware=False)
    inside = room.switches.inside
    server = VirtualMachine(folder / "server", memory_mib=3072, devices=devices, inside=inside, restarts=True)
    with server:
        installed = server.wait_for(r"installed on vda: (\S+)", INSTALL_S)
        print(f"power-on to an installed disk: {time.monotonic() - server.started_at:.0f} s")
        # The technician has the disk start from now on; the stick with the answers stays.
        server.ask("qom-set", path="stick", property="bootindex", value=2)
        begun = server.wait_for(r"Linux version|kaodian: state=|number=\d{6}", START_S, after=installed.end())
        up_from = time.monotonic()
        in_force = server.wait_for(rf"site {centre.told['site']} is in force", START_S, after=begun.end())
        server.wait_for(r"kaodian: state=\S+ failed=\d+", SET_UP_S, after=in_force.end())
        print(f"first start to a site that is up: {time.monotonic() - up_from:.0f} s")
        shutil.copy(server.screen("set-up"), PICTURES / "server-set-up.png")
        server.unplug("stick")
        root = eventually(Browser(room.staff, f"http://{SERVER}"), "/site-root.pem", 60)
        console = Browser(room.staff, f"https://{SERVER}:8443", root)
        eventually(console, "/console/", SET_UP_S)
        made = Site(room, server, installer, disk, console, key, centre, backup)
        log_in(made)
        yield made


@pytest.fixture(scope="session")
def seat(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualMachine]:
    """A machine with BIOS that is turned on in the room."""
    port = site.room.port("lan", SEAT_MAC, boots=True)
    inside = site.room.switches.inside
    devices = [*SCREEN, *INPUT, *port]
    folder = tmp_path_factory.mktemp("seat")
    with VirtualMachine(folder, memory_mib=2048, devices=devices, inside=inside) as machine:
        yield machine
