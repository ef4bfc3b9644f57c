"""What a technician may have a device do from the console; everything else is for the exam's own services."""

from __future__ import annotations

from typing import Any

from exam_appliance.devices.live import is_there
from exam_appliance.web.console.devices.models import DeviceAction
from firmware_adapters.adapter import DeviceKind
from firmware_adapters.interface import Device

LIVE = "live"
"""The low-rate picture of a camera; shown by the page as long as it is looked at."""

_ALLOWED: dict[DeviceKind, tuple[DeviceAction, ...]] = {
    DeviceKind.CAMERA: (
        DeviceAction(name=LIVE, zh="实时画面", en="Live picture"),
        DeviceAction(name="still", zh="拍一张全尺寸照片", en="Take a full-size still"),
    ),
    DeviceKind.PRINTER: (DeviceAction(name="print_test", zh="打印测试页", en="Print a test page"),),
    DeviceKind.RECEIPT_PRINTER: (DeviceAction(name="print_test", zh="打印测试条", en="Print a test slip"),),
}
PARAMETERS: dict[str, dict[str, Any]] = {}
"""What goes along with an action, by name."""


def actions_of(device: Device) -> tuple[DeviceAction, ...]:
    """Return what a technician may have this device do now."""
    if not is_there(device):
        return ()
    return tuple(action for action in _ALLOWED.get(device.kind, ()) if action.name in device.actions)
