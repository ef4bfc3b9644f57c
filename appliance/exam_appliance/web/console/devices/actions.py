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
    DeviceKind.ID_CARD: (
        DeviceAction(name="read_once", zh="读一次证件", en="Read a card"),
        DeviceAction(name="reset", zh="重启读卡模块", en="Restart the module"),
    ),
    DeviceKind.SMART_CARD: (DeviceAction(name="card", zh="查看卡片", en="Look at the card"),),
    DeviceKind.SCANNER: (DeviceAction(name="read_one", zh="扫一个码", en="Scan a code"),),
    DeviceKind.POWER: (DeviceAction(name="numbers", zh="全部读数", en="All numbers"),),
    DeviceKind.CAMERA: (
        DeviceAction(name=LIVE, zh="实时画面", en="Live picture"),
        DeviceAction(name="still", zh="拍一张全尺寸照片", en="Take a full-size still"),
    ),
    DeviceKind.PRINTER: (DeviceAction(name="print_test", zh="打印测试页", en="Print a test page"),),
    DeviceKind.RECEIPT_PRINTER: (DeviceAction(name="print_test", zh="打印测试条", en="Print a test slip"),),
}
_WITH_A_PERSON: dict[DeviceKind, dict[str, Any]] = {
    DeviceKind.ID_CARD: {"card": True, "wait_s": 30},
    DeviceKind.SMART_CARD: {"wait_s": 30},
    DeviceKind.SCANNER: {"code": True, "wait_s": 30},
}
"""Parameters of a self-test in which somebody lays a card or scans a code, seconds to wait for it."""


def actions_of(device: Device) -> tuple[DeviceAction, ...]:
    """Return what a technician may have this device do now."""
    if not is_there(device):
        return ()
    return tuple(action for action in _ALLOWED.get(device.kind, ()) if action.name in device.actions)


def may_be_helped(device: Device) -> bool:
    """Tell whether a self-test can go on to have somebody lay a card or scan a code."""
    return device.kind in _WITH_A_PERSON


def test_parameters(kind: DeviceKind | None, *, with_person: bool) -> dict[str, Any]:
    """Return what goes along with a self-test."""
    return dict(_WITH_A_PERSON.get(kind, {})) if with_person and kind is not None else {}
