"""`enrol` and `courier`: the way to the centre, by line and by stick."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from central_sync.protocol.http.problems import Problem
from exam_appliance.cli.accounts import ACTOR
from exam_appliance.cli.site import (
    config_option,
    existing_folder,
    opened_folder,
    say,
    site_settings,
    stopped_appliance,
    told,
)
from exam_appliance.config import Settings
from exam_appliance.journal.journal import Draft, Journal


@click.command(short_help="登记到中心 / enrol with the centre")
@click.option("--centre", required=True, help="中心地址，如 https://centre.example / the centre's address")
@click.option("--code", required=True, help="中心给出的登记码 / the claim code that the centre gave")
@config_option
def enrol(centre: str, code: str, file: Path | None) -> None:
    """用登记码把本机登记到中心；服务须先停止（运行中请在控制台办理）。

    Enrol this server with the centre by its claim code. The server must be stopped; while it runs
    use the console.
    """
    settings = site_settings(file)
    opened_folder(settings)
    with told.status("正在登记 / enrolling"):
        site = asyncio.run(_enrol(settings, centre, code))
    say(f"已登记，考点 {site}；启动服务后开始同步 / enrolled as site {site}; the sync begins with the server")


@click.group(short_help="U 盘传递 / by USB stick")
def courier() -> None:
    """无网络时用 U 盘与中心交换数据 / exchange with the centre by USB stick when there is no line."""


@courier.command("export", short_help="导出给中心的数据包 / a bundle for the centre")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False, writable=True))
@config_option
def export_bundle(folder: Path, file: Path | None) -> None:
    """把中心尚未收到的日志写成数据包，放入 U 盘目录；服务须先停止（运行中请在控制台导出）。

    Write what the centre has not received as a bundle into the stick's folder. The server must be
    stopped; while it runs use the console.
    """
    settings = site_settings(file)
    existing_folder(settings)
    with told.status("正在导出 / writing the bundle"):
        path, first, last = asyncio.run(_export(settings, folder))
    entries = f"{first}-{last}" if first else "0"
    say(f"已导出日志 {entries}：{path} / journal entries {entries} were written")
    say("请安全弹出 U 盘后送往中心 / eject the stick, then take it to the centre")


@courier.command("import", short_help="导入中心的数据包 / take in the centre's bundle")
@click.argument("bundle", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@config_option
def import_bundle(bundle: Path, file: Path | None) -> None:
    """导入中心的数据包；可重复执行。服务须先停止（运行中请在控制台导入）。

    Take in a bundle of the centre; it may be repeated. The server must be stopped; while it runs
    use the console.
    """
    settings = site_settings(file)
    existing_folder(settings)
    with told.status("正在导入 / taking the bundle in"):
        documents, blobs = asyncio.run(_import(settings, bundle))
    say(f"已导入 {documents} 份文档、{blobs} 个考试包 / {documents} documents and {blobs} packages taken in")


async def _enrol(settings: Settings, centre: str, code: str) -> str:
    async with stopped_appliance(settings) as appliance:
        await appliance.agent.enrol(centre, code)
        return appliance.agent.status().site


async def _export(settings: Settings, folder: Path) -> tuple[Path, int, int]:
    async with stopped_appliance(settings) as appliance:
        partial = folder / f".{appliance.journal.appliance}.partial"
        try:
            facts = await asyncio.to_thread(appliance.agent.export_bundle, partial)
            path = folder / facts.name
            if path.exists():
                raise Problem(
                    "conflict",
                    "courier.exists",
                    f"{path} 已存在，请先移走",
                    f"{path} exists already: move it away first",
                )
            partial.rename(path)
        finally:
            partial.unlink(missing_ok=True)
        await _moved(appliance.journal, "export", facts.name, facts.first_seq, facts.last_seq)
        return path, facts.first_seq, facts.last_seq


async def _import(settings: Settings, bundle: Path) -> tuple[int, int]:
    async with stopped_appliance(settings) as appliance:
        await appliance.intake.start()
        appliance.intake.by_courier = True
        try:
            facts = await appliance.agent.import_bundle(bundle)
        finally:
            appliance.intake.by_courier = False
        await _moved(appliance.journal, "import", facts.name, 0, 0)
        return facts.documents, facts.blobs


async def _moved(journal: Journal, direction: str, bundle: str, first_seq: int, last_seq: int) -> None:
    body = {"direction": direction, "bundle": bundle, "first_seq": first_seq, "last_seq": last_seq}
    await journal.append([Draft("courier.moved", journal.appliance, ACTOR, body)])
