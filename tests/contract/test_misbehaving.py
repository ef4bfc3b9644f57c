"""All devices fail at once in one way: each is named in a sentence, none stops the daemon, all heal."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import pytest

from firmware_adapters.client import DaemonRefused
from firmware_adapters.interface import Device, DeviceEvent, SelfTest
from firmware_adapters.simulators.base import Misbehaviour, Simulator
from tests.contract.hall import Hall, hall
from tests.contract.stand import Case, Stand
from tests.contract.stands import STANDS

MODES: tuple[Misbehaviour, ...] = ("silent", "garbage", "slow", "hang")
HEALS_S = 90.0
"""A device that failed again and again is tried less and less often."""


def test_what_a_wire_cannot_show_is_written_down_with_its_reason() -> None:
    for stand in STANDS:
        assert set(stand.cannot) <= set(get_args(Case))
        for case, why in stand.cannot.items():
            print(f"{stand.adapter}: no {case}: {why}")
            assert len(why) > 20


async def test_what_a_wire_cannot_show_is_really_not_seen(tmp_path: Path) -> None:
    excepted = [stand for stand in STANDS if set(stand.cannot) & set(MODES)]
    assert excepted
    async with hall(tmp_path, excepted) as place:
        for stand in place.stands.values():
            simulator = stand.device(0)
            await simulator.plug()
            device = await place.until_ready(stand, simulator)
            await place.works(stand, simulator, 400)
            for mode in (one for one in MODES if one in stand.cannot):
                since = len(place.daemon.told)
                simulator.misbehave(mode)
                await stand.provoke(
                    simulator, 450, lambda name, given, device=device: _asked(place, device, name, given)
                )
                assert (await place.daemon.client.self_test(device.id)).passed, f"{stand.adapter} sees {mode}"
                shown = place.shown(stand, simulator)
                assert shown is not None
                assert shown.reason is None, f"{stand.adapter} sees {mode}"
                events = [one.news for one in place.daemon.told[since:] if isinstance(one.news, DeviceEvent)]
                assert [one for one in events if one.device == device.id] == []
                simulator.misbehave("none")
            await place.works(stand, simulator, 470)


@pytest.mark.parametrize("mode", MODES)
async def test_what_fails_is_named_and_heals(
    mode: Misbehaviour, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with hall(tmp_path, STANDS) as place:
        stands = [stand for stand in place.stands.values() if mode not in stand.cannot]
        simulators = {stand.adapter: stand.device(0) for stand in stands}
        for stand in stands:
            await simulators[stand.adapter].plug()
        done = await asyncio.gather(
            *(_fails_and_heals(place, stand, simulators[stand.adapter], mode) for stand in stands),
            return_exceptions=True,
        )
        failed = {
            stand.adapter: repr(error)[:2000]
            for stand, error in zip(stands, done, strict=True)
            if isinstance(error, BaseException)
        }
        for adapter, error in failed.items():
            print(f"{adapter}: {error}")
        assert not failed
    assert "Traceback" not in capfd.readouterr().err


async def _fails_and_heals(place: Hall, stand: Stand[Any], simulator: Simulator, mode: Misbehaviour) -> None:
    device = await place.until_ready(stand, simulator)
    if stand.must_have_worked:
        await place.works(stand, simulator, 490)
    since = len(place.daemon.told)
    simulator.misbehave(mode)
    with suppress(DaemonRefused):
        await stand.provoke(simulator, 500, lambda name, given: _asked(place, device, name, given))
    found = await _self_test(place, device)
    if isinstance(found, SelfTest) and found.passed and mode != "slow":
        refused = await place.operation(stand, device)
        found = found if refused is None else refused
    if mode == "slow" and not stand.slow_is_a_fault:
        assert isinstance(found, SelfTest), f"{stand.adapter}: refused while slow: {found}"
        assert found.passed, f"{stand.adapter}: failed while slow: {found.steps}"
    else:
        await place.daemon.until(
            lambda: _is_said(place, stand, simulator, found, since), f"{stand.adapter} says nothing", 40
        )
    for told in place.daemon.told[since:]:
        if isinstance(told.news, Device) and told.news.id == device.id and told.news.reason is not None:
            assert told.news.reason.code.partition(".")[0] in ("device", stand.adapter.partition(".")[0])
            assert told.news.reason.code != "device.crashed", f"{stand.adapter} crashed"
            assert told.news.reason.zh
    simulator.misbehave("none")
    await stand.settle(simulator)
    # What a bad scan says stands until a good one.
    await place.until_in_use(stand, simulator, HEALS_S)
    await place.works(stand, simulator, 600)
    await place.until_ready(stand, simulator, HEALS_S)


async def _asked(place: Hall, device: Device, name: str, given: Any) -> Any:
    async with asyncio.timeout(75):
        return await place.daemon.client.act(device.id, name, given)


async def _self_test(place: Hall, device: Device) -> SelfTest | DaemonRefused:
    """Test a device; whatever is wrong with it, it ends in time."""
    async with asyncio.timeout(75):
        try:
            return await place.daemon.client.self_test(device.id)
        except DaemonRefused as refused:
            return refused


def _is_said(
    place: Hall, stand: Stand[Any], simulator: Simulator, found: SelfTest | DaemonRefused, since: int
) -> bool:
    """Return whether somebody at the console can see that it fails: refused, not passed, or its state."""
    if isinstance(found, DaemonRefused):
        assert found.zh
        assert found.en
        return True
    if not found.passed:
        assert all(step.zh and step.en for step in found.steps)
        return True
    device = place.shown(stand, simulator)
    unreadable = [
        told
        for told in place.daemon.told[since:]
        if isinstance(told.news, DeviceEvent) and told.news.name.endswith(".unreadable")
    ]
    return bool(unreadable) or device is None or device.reason is not None
