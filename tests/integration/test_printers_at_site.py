"""What the appliance asks of printers, answered by simulated ones: the readiness row, pre-flight's page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from exam_appliance.backup.report import standing
from exam_appliance.devices.bindings import Bound
from exam_appliance.devices.daemon_line import DaemonLine
from exam_appliance.preflight.checks import printing
from exam_appliance.preflight.looking import Copied, Looked
from exam_appliance.readiness.checks.printer import judge
from exam_appliance.readiness.device_list import DaemonDevices
from exam_appliance.readiness.finding import Finding, State
from exam_appliance.readiness.gathering import Place
from exam_appliance.readiness.sources import DeviceFacts, Missing
from firmware_adapters.adapter import DeviceState
from firmware_adapters.interface import Device
from firmware_adapters.settings import DaemonSettings
from firmware_adapters.simulators.print_service import missing_program
from tests.readiness_parts import NOW, StandInLine, programs, row
from tests.site_app import site_settings
from tests.site_parts import APPLIANCE
from tests.watched_daemon import WatchedDaemon, watched_daemon

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(bool(missing_program()), reason=missing_program() or "printers can be simulated"),
]
NETWORK = "printer.network"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WatchedDaemon]:
    folder = tmp_path_factory.mktemp("site")
    settings = DaemonSettings(folder=folder / "devices", socket=folder / "socket", dock=True)
    async with watched_daemon(settings) as running:
        await running.client.plug(NETWORK)
        yield running


async def in_state(daemon: WatchedDaemon, state: DeviceState, code: str = "") -> Device:
    """Wait for the printer to be so and return it."""

    def found() -> list[Device]:
        told = (one for one in daemon.there() if one.kind.value == "printer" and one.state is state)
        return [one for one in told if not code or (one.reason is not None and one.reason.code == code)]

    await daemon.until(lambda: bool(found()), f"{state} {code}")
    return found()[0]


@asynccontextmanager
async def site_of(daemon: WatchedDaemon, printer: Device) -> AsyncIterator[DaemonDevices]:
    """The site's view of its devices, with the printer in the office."""
    names = {"maker": printer.maker, "model": printer.model, "serial": printer.serial, "port": printer.port}
    bound = Bound("office.reports", printer.id, "printer", **names, at="2026-11-25T01:30:00Z", actor="zhou")
    line = DaemonLine(daemon.client.socket)
    try:
        yield DaemonDevices(line, lambda: (bound,))
    finally:
        await line.close()


async def told_devices(site: DaemonDevices) -> tuple[DeviceFacts, ...]:
    devices = await site.devices()
    assert not isinstance(devices, Missing), devices
    return devices


async def pre_flight(folder: Path, site: DaemonDevices) -> Finding:
    """Have pre-flight print its page."""
    looked = Looked(
        place=Place(site_settings(folder), APPLIANCE, "0.1.0", folder, programs({})),
        now=NOW,
        time_zone="Asia/Shanghai",
        enrolled=True,
        sessions=(),
        staff=(),
        rehearsal=None,
        copied=Copied(0, 0),
        backups=standing(site_settings(folder).backup, (), NOW),
        roles=(),
        devices=await told_devices(site),
        device_list=site,
        centre=StandInLine(),
        exam_runs=False,
    )
    return await printing.check(looked)


async def test_the_readiness_row_takes_the_resolution_that_the_printer_proves(daemon: WatchedDaemon) -> None:
    printer = await in_state(daemon, DeviceState.READY)
    async with site_of(daemon, printer) as site:
        finding = judge(row("site.printer"), await told_devices(site))
        assert finding.state is State.PASS
        assert "600×600 dpi" in finding.measured.zh
        assert "Simulated Laser 600" in finding.measured.zh
        await daemon.client.dock_act(NETWORK, "lie_about_resolution")
        await in_state(daemon, DeviceState.DEGRADED, "printer.resolution_contradicts")
        doubted = judge(row("site.printer"), await told_devices(site))
        assert doubted.state is State.UNKNOWN
        await daemon.client.dock_act(NETWORK, "tell_the_truth")
        await in_state(daemon, DeviceState.READY)


async def test_pre_flight_prints_a_page_and_tells_why_when_none_comes_out(
    daemon: WatchedDaemon, tmp_path: Path
) -> None:
    printer = await in_state(daemon, DeviceState.READY)
    async with site_of(daemon, printer) as site:
        printed = await pre_flight(tmp_path, site)
        assert printed.state is State.PASS, printed
        await daemon.client.dock_act(NETWORK, "empty_paper")
        await in_state(daemon, DeviceState.FAILED, "printer.media_empty")
        red = await pre_flight(tmp_path, site)
        assert red.state is State.FAIL
        assert "缺纸" in red.measured.zh
        await daemon.client.dock_act(NETWORK, "fill_paper")
        await in_state(daemon, DeviceState.READY)
    jobs = (await daemon.client.act(printer.id, "jobs")).body["jobs"]
    assert [job["state"] for job in jobs] == ["completed"]


async def test_a_page_that_gets_stuck_in_the_middle_is_red_with_the_printers_own_reason(
    daemon: WatchedDaemon, tmp_path: Path
) -> None:
    printer = await in_state(daemon, DeviceState.READY)
    async with site_of(daemon, printer) as site:
        devices = await told_devices(site)
        assert "print_test" in next(one for one in devices if one.id == printer.id).actions
        await daemon.client.dock_act(NETWORK, "jam")
        # Asked as if it had been well a moment ago: the page is sent and does not come out.
        wrong = await site.act(printer.id, "print_test", {})
        assert wrong is not None
        assert "卡纸" in wrong.zh
        await daemon.client.dock_act(NETWORK, "clear_jam")
        await in_state(daemon, DeviceState.READY)
