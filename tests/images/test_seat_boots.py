"""A candidate's machine without a disk boots from the site server over the network, with BIOS and UEFI."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from site_images.base import PROJECT
from tests.images.centre_process import PASSWORD
from tests.images.conftest import OFFICE_PORT, Site
from tests.images.exam_room import Browser
from tests.images.virtual_machine import VirtualMachine

pytestmark = pytest.mark.timeout(2400)
PICTURES = PROJECT / "build/images/pictures"
BOOT_S = 600.0
SEAT_MAC = "52:54:00:10:00:01"
# Not 1366: QEMU 7.2 takes skewed pictures of screens whose width is no multiple of four.
WIDTH, HEIGHT = 1360, 768
CONFIRM, FIRST_CHOICE, HAND_IN, ALL_THE_SAME = (945, 632), (200, 218), (1180, 729), (902, 566)
"""Where buttons of the candidates' pages stand on that screen, pixels."""
SCREEN = ["-device", f"virtio-vga,xres={WIDTH},yres={HEIGHT}"]
INPUT = ["-device", "qemu-xhci", "-device", "usb-tablet", "-device", "usb-kbd"]


def wait_until(site: Site, true: Any, what: str, seconds: float = BOOT_S) -> Any:
    """Ask the console for the seats until `true` of them is; returns what it gave."""
    deadline = time.monotonic() + seconds
    while True:
        seats = site.console.get("/api/console/seats")
        if found := true(seats):
            return found
        assert time.monotonic() < deadline, f"{what}: {str(seats)[:1500]}"
        time.sleep(1)


def online(told: Any, number: int) -> Any:
    """Return a seat of the console's view that has its machine, None while it has none."""
    found = (one for one in told["seats"] if one["place"]["number"] == number and one["state"] == "online")
    return next(found, None)


@pytest.fixture(scope="module")
def seat(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualMachine]:
    """A machine with BIOS that is turned on in the room."""
    PICTURES.mkdir(exist_ok=True)
    port = site.room.port("lan", SEAT_MAC, boots=True)
    inside = site.room.switches.inside
    devices = [*SCREEN, *INPUT, *port]
    folder = tmp_path_factory.mktemp("seat")
    with VirtualMachine(folder, memory_mib=2048, devices=devices, inside=inside) as machine:
        yield machine


def test_a_machine_that_boots_for_the_first_time_waits_with_its_code_and_gets_a_seat(
    site: Site, seat: VirtualMachine
) -> None:
    waiting = wait_until(site, lambda told: told["waiting"], "no machine waits")
    assert [one["macs"] for one in waiting] == [[SEAT_MAC]], waiting
    print(f"power-on to a code at the console: {time.monotonic() - seat.started_at:.0f} s")
    shutil.copy(seat.drawn("code", BOOT_S), PICTURES / "seat-code.png")
    print(f"power-on to the code on the screen: {time.monotonic() - seat.started_at:.0f} s")
    code = waiting[0]["code"]
    site.console.post("/api/console/seats/bind", {"code": code, "room": "", "number": 1})
    bound = wait_until(site, lambda told: online(told, 1), "seat 1 does not come")
    assert (bound["macs"], bound["agent"], bound["kept"]) == ([SEAT_MAC], True, "disk")


def test_what_the_seat_is_made_of_stands_at_the_console(site: Site, seat: VirtualMachine) -> None:
    told = wait_until(
        site, lambda told: (one := online(told, 1)) and one["reported"] and one, "seat 1 tells nothing"
    )
    points = {point["en"]: point for point in told["hardware"]}
    assert points, told
    print({name: (point["measured_en"], point["state"]) for name, point in points.items()})


def test_the_seat_cannot_reach_a_host_outside_that_answers(site: Site, seat: VirtualMachine) -> None:
    site.console.post("/api/console/readiness/run")
    deadline = time.monotonic() + BOOT_S
    while (view := site.console.get("/api/console/readiness"))["running"] or view["report"] is None:
        assert time.monotonic() < deadline
        time.sleep(2)
    (row,) = (one for one in view["report"]["rows"] if one["id"] == "site.lan.no_internet")
    assert row["state"] == "pass", row


def click(seat: VirtualMachine, place: tuple[int, int]) -> None:
    """Click at a place of the seat's screen."""
    seat.click(place[0] / WIDTH, place[1] / HEIGHT)


def attempt(site: Site, ticket: str) -> Any:
    """Return a candidate's line of the room board."""
    board = site.console.get(f"/api/console/sessions/{site.centre['session']}/board")
    return next(one for one in board["seats"] if one["ticket"] == ticket)


def until(true: Any, what: str, seconds: float = 120.0) -> Any:
    """Return the first true value."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, what
        time.sleep(0.5)
    return found


def test_an_exam_is_sat_on_the_seat_and_its_score_stands_at_the_centre(
    site: Site, seat: VirtualMachine
) -> None:
    session, ticket = site.centre["session"], site.centre["tickets"][0]["ticket"]
    step = f"/api/console/sessions/{session}"
    site.console.post(f"{step}/unlock")
    site.console.post(f"{step}/open", {"reason": ""})
    seat.drawn("bound", BOOT_S)
    # Any key leads from the seat's page to the exam, which it also does by itself.
    seat.press("ret")
    shutil.copy(until(lambda: login_page(seat), "no log-in page"), PICTURES / "seat-login.png")
    seat.type(ticket)
    seat.press("ret")
    until(lambda: attempt(site, ticket)["state"] == "checked_in", "the candidate is not logged in")
    seat.drawn("identity", 120)
    click(seat, CONFIRM)
    site.console.post(f"{step}/start", {"reason": ""})
    until(lambda: attempt(site, ticket)["state"] == "sitting", "the exam does not begin")
    shutil.copy(seat.drawn("exam", 120), PICTURES / "seat-exam.png")
    for number in range(1, 7):
        seat.press("a")
        until(lambda number=number: attempt(site, ticket)["answered"] == number, f"answer {number}")
        seat.press("pgdn")
    click(seat, FIRST_CHOICE)
    until(lambda: attempt(site, ticket)["answered"] == 7, "the answer of the pointer")
    click(seat, HAND_IN)
    seat.drawn("hand-in", 120)
    click(seat, ALL_THE_SAME)
    until(lambda: attempt(site, ticket)["state"] in ("submitted", "scored"), "not handed in")
    shutil.copy(seat.drawn("result", 120), PICTURES / "seat-result.png")
    office = Browser(site.room.outside, f"http://127.0.0.1:{OFFICE_PORT}")
    office.post("/api/central/login", {"username": "office", "password": PASSWORD})

    def scored() -> Any:
        lines = office.get(f"/api/central/sessions/{session}/ledger")["lines"]
        return next(one for one in lines if one["ticket"] == ticket and one["state"] == "scored")

    line = until(lambda: found_of(scored), "no score at the centre")
    assert (line["answered"], line["saved"], line["of"]) == (7, 7, 100)
    assert 0 <= line["score"] <= 7


def found_of(look: Any) -> Any:
    """Return what a search finds, None while it finds nothing."""
    try:
        return look()
    except StopIteration:
        return None


def login_page(seat: VirtualMachine) -> Path | None:
    """Return a picture of the log-in page, whose background is light, once it is on the screen."""
    picture = seat.drawn("login", 120)
    with Image.open(picture) as read:
        red, green, blue = read.convert("RGB").getpixel((60, 400))
    return picture if min(red, green, blue) > 200 else None


def test_a_machine_with_uefi_and_secure_boot_boots_as_well(
    site: Site, seat: VirtualMachine, tmp_path: Path
) -> None:
    variables = tmp_path / "variables.fd"
    shutil.copy("/usr/share/OVMF/OVMF_VARS_4M.ms.fd", variables)
    firmware = "if=pflash,format=raw,unit=0,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.ms.fd"
    devices = ["-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on"]
    devices += ["-drive", firmware, "-drive", f"if=pflash,format=raw,unit=1,file={variables}"]
    devices += [*SCREEN, *site.room.port("lan", "52:54:00:10:00:02", boots=True, firmware=False)]
    inside = site.room.switches.inside
    with VirtualMachine(tmp_path, memory_mib=2048, devices=devices, inside=inside) as machine:
        waiting = wait_until(site, lambda told: told["waiting"], "no machine waits", 2 * BOOT_S)
        assert [one["macs"] for one in waiting] == [["52:54:00:10:00:02"]]
        print(f"UEFI, power-on to a code at the console: {time.monotonic() - machine.started_at:.0f} s")
