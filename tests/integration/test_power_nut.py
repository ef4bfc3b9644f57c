"""UPSes through NUT: the real upsd and dummy-ups, cut off, drained, restored, restarted, misbehaving."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from firmware_adapters.power.options import NutOptions
from firmware_adapters.power.source import NutSource
from firmware_adapters.simulators.child_programs import free_port
from firmware_adapters.simulators.port_front import FrontMode
from firmware_adapters.simulators.power import NutServer, SimulatedUps
from firmware_adapters.source import SourceFault
from tests.device_process import DeviceProcess, code_of, device_process

QUICK = {"poll_s": 0.1, "answers_within_s": 1.0, "patience_s": 2.0, "numbers_every_s": 0.1}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NutServer]:
    async with NutServer(tmp_path / "nut") as running:
        yield running


@pytest.fixture
async def ups(server: NutServer) -> SimulatedUps:
    plugged = SimulatedUps(server)
    await plugged.plug()
    return plugged


@pytest.fixture
async def running(ups: SimulatedUps) -> AsyncIterator[DeviceProcess]:
    async with device_process("power.nut", ups.sighting, QUICK) as process:
        await process.until_state("ready")
        yield process


def source_of(server: NutServer, patience_s: float = 0.0) -> NutSource:
    options = {"servers": [str(server.address)], "poll_s": 0.05, "patience_s": patience_s}
    return NutSource(NutOptions.model_validate(options))


async def test_it_tells_who_it_is_and_its_numbers(running: DeviceProcess) -> None:
    identity = running.told[0]
    assert (identity["maker"], identity["model"], identity["serial"], identity["firmware"]) == (
        "Kaodian",
        "Simulated UPS 1500",
        "SIM-UPS-1",
        "1.0",
    )
    ready = await running.until_state("ready")
    facts = ready["facts"]
    assert (facts["charge_percent"], facts["runtime_s"], facts["load_percent"]) == (100, 1800, 25)


async def test_cut_drained_and_restored_are_told_once_each_and_in_order(
    ups: SimulatedUps, running: DeviceProcess
) -> None:
    cut_at = time.monotonic()
    await ups.cut_power()
    cut = await running.until_event("power.on_battery")
    # dummy-ups looks at its file once a second; a real driver is told by the UPS.
    assert cut["at"] - cut_at < 10
    assert cut["body"]["charge_percent"] == 90
    await running.until_state("degraded", "power.on_battery")
    await ups.low_battery()
    low = await running.until_event("power.low")
    assert (low["body"]["charge_percent"], low["body"]["runtime_s"]) == (8, 90)
    await running.until_state("degraded", "power.low")
    since = len(running.told)
    await ups.restore_power()
    await running.until_event("power.restored")
    await running.until_state("ready", since=since)
    assert running.names() == ["power.on_battery", "power.low", "power.restored"]


async def test_a_ups_that_is_on_battery_when_the_daemon_starts_says_so(ups: SimulatedUps) -> None:
    await ups.cut_power()
    async with device_process("power.nut", ups.sighting, QUICK) as process:
        await process.until_event("power.on_battery")


async def test_a_restarted_upsd_is_no_fault_and_what_happened_meanwhile_is_told(
    server: NutServer, ups: SimulatedUps, running: DeviceProcess
) -> None:
    before = running.states()
    await server.stop()
    await ups.cut_power()
    await server.start()
    await running.until_event("power.on_battery")
    # A state is told on its own, soon after the event.
    await running.until_state("degraded", "power.on_battery")
    assert [state for state in running.states() if state not in before] == [("degraded", "power.on_battery")]


async def test_an_upsd_that_stays_away_is_named_and_taken_up_again(
    server: NutServer, running: DeviceProcess
) -> None:
    await server.stop()
    away = await running.until_state("failed")
    assert code_of(away) == "power.upsd_down"
    since = len(running.told)
    await server.start()
    await running.until_state("ready", since=since)


async def test_a_pulled_data_cable_becomes_stale_data_and_heals(
    ups: SimulatedUps, running: DeviceProcess
) -> None:
    await ups.pull_data_cable()
    await running.until_state("failed", "power.data_stale")
    since = len(running.told)
    await ups.mend_data_cable()
    await running.until_state("ready", since=since)
    assert running.names() == []


async def test_a_crashed_driver_is_named(ups: SimulatedUps, running: DeviceProcess) -> None:
    await ups.end_driver()
    lost = await running.until_state("failed")
    assert code_of(lost) in ("power.driver_gone", "power.data_stale")


@pytest.mark.parametrize(
    ("mode", "code"),
    [("silent", "power.upsd_silent"), ("hang", "power.upsd_silent"), ("garbage", "power.garbled")],
)
async def test_a_line_that_misbehaves_has_its_reason_and_is_ready_again_afterwards(
    ups: SimulatedUps, running: DeviceProcess, mode: FrontMode, code: str
) -> None:
    ups.misbehave(mode)
    await running.until_state("failed", code)
    since = len(running.told)
    ups.misbehave("none")
    await running.until_state("ready", since=since)


async def test_a_slow_line_still_tells_that_the_power_is_cut(
    ups: SimulatedUps, running: DeviceProcess
) -> None:
    ups.misbehave("slow")
    await ups.cut_power()
    await running.until_event("power.on_battery")


async def test_the_self_test_passes_on_mains_and_fails_on_battery(
    ups: SimulatedUps, running: DeviceProcess
) -> None:
    passed = await running.act("self_test")
    assert passed["body"]["passed"] is True
    measured = {step["name"]: step["measured"] for step in passed["body"]["steps"]}
    assert (measured["charge"], measured["runtime"], measured["load"]) == ("100 %", "1800 s", "25 %")
    await ups.cut_power()
    await running.until_event("power.on_battery")
    failed = await running.act("self_test", {"battery": True})
    wrong = {step["name"] for step in failed["body"]["steps"] if not step["passed"]}
    assert (failed["body"]["passed"], wrong) == (False, {"mains", "battery_test"})
    refused = await running.act("self_test", {"batery": True})
    assert code_of(refused) == "power.bad_parameters"


async def test_a_battery_test_that_the_ups_does_not_know_is_told_as_such(ups: SimulatedUps) -> None:
    account = {**QUICK, "user": "dock", "password": "dock-only-on-loopback"}
    async with device_process("power.nut", ups.sighting, account) as process:
        await process.until_state("ready")
        answer = await process.act("self_test", {"battery": True})
    (step,) = [one for one in answer["body"]["steps"] if one["name"] == "battery_test"]
    assert (step["passed"], step["measured"]) == (False, "power.refused")


async def test_upses_are_seen_as_they_come_and_go_also_two_of_a_kind(
    server: NutServer, ups: SimulatedUps
) -> None:
    source = source_of(server)
    try:
        assert [one.key for one in await source.list()] == [ups.sighting.key]
        second = SimulatedUps(server, "ups2", serial="SIM-UPS-2")
        waiting = asyncio.create_task(source.changed())
        await second.plug()
        await asyncio.wait_for(waiting, 10)
        assert {one.node for one in await source.list()} == {ups.sighting.node, second.sighting.node}
        waiting = asyncio.create_task(source.changed())
        await ups.unplug()
        await asyncio.wait_for(waiting, 10)
        (left,) = await source.list()
        assert left.key == second.sighting.key
        await ups.plug()
        again = {one.key: one for one in await source.list()}[ups.sighting.key]
        assert again.arrival == 2
    finally:
        await source.close()


async def test_a_ups_that_upsd_no_longer_has_is_gone(ups: SimulatedUps, running: DeviceProcess) -> None:
    await ups.unplug()
    assert (await running.until_end())["t"] == "gone"


async def test_a_machine_without_upsd_has_no_ups_and_no_fault(tmp_path: Path) -> None:
    nobody = NutSource(NutOptions.model_validate({"servers": [f"127.0.0.1:{free_port()}"]}))
    try:
        assert list(await nobody.list()) == []
    finally:
        await nobody.close()


async def test_an_upsd_that_was_there_and_stays_away_is_a_fault_of_the_source(
    server: NutServer, ups: SimulatedUps
) -> None:
    source, patient = source_of(server), source_of(server, patience_s=60)
    try:
        shown = list(await patient.list())
        assert shown == list(await source.list())
        assert shown[0].key == ups.sighting.key
        await server.stop()
        with pytest.raises(SourceFault) as fault:
            await source.list()
        assert fault.value.reason.code == "power.upsd_down"
        assert list(await patient.list()) == shown
    finally:
        await source.close()
        await patient.close()
