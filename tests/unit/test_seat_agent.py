"""The seat agent: its key by openssl, EDID, an invented machine, one file without libraries."""

from __future__ import annotations

import base64
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exam_appliance.readiness.heard.machine_report import MachineReport
from exam_appliance.seats.agent.agent import Agent, Options
from exam_appliance.seats.agent.display import display, edid_facts
from exam_appliance.seats.agent.machine_key import KeyFault, MachineKey, is_signed
from exam_appliance.seats.agent.network import attempts
from exam_appliance.seats.agent.packing import modules, pack
from exam_appliance.seats.agent.report import facts, report
from exam_appliance.seats.agent.server import Server
from exam_appliance.seats.authority import SeatAuthority
from exam_appliance.seats.facts import MachineFacts
from exam_appliance.seats.keys import is_signed as server_holds
from exam_appliance.seats.keys import machine_of, seat_key
from tests.site_parts import APPLIANCE


def edid(width: int, height: int, width_mm: int, height_mm: int) -> bytes:
    """Return an EDID whose preferred timing has this size."""
    made = bytearray(128)
    made[0:8] = b"\x00\xff\xff\xff\xff\xff\xff\x00"
    made[21:23] = bytes((width_mm // 10, height_mm // 10))
    timing = bytearray(18)
    timing[0:2] = b"\x02\x3a"
    timing[2], timing[4] = width & 0xFF, width >> 4 & 0xF0
    timing[5], timing[7] = height & 0xFF, height >> 4 & 0xF0
    timing[12], timing[13] = width_mm & 0xFF, height_mm & 0xFF
    timing[14] = (width_mm >> 4 & 0xF0) | height_mm >> 8
    made[54:72] = timing
    made[127] = -sum(made) % 256
    return bytes(made)


def put(root: Path, files: dict[str, str | bytes]) -> None:
    """Write files below a root."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    core = (
        "processor\t: {n}\nmodel name\t: Intel(R) Core(TM) i5-6500 CPU @ 3.20GHz\n"
        "physical id\t: 0\ncore id\t: {n}\nflags\t: lm\n"
    )
    put(
        root,
        {
            "proc/cpuinfo": "\n".join(core.format(n=n) for n in range(4)),
            "proc/meminfo": "MemTotal:        8038332 kB\n",
            "sys/class/net/enp3s0/device/vendor": "0x10ec",
            "sys/class/net/enp3s0/address": "52:54:00:10:00:01\n",
            "sys/class/net/enp3s0/carrier": "1",
            "sys/class/net/enp3s0/speed": "1000\n",
            "sys/block/sda/size": "976773168\n",
            "sys/class/dmi/id/sys_vendor": "LENOVO\n",
            "sys/class/dmi/id/product_name": "10MRA\x01\n",
            "sys/class/dmi/id/product_serial": "PC0A1B2C\n",
            "sys/class/dmi/id/product_uuid": "4c4c4544-0042-3510-8052-b4c04f564433\n",
            "sys/class/drm/card0-HDMI-A-1/status": "disconnected\n",
            "sys/class/drm/card0-DP-1/status": "connected\n",
            "sys/class/drm/card0-DP-1/edid": edid(1920, 1080, 477, 268),
            "proc/net/route": (
                "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
                "enp3s0\t000A140A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
                "enp3s0\t00000000\t010A140A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
            ),
            "etc/os-release": 'ID=uos\nVERSION_ID="20"\n',
        },
    )
    return root


def test_a_machine_tells_what_the_standard_asks_and_what_it_is_known_by(machine: Path) -> None:
    told = MachineReport.model_validate(report(machine, "a" * 64, "kaodian-kiosk 0.1.0"))
    assert (told.cpu_mhz, told.cores, told.bits) == (3200, 4, 64)
    assert (told.memory_mb, told.disk_gb, told.nic_mbit) == (7849, 500, 1000)
    assert told.display is not None
    assert (told.display.width_px, told.display.width_mm, told.display.height_mm) == (1920, 477, 268)
    assert (told.cameras, told.system_id, told.system_version) == ((), "uos", "20")
    assert (told.gateway, told.probes) == ("10.20.10.1", None)
    known = MachineFacts.model_validate(facts(machine))
    assert known.macs == ("52:54:00:10:00:01",)
    assert (known.vendor, known.product, known.board) == (
        "LENOVO",
        "10MRA",
        "4c4c4544-0042-3510-8052-b4c04f564433",
    )


def test_a_bare_machine_tells_nothing_that_it_does_not_know(tmp_path: Path) -> None:
    told = MachineReport.model_validate(report(tmp_path, "a" * 64, ""))
    # No disk is a fact: some authorities forbid diskless machines.
    assert (told.cpu_mhz, told.memory_mb, told.display, told.disk_gb) == (None, None, None, 0)
    assert MachineFacts.model_validate(facts(tmp_path)) == MachineFacts()


def test_a_seat_that_gets_through_to_the_outside_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        open_port = f"127.0.0.1:{listening.getsockname()[1]}"
        told = attempts([open_port, "127.0.0.1:1", "[::1]:1", "nonsense", "127.0.0.1:x"])
    assert [one["reached"] for one in told] == [True, False, False, False, False]


def test_a_display_without_edid_tells_its_mode(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "sys/class/drm/card0-Virtual-1/status": "connected",
            "sys/class/drm/card0-Virtual-1/modes": "1366x768\n1024x768\n",
        },
    )
    assert display(tmp_path) == {"width_px": 1366, "height_px": 768}


@given(st.binary(max_size=300), st.integers(0, 127))
@settings(max_examples=80)
def test_any_bytes_for_an_edid_are_taken(data: bytes, at: int) -> None:
    edid_facts(data)
    good = bytearray(edid(1920, 1080, 477, 268))
    good[at] ^= 0x55
    assert edid_facts(bytes(good)) is None


def test_a_key_is_made_once_signs_for_the_server_and_checks_the_authority(tmp_path: Path) -> None:
    path = tmp_path / "state" / "machine.key"
    key = MachineKey(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert MachineKey(path).text == key.text
    held = seat_key(key.text)
    assert machine_of(held) == key.machine
    assert server_holds(held, b"said", key.sign(b"said"))
    authority = SeatAuthority.at(tmp_path / "site", APPLIANCE)
    signature = authority.sign(b"order")
    assert is_signed(authority.pem, b"order", signature)
    other = SeatAuthority.at(tmp_path / "other", APPLIANCE)
    for pem, said, sent in (
        (other.pem, b"order", signature),
        (authority.pem, b"ordes", signature),
        (authority.pem, b"order", base64.b64encode(b"torn").decode()),
        (authority.pem, b"order", "?"),
        ("no certificate", b"order", signature),
    ):
        assert not is_signed(pem, said, sent)
    path.write_text("torn")
    with pytest.raises(KeyFault):
        MachineKey(path)


def test_the_agent_is_one_file_that_python_runs_without_any_library(tmp_path: Path) -> None:
    names = modules()
    assert "exam_appliance.seats.agent.agent" in names
    assert "exam_appliance.seats.seats" not in names
    packed = tmp_path / "seat-agent.pyz"
    pack(packed)
    assert packed.stat().st_size < 100_000
    run: Any = subprocess.run(
        ["/usr/bin/python3", "-I", "-S", str(packed), "--help"], capture_output=True, text=True, check=True
    )
    assert "考生机座位代理" in run.stdout


class MovingServer(Server):
    """A server that gives the machine its seat at the second proof, and with it another address."""

    def __init__(self, renewed: Path) -> None:
        super().__init__("http://127.0.0.1:1")
        self._renewed = renewed
        self.proofs = self._tickets = 0

    def own_address(self) -> str:
        return "10.20.10.101" if self._renewed.exists() else "10.20.10.235"

    def get(self, path: str, patience_s: float = 1) -> Any:
        if path == "/api/seat/challenge":
            return {"challenge": "00"}
        return {"standing": "bound", "order": None}

    def post(self, path: str, body: object) -> Any:
        if path == "/api/seat/ticket":
            self._tickets += 1
            return {"ticket": f"t{self._tickets}"}
        if path == "/api/seat/machine":
            return None
        self.proofs += 1
        place = {"zh": "1 号座位"} if self.proofs > 1 else None
        return {"authority": "a", "token": "t", "place": place, "code": "ABCD", "certificate": ""}


def test_a_machine_that_gets_its_seat_asks_for_its_address_enters_from_there_and_opens_the_page_anew(
    tmp_path: Path,
) -> None:
    shown, renewed = tmp_path / "shown", tmp_path / "renewed"
    browser = ("sh", "-c", f"echo $0 >> {shown}; exec sleep 60")
    options = Options(tmp_path, tmp_path / "root", browser=browser, renew=("touch", str(renewed)))
    server = MovingServer(renewed)
    agent = Agent(server, MachineKey(tmp_path / "machine.key"), options)
    try:
        agent._turn()
        assert not renewed.exists()
        agent._turn()
        assert (renewed.exists(), server.proofs) == (True, 2)
        agent._turn()
        assert server.proofs == 3
        agent._turn()
        assert server.proofs == 3
        deadline = time.monotonic() + 20
        while len(pages := shown.read_text().splitlines() if shown.exists() else []) < 2:
            assert time.monotonic() < deadline, pages
            time.sleep(0.05)
        assert [page.rpartition("/")[2] for page in pages] == ["#ticket=t1", "#ticket=t2"]
    finally:
        assert agent._browser is not None
        agent._browser.kill()
        agent._browser.wait()
