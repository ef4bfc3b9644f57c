"""The server's clock: kept by NTP, and against the centre's."""

from __future__ import annotations

from exam_appliance.preflight.looking import Looked
from exam_appliance.readiness.finding import Finding, Point, State, Text, found
from exam_appliance.readiness.machine.commands import Told
from exam_appliance.readiness.sources import LineFacts, Missing

ID = "clock"
NAME = Text("时钟", "clock")

MOST_OFFSET_MS = 2_000
_KEPT = Text("自动校时", "kept by NTP")
_CENTRE = Text("与中心相差", "against the centre")


async def check(looked: Looked) -> Finding:
    """Measure and compare."""
    tracking = await looked.place.ask(("chronyc", "-c", "tracking"))
    system = await looked.place.ask(("timedatectl", "show", "--property=NTPSynchronized", "--value"))
    return judge(tracking, system, await looked.centre.reach())


def judge(tracking: Told, system: Told, reached: LineFacts | Missing) -> Finding:
    """Compare what chrony, systemd and the centre tell. One that proves the clock right is enough."""
    kept, centre = kept_point(tracking, system), centre_point(reached)
    if centre.state is State.PASS and kept.state is State.UNKNOWN:
        kept = Point(kept.name, kept.measured, State.PASS)
    if kept.state is State.PASS and centre.state is State.UNKNOWN:
        centre = Point(centre.name, centre.measured, State.PASS)
    return found((kept, centre))


def kept_point(tracking: Told, system: Told) -> Point:
    """Return whether chrony (`chronyc -c tracking`, fields 3 and 5) or systemd holds the clock."""
    fields = tracking.out.strip().split(",")
    if tracking.code == 0 and len(fields) >= 14:
        stratum, seconds = fields[2], _number(fields[4])
        if stratum.isdigit() and 0 < int(stratum) < 16 and fields[13] != "Not synchronised":
            off = "" if seconds is None else f"{abs(seconds) * 1000:.1f} ms"
            return Point(_KEPT, Text(f"chrony 已同步 {off}", f"chrony in step {off}"), State.PASS)
        return Point(
            _KEPT,
            Text("chrony 未同步", "chrony is not in step"),
            State.UNKNOWN,
            Text(
                "请检查时间服务器设置（chronyc sources），或手工校准后复查",
                "check the time servers (chronyc sources), or set the clock and look again",
            ),
        )
    if system.code == 0 and system.out.strip() == "yes":
        return Point(_KEPT, Text("系统校时已同步", "the system's clock is in step"), State.PASS)
    return Point(
        _KEPT,
        Text("未启用自动校时", "no NTP"),
        State.UNKNOWN,
        Text("请启用 chrony，或对照北京时间校准", "put chrony to use, or set the clock by hand"),
    )


def centre_point(reached: LineFacts | Missing) -> Point:
    """Return how far the clock is from the centre's."""
    if isinstance(reached, Missing):
        return Point(_CENTRE, reached.why, State.UNKNOWN, reached.todo)
    off = reached.offset_ms
    shown = f"{off / 1000:+.2f} s"
    if abs(off) <= MOST_OFFSET_MS + reached.round_trip_ms:
        return Point(_CENTRE, Text(f"与中心相差 {shown}", f"{shown} against the centre"), State.PASS)
    todo = Text(
        "请在开考前校准服务器时钟（chronyc makestep）", "set the clock before the exam (chronyc makestep)"
    )
    return Point(_CENTRE, Text(f"与中心相差 {shown}", f"{shown} against the centre"), State.FAIL, todo)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
