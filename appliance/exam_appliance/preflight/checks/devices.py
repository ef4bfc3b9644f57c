"""The devices of the site's roles: all there and working."""

from __future__ import annotations

from collections.abc import Sequence

from exam_appliance.devices.roles import Role
from exam_appliance.preflight.looking import Looked
from exam_appliance.readiness.finding import Finding, Point, State, Text, found, unknown
from exam_appliance.readiness.sources import DeviceFacts, Missing

ID = "devices"
NAME = Text("岗位设备", "devices of roles")


async def check(looked: Looked) -> Finding:
    """Compare bound devices and needed roles."""
    return judge(looked.roles, looked.devices)


def judge(roles: Sequence[Role], devices: Sequence[DeviceFacts] | Missing) -> Finding:
    """Compare: a bound device that does not work is red, a needed role without one is open."""
    if isinstance(devices, Missing):
        return unknown(devices.why, devices.todo)
    bound = [one for one in devices if one.roles and one.kind != "power"]
    points = [_point(one) for one in bound]
    taken = {role.id for one in bound for role in one.roles}
    without = [role for role in roles if role.kind.needed and role.id not in taken and not _is_power(role)]
    if without:
        zh = "、".join(f"{role.station.zh} {role.kind.zh}" for role in without)
        en = ", ".join(role.en for role in without)
        points.append(
            Point(
                Text("未绑定的岗位", "roles without a device"),
                Text(f"未绑定设备：{zh}", f"without a device: {en}"),
                State.UNKNOWN,
                Text(
                    "需要的请在“设备”页面绑定；不用的点位请移除",
                    "bind what is needed on the devices page; take stations away that are not used",
                ),
            )
        )
    if not points:
        return unknown(
            Text("没有绑定任何设备", "no device is bound"),
            Text("使用设备的，请在“设备”页面绑定到岗位", "where devices are used, bind them to roles"),
        )
    working = sum(point.state is State.PASS for point in points)
    if not [point for point in points if point.state is not State.PASS]:
        shown = Text(f"{working} 个岗位设备均正常", f"all {working} devices of roles work")
        return found(points, measured=shown)
    return found(points)


def _is_power(role: Role) -> bool:
    return role.station.kind.name == "server"


def _point(device: DeviceFacts) -> Point:
    roles = Text("、".join(role.zh for role in device.roles), ", ".join(role.en for role in device.roles))
    name = device.named
    if device.state in ("ready", "busy"):
        return Point(roles, Text(f"{roles.zh} {name.zh} 正常", f"{roles.en}: {name.en} works"), State.PASS)
    why = device.reason or Text("未就绪", "not ready")
    return Point(
        roles,
        Text(f"{roles.zh} {name.zh}：{why.zh}", f"{roles.en}: {name.en}: {why.en}"),
        State.FAIL,
        Text(
            "请按“设备”页面的提示处理，或更换设备后一键接替",
            "follow what the devices page says, or replace it there",
        ),
    )
