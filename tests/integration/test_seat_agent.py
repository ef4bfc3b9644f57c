"""The packed seat agent as a program against a site server: enter, report, orders, restart, camera."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from exam_appliance.seats.agent.packing import pack
from firmware_adapters.simulators.camera import SimulatedCamera
from firmware_adapters.simulators.testbed import Testbed
from tests.exchange_parts import until
from tests.site_app import site_app

CAMERAS = """
import json
from pathlib import Path
from exam_appliance.seats.agent.cameras import cameras
print(json.dumps(cameras(Path("/"))))
"""


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("agent") / "seat-agent.pyz"
    pack(file)
    return file


@asynccontextmanager
async def running_agent(packed: Path, folder: Path, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the agent with commands that leave a file instead of going down."""
    (folder / "root" / "etc").mkdir(parents=True, exist_ok=True)
    (folder / "root" / "etc" / "os-release").write_text("ID=uos\nVERSION_ID=20\n")
    words = ["--server", url, "--state", str(folder / "agent"), "--root", str(folder / "root")]
    words += ["--client", "kaodian-kiosk 0.1.0", "--reboot", f"touch {folder / 'rebooted'}"]
    words += [
        "--shutdown",
        "false",
        "--browser",
        f"sh -c 'echo \"$0\" >> {folder / 'shown'}; exec sleep 600'",
    ]
    process = await asyncio.create_subprocess_exec(
        "/usr/bin/python3", "-I", "-S", str(packed), *words, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 40) == 0


async def test_an_agent_enters_is_bound_reports_opens_the_page_and_obeys_signed_orders(
    packed: Path, tmp_path: Path
) -> None:
    settings = {"binding": "required", "rooms": [{"room": "", "first": 1, "last": 3}]}
    async with site_app(tmp_path / "all", candidates=1, seats=settings, devices={"run": "none"}) as site:
        seats = site.appliance.seats
        technician = await site.staff("zhou")
        async with running_agent(packed, tmp_path, site.url):
            await until(lambda: bool(seats.waiting.all(seats.now_ms())))
            (waits,) = seats.waiting.all(seats.now_ms())
            await technician.post("/seats/bind", {"code": waits.code, "number": 2})
            # Its seat makes it prove itself anew, at once: now it has a certificate.
            certificate = tmp_path / "agent" / "certificate.pem"
            await until(certificate.exists)
            assert "BEGIN CERTIFICATE" in certificate.read_text()
            shown = tmp_path / "shown"
            await until(shown.exists)
            assert f"{site.url}/seat/#ticket=" in shown.read_text()

            async def reported() -> bool:
                view = await technician.get("/seats")
                return bool(view["seats"][1]["reported"])

            deadline = asyncio.get_running_loop().time() + 30
            while not await reported():
                assert asyncio.get_running_loop().time() < deadline
                await asyncio.sleep(0.1)
            given = await technician.post("/seats/power", {"what": "reboot", "seats": [{"number": 2}]})
            assert given == {"given": 1, "left_out": []}
            await until((tmp_path / "rebooted").exists)
            order = seats.orders.of(waits.machine)
            assert order is not None
            assert (order.what, order.outcome) == ("reboot", "taken")
            # A server that begins anew knows the machine by its key again, without a technician.
            await site.stop()
            await site.start()
            again = site.appliance.seats
            await until(lambda: again.presences.has_agent(waits.machine, again.now_ms()))


async def test_a_camera_of_the_machine_is_told_with_its_largest_picture() -> None:
    with Testbed() as testbed:
        camera = SimulatedCamera(testbed)
        await camera.plug()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            CAMERAS,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **testbed.environment()},
        )
        out, _ = await process.communicate()
        await camera.unplug()
    (told,) = json.loads(out)
    assert (told["width"], told["height"]) == (2592, 1944)
    assert told["name"]
