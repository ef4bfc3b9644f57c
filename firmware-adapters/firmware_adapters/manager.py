"""Hot plug: each listing of the sources is compared with what runs; devices are started and stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from firmware_adapters.adapter import ActionRefused, Answer, DeviceState, Json
from firmware_adapters.adapters import ADAPTERS
from firmware_adapters.blobs import Blob
from firmware_adapters.catalogue.entry import Entry
from firmware_adapters.catalogue.matching import ENTRY_PROPERTY
from firmware_adapters.interface import (
    Device,
    ReasonSaid,
    SelfTest,
    SelfTestStepSaid,
    SourceStatus,
    UnknownSighting,
)
from firmware_adapters.naming import Found, find_devices, name_devices, same_device
from firmware_adapters.plugged import Desk, PluggedDevice, history_line, now
from firmware_adapters.process.boot import Boot, Pace
from firmware_adapters.process.nursery import Nursery
from firmware_adapters.reasons import ABSENT, BAD_PARAMETERS, NOT_READY, TOO_MANY_CALLS, UNKNOWN_ACTION
from firmware_adapters.sighting import Sighting
from firmware_adapters.source import Source
from firmware_adapters.source_watch import SourcePace, SourceWatch
from firmware_adapters.store import BLOB_LIMIT
from firmware_adapters.suggesting import unknown_sightings
from firmware_adapters.supervision import Patience, Supervision

log = logging.getLogger(__name__)

ABSENT_KEPT = 300
"""Devices that were seen and are not there; the longest absent is forgotten first."""
SELF_TEST = "self_test"
_OPENS_WITHIN_S = 3.0
"""A self-test of a device that is not open yet waits so long for it."""


class UnknownDevice(Exception):
    """There is no device of this id, nor was there one."""


OptionsOf = Callable[[Entry, str], Mapping[str, Json]]


class DeviceManager:
    """All devices of the machine. `start` it once, `stop` it once."""

    def __init__(
        self,
        sources: Mapping[str, Callable[[], Source]],
        entries: Sequence[Entry],
        desk: Callable[[Callable[[], None]], Desk],
        nursery: Nursery,
        *,
        adapters: Mapping[str, str] = ADAPTERS,
        options_of: OptionsOf = lambda entry, device_id: entry.options,
        simulator_of: Callable[[Sighting], str] = lambda sighting: "",
        patience: Patience | None = None,
        pace: Pace | None = None,
        source_pace: SourcePace | None = None,
    ) -> None:
        self._desk = desk(self.look)
        self._nursery = nursery
        self._adapters = adapters
        self._options_of = options_of
        self._simulator_of = simulator_of
        self._patience = patience or Patience()
        self._pace = pace or Pace()
        self._entries = tuple(entry for entry in entries if self._has_adapter(entry))
        self._watches = tuple(
            SourceWatch(name, build, source_pace or SourcePace(), self._changed)
            for name, build in sources.items()
        )
        self._plugged: dict[str, PluggedDevice] = {}
        self._shared: frozenset[str] = frozenset()
        self._stopping: set[asyncio.Task[None]] = set()
        self._were_there: dict[str, Device] = {}
        """Devices that were there when the daemon ended, and have not been met since."""
        self._settling: asyncio.Task[None] | None = None
        self._ended = False

    async def start(self) -> None:
        """Show what is remembered and begin to look; devices come as the sources list them."""
        self._shared = await self._desk.store.shared()
        for device in await self._desk.store.remembered():
            if device.simulated:
                # Simulators are made anew with every start.
                self._desk.store.forget(device.id)
                continue
            changes = {"state": DeviceState.ABSENT, "reason": ReasonSaid.of(ABSENT), "actions": (), "was": ""}
            self._desk.board.put(device.model_copy(update=changes))
            if device.state is not DeviceState.ABSENT:
                self._were_there[device.id] = device
        self._nursery.open()
        for watch in self._watches:
            watch.start()
        self._settling = asyncio.create_task(self._settle())

    async def stop(self) -> None:
        """Close all devices and sources."""
        self._ended = True
        if self._settling is not None:
            self._settling.cancel()
        await asyncio.gather(*(watch.stop() for watch in self._watches))
        for plugged in self._plugged.values():
            plugged.hush()
            if plugged.supervision is not None:
                self._stop(plugged.supervision)
        while self._stopping:
            await asyncio.wait(tuple(self._stopping))
        await self._nursery.close()

    def look(self) -> None:
        """Have all sources list again soon."""
        for watch in self._watches:
            watch.look()

    async def first_look(self) -> None:
        """Return when every source has listed or failed once."""
        await asyncio.gather(*(watch.answered() for watch in self._watches))

    def sources(self) -> tuple[SourceStatus, ...]:
        """Return how the sources are."""
        return tuple(watch.status() for watch in self._watches)

    def sightings(self) -> list[Sighting]:
        """Return all that the sources listed last.

        Where the site's own list names a node, what another source tells of the same node is passed over.
        """
        seen = [sighting for watch in self._watches for sighting in watch.sightings]
        named = {sighting.node for sighting in seen if ENTRY_PROPERTY in sighting.properties}
        return [
            sighting
            for sighting in seen
            if ENTRY_PROPERTY in sighting.properties or not sighting.node or sighting.node not in named
        ]

    def unknown(self) -> list[UnknownSighting]:
        """Return what is there and matches no entry."""
        return unknown_sightings(self._entries, self.sightings(), self._adapters)

    def device_of(self, simulator: str) -> str | None:
        """Return the id of the device that a simulator is now."""
        for device_id, plugged in self._plugged.items():
            if plugged.simulator == simulator:
                return device_id
        return None

    def forget(self, device_id: str) -> None:
        """Show an absent device no longer. Raises UnknownDevice, ActionRefused when it is there."""
        if self._known(device_id).state is not DeviceState.ABSENT:
            raise ActionRefused(NOT_READY, "the device is there: unplug it first")
        self._desk.board.drop(device_id)
        self._desk.store.forget(device_id)

    async def act(
        self, device_id: str, action: str, parameters: Mapping[str, Json], timeout_s: float | None = None
    ) -> Answer:
        """Have a device do something. Raises UnknownDevice, ActionRefused."""
        supervision, plugged = self._there(device_id)
        if action not in plugged.device.actions and plugged.ready.is_set():
            raise ActionRefused(UNKNOWN_ACTION, action)
        if timeout_s is None:
            timeout_s = self._patience.self_test_s if action == SELF_TEST else self._patience.action_s
        try:
            return await supervision.act(action, parameters, timeout_s)
        except ActionRefused as refused:
            if self._plugged.get(plugged.device.id) is not plugged:
                raise ActionRefused(ABSENT, refused.detail) from refused
            raise

    async def self_test(self, device_id: str, parameters: Mapping[str, Json]) -> SelfTest:
        """Test a device and keep the result; one that does not answer has failed the test.

        Raises UnknownDevice; ActionRefused when it is absent or its parameters are wrong.
        """
        supervision, plugged = self._there(device_id)
        if not plugged.ready.is_set():
            supervision.retry_now()
            try:
                async with asyncio.timeout(_OPENS_WITHIN_S):
                    await plugged.ready.wait()
            except TimeoutError:
                reason = plugged.device.reason
                if reason is None:
                    raise ActionRefused(NOT_READY) from None
                return await self._keep(plugged, _failed_test(reason, ""), None)
        try:
            answer = await self.act(plugged.device.id, SELF_TEST, parameters)
        except ActionRefused as refused:
            if refused.reason in (ABSENT, BAD_PARAMETERS, TOO_MANY_CALLS, UNKNOWN_ACTION):
                raise
            said = ReasonSaid(code=refused.reason.code, zh=refused.reason.zh, en=refused.reason.en)
            return await self._keep(plugged, _failed_test(said, refused.detail), None)
        blob = Blob(answer.blob, answer.blob_type) if answer.blob else None
        result = SelfTest(
            at=now(),
            passed=answer.body.get("passed") is True,
            steps=tuple(SelfTestStepSaid.model_validate(step) for step in answer.body.get("steps", ())),
            blob=self._desk.blobs.put(answer.blob, answer.blob_type),
            blob_type=answer.blob_type if answer.blob else "",
        )
        return await self._keep(plugged, result, blob)

    async def _keep(self, plugged: PluggedDevice, result: SelfTest, blob: Blob | None) -> SelfTest:
        device = plugged.device
        if blob is not None and len(blob.data) > BLOB_LIMIT:
            log.warning("the picture of %s's self-test is too large to be kept", device.id)
        await self._desk.store.keep_self_test(device.id, result, blob)
        failed = next((step for step in result.steps if not step.passed), None)
        reason = None if failed is None else ReasonSaid(code=failed.name, zh=failed.zh, en=failed.en)
        detail = "passed" if result.passed else "failed"
        self._desk.store.note(history_line(device, "self_test", reason, detail))
        return result

    def _there(self, device_id: str) -> tuple[Supervision, PluggedDevice]:
        plugged = self._plugged.get(device_id)
        if plugged is None or plugged.supervision is None:
            self._known(device_id)
            raise ActionRefused(ABSENT)
        return plugged.supervision, plugged

    def _known(self, device_id: str) -> Device:
        known = self._desk.board.devices.get(device_id)
        if known is None:
            raise UnknownDevice(device_id)
        return known

    def _has_adapter(self, entry: Entry) -> bool:
        if entry.adapter in self._adapters:
            return True
        log.error("entry %s of the catalogue: there is no adapter %s", entry.id, entry.adapter)
        return False

    async def _settle(self) -> None:
        """Note who was unplugged while the daemon did not run."""
        await self.first_look()
        for device in self._were_there.values():
            known = self._desk.board.devices.get(device.id)
            if known is not None:
                self._desk.store.remember(known)
                self._desk.store.note(history_line(known, "unplugged", None, "while the service did not run"))
        self._were_there.clear()

    def _changed(self) -> None:
        """Compare what is there with what runs."""
        if self._ended:
            return
        named = name_devices(find_devices(self._entries, self.sightings()), self._shared)
        if not named.shared <= self._shared:
            self._desk.store.keep_shared(sorted(named.shared - self._shared))
            self._shared |= named.shared
        self._rename(named.devices)
        before: dict[str, Supervision] = {}
        handed_over: set[str] = set()
        for device_id, plugged in tuple(self._plugged.items()):
            found = named.devices.get(device_id)
            if found is not None and same_device(plugged.found, found):
                plugged.found = found
                continue
            del self._plugged[device_id]
            if found is not None and found.sighting.subsystem != plugged.found.sighting.subsystem:
                # Another source has it now: a printer that was seen on USB has got its queue.
                handed_over.add(device_id)
                plugged.hand_over()
            else:
                plugged.unplug()
            if plugged.supervision is not None:
                self._stop(plugged.supervision, gone=True)
                before[plugged.found.sighting.node or plugged.found.sighting.key] = plugged.supervision
        for device_id, found in named.devices.items():
            if device_id not in self._plugged:
                node = found.sighting.node or found.sighting.key
                self._plug(device_id, found, before.get(node), is_new=device_id not in handed_over)
        self._forget_longest_absent()

    def _rename(self, devices: Mapping[str, Found]) -> None:
        """Let devices go on that have another id now, for another with their serial number came."""
        by_key = {found.sighting.key: (device_id, found) for device_id, found in devices.items()}
        for device_id, plugged in tuple(self._plugged.items()):
            now_id, found = by_key.get(plugged.found.sighting.key, (device_id, plugged.found))
            if now_id != device_id and now_id not in self._plugged and same_device(plugged.found, found):
                self._plugged[now_id] = self._plugged.pop(device_id)
                plugged.rename(now_id)

    def _plug(self, device_id: str, found: Found, after: Supervision | None, *, is_new: bool = True) -> None:
        before = self._desk.board.devices.get(device_id)
        plugged = PluggedDevice(
            device_id,
            found,
            self._desk,
            before,
            self._simulator_of(found.sighting),
            is_new=self._were_there.pop(device_id, None) is None and is_new,
        )
        boot = Boot(
            self._adapters[found.entry.adapter],
            found.sighting,
            dict(self._options_of(found.entry, device_id)),
            found.entry.quirks,
            self._pace,
        )
        plugged.supervision = Supervision(self._nursery, boot, self._patience, plugged)
        plugged.supervision.start(after)
        self._plugged[device_id] = plugged
        log.info("%s was plugged in: %s", device_id, found.sighting.key)

    def _stop(self, supervision: Supervision, *, gone: bool = False) -> None:
        task = asyncio.create_task(supervision.stop(gone=gone))
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    def _forget_longest_absent(self) -> None:
        absent = _absent(self._desk.board.devices.values())
        for device in absent[: max(0, len(absent) - ABSENT_KEPT)]:
            self._desk.board.drop(device.id)
            self._desk.store.forget(device.id)


def _absent(devices: Iterable[Device]) -> list[Device]:
    """Return the devices that are not there, the longest absent first."""
    return sorted(
        (device for device in devices if device.state is DeviceState.ABSENT), key=lambda one: one.since
    )


def _failed_test(reason: ReasonSaid, detail: str) -> SelfTest:
    step = SelfTestStepSaid(name=reason.code, zh=reason.zh, en=reason.en, passed=False, measured=detail[:200])
    return SelfTest(at=now(), passed=False, steps=(step,))
