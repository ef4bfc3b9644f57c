"""Devices for tests: a source that shows what a test plugs in, entries of the trial adapter, a manager."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from firmware_adapters.adapter import DeviceState, Options
from firmware_adapters.blobs import Blobs
from firmware_adapters.board import Board, Message
from firmware_adapters.catalogue.entry import Entry
from firmware_adapters.interface import Device
from firmware_adapters.manager import DeviceManager
from firmware_adapters.plugged import Desk
from firmware_adapters.process.boot import Pace
from firmware_adapters.process.nursery import Nursery
from firmware_adapters.sighting import Sighting
from firmware_adapters.source import Source
from firmware_adapters.source_watch import SourcePace
from firmware_adapters.store import DeviceStore
from firmware_adapters.supervision import Patience

WAIT_S = 15.0
TRIALS = {
    "trial.scanner": "tests.trial_adapter:TrialAdapter",
    "trial.reader": "tests.trial_adapter:TrialCardReader",
}
QUICK = Patience(
    hung_s=1.0,
    start_s=1.5,
    action_s=0.5,
    self_test_s=2.0,
    close_s=0.5,
    close_gone_s=0.3,
    first_retry_s=0.1,
    longest_retry_s=0.4,
)
QUICK_PACE = Pace(beat_s=0.1, close_s=0.3, reports_per_s=200.0, reports_at_once=100, flood_s=0.5)
QUICK_SOURCES = SourcePace(
    debounce_s=0.02, repair_s=5.0, answer_s=1.0, close_s=0.5, first_retry_s=0.1, longest_retry_s=0.2
)


def entry(entry_id: str = "trial", **changes: Any) -> Entry:
    """Return an entry of the catalogue; it matches a scanner that is plugged in by `seen`."""
    whole: dict[str, Any] = {
        "id": entry_id,
        "kind": "scanner",
        "adapter": "trial.scanner",
        "zh": "试验扫码器",
        "en": "Trial scanner",
        "match": {"subsystem": "tty", "usb": ["0c2e:0001"]},
        "source": "tests",
        "confirmed": True,
    }
    return Entry.model_validate({**whole, **changes})


READER = entry(
    "reader", kind="id_card", adapter="trial.reader", match={"subsystem": "hidraw", "usb": ["0400:c35a"]}
)


def seen(port: str = "1-1", serial: str = "", **changes: Any) -> Sighting:
    """Return a scanner's node as udev would show it at a port."""
    whole = Sighting(
        key=f"/devices/usb1/{port}/{port}:1.0/tty/ttyACM0",
        subsystem="tty",
        node=f"/dev/ttyACM-{port}",
        vendor_id="0c2e",
        product_id="0001",
        interfaces=("020201", "0a0000"),
        serial=serial,
        port=port,
    )
    return replace(whole, **changes)


class HandSource(Source):
    """Shows what a test puts there."""

    name = "hand"

    def __init__(self, options: Options | None = None) -> None:
        super().__init__(options or Options())
        self.there: dict[str, Sighting] = {}
        self.listed = 0
        self.closed = 0
        self._changed = asyncio.Event()

    def plug(self, *sightings: Sighting) -> None:
        """Show these as well."""
        self.there |= {one.key: one for one in sightings}
        self._changed.set()

    def unplug(self, *sightings: Sighting) -> None:
        """Show these no longer."""
        for one in sightings:
            self.there.pop(one.key, None)
        self._changed.set()

    def swap(self, old: Sighting, new: Sighting) -> None:
        """Show another in the same moment."""
        del self.there[old.key]
        self.plug(new)

    async def list(self) -> Sequence[Sighting]:
        self.listed += 1
        return tuple(self.there.values())

    async def changed(self) -> None:
        await self._changed.wait()
        self._changed.clear()

    async def close(self) -> None:
        self.closed += 1


@dataclass
class Rig:
    """A manager with what it stands on."""

    manager: DeviceManager
    source: HandSource
    board: Board
    store: DeviceStore
    nursery: Nursery
    first: int

    def messages(self) -> list[Message]:
        """Return all that was told."""
        return list(self.board.after(self.first))

    def device(self, device_id: str) -> Device:
        """Return a device as shown."""
        return self.board.devices[device_id]

    async def until_state(self, device_id: str, state: DeviceState, code: str = "") -> Device:
        """Wait until a device is in a state, for a reason if a code is given."""

        def is_so() -> bool:
            device = self.board.devices.get(device_id)
            reason = "" if device is None or device.reason is None else device.reason.code
            return device is not None and device.state is state and code in ("", reason)

        await until(is_so, lambda: f"{device_id}: {self.board.devices.get(device_id)}")
        return self.device(device_id)


async def until(condition: Callable[[], bool], what: Callable[[], str] = lambda: "") -> None:
    """Wait for a condition with a deadline."""
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, what()
        await asyncio.sleep(0.005)


@asynccontextmanager
async def rig(
    folder: Path,
    *entries: Entry,
    source: HandSource | None = None,
    more_sources: dict[str, Callable[[], Source]] | None = None,
    patience: Patience = QUICK,
    **more: Any,
) -> AsyncIterator[Rig]:
    """Run a manager over a source of the test."""
    hand = source or HandSource()
    store = DeviceStore(folder / "devices.db")
    await store.open()
    board = Board(1000)
    nursery = Nursery(["tests.trial_adapter"])
    manager = DeviceManager(
        {"hand": lambda: hand, **(more_sources or {})},
        entries or (entry(), READER),
        lambda look: Desk(board, Blobs(), store, look),
        nursery,
        adapters=TRIALS,
        patience=patience,
        pace=QUICK_PACE,
        source_pace=QUICK_SOURCES,
        **more,
    )
    await manager.start()
    try:
        yield Rig(manager, hand, board, store, nursery, 1000)
    finally:
        await manager.stop()
        await store.close()


def descriptors() -> int:
    """Return how many descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208
