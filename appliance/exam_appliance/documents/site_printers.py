"""The printers of the site as printing sees them: which one a role has, and what it can be asked."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from central_sync.protocol.http.problems import Problem
from exam_appliance.devices.daemon_line import device_path
from exam_appliance.devices.devices import Devices
from exam_appliance.devices.live import Change, is_there
from exam_appliance.devices.roles import Role
from exam_appliance.documents import print_faults
from exam_appliance.documents.rendering import Made
from exam_appliance.documents.slip_lines import SlipLine
from firmware_adapters.adapter import DeviceKind, DeviceState, Reason
from firmware_adapters.interface import Device, DeviceEvent, ReasonSaid

WORKING = (DeviceState.READY, DeviceState.BUSY, DeviceState.DEGRADED)
PRINTERS = (DeviceKind.PRINTER, DeviceKind.RECEIPT_PRINTER)
HAND_OVER_S = 60.0
"""A printer takes a document within this, seconds."""
ANSWER_S = 15.0
LARGEST_ORDER = 7_500_000
"""Bytes of a document in base64; the device daemon takes messages of 8 MB."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a role cannot print now."""

    code: str
    zh: str
    en: str

    @staticmethod
    def of(reason: Reason | ReasonSaid) -> Obstacle:
        """Return a reason as an obstacle."""
        return Obstacle(reason.code, reason.zh, reason.en)


class SitePrinters:
    """Printers by role, over the site's devices."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices

    def role(self, role: str) -> Role | None:
        """Return a role of the site."""
        return self._devices.bindings.role(role)

    def roles(self) -> list[Role]:
        """Return all roles of the site that printers may have."""
        return [role for role in self._devices.bindings.roles() if prints(role)]

    def device(self, device: str) -> Device | None:
        """Return a device as it is shown, None where it is not known."""
        return self._devices.live.devices.get(device)

    def ready(self, role: str) -> Device | Obstacle:
        """Return the printer that takes documents of a role now, or why none does."""
        live = self._devices.live
        if live.line == "off":
            return Obstacle.of(print_faults.NO_DEVICES)
        bound = self._devices.bindings.of_role(role)
        if not bound:
            return Obstacle.of(print_faults.NO_PRINTER)
        if live.line != "live":
            return Obstacle.of(print_faults.SERVICE_AWAY)
        found = [live.devices.get(one.device) for one in bound]
        for device in found:
            if device is not None and device.state in WORKING and device.kind in PRINTERS:
                return device
        for device in found:
            if device is not None and is_there(device) and device.reason is not None:
                return Obstacle.of(device.reason)
        return Obstacle.of(print_faults.NOT_THERE)

    async def hand_over(self, device: Device, key: str, title: str, made: Made) -> dict[str, Any]:
        """Give a printer a document under a key and return what it says of it. Raises Problem."""
        parameters: dict[str, Any] = {"key": key, "title": title[:80] or key}
        if device.kind is DeviceKind.RECEIPT_PRINTER:
            parameters["lines"] = [line_json(line) for line in made.lines]
        else:
            parameters["document"] = base64.b64encode(made.pdf).decode()
        return await self._act(device.id, "print", parameters, HAND_OVER_S)

    async def ask(self, device: str, key: str) -> dict[str, Any]:
        """Return what a printer says of the document of a key. Raises Problem."""
        return await self._act(device, "job", {"key": key}, ANSWER_S)

    async def cancel(self, device: str, key: str) -> dict[str, Any]:
        """Have a printer not print what it was given. Raises Problem."""
        return await self._act(device, "cancel", {"key": key}, ANSWER_S)

    def listen(self, changed: Callable[[], None], ended: Callable[[DeviceEvent], None]) -> Callable[[], None]:
        """Call `changed` when a printer or the daemon changed, `ended` when a printer ended a document."""

        def heard(change: Change) -> None:
            if change.event is not None and change.event.name in ("job.done", "job.failed"):
                ended(change.event)
            if change.devices or change.gone or change.line or change.event is not None:
                changed()

        return self._devices.live.listen(heard)

    async def _act(
        self, device: str, action: str, parameters: Mapping[str, Any], within_s: float
    ) -> dict[str, Any]:
        told = await self._devices.daemon.post(
            device_path(device, f"/actions/{action}"), parameters, within_s=within_s
        )
        body = told.get("body") if isinstance(told, dict) else None
        if not isinstance(body, dict):
            raise Problem(
                "not_ready", "devices.not_understood", "打印机的回答无法理解", "an answer is not understood"
            )
        return body


def prints(role: Role) -> bool:
    """Tell whether printers may have a role."""
    return any(kind in PRINTERS for kind in role.kind.kinds)


def line_json(line: SlipLine) -> dict[str, Any]:
    """Return a line of a slip as JSON."""
    return {"line": type(line).__name__.removesuffix("Line").lower(), **asdict(line)}
