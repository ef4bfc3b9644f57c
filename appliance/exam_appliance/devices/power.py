"""How the server is powered, as its UPSes tell: journalled, and shown to all who run the exam."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from central_sync.protocol.http.problems import Problem
from exam_appliance.devices.bindings import Bindings
from exam_appliance.devices.live import Change, LiveDevices, is_there
from exam_appliance.devices.roles import UPS_ROLE
from exam_appliance.journal.journal import Draft, Journal
from firmware_adapters.adapter import DeviceKind, DeviceState
from firmware_adapters.interface import Device, DeviceEvent

log = logging.getLogger(__name__)

Power = Literal["mains", "battery", "low", "unknown"]
WORST: tuple[Power, ...] = ("low", "battery", "unknown", "mains")
"""Worst first."""
_BY_EVENT: dict[str, Power] = {
    "power.on_battery": "battery",
    "power.low": "low",
    "power.restored": "mains",
}
REMEMBERED = 50
"""Entries that are read at the start to know what was told last."""


@dataclass(frozen=True, slots=True)
class UpsPower:
    """What one UPS says of the power."""

    device: str
    power: Power
    since: datetime
    charge_percent: int | None = None
    runtime_s: int | None = None


class PowerWatch:
    """Follows the UPSes that count and journals each change.

    Those bound to the role `server.ups` count; while none is bound, every UPS does, since a UPS that
    nobody bound still says that the mains are gone.
    """

    def __init__(
        self, journal: Journal, bindings: Bindings, live: LiveDevices, exam_time: Callable[[], int]
    ) -> None:
        self._journal = journal
        self._bindings = bindings
        self._live = live
        self._exam_time = exam_time
        self._seen: dict[str, UpsPower] = {}
        self._told: dict[str, Power] = {}
        """What the journal says of each UPS."""
        self._stop = live.listen(self._changed)

    def start(self) -> None:
        """Read what was told before the server stopped."""
        entries = self._journal.newest_of_kinds([self._journal.appliance], ("site.power",), REMEMBERED)
        for entry in reversed(entries):
            self._told[entry["body"]["device"]] = entry["body"]["power"]

    def close(self) -> None:
        """End following."""
        self._stop()

    def counting(self) -> list[UpsPower]:
        """Return what the UPSes that count say, worst first."""
        bound = [bound.device for bound in self._bindings.of_role(UPS_ROLE)]
        found = [self._seen[one] for one in (bound or sorted(self._seen)) if one in self._seen]
        return sorted(found, key=lambda ups: WORST.index(ups.power))

    def _changed(self, change: Change) -> None:
        if change.event is not None:
            self._heard(change.event)
        for device_id in change.devices:
            device = self._live.devices.get(device_id)
            if device is None or device.kind is not DeviceKind.POWER:
                continue
            if is_there(device):
                self._take(device.id, power_of(device), device.facts)
            else:
                self._lost(device.id)
        for device_id in change.gone:
            if device_id in self._seen:
                self._lost(device_id)

    def _heard(self, event: DeviceEvent) -> None:
        power = _BY_EVENT.get(event.name)
        if power is not None and event.kind is DeviceKind.POWER:
            self._take(event.device, power, event.body)

    def _lost(self, device: str) -> None:
        if self._bindings.of_device(device):
            self._take(device, "unknown", {})
        else:
            self._seen.pop(device, None)
            self._told.pop(device, None)

    def _take(self, device: str, power: Power, facts: dict[str, Any]) -> None:
        before = self._seen.get(device)
        now = UpsPower(
            device,
            power,
            before.since if before is not None and before.power == power else datetime.now(UTC),
            _number(facts.get("charge_percent"), 100),
            _number(facts.get("runtime_s"), 10**9),
        )
        if before is not None:
            now = replace(
                now,
                charge_percent=before.charge_percent if now.charge_percent is None else now.charge_percent,
                runtime_s=before.runtime_s if now.runtime_s is None else now.runtime_s,
            )
        self._seen[device] = now
        # A UPS that was never heard of and has mains is no news.
        if self._told.get(device, "mains") != power and now in self.counting():
            self._told[device] = power
            self._tell(now)

    def _tell(self, ups: UpsPower) -> None:
        body = {
            "t": self._exam_time(),
            "device": ups.device,
            "power": ups.power,
            "charge_percent": ups.charge_percent,
            "runtime_s": ups.runtime_s,
        }
        try:
            written = self._journal.append([Draft("site.power", self._journal.appliance, "site", body)])
        except Problem as problem:
            log.error("供电变化未能写入日志 / a change of power was not journalled: %s", problem)
            return
        written.add_done_callback(_noted)


def power_of(device: Device) -> Power:
    """Return what the state of a UPS says of the power."""
    code = device.reason.code if device.reason is not None else ""
    if code in ("power.low", "power.low_battery"):
        return "low"
    if code == "power.on_battery":
        return "battery"
    if device.state in (DeviceState.READY, DeviceState.BUSY, DeviceState.DEGRADED):
        return "mains"
    return "unknown"


def _number(value: object, most: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        return None
    return int(value)


def _noted(written: asyncio.Future[Any]) -> None:
    if not written.cancelled() and written.exception() is not None:
        log.error("供电变化未能写入日志 / a change of power was not journalled: %s", written.exception())
