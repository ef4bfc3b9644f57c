"""The installer stick: pulled out in the middle, and put in again; answers with faults."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.images.exam_room import InstallerStick
from tests.images.site_server import DISPLAY, INSTALL_S, PICTURES, START_S
from tests.images.virtual_machine import VirtualMachine, disk_device, empty_disk

pytestmark = [pytest.mark.timeout(2400), pytest.mark.whole]
ANSWERS = {
    "disk": "empty",
    "code": "KD3301",
    "name": "示例考点",
    "centre": {"centre": "https://centre.example.org", "addresses": ["203.0.113.20"]},
    "wan": {"port": "ens3"},
    "lan": ["ens4"],
    "seats": 30,
    "staff": [{"mac": "52:54:00:20:00:01"}],
}


@pytest.fixture
def bare_server(appliance_image: Path, tmp_path: Path) -> Callable[..., VirtualMachine]:
    """Return a server with an empty disk and a stick whose answers differ as asked."""

    def make(**different: object) -> VirtualMachine:
        answers = yaml.safe_dump({**ANSWERS, **different}, allow_unicode=True).encode()
        stick = InstallerStick(appliance_image / "installer.img", tmp_path, {"kaodian-set-up.yaml": answers})
        devices = [*disk_device(empty_disk(tmp_path, "disk", 12 * 1024), "disk", 7, first=1), *DISPLAY]
        devices += ["-drive", f"file={stick.file},if=none,id=stick,format=raw,cache=unsafe"]
        devices += ["-device", "usb-storage,id=stick,drive=stick,removable=on,bootindex=0"]
        return VirtualMachine(tmp_path / "server", memory_mib=2048, devices=devices)

    return make


def test_a_stick_that_is_pulled_out_is_told_and_the_next_try_begins_anew(
    bare_server: Callable[..., VirtualMachine],
) -> None:
    with bare_server() as server:
        begun = server.wait_for(r"写入系统 / writing the system", START_S)
        server.unplug("stick")
        server.wait_for(r"安装盘已被拔出.*begin again", INSTALL_S, after=begun.end())
        shutil.copy(server.screen("pulled-out"), PICTURES / "installer-pulled-out.png")
        server.cut_power()
        server.put_back()
        heard = len(server.console())
        server.turn_on()
        # The disk that was cut off is as free as an empty one.
        server.wait_for(r"installing on vda", START_S, after=heard)


def test_answers_with_faults_are_named_before_any_disk_is_touched(
    bare_server: Callable[..., VirtualMachine],
) -> None:
    with bare_server(seats=400, disk="sdz") as server:
        server.wait_for(r"kaodian-set-up\.yaml.*seats", START_S)
        assert "installing on" not in server.console()
