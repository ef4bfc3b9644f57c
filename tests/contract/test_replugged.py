"""Pulled out and plugged in a hundred times: the final state is right and nothing is left behind."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from firmware_adapters.simulators.base import Simulator
from tests.contract.hall import Hall, hall
from tests.contract.stand import Stand
from tests.contract.stands import STANDS
from tests.watched_daemon import Census

REPLUGS = 100
SETTLES_S = 60.0
"""What is being closed is closed by then."""


async def test_a_hundred_replugs_of_each_kind_leave_one_device_that_works_and_nothing_behind(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    phases = [("start", time.monotonic())]
    async with hall(tmp_path, STANDS) as place:
        stands = list(place.stands.values())
        simulators = [stand.device(0) for stand in stands]
        pairs = list(zip(stands, simulators, strict=True))
        for stand, simulator in pairs:
            await simulator.plug()
            await place.until_ready(stand, simulator)
            # What is made at the first use and kept, such as a connection, is there before it is counted.
            await place.works(stand, simulator, 800)
        ids = {stand.adapter: place.shown(stand, simulator) for stand, simulator in pairs}
        before = await place.daemon.census()
        phases.append(("first use", time.monotonic()))
        took: dict[str, float] = {}

        async def replugged(stand: Stand[Any], simulator: Simulator) -> None:
            begun = time.monotonic()
            for _ in range(REPLUGS):
                await stand.replug(simulator)
            took[stand.adapter] = round(time.monotonic() - begun, 1)

        await asyncio.gather(*(replugged(stand, simulator) for stand, simulator in pairs))
        phases.append(("replugged", time.monotonic()))
        for stand, simulator in pairs:
            device = await place.until_ready(stand, simulator, SETTLES_S)
            held = ids[stand.adapter]
            assert held is not None
            assert device.id == held.id, "a device keeps its id"
            await place.works(stand, simulator, 900)
        after = await _settled(place, before)
        assert not _more(after, before)
        phases.append(("all settled", time.monotonic()))
        for stand, simulator in pairs:
            await simulator.unplug()
            await place.until_absent(stand, simulator)
    assert "Traceback" not in capfd.readouterr().err
    with capfd.disabled():
        print(f"{REPLUGS} replugs each, s: {took}")
        print("phases, s:", {b[0]: round(b[1] - a[1], 1) for a, b in pairwise(phases)})


async def _settled(place: Hall, before: Census) -> Census:
    """Count until nothing more is held than before, or for so long that it is a leak."""
    end = asyncio.get_running_loop().time() + SETTLES_S
    while True:
        after = await place.daemon.census()
        if not _more(after, before) or asyncio.get_running_loop().time() > end:
            return after
        await asyncio.sleep(0.2)


def _more(after: Census, before: Census) -> dict[str, Counter[str]]:
    """Return what is held more than before, by kind; connections that this test keeps open do not count."""
    found = {
        "tasks": Counter(_not_ours(after.tasks)) - Counter(_not_ours(before.tasks)),
        "threads": Counter(_kinds(after.threads)) - Counter(_kinds(before.threads)),
        "processes": Counter(after.processes) - Counter(before.processes),
        "descriptors": Counter({"all": len(after.descriptors)}) - Counter({"all": len(before.descriptors)}),
    }
    return {kind: more for kind, more in found.items() if more}


def _not_ours(tasks: tuple[str, ...]) -> list[str]:
    return [task for task in tasks if task != "RequestHandler.start"]


def _kinds(threads: tuple[str, ...]) -> list[str]:
    """Return threads without their numbers, and without those of the loop's own pool, which is bounded."""
    names = [re.sub(r"[-_][0-9]+$", "", thread) for thread in threads]
    return [name for name in names if name != "asyncio"]
