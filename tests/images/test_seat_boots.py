"""A candidate's machine without a disk boots from the site server over the network, with BIOS and UEFI."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from tests.images.seat_machine import (
    BOOT_S,
    CODE_COLOUR,
    SCREEN,
    SEAT_ADDRESS,
    SEAT_MAC,
    online,
    settled,
    wait_until,
)
from tests.images.site_server import PICTURES, Site, console_picture
from tests.images.virtual_machine import VirtualMachine, disk_device, fresh_disk

pytestmark = pytest.mark.timeout(2400)
MOST_PULLED_BYTES = 385e6
"""Boot loader, kernel, initramfs and system, 350 MB at most; a tenth more for frames and the page."""


def test_a_machine_that_boots_for_the_first_time_waits_with_its_code_and_gets_a_seat(
    site: Site, seat: VirtualMachine
) -> None:
    waiting = wait_until(site, lambda told: told["waiting"], "no machine waits")
    assert [one["macs"] for one in waiting] == [[SEAT_MAC]], waiting
    print(f"power-on to a code at the console: {time.monotonic() - seat.started_at:.0f} s")
    shutil.copy(seat.drawn("code", BOOT_S, large=CODE_COLOUR), PICTURES / "seat-code.png")
    print(f"power-on to the code on the screen: {time.monotonic() - seat.started_at:.0f} s")
    print(f"a seat pulls {(pulled := site.room.pulled(SEAT_MAC)) / 1e6:.1f} MB until its first page")
    assert pulled < MOST_PULLED_BYTES
    code = waiting[0]["code"]
    site.console.post("/api/console/seats/bind", {"code": code, "room": "", "number": 1})
    bound = wait_until(site, lambda told: settled(told, 1, SEAT_ADDRESS), "seat 1 does not come")
    assert (bound["macs"], bound["agent"], bound["kept"]) == ([SEAT_MAC], True, "disk")


def test_what_the_seat_is_made_of_stands_at_the_console(site: Site, seat: VirtualMachine) -> None:
    told = wait_until(site, lambda told: online(told, 1), "seat 1 is gone")
    points = {point["en"]: point for point in told["hardware"]}
    assert points, told
    console_picture(site, "devices/seats", ".machine-tile.online", "console-seats")
    print({name: (point["measured_en"], point["state"]) for name, point in points.items()})


def test_the_seat_cannot_reach_a_host_outside_that_answers(site: Site, seat: VirtualMachine) -> None:
    site.console.post("/api/console/readiness/run")
    deadline = time.monotonic() + BOOT_S
    while (view := site.console.get("/api/console/readiness"))["running"] or view["report"] is None:
        assert time.monotonic() < deadline
        time.sleep(2)
    (row,) = (one for one in view["report"]["rows"] if one["id"] == "site.lan.no_internet")
    assert row["state"] == "pass", row


@pytest.mark.whole
def test_a_machine_that_starts_from_its_own_disk_keeps_its_seat_over_a_cut_of_the_power(
    site: Site, kiosk_image: Path, tmp_path: Path
) -> None:
    disk = fresh_disk(kiosk_image / "seat.img", tmp_path)
    mac = "52:54:00:10:00:03"
    devices = [*SCREEN, *disk_device(disk, "disk", 7, first=0)]
    devices += site.room.port("lan", mac, firmware=False)
    inside = site.room.switches.inside
    with VirtualMachine(tmp_path / "seat", memory_mib=2048, devices=devices, inside=inside) as machine:
        waiting = wait_until(site, lambda told: told["waiting"], "no machine waits")
        assert [one["macs"] for one in waiting] == [[mac]]
        print(f"own disk, power-on to a code at the console: {time.monotonic() - machine.started_at:.0f} s")
        site.console.post("/api/console/seats/bind", {"code": waiting[0]["code"], "room": "", "number": 3})
        wait_until(site, lambda told: online(told, 3), "seat 3 does not come")
        machine.cut_power()
        wait_until(site, lambda told: not online(told, 3), "seat 3 does not go")
        machine.turn_on()
        again = wait_until(site, lambda told: online(told, 3), "seat 3 does not come back by itself")
        assert again["macs"] == [mac]


@pytest.mark.whole
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
