"""A device that is plugged in: what its process tells becomes its state, its events and its history."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from firmware_adapters.adapter import DeviceState, Event, Identity, Json, Reason
from firmware_adapters.blobs import Blobs
from firmware_adapters.board import Board
from firmware_adapters.interface import Device, DeviceEvent, HistoryLine, ReasonSaid, What
from firmware_adapters.naming import Found
from firmware_adapters.process.frames import as_json
from firmware_adapters.reasons import ABSENT
from firmware_adapters.store import DeviceStore
from firmware_adapters.supervision import Supervision

QUIET_S = 0.25
"""A device that was opened and tells no state within this is ready, seconds."""
LINES_AT_ONCE, LINE_EVERY_S = 30, 10.0
"""Faults and recoveries of one device in the history: so many at once, and one so often in the long run."""
FACTS_KEPT = 100
"""Different facts of one device."""
TEXT_LIMIT = 300
"""Characters of a maker, model, serial number or version."""

_WORKS = (DeviceState.READY, DeviceState.BUSY, DeviceState.DEGRADED)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a device's news go."""

    board: Board
    blobs: Blobs
    store: DeviceStore
    look: Callable[[], None]
    """Have all sources look again."""


def now() -> datetime:
    """Return this moment as it is told, to the millisecond."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


class PluggedDevice:
    """One device from plug to unplug; the Observer of its supervision."""

    def __init__(
        self,
        device_id: str,
        found: Found,
        desk: Desk,
        before: Device | None,
        simulator: str,
        *,
        is_new: bool = True,
    ) -> None:
        self.found = found
        self.simulator = simulator
        """Id of the simulator that it is, an empty string for a real device."""
        self.supervision: Supervision | None = None
        self.ready = asyncio.Event()
        """Set while it is open."""
        self._unplugged = False
        """What its process still told when it was pulled out counts no more: another may have its id."""
        self._desk = desk
        self._quiet: asyncio.TimerHandle | None = None
        self._noted: str | None = None
        """Code of the reason that the history tells of last; None while all is well."""
        self._lines = float(LINES_AT_ONCE)
        self._lines_at = asyncio.get_running_loop().time()
        sighting, entry = found.sighting, found.entry
        self.device = Device(
            id=device_id,
            kind=entry.kind,
            entry=entry.id,
            zh=entry.zh,
            en=entry.en,
            state=DeviceState.PRESENT,
            maker=sighting.maker[:TEXT_LIMIT],
            model=sighting.model[:TEXT_LIMIT],
            serial=sighting.serial[:TEXT_LIMIT] or (before.serial if before is not None else ""),
            firmware=before.firmware if before is not None else "",
            port=sighting.port,
            node=sighting.node,
            usb_id=sighting.usb_id,
            since=now(),
            simulated=bool(simulator),
        )
        desk.board.put(self.device)
        desk.store.remember(self.device)
        if is_new:
            self._note("plugged", None, sighting.port)

    def rename(self, device_id: str) -> None:
        """Go on under another id."""
        before = self.device.id
        self._desk.board.drop(before)
        self._desk.store.forget(before)
        self.device = self.device.model_copy(update={"id": device_id, "was": before})
        self._desk.board.put(self.device)
        self._desk.store.remember(self.device)

    def unplug(self) -> None:
        """Show it as absent from now on."""
        self._unplugged = True
        self._hush()
        self.ready.clear()
        self._put(state=DeviceState.ABSENT, reason=ReasonSaid.of(ABSENT), actions=(), was="")
        self._desk.store.remember(self.device)
        self._note("unplugged", None, self.found.sighting.port)

    def hand_over(self) -> None:
        """It goes on as another sighting of the same thing: nothing was pulled out."""
        self._unplugged = True
        self._hush()
        self.ready.clear()

    def hush(self) -> None:
        """Tell nothing more; the daemon ends."""
        self._hush()

    # What the supervision tells; see Observer.

    def opened(self, identity: Identity, actions: tuple[str, ...]) -> None:
        """It is ready for events and actions."""
        if self._unplugged:
            return
        told = {
            "maker": _text(identity.maker) or self.device.maker,
            "model": _text(identity.model) or self.device.model,
            "serial": _text(identity.serial) or self.device.serial,
            "firmware": _text(identity.firmware) or self.device.firmware,
        }
        self.ready.set()
        self._put(**told, actions=actions, facts=_facts(self.device.facts, identity.facts))
        self._desk.store.remember(self.device)
        self._hush()
        self._quiet = asyncio.get_running_loop().call_later(QUIET_S, self._is_quiet)

    def state_changed(self, state: DeviceState, reason: Reason | None, facts: Mapping[str, Json]) -> None:
        """It told its state."""
        if self._unplugged:
            return
        self._hush()
        self._put(state=state, reason=ReasonSaid.of(reason), facts=_facts(self.device.facts, facts))
        self._judge(reason, "")

    def happened(self, event: Event) -> None:
        """It told an event."""
        self._desk.board.happen(
            DeviceEvent(
                device=self.device.id,
                kind=self.device.kind,
                name=event.name,
                body=dict(event.body),
                at=now(),
                blob=self._desk.blobs.put(event.blob, event.blob_type),
                blob_type=event.blob_type if event.blob else "",
            )
        )

    def failed(self, reason: Reason, detail: str) -> None:
        """It does not work and is tried again."""
        if self._unplugged:
            return
        self._hush()
        self.ready.clear()
        self._put(state=DeviceState.FAILED, reason=ReasonSaid.of(reason), actions=())
        self._judge(reason, detail)

    def gone(self) -> None:
        """It says that it was unplugged."""
        self._hush()
        self.ready.clear()
        self._desk.look()

    def _put(self, **changes: Any) -> None:
        reason = changes.get("reason", self.device.reason)
        if (changes.get("state", self.device.state), reason) != (self.device.state, self.device.reason):
            changes["since"] = now()
        self.device = self.device.model_copy(update=changes)
        self._desk.board.put(self.device)

    def _is_quiet(self) -> None:
        self._quiet = None
        if self.device.state in (DeviceState.PRESENT, DeviceState.FAILED):
            self._put(state=DeviceState.READY, reason=None)
            self._judge(None, "")

    def _hush(self) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
            self._quiet = None

    def _judge(self, reason: Reason | None, detail: str) -> None:
        """Note a fault or a recovery when the device's state shows one that is not noted yet."""
        state = self.device.state
        if reason is not None and state in (DeviceState.FAILED, DeviceState.DEGRADED):
            if reason.code != self._noted and self._may_note():
                self._noted = reason.code
                self._note("fault", ReasonSaid.of(reason), detail)
        elif state in _WORKS and self._noted is not None and self._may_note():
            self._noted = None
            self._note("recovered", None, "")

    def _may_note(self) -> bool:
        """Spend one line; a loose contact must not push everybody else's lines out of the history."""
        at = asyncio.get_running_loop().time()
        self._lines = min(LINES_AT_ONCE, self._lines + (at - self._lines_at) / LINE_EVERY_S)
        self._lines_at = at
        if self._lines < 1:
            return False
        self._lines -= 1
        return True

    def _note(self, what: What, reason: ReasonSaid | None, detail: str) -> None:
        self._desk.store.note(history_line(self.device, what, reason, detail))


def history_line(device: Device, what: What, reason: ReasonSaid | None, detail: str) -> HistoryLine:
    """Return a line of the history as of now."""
    return HistoryLine(
        at=now(),
        device=device.id,
        kind=device.kind,
        zh=device.zh,
        en=device.en,
        what=what,
        reason=reason,
        detail=detail[:500],
    )


def _text(told: object) -> str:
    return str(as_json(str(told)))[:TEXT_LIMIT].strip()


def _facts(held: Mapping[str, Json], told: Mapping[str, Json]) -> dict[str, Any]:
    facts = {**held, **told}
    return dict(list(facts.items())[-FACTS_KEPT:])
