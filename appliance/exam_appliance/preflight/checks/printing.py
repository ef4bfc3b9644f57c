"""Printing a page at the printers of the site's roles: paper comes out, or the reason why not."""

from __future__ import annotations

from exam_appliance.preflight.looking import Looked
from exam_appliance.readiness.finding import Finding, Point, State, Text, found, unknown
from exam_appliance.readiness.sources import DeviceFacts, Missing

ID = "printing"
NAME = Text("打印测试页", "printing a page")
KINDS = ("printer", "receipt_printer")
ACTION = "print_test"


async def check(looked: Looked) -> Finding:
    """Print a page at each printer that has a role."""
    devices = looked.devices
    if isinstance(devices, Missing):
        return unknown(devices.why, devices.todo)
    held = [one for one in devices if one.kind in KINDS and one.roles]
    if not held:
        return unknown(
            Text("没有绑定岗位的打印机", "no printer has a role"),
            Text(
                "请接好打印机并在“设备”页面绑定到考务办公室；不在本机打印的请在当地试打一页",
                "plug a printer in and bind it on the devices page; print by hand where it is elsewhere",
            ),
        )
    return found([await _printed(looked, one) for one in held])


async def _printed(looked: Looked, printer: DeviceFacts) -> Point:
    name = printer.named
    if not printer.works:
        why = printer.reason or Text("未就绪", "not ready")
        todo = Text("请按“设备”页面的提示处理", "follow what the devices page says")
        return Point(name, Text(f"{name.zh}：{why.zh}", f"{name.en}: {why.en}"), State.FAIL, todo)
    if ACTION not in printer.actions:
        return Point(
            name,
            Text(f"{name.zh} 不能由本机打印测试页", f"{name.en} cannot print a test page from here"),
            State.UNKNOWN,
            Text("请在该打印机上试打一页", "print a page at the printer itself"),
        )
    wrong = await looked.device_list.act(printer.id, ACTION, {})
    if wrong is None:
        return Point(name, Text(f"{name.zh} 已打印一页", f"{name.en} printed a page"), State.PASS)
    return Point(
        name,
        Text(f"{name.zh}：{wrong.zh}", f"{name.en}: {wrong.en}"),
        State.FAIL,
        Text("请检查纸张、硒鼓和连接，处理后重新检查", "check paper, toner and cable, then look again"),
    )
