"""The power: a UPS, on mains, charged."""

from __future__ import annotations

from collections.abc import Sequence

from exam_appliance.preflight.looking import Looked
from exam_appliance.readiness.finding import Finding, Point, State, Text, found, unknown
from exam_appliance.readiness.sources import DeviceFacts, Missing

ID = "power"
NAME = Text("供电", "power")

LOWEST_CHARGE = 80
LOWEST_RUNTIME_S = 600


async def check(looked: Looked) -> Finding:
    """Compare the UPSes that the device service shows."""
    return judge(looked.devices)


def judge(devices: Sequence[DeviceFacts] | Missing) -> Finding:
    """Compare UPSes: those bound to the server count, else all."""
    if isinstance(devices, Missing):
        return unknown(devices.why, devices.todo)
    all_ups = [one for one in devices if one.kind == "power"]
    held = [one for one in all_ups if one.roles] or [one for one in all_ups if one.state != "absent"]
    if not held:
        return unknown(
            Text("未接入不间断电源", "no UPS is connected"),
            Text(
                "请接好 UPS 及其通信线；没有 UPS 的，请确认断电应急预案和备用电源",
                "connect a UPS with its cable; without one have the plan for a power cut at hand",
            ),
        )
    return found(point for ups in held for point in _points(ups))


def _points(ups: DeviceFacts) -> list[Point]:
    name = ups.named
    if ups.state != "ready" and ups.state != "busy":
        why = ups.reason or Text("未就绪", "not ready")
        todo = Text("请按“设备”页面的提示处理", "follow what the devices page says")
        return [Point(name, Text(f"{name.zh}：{why.zh}", f"{name.en}: {why.en}"), State.FAIL, todo)]
    points = [Point(name, Text(f"{name.zh} 市电供电", f"{name.en} on mains"), State.PASS)]
    charge, runtime = ups.facts.get("charge_percent"), ups.facts.get("runtime_s")
    if isinstance(charge, int | float):
        enough = charge >= LOWEST_CHARGE
        points.append(
            Point(
                Text("电量", "charge"),
                Text(f"电量 {charge:.0f}%", f"charge {charge:.0f}%"),
                State.PASS if enough else State.FAIL,
                None if enough else Text("请等待充电到 80% 以上", "let it charge to 80% and more"),
            )
        )
    if isinstance(runtime, int | float):
        enough = runtime >= LOWEST_RUNTIME_S
        minutes = runtime // 60
        points.append(
            Point(
                Text("续航", "runtime"),
                Text(f"可供电 {minutes:.0f} 分钟", f"{minutes:.0f} minutes without mains"),
                State.PASS if enough else State.FAIL,
                None
                if enough
                else Text(
                    "不足 10 分钟：请减少负载或更换电池", "under 10 minutes: unload it or change its battery"
                ),
            )
        )
    return points
