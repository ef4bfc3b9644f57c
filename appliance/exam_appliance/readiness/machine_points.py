"""Points of one machine that reported: what it says of itself against the numbers of a row."""

from __future__ import annotations

import re

from exam_appliance.readiness.checks.server_os import system_point
from exam_appliance.readiness.finding import Point, State, Text, at_least
from exam_appliance.readiness.heard.machine_report import CameraFacts, DisplayFacts
from exam_appliance.readiness.heard.machines import HeardMachine
from exam_appliance.readiness.machine.system import System
from exam_appliance.readiness.standard import Limits

MEMORY_SHARE = 0.88
"""Of its memory a machine counts at least so much: firmware and graphics take the rest."""
PIXEL_SHARE = 0.98
"""Pictures sold as 3 megapixels have 2304 x 1296 pixels."""
ASPECT_TOLERANCE = 0.02
"""1366 x 768 is sold as 16:9."""
INCH_MM = 25.4
INCH_TOLERANCE = 0.2

_CLOCK_IN_NAME = re.compile(r"@\s*(\d+(?:\.\d+)?)\s*GHz", re.IGNORECASE)
_ASK = Text(
    "浏览器读不到此项：请用考试终端启动该机，或查看配置后申报",
    "a browser cannot tell: boot the machine as a kiosk, or look it up and declare it",
)
_REPLACE = Text("请更换或升级该机", "replace or upgrade the machine")
_NOT_KNOWN = Text("未知", "not known")


def pc_points(machine: HeardMachine, limits: Limits) -> tuple[Point, ...]:
    """Return processor, memory, disk, network and display against a row's numbers."""
    report = machine.report
    clock = report.cpu_mhz or _named_clock(report.cpu_model)
    memory = None if report.memory_mb is None else report.memory_mb / 1024 / MEMORY_SHARE
    return (
        _number(Text("CPU 主频", "CPU clock"), clock, limits.clock_mhz or 0, "MHz"),
        _number(Text("CPU 核数", "cores"), report.cores, limits.cores or 0, ""),
        bits_point(machine),
        _number(Text("内存", "memory"), None if memory is None else int(memory), limits.memory_gb or 0, "GB"),
        _number(Text("硬盘", "disk"), report.disk_gb, limits.disk_gb or 0, "GB"),
        _number(Text("网卡", "network card"), report.nic_mbit, limits.nic_mbit or 0, "Mbit/s"),
        _size_point(report.display, limits.display_inch or 0),
        _aspect_point(report.display, limits.aspect or "16:9"),
    )


def bits_point(machine: HeardMachine) -> Point:
    """Return whether a machine is of 64 bit."""
    bits = machine.report.bits or machine.browser.bits
    measured = Text(f"{bits} 位", f"{bits} bit") if bits else _NOT_KNOWN
    return at_least(Text("64 位", "64 bit"), bits, 64, measured, _REPLACE, _ASK)


def os_points(machine: HeardMachine, limits: Limits) -> tuple[Point, ...]:
    """Return the operating system against a row's list, and its width."""
    report, browser = machine.report, machine.browser
    if report.system_id:
        held = System(report.system_id, report.system_version, "")
    elif browser.system_id == "linux":
        # Domestic systems mostly do not say who they are.
        held = System("", "", "")
    else:
        held = System(browser.system_id, browser.system_version, "")
    return (system_point(held, limits.systems), bits_point(machine))


def browser_points(machine: HeardMachine, limits: Limits) -> tuple[Point, ...]:
    """Return the browser against the lowest versions."""
    browser = machine.browser
    name = Text("浏览器", "browser")
    if not browser.engine or browser.version is None:
        return (Point(name, _NOT_KNOWN, State.UNKNOWN, _ASK),)
    lowest = limits.browsers[browser.engine]
    todo = Text(f"请升级浏览器到 {browser.engine} {lowest} 及以上", f"upgrade to {browser.engine} {lowest}")
    shown = Text(browser.shown, browser.shown)
    return (at_least(name, browser.version, lowest, shown, todo, _ASK),)


def camera_points(machine: HeardMachine, limits: Limits) -> tuple[Point, ...]:
    """Return the best camera against a row's pixels."""
    name = Text("摄像头", "camera")
    cameras = machine.report.cameras
    if cameras is None:
        return (Point(name, _NOT_KNOWN, State.UNKNOWN, _ASK),)
    if not cameras:
        todo = Text("请接上摄像头", "plug a camera in")
        return (Point(name, Text("没有摄像头", "no camera"), State.FAIL, todo),)
    best = max(cameras, key=lambda camera: camera.width * camera.height)
    return (picture_point(name, best, limits.megapixels or 0),)


def picture_point(name: Text, best: CameraFacts, megapixels: int) -> Point:
    """Return a camera's largest picture against so many megapixels."""
    pixels = best.width * best.height
    shown = f"{best.width}×{best.height}"
    return Point(
        name,
        Text(shown, shown),
        State.PASS if pixels >= megapixels * 1_000_000 * PIXEL_SHARE else State.FAIL,
        None
        if pixels >= megapixels * 1_000_000 * PIXEL_SHARE
        else Text(
            f"请更换 {megapixels}00 万像素及以上的摄像头", f"use a camera of {megapixels} megapixels or more"
        ),
    )


def _number(name: Text, value: int | None, need: int, unit: str) -> Point:
    shown = f"{value} {unit}".strip()
    measured = _NOT_KNOWN if value is None else Text(shown, shown)
    return at_least(name, value, need, measured, _REPLACE, _ASK)


def _named_clock(model: str) -> int | None:
    named = _CLOCK_IN_NAME.search(model)
    return round(float(named[1]) * 1000) if named else None


def _size_point(display: DisplayFacts | None, need: int) -> Point:
    name = Text("显示器尺寸", "display size")
    if display is None or not display.width_mm or not display.height_mm:
        return Point(name, _NOT_KNOWN, State.UNKNOWN, _ASK)
    inch = float((display.width_mm**2 + display.height_mm**2) ** 0.5) / INCH_MM
    shown = Text(f"{inch:.1f} 英寸", f"{inch:.1f} inch")
    big_enough = inch >= need - INCH_TOLERANCE
    todo = Text(f"请更换 {need} 英寸及以上的显示器", f"use a display of {need} inch or more")
    return Point(name, shown, State.PASS if big_enough else State.FAIL, None if big_enough else todo)


def _aspect_point(display: DisplayFacts | None, aspect: str) -> Point:
    name = Text("显示比例", "display aspect")
    if display is None:
        return Point(name, _NOT_KNOWN, State.UNKNOWN, _ASK)
    wide, _, high = aspect.partition(":")
    wanted = int(wide) / int(high)
    held = display.width_px / display.height_px
    fits = abs(held / wanted - 1) <= ASPECT_TOLERANCE
    shown = f"{display.width_px}×{display.height_px}"
    todo = Text(f"请更换 {aspect} 的显示器，或改正分辨率设置", f"use a display of {aspect}, or set it right")
    return Point(name, Text(shown, shown), State.PASS if fits else State.FAIL, None if fits else todo)
