"""Plugged in, shown, gone, plugged in again, two of a kind, swapped: the same for every adapter."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from firmware_adapters.adapters import ADAPTERS
from tests.contract.hall import Hall, hall
from tests.contract.stand import Stand
from tests.contract.stands import STANDS

LIMIT_S = 1.0
"""Plug to shown and unplug to gone, as the issue sets it for the appliance."""
TRIES = 6
"""The limit is the appliance's, not of a machine at work on other things: the best of some tries counts."""


def test_every_adapter_has_a_stand() -> None:
    assert sorted(name for stand in STANDS for name in (stand.adapter, *stand.also)) == sorted(ADAPTERS)


@pytest.mark.parametrize("stand_class", STANDS, ids=lambda stand: stand.adapter)
async def test_a_device_is_shown_and_gone_within_a_second_and_works_in_between(
    stand_class: type[Stand[Any]], tmp_path: Path
) -> None:
    async with hall(tmp_path, (stand_class,)) as place:
        stand = place.stands[stand_class.adapter]
        simulator = stand.device(0)
        assert not [one for one in place.daemon.there() if one.kind is stand.kind], "nothing is plugged in"
        shown_s, gone_s, ids = [], [], set()
        for number in range(TRIES):
            begun = time.monotonic()
            await simulator.plug()
            if stand.counts_from != "plug":
                begun = time.monotonic()
            await place.daemon.until(lambda: place.shown(stand, simulator) is not None, "not shown")
            shown_s.append(time.monotonic() - begun)
            device = await place.until_ready(stand, simulator)
            ids.add(device.id)
            if number == 0:
                await _is_told_whole(place, stand, device.id)
                await place.works(stand, simulator, 1)
            begun = time.monotonic()
            await simulator.unplug()
            await place.until_absent(stand, simulator)
            gone_s.append(time.monotonic() - begun)
            if number and min(shown_s) < LIMIT_S and min(gone_s) < LIMIT_S:
                break
        assert len(ids) == 1, "a device keeps its id"
        assert min(shown_s) < LIMIT_S, shown_s
        assert min(gone_s) < LIMIT_S, gone_s
        print(f"{stand.adapter}: shown after {min(shown_s):.3f} s, gone after {min(gone_s):.3f} s")


async def _is_told_whole(place: Hall, stand: Stand[Any], device_id: str) -> None:
    device = place.daemon.devices[device_id]
    assert device.zh
    assert device.en
    assert "self_test" in device.actions
    assert stand.operation[0] in device.actions
    assert (await place.daemon.client.self_test(device.id)).passed


@pytest.mark.parametrize("stand_class", STANDS, ids=lambda stand: stand.adapter)
async def test_two_of_a_kind_are_told_apart_and_a_swapped_one_is_known(
    stand_class: type[Stand[Any]], tmp_path: Path
) -> None:
    async with hall(tmp_path, (stand_class,)) as place:
        stand = place.stands[stand_class.adapter]
        first, second = stand.device(0, 1), stand.device(1, 2)
        await first.plug()
        await second.plug()
        ids = [(await place.until_ready(stand, one)).id for one in (first, second)]
        assert len(set(ids)) == 2
        since = len(place.daemon.told)
        await place.works(stand, second, 1)
        told = [one.news for one in place.daemon.told[since:]]
        assert not [news for news in told if getattr(news, "device", "") == ids[0]], "told as of the other"

        await first.unplug()
        await place.until_absent(stand, first)
        assert (await place.until_ready(stand, second)).id == ids[1], "the other goes on as it was"
        if "swap" not in stand.cannot:
            replacement = stand.device(0, 3)
            await replacement.plug()
            device = await place.until_ready(stand, replacement)
            assert not stand.is_itself(first, device)
            assert (device.id == ids[0]) == bool(stand.id_stays), (device.id, ids[0])
            await place.works(stand, replacement, 20)
            there = [one.id for one in place.daemon.there() if one.kind is stand.kind]
            assert sorted(there) == sorted((device.id, ids[1])), "the one before is gone"
        else:
            # The exception is a true one: nothing tells the other from the one before.
            again = stand.device(0, 3)
            await again.plug()
            device = await place.until_ready(stand, again)
            assert device.id == ids[0]
            assert stand.is_itself(first, device)
