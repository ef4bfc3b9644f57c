"""Points of devices: which is there, works and has its role; resolutions and pictures in their facts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exam_appliance.readiness.finding import Point, State, Text
from exam_appliance.readiness.heard.machine_report import CameraFacts
from exam_appliance.readiness.sources import DeviceFacts, Missing

MOST_PIXELS = 20_000
"""A side beyond is a lie."""
MOST_DPI = 20_000

_PAIR = re.compile(r"(\d{1,5})\s*[x×*]\s*(\d{1,5})")


def present_point(name: Text, devices: Sequence[DeviceFacts] | Missing, plug_in: Text) -> Point:
    """Return whether one of the devices works; the best one is named with its role."""
    if isinstance(devices, Missing):
        return Point(name, devices.why, State.UNKNOWN, devices.todo)
    if not devices:
        return Point(name, Text(f"未接入{name.zh}", f"{name.en}: none plugged in"), State.UNKNOWN, plug_in)
    working = [device for device in devices if device.works]
    if not working:
        first = devices[0]
        why = first.reason or Text("设备未就绪", "the device is not ready")
        return Point(
            name,
            Text(f"{first.named.zh}：{why.zh}", f"{first.named.en}: {why.en}"),
            State.FAIL,
            Text("请在“设备”页面按提示处理", "follow what the devices page says"),
        )
    bound = [device for device in working if device.roles]
    best = (bound or working)[0]
    if not bound:
        return Point(
            name,
            Text(f"{best.named.zh}，未绑定岗位", f"{best.named.en}, bound to no role"),
            State.UNKNOWN,
            Text("请在“设备”页面绑定到岗位", "bind it to its role on the devices page"),
        )
    roles = "、".join(role.zh for role in best.roles)
    roles_en = ", ".join(role.en for role in best.roles)
    more = len(working) - 1
    also = Text(f"，另有 {more} 台", f", and {more} more") if more else Text("", "")
    serial = f" {best.serial}" if best.serial else ""
    return Point(
        name,
        Text(
            f"{best.named.zh}{serial}（{roles}）{also.zh}", f"{best.named.en}{serial} ({roles_en}){also.en}"
        ),
        State.PASS,
    )


def largest_picture(facts: Mapping[str, Any]) -> CameraFacts | None:
    """Return the largest picture that a camera's facts name; None when they name none.

    `best_still` is what it gave when it was tried; the other names are what it claims.
    """
    for names in (("best_still",), ("largest", "sizes", "formats", "modes", "size")):
        sizes = [
            (wide, high)
            for name in names
            for wide, high in _pairs(facts.get(name))
            if 2 <= wide <= MOST_PIXELS and 2 <= high <= MOST_PIXELS
        ]
        if sizes:
            break
    else:
        return None
    wide, high = max(sizes, key=lambda size: size[0] * size[1])
    return CameraFacts(width=wide, height=high)


def best_dpi(facts: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the best resolution that a printer's facts name, dpi across and along; None for none."""
    found = [
        (across, along)
        for across, along in _pairs(facts.get("resolutions_dpi"))
        if 50 <= across <= MOST_DPI and 50 <= along <= MOST_DPI
    ]
    return max(found, key=min) if found else None


def _pairs(value: object) -> Iterator[tuple[int, int]]:
    """Yield all pairs of numbers: `[w, h]`, `"WxH"`, `{"width": w, "height": h}`, a lone n as (n, n)."""
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        yield value, value
    elif isinstance(value, str):
        pairs = _PAIR.findall(value)
        yield from ((int(a), int(b)) for a, b in pairs)
        if not pairs and (alone := re.fullmatch(r"\s*(\d{1,5})\s*(dpi)?\s*", value, re.IGNORECASE)):
            yield int(alone[1]), int(alone[1])
    elif isinstance(value, Mapping):
        names = (("width", "height"), ("x", "y"), ("across", "along"), ("cross_feed", "feed"))
        for first, second in names:
            a, b = value.get(first), value.get(second)
            if isinstance(a, int) and isinstance(b, int):
                yield a, b
                return
        for inner in value.values():
            if isinstance(inner, Mapping | list | tuple | str):
                yield from _pairs(inner)
    elif isinstance(value, list | tuple):
        if len(value) == 2 and all(isinstance(one, int) and not isinstance(one, bool) for one in value):
            yield value[0], value[1]
            return
        for inner in value:
            yield from _pairs(inner)
