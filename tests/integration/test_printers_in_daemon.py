"""Printers through the whole daemon: plugged into the dock, shown, named, tested, pulled out."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from firmware_adapters.adapter import DeviceState
from firmware_adapters.interface import Device
from firmware_adapters.settings import DaemonSettings
from firmware_adapters.simulators.print_service import missing_program
from firmware_adapters.simulators.testbed import missing_library
from tests.watched_daemon import WatchedDaemon, watched_daemon

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(bool(missing_program()), reason=missing_program() or "printers can be simulated"),
    pytest.mark.skipif(bool(missing_library()), reason=missing_library() or "USB can be simulated"),
]
USB, NETWORK = "printer.usb", "printer.network"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WatchedDaemon]:
    folder = tmp_path_factory.mktemp("printers")
    settings = DaemonSettings(folder=folder / "devices", socket=folder / "socket", dock=True)
    async with watched_daemon(settings) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def daemon(one_daemon: WatchedDaemon) -> AsyncIterator[WatchedDaemon]:
    """The daemon of all these tests, with nothing plugged in before and after."""
    yield one_daemon
    for simulator in (USB, NETWORK):
        await one_daemon.client.plug(simulator, plugged=False)
    await one_daemon.until(lambda: not one_daemon.there(), "unplugged")


def printers(daemon: WatchedDaemon, state: DeviceState, entry: str = "printer-cups") -> list[Device]:
    return [one for one in daemon.there() if one.entry == entry and one.state is state]


async def ready_printer(daemon: WatchedDaemon) -> Device:
    await daemon.until(lambda: bool(printers(daemon, DeviceState.READY)), "a printer that is ready")
    return printers(daemon, DeviceState.READY)[0]


async def test_a_usb_printer_is_shown_within_a_second_and_becomes_its_queue_under_the_same_id(
    daemon: WatchedDaemon,
) -> None:
    since = len(daemon.told)
    plugged_at = time.monotonic()
    await daemon.client.plug(USB)
    shown = await daemon.until_told(lambda news: isinstance(news, Device), since, "shown")
    assert shown.at - plugged_at < 1.0
    printer = await ready_printer(daemon)
    assert isinstance(shown.news, Device)
    assert printer.id == shown.news.id
    assert (printer.maker, printer.model, printer.serial) == ("Kaodian", "Simulated Laser 600", "SIMPUSB1")
    assert printer.firmware == "SIM-1.0"
    assert printer.facts["resolutions_dpi"] == [[600, 600]]
    assert printer.facts["queue"] == "Simulated_Laser_600_SIMPUSB1"
    # It was plugged in once, though the bus and CUPS have shown it one after the other.
    assert [line.what for line in (await daemon.client.history(printer.id)).lines] == ["plugged"]


async def test_a_usb_printer_that_is_pulled_out_is_gone_within_a_second(daemon: WatchedDaemon) -> None:
    await daemon.client.plug(USB)
    printer = await ready_printer(daemon)
    since, pulled_at = len(daemon.told), time.monotonic()
    await daemon.client.plug(USB, plugged=False)
    gone = await daemon.until_told(
        lambda news: isinstance(news, Device) and news.state is DeviceState.ABSENT, since, "gone"
    )
    assert gone.at - pulled_at < 1.0
    # Its queue stays in CUPS and is the same printer's when it comes back.
    await daemon.client.plug(USB)
    assert (await ready_printer(daemon)).id == printer.id


async def test_a_self_test_prints_a_page_and_is_kept(daemon: WatchedDaemon) -> None:
    await daemon.client.plug(NETWORK)
    printer = await ready_printer(daemon)
    result = await daemon.client.self_test(printer.id)
    assert result.passed, result
    assert [one.name for one in result.steps] == ["answers", "state", "resolution", "paper", "toner", "page"]
    kept = await daemon.client.self_tests(printer.id)
    assert kept.results[0].passed
    done = await daemon.until_event("job.done", device=printer.id)
    assert done.body["state"] == "completed"


async def test_paper_that_jams_in_the_dock_is_told_and_goes_into_the_history(daemon: WatchedDaemon) -> None:
    await daemon.client.plug(NETWORK)
    printer = await ready_printer(daemon)
    await daemon.client.dock_act(NETWORK, "jam")
    await daemon.until(lambda: bool(printers(daemon, DeviceState.FAILED)), "jammed")
    jammed = printers(daemon, DeviceState.FAILED)[0]
    assert jammed.reason is not None
    assert jammed.reason.code == "printer.media_jam"
    refused = await daemon.client.self_test(printer.id)
    assert not refused.passed
    assert "卡纸" in next(one.zh for one in refused.steps if not one.passed)
    await daemon.client.dock_act(NETWORK, "clear_jam")
    await ready_printer(daemon)
    history = await daemon.client.history(printer.id)
    assert {"fault", "recovered", "self_test"} <= {line.what for line in history.lines}


async def test_usb_and_network_printers_stand_side_by_side_each_with_its_own_id(
    daemon: WatchedDaemon,
) -> None:
    await daemon.client.plug(USB)
    await daemon.client.plug(NETWORK)
    await daemon.until(lambda: len(printers(daemon, DeviceState.READY)) == 2, "both")
    assert len({one.id for one in daemon.there()}) == len(daemon.there()) == 2


async def test_a_usb_printer_that_is_replugged_again_and_again_ends_up_as_it_is(
    daemon: WatchedDaemon,
) -> None:
    for _ in range(12):
        await daemon.client.plug(USB)
        await daemon.client.plug(USB, plugged=False)
    await daemon.client.plug(USB)
    printer = await ready_printer(daemon)
    assert [one.id for one in daemon.there()] == [printer.id]
    await daemon.client.plug(USB, plugged=False)
    await daemon.until(lambda: not daemon.there(), "gone")
    # What was told late must not bring it back: a listing later it is still gone.
    since = len(daemon.told)
    await daemon.client.plug(NETWORK)
    await ready_printer(daemon)
    assert all(
        not (isinstance(one.news, Device) and one.news.id == printer.id) for one in daemon.told[since:]
    )
