"""Pulled out in the middle of an operation: it ends with a reason, and the device comes back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from firmware_adapters.simulators.base import Simulator
from tests.contract.hall import Hall, hall
from tests.contract.stand import Stand
from tests.contract.stands import STANDS

ENDS_S = 15.0


async def test_an_operation_ends_with_a_reason_when_the_device_is_pulled_out_in_its_middle(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with hall(tmp_path, STANDS) as place:
        stands = list(place.stands.values())
        done = await asyncio.gather(
            *(_pulled_out(place, stand, stand.device(0)) for stand in stands), return_exceptions=True
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


async def _pulled_out(place: Hall, stand: Stand[Any], simulator: Simulator) -> None:
    await simulator.plug()
    device = await place.until_ready(stand, simulator)
    if stand.operation_needs_it:
        await place.works(stand, simulator, 690, settle=False)
    await stand.occupy(simulator)
    operation = asyncio.create_task(place.operation(stand, device))
    # The operation has begun, and does not end by itself.
    await asyncio.wait({operation}, timeout=0.5)
    assert not operation.done(), f"{stand.operation} ended at once: {operation.result()}"
    await simulator.unplug()
    async with asyncio.timeout(ENDS_S):
        refused = await operation
    assert refused is not None, "the operation was said to be done"
    assert refused.zh
    assert refused.en
    await stand.release(simulator)
    await place.until_absent(stand, simulator)
    await stand.settle(simulator)
    await simulator.plug()
    await place.until_ready(stand, simulator)
    await place.works(stand, simulator, 700)
