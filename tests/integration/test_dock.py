"""The dock of simulated devices behind the daemon's interface: plugged in and used by a click."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from firmware_adapters.client import DaemonRefused
from firmware_adapters.dock_interface import DockRefusal
from firmware_adapters.interface import Device, SelfTest
from firmware_adapters.settings import DaemonSettings
from firmware_adapters.simulators.dock_bench import Bench
from firmware_adapters.simulators.dock_host import DockHost
from tests.watched_daemon import WatchedDaemon, watched_daemon

TICKET = "140108250017"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WatchedDaemon]:
    folder = tmp_path_factory.mktemp("dock")
    settings = DaemonSettings(folder=folder / "devices", socket=folder / "socket", dock=True)
    async with watched_daemon(settings) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def daemon(one_daemon: WatchedDaemon) -> AsyncIterator[WatchedDaemon]:
    """The daemon of all these tests, with nothing plugged in before and after."""
    yield one_daemon
    for simulator in (await one_daemon.client.dock()).simulators:
        if simulator.plugged:
            await one_daemon.client.plug(simulator.id, plugged=False)
    await one_daemon.until(lambda: not one_daemon.there(), "unplugged")


def is_chinese(words: str) -> bool:
    """Tell whether there is a Chinese character in the words."""
    return any("\u4e00" <= character <= "\u9fff" for character in words)


async def device_of(daemon: WatchedDaemon, simulator: str) -> Device:
    """Return the device that a plugged-in simulator is, once it is ready."""
    found: list[Device] = []

    async def look() -> str | None:
        return next(one.device_id for one in (await daemon.client.dock()).simulators if one.id == simulator)

    async with asyncio.timeout(30):
        while True:
            # Before looking: what comes while the answer is under way must not be missed.
            news = daemon.news
            if (device_id := await look()) is not None:
                break
            await news.wait()

    def is_ready() -> bool:
        found[:] = [one for one in daemon.there() if one.id == device_id and one.state.value == "ready"]
        return bool(found)

    await daemon.until(is_ready, simulator)
    return found[0]


async def test_every_family_stands_in_the_dock_with_its_acts_and_names_in_both_languages(
    daemon: WatchedDaemon,
) -> None:
    simulators = (await daemon.client.dock()).simulators
    kinds = {one.id: one.kind.value for one in simulators}
    assert {"scanner.keyboard", "scanner.serial", "scanner.acm", "camera.first", "smart_card.reader"} <= set(
        kinds
    )
    assert all(name.startswith(f"{kind}.") for name, kind in kinds.items())
    for one in simulators:
        assert not one.plugged
        assert one.device_id is None
        assert one.zh
        assert one.en
        acts = {act.name: act for act in one.acts}
        modes = [choice.value for choice in acts["misbehave"].parameters[0].choices]
        assert modes == ["none", "silent", "garbage", "slow", "hang"]
        assert all(act.zh and act.en for act in one.acts)
        parameters = [parameter for act in one.acts for parameter in act.parameters]
        assert all(parameter.zh and parameter.en for parameter in parameters)
        choices = [choice for parameter in parameters for choice in parameter.choices]
        assert all(is_chinese(choice.zh) for choice in choices)
        assert not any(is_chinese(choice.en) or not choice.en for choice in choices)


async def test_a_docked_scanner_is_plugged_in_scanned_with_and_pulled_out(daemon: WatchedDaemon) -> None:
    await daemon.client.plug("scanner.keyboard")
    device = await device_of(daemon, "scanner.keyboard")
    assert device.simulated
    assert (device.kind.value, device.usb_id) == ("scanner", "0c2e:0b61")
    since = len(daemon.told)
    await daemon.client.dock_act("scanner.keyboard", "scan", {"text": TICKET})
    assert (await daemon.until_event("code.scanned", since)).body["text"] == TICKET
    await daemon.client.plug("scanner.keyboard", plugged=False)
    await daemon.until(lambda: daemon.devices[device.id].state.value == "absent")
    (scanner,) = [one for one in (await daemon.client.dock()).simulators if one.id == "scanner.keyboard"]
    assert (scanner.plugged, scanner.device_id) == (False, None)


async def test_a_docked_scanner_behind_a_plain_cable_is_named_as_in_a_sites_own_list(
    daemon: WatchedDaemon,
) -> None:
    for _ in range(2):
        await daemon.client.plug("scanner.serial")
        device = await device_of(daemon, "scanner.serial")
        assert (device.entry, device.simulated) == ("scanner-serial-line", True)
        since = len(daemon.told)
        await daemon.client.dock_act("scanner.serial", "scan", {"text": TICKET})
        assert (await daemon.until_event("code.scanned", since)).body["text"] == TICKET
        await daemon.client.plug("scanner.serial", plugged=False)
        await daemon.until(lambda: not daemon.there())


async def test_every_docked_reader_has_a_number_of_its_own(daemon: WatchedDaemon) -> None:
    serials = set()
    for simulator in ("id_card.serial", "id_card.hid"):
        await daemon.client.plug(simulator)
        serials.add((await device_of(daemon, simulator)).serial)
    assert serials == {f"05.01-20230508-0001234567-08901234{number:02}" for number in (1, 2)}


async def test_a_docked_camera_sees_a_code_that_is_held_up(daemon: WatchedDaemon) -> None:
    await daemon.client.plug("camera.first")
    camera = await device_of(daemon, "camera.first")
    await daemon.client.dock_act("camera.first", "show_code", {"text": TICKET, "on": "paper"})
    still = await daemon.client.act(camera.id, "still")
    data, kind = await daemon.client.blob(still.blob)
    assert (data[:2], kind) == (b"\xff\xd8", "image/jpeg")


async def test_cards_go_into_a_docked_smart_card_reader(daemon: WatchedDaemon) -> None:
    await daemon.client.plug("smart_card.reader")
    since = len(daemon.told)
    await daemon.client.dock_act("smart_card.reader", "insert_card", {"card": "contact"})
    inserted = await daemon.until_event("card.inserted", since)
    assert inserted.body["atr"].replace(" ", "").upper().startswith("3B68")
    await daemon.client.dock_act("smart_card.reader", "remove_card")
    await daemon.until_event("card.removed", since)


async def test_every_docked_device_passes_its_test_in_steps_told_in_both_languages(
    daemon: WatchedDaemon,
) -> None:
    async def tested(simulator: str) -> tuple[str, SelfTest]:
        await daemon.client.plug(simulator)
        device = await device_of(daemon, simulator)
        return device.kind.value, await daemon.client.self_test(device.id)

    there = [one.id for one in (await daemon.client.dock()).simulators if one.acts]
    results = await asyncio.gather(*map(tested, there))
    assert {kind for kind, _ in results} >= {"id_card", "smart_card", "scanner", "camera", "printer", "power"}
    for kind, result in results:
        assert result.passed, result
        assert result.steps
        for step in result.steps:
            assert is_chinese(step.zh), step
            assert step.en, step
            assert not is_chinese(step.en), step
        assert any(step.measured for step in result.steps)
        assert bool(result.blob) or kind != "camera"


REFUSED: tuple[tuple[str, str, dict[str, object], str], ...] = (
    ("scanner.keyboard", "scan", {"text": "A"}, "not plugged in"),
    ("scanner.nothing", "scan", {"text": "A"}, "no simulator"),
    ("scanner.keyboard", "dance", {}, "no act"),
    ("scanner.keyboard", "scan", {}, "fill in"),
    ("scanner.keyboard", "scan", {"text": 5}, "fill in"),
    ("scanner.keyboard", "scan", {"text": "A", "loud": True}, "no such parameter"),
    ("scanner.keyboard", "misbehave", {"mode": "badly"}, "must be one of"),
)


async def test_the_dock_refuses_in_a_sentence_what_cannot_be_done_and_goes_on(daemon: WatchedDaemon) -> None:
    for simulator, act, parameters, says in REFUSED:
        with pytest.raises(DaemonRefused, match=says) as refused:
            await daemon.client.dock_act(simulator, act, parameters)
        assert refused.value.zh
    await daemon.client.plug("scanner.acm")
    await device_of(daemon, "scanner.acm")


async def test_what_cannot_run_here_is_named_with_the_reason_and_the_rest_runs(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        host = DockHost()
        await host.open(Bench(tmp_path, None, "libumockdev-preload.so.0 is not installed", stack))
        stack.push_async_callback(host.close)
        said = {one["id"]: one for one in host.said()}
        assert said["scanner.acm"]["acts"] == []
        assert "不可用" in said["scanner.acm"]["zh"]
        assert "not available" in said["scanner.acm"]["en"]
        with pytest.raises(DockRefusal, match="libumockdev"):
            await host.do({"do": "plug", "simulator": "scanner.acm"})
        await host.do({"do": "plug", "simulator": "smart_card.reader"})
        assert [one["plugged"] for one in host.said() if one["id"] == "smart_card.reader"] == [True]


async def test_everything_of_the_dock_ends_with_the_daemon(tmp_path: Path) -> None:
    settings = DaemonSettings(folder=tmp_path / "devices", socket=tmp_path / "socket", dock=True)
    async with watched_daemon(settings) as daemon:
        for simulator in ("scanner.acm", "smart_card.reader", "camera.second"):
            await daemon.client.plug(simulator)
        await device_of(daemon, "camera.second")
        children = psutil.Process(daemon.process.pid).children(recursive=True)
        names = {child.name() for child in children}
    assert "pcscd" in names
    deadline = time.monotonic() + 20
    while left := [child for child in children if _runs(child)]:
        assert time.monotonic() < deadline, left
        await asyncio.sleep(0.02)


def _runs(child: psutil.Process) -> bool:
    """Return whether a process has not ended; its last parent may not have reaped it yet."""
    try:
        return child.is_running() and child.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
