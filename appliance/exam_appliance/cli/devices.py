"""`devices`: what is plugged in, the daemon that knows it, self-tests, history, entries for new devices."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from exam_appliance.cli.site import (
    CHECK_FAILED,
    NOT_NOW,
    WRONG_USE,
    config_option,
    fail,
    json_option,
    say,
    say_json,
    site_settings,
    told,
)
from exam_appliance.devices.daemon_settings import daemon_settings, daemon_socket
from exam_appliance.devices.roles import KIND_WORDS
from firmware_adapters.adapter import DeviceState
from firmware_adapters.client import (
    Away,
    DaemonAway,
    DaemonRefused,
    DaemonSlow,
    DeviceClient,
    Listed,
    News,
)
from firmware_adapters.daemon import DaemonRuns, FolderWrong, dock_module, known_entries
from firmware_adapters.daemon import serve as run
from firmware_adapters.interface import (
    Device,
    DeviceEvent,
    DeviceGoneSaid,
    HistoryLine,
    SourceStatus,
    UnknownSighting,
)
from firmware_adapters.settings import DaemonSettings
from firmware_adapters.suggesting import unknown_sightings
from firmware_adapters.udev_source import UdevOptions, UdevSource

Given = TypeVar("Given")

STATES: dict[DeviceState, tuple[str, str]] = {
    DeviceState.ABSENT: ("未接入", "dim"),
    DeviceState.PRESENT: ("连接中", "cyan"),
    DeviceState.READY: ("就绪", "green"),
    DeviceState.BUSY: ("工作中", "green"),
    DeviceState.DEGRADED: ("需处理", "yellow"),
    DeviceState.FAILED: ("故障", "red"),
}
WHAT = {
    "plugged": "插入 plugged in",
    "unplugged": "拔出 unplugged",
    "fault": "故障 fault",
    "recovered": "恢复 recovered",
    "self_test": "自检 self-test",
}


@click.group(invoke_without_command=True, short_help="设备：列出、跟踪、自检 / devices: list, watch, test")
@config_option
@json_option
@click.option("--watch", is_flag=True, help="持续显示变化，Ctrl-C 结束 / show changes until Ctrl-C")
@click.pass_context
def devices(context: click.Context, file: Path | None, as_json: bool, watch: bool) -> None:
    """列出已接入的设备及其状态、原因和处理办法 / list devices with state, reason and what to do.

    有设备故障时退出码为 1。
    The exit code is 1 when a device has failed.
    """
    context.obj = file
    if context.invoked_subcommand is not None:
        return
    socket = daemon_socket(site_settings(file))
    if watch:
        _asked(_watch(socket, as_json=as_json))
    elif not _asked(_list(socket, as_json=as_json)):
        sys.exit(CHECK_FAILED)


@devices.command(short_help="运行设备服务 / run the device daemon")
@click.option(
    "--dock", is_flag=True, help="带模拟设备坞，仅演示与测试 / with a dock of simulators, for demo and tests"
)
@config_option
@click.pass_obj
def serve(given: Path | None, file: Path | None, dock: bool) -> None:
    """运行设备服务，直到 Ctrl-C 或 SIGTERM / run the device daemon until Ctrl-C or SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    settings = site_settings(file or given)
    docked = dock or settings.devices.dock
    if docked:
        try:
            dock_module().prepare()
        except ImportError as error:
            fail(
                NOT_NOW,
                f"本机没有模拟设备坞：{error} / there is no dock of simulators on this machine: {error}",
            )
    try:
        daemon = daemon_settings(settings, dock=docked)
    except ValidationError as error:
        fail(WRONG_USE, *(f"devices: {one['msg']}" for one in error.errors(include_url=False)))
    try:
        asyncio.run(_serve(daemon))
    except (DaemonRuns, FolderWrong) as error:
        fail(NOT_NOW, str(error))


@devices.command(short_help="为无法识别的设备给出目录条目 / an entry for what nobody knows")
@json_option
@config_option
@click.pass_obj
def suggest(given: Path | None, file: Path | None, as_json: bool) -> None:
    """列出目录中没有的设备：可用于匹配的键，以及可粘贴的目录条目。

    List devices that no entry of the catalogue matches, with the keys that would match them and an entry
    to paste below `devices.entries` of the site's configuration. Works without the daemon too.
    """
    settings = site_settings(file or given)
    unknown = _asked(_unknown(daemon_socket(settings), daemon_settings(settings, dock=False)))
    if as_json:
        say_json({"sightings": [one.model_dump(mode="json") for one in unknown]})
        return
    if not unknown:
        told.print(
            "没有无法识别的设备；若设备未出现，请检查电源与线缆 / "
            "there is nothing unknown; if a device does not show, check its power and cable"
        )
        return
    for one in unknown:
        name = " ".join(filter(None, (one.maker, one.model))) or one.usb_id or one.node
        say(f"# {name}  {one.subsystem} {one.node}  @ {one.port}")
        for key, value in one.keys.items():
            say(f"#   {key}: {value}")
        say(one.suggestion)


@devices.command("self-test", short_help="自检一台设备 / test a device")
@click.argument("device")
@json_option
@config_option
@click.pass_obj
def self_test(given: Path | None, file: Path | None, device: str, as_json: bool) -> None:
    """自检一台设备并保存结果；DEVICE 为编号或其唯一的开头。

    Test a device and keep the result; DEVICE is its id or the beginning of one. The exit code is 1 when
    the test is not passed.
    """
    passed = _asked(_self_test(daemon_socket(site_settings(file or given)), device, as_json=as_json))
    if not passed:
        sys.exit(CHECK_FAILED)


@devices.command(short_help="插拔与故障记录 / plugs and faults")
@click.option("--device", default="", help="只看一台设备 / of one device only")
@click.option("--limit", type=click.IntRange(1, 2000), default=50, show_default=True)
@json_option
@config_option
@click.pass_obj
def history(given: Path | None, file: Path | None, device: str, limit: int, as_json: bool) -> None:
    """显示插拔、故障、恢复和自检，最新在前 / show plugs, faults, recoveries and tests, newest first."""
    lines = _asked(_history(daemon_socket(site_settings(file or given)), device, limit))
    if as_json:
        say_json({"lines": [line.model_dump(mode="json") for line in lines]})
        return
    for line in lines:
        say(_line(line))


async def _serve(settings: DaemonSettings) -> None:
    await run(settings, lambda: say(f"设备服务已启动 / the device daemon listens at {settings.socket}"))


async def _list(socket: Path, *, as_json: bool) -> bool:
    """Print all devices; tell whether none has failed."""
    async with _client(socket) as client:
        listing, status = await client.devices(), await client.status()
    if as_json:
        say_json({**listing.model_dump(mode="json"), "sources": status.model_dump(mode="json")["sources"]})
    else:
        _print_table(listing.devices)
        _print_sources(status.sources)
    return not any(device.state is DeviceState.FAILED for device in listing.devices)


def _print_table(listed: tuple[Device, ...]) -> None:
    if not listed:
        told.print(
            "没有设备；插上设备后一秒内会出现 / no devices: one that is plugged in shows within a second"
        )
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("状态 state", "类别 kind", "设备 device", "序列号 serial", "位置 port", "编号 id"):
        table.add_column(heading, overflow="fold")
    for device in listed:
        zh, style = STATES[device.state]
        name = " ".join(filter(None, (device.maker, device.model))) or f"{device.zh} {device.en}"
        table.add_row(
            f"[{style}]{zh} {device.state.value}[/]",
            KIND_WORDS[device.kind][0],
            _plain(name + (" （模拟 simulated）" if device.simulated else "")),
            _plain(device.serial),
            _plain(device.port or device.node),
            device.id,
        )
        if device.reason is not None and device.state is not DeviceState.ABSENT:
            table.add_row("", "", _plain(f"{device.reason.zh} / {device.reason.en}"), "", "", "")
    Console(highlight=False, width=None if sys.stdout.isatty() else 160).print(table)


def _print_sources(sources: tuple[SourceStatus, ...]) -> None:
    for source in sources:
        if source.state == "failed" and source.reason is not None:
            told.print(
                f"来源 source {source.name}: {source.reason.zh} / {source.reason.en}",
                style="yellow",
                markup=False,
            )


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


async def _watch(socket: Path, *, as_json: bool) -> None:
    async with _client(socket) as client:
        # Whoever watches a daemon that does not run is told so at once, not kept waiting.
        await client.status()
        async for news in client.follow():
            for line in _as_json(news) if as_json else _as_text(news):
                say(line)


def _as_json(news: News) -> list[str]:
    if isinstance(news, Listed):
        return [_json("device", device) for device in news.devices]
    if isinstance(news, Away):
        return ['{"t":"away"}']
    kind = {Device: "device", DeviceGoneSaid: "gone", DeviceEvent: "event"}[type(news)]
    return [_json(kind, news)]


def _json(kind: str, model: Device | DeviceGoneSaid | DeviceEvent) -> str:
    return f'{{"t":"{kind}",{model.model_dump_json()[1:]}'


def _as_text(news: News) -> list[str]:
    match news:
        case Listed(listed):
            return [_device_line(device) for device in listed]
        case Away():
            return ["设备服务失去联系，正在重连 / the device daemon is away and is tried again"]
        case Device():
            return [_device_line(news)]
        case DeviceGoneSaid():
            return [f"{news.id}: 已移除 removed"]
        case DeviceEvent():
            return [f"{news.at.astimezone():%H:%M:%S}  {news.device}: {news.name} {news.body}"]


def _device_line(device: Device) -> str:
    reason = f"  {device.reason.zh} / {device.reason.en}" if device.reason is not None else ""
    zh = STATES[device.state][0]
    return (
        f"{device.since.astimezone():%H:%M:%S}  {zh} {device.state.value:<9} {device.id}  {device.zh}{reason}"
    )


async def _unknown(socket: Path, settings: DaemonSettings) -> tuple[UnknownSighting, ...]:
    try:
        async with _client(socket) as client:
            return (await client.unknown()).sightings
    except DaemonAway:
        # Whoever writes an entry before the daemon is set up looks for himself.
        source = UdevSource(UdevOptions())
        try:
            seen = await source.list()
        finally:
            await source.close()
        return tuple(unknown_sightings(known_entries(settings.entries), seen))


async def _self_test(socket: Path, wanted: str, *, as_json: bool) -> bool:
    async with _client(socket) as client:
        known = [device.id for device in (await client.devices()).devices]
        found = [one for one in known if one == wanted] or [one for one in known if one.startswith(wanted)]
        if len(found) != 1:
            listed = ", ".join(found or known) or "-"
            zh = "编号不唯一" if found else "没有这台设备"
            en = "the id is not unique" if found else "there is no such device"
            fail(WRONG_USE, f"{zh}：{wanted} / {en}; {listed}")
        result = await client.self_test(found[0])
    if as_json:
        say_json({"device": found[0], **result.model_dump(mode="json")})
        return result.passed
    for step in result.steps:
        mark = "通过 ok    " if step.passed else "未过 failed"
        say(f"{mark}  {step.zh} / {step.en}" + (f"  ({step.measured})" if step.measured else ""))
    say("自检通过 / passed" if result.passed else "自检未通过 / failed")
    return result.passed


async def _history(socket: Path, device: str, limit: int) -> tuple[HistoryLine, ...]:
    async with _client(socket) as client:
        return (await client.history(device, limit)).lines


def _line(line: HistoryLine) -> str:
    reason = f"  {line.reason.zh} / {line.reason.en}" if line.reason is not None else ""
    detail = f"  ({line.detail})" if line.detail else ""
    at = f"{line.at.astimezone():%Y-%m-%d %H:%M:%S}"
    return f"{at}  {WHAT[line.what]}  {line.zh} {line.device}{reason}{detail}"


@asynccontextmanager
async def _client(socket: Path) -> AsyncIterator[DeviceClient]:
    async with DeviceClient(socket) as client:
        yield client


def _asked(asked: Coroutine[Any, Any, Given]) -> Given:
    """Return what the daemon answers; ends the program with its reason when it cannot."""
    try:
        return asyncio.run(asked)
    except KeyboardInterrupt:
        sys.exit(0)
    except DaemonAway:
        fail(
            NOT_NOW,
            "设备服务没有运行：请启动它（systemctl start kaodian-devices，或 exam-appliance devices serve）",
            "the device daemon does not run: start it (systemctl start kaodian-devices, or "
            "exam-appliance devices serve)",
        )
    except DaemonSlow:
        fail(NOT_NOW, "设备服务没有及时回答，请重试 / the device daemon did not answer in time: try again")
    except DaemonRefused as refused:
        fail(NOT_NOW, f"{refused.zh} / {refused.en}")
