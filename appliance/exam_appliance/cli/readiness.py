"""`readiness` and `form-4`: the site against the environment standard, and the application form."""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import KeyFileWrong
from exam_appliance.accounts.store import AccountStore
from exam_appliance.app import software_version
from exam_appliance.cli.accounts import ACTOR
from exam_appliance.cli.noting import noted
from exam_appliance.cli.site import (
    CHECK_FAILED,
    NOT_NOW,
    config_option,
    existing_folder,
    fail,
    json_option,
    say,
    sentences,
    server_runs,
    site_settings,
    told,
)
from exam_appliance.config import Settings
from exam_appliance.devices.daemon_line import DaemonLine
from exam_appliance.faces.client import FaceService
from exam_appliance.faces.settings import service_settings
from exam_appliance.queue.speech import Speech
from exam_appliance.readiness.centre_line import SiteCentreLine
from exam_appliance.readiness.declarations import stored_declarations
from exam_appliance.readiness.device_list import DaemonDevices, stored_bindings
from exam_appliance.readiness.face_service import site_services
from exam_appliance.readiness.finding import State
from exam_appliance.readiness.form_4 import Form4, filled_in, server_facts
from exam_appliance.readiness.form_4_printed import form_4_docx, form_4_pdf
from exam_appliance.readiness.front_door import stored_queue, stored_terminals_facts
from exam_appliance.readiness.gathering import (
    Place,
    exam_runs,
    gathered,
    reported,
    site_about,
)
from exam_appliance.readiness.kept_run import KeptRun, KeptRunFile
from exam_appliance.readiness.printed import readiness_pdf
from exam_appliance.readiness.report import ReadinessReport
from exam_appliance.readiness.running import run_checks
from exam_appliance.readiness.standard import standard
from exam_appliance.readiness.unit_form import UnitFormFile
from exam_appliance.state_folder import StateFolder

STATES = {
    State.PASS: ("合格 pass", "green"),
    State.FAIL: ("不合格 fail", "red"),
    State.UNKNOWN: ("未知 unknown", "yellow"),
    State.DECLARED: ("申报 declared", "cyan"),
}

file_to_write = click.Path(path_type=Path, dir_okay=False, writable=True)


@click.command(short_help="对照环境标准检查 / check the site against the environment standard")
@click.option("--pdf", type=file_to_write, help="另存为可盖章的 PDF / write the PDF to be stamped")
@config_option
@json_option
def readiness(pdf: Path | None, file: Path | None, as_json: bool) -> None:
    """逐项检查 46 项环境要求；必备项未全部符合时退出码 1。

    Check all 46 rows of the environment standard; exit code 1 while a required row is open. While
    the server runs, the report for the centre is made on the console.
    """
    settings = site_settings(file)
    folder = existing_folder(settings)
    try:
        report = asyncio.run(_check(settings, folder))
        if pdf is not None:
            _write(pdf, asyncio.run(readiness_pdf(report)))
    except (Problem, KeyFileWrong) as error:
        fail(NOT_NOW, *(sentences(error) if isinstance(error, Problem) else [str(error)]))
    if as_json:
        say(report.model_dump_json(by_alias=True, indent=2))
    else:
        _show(report)
    sys.exit(0 if report.ready else CHECK_FAILED)


@click.command("form-4", short_help="考试点申请表（附件 4） / the exam site's application form")
@click.option("--pdf", type=file_to_write, help="PDF 文件 / PDF file to write")
@click.option("--docx", type=file_to_write, help="Word 文件 / Word file to write")
@config_option
@json_option
def form_4(pdf: Path | None, docx: Path | None, file: Path | None, as_json: bool) -> None:
    """用本机实测的服务器信息填写申请表；单位信息在控制台“就绪检查”页面填写。

    Fill the form in with the server as measured; the unit's fields are entered on the console.
    """
    settings = site_settings(file)
    folder = existing_folder(settings)
    place = Place(settings, folder.appliance, software_version())
    try:
        form = asyncio.run(_form(place))
        if pdf is not None:
            _write(pdf, asyncio.run(form_4_pdf(form, site_about(place).time_zone)))
        if docx is not None:
            _write(docx, form_4_docx(form))
    except Problem as problem:
        fail(NOT_NOW, *sentences(problem))
    if as_json:
        say(form.model_dump_json(indent=2))
        return
    for server in form.servers:
        say(
            f"{server.name}: MAC {server.mac or '—'}, {server.cores or '—'} 核 cores, "
            f"内存 memory {server.memory_gb or '—'} G, 硬盘 disk {server.disk_gb or '—'} G"
        )
    for room in form.rooms:
        say(f"{room.name}: {room.server}, {room.capacity}")
    if form.open_zh:
        told.print(
            f"尚未填写 / still empty: {'、'.join(form.open_zh)}（{', '.join(form.open_en)}）",
            style="yellow",
            markup=False,
        )


async def _check(settings: Settings, folder: StateFolder) -> ReadinessReport:
    place = Place(settings, folder.appliance, software_version())
    now = datetime.now(UTC)
    centre = SiteCentreLine(
        place.sync_folder, folder.keys(), folder.appliance, lambda: exam_runs(folder.journal)
    )
    line = daemon_line(settings)
    faces = FaceService(service_settings(settings.faces, settings.state_dir))
    devices = DaemonDevices(line, lambda: stored_bindings(folder.journal))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        with Progress(*columns, console=told, transient=True) as bar:
            task = bar.add_task("正在检查 / checking", total=len(standard().rows))
            queue = stored_queue(settings, Speech(folder.path / "speech"))
            terminals = stored_terminals_facts(settings, now, running=server_runs(settings))
            services = await site_services(faces, queue, terminals)
            sources = await gathered(place, now, devices, centre, services)
            findings = await run_checks(
                standard(), sources, progress=lambda done, of: bar.update(task, completed=done, total=of)
            )
    finally:
        if line is not None:
            await line.close()
        await faces.close()
    await asyncio.to_thread(_keep, place, KeptRun(now, ACTOR, findings))
    declarations = stored_declarations(folder.journal, standard())
    with closing(AccountStore(folder.path / "accounts.db")) as store:
        names = {stored.account.username: stored.account.name for stored in store.accounts()}
    names[ACTOR] = "命令行"
    report = await reported(place, now, findings, declarations, ACTOR, names)
    await noted(settings, "site.readiness", report.brief())
    return report


def _keep(place: Place, run: KeptRun) -> None:
    try:
        KeptRunFile(place.folder).keep(run)
    except OSError as error:
        fail(NOT_NOW, f"结果无法保存（{error.strerror}） / the result cannot be kept in {place.folder}")


async def _form(place: Place) -> Form4:
    unit = UnitFormFile(place.folder / "unit.json").read()
    server = await server_facts(place.root, place.architecture, place.ask)
    return filled_in(unit, server, site_about(place).rooms, datetime.now(UTC))


def daemon_line(settings: Settings) -> DaemonLine | None:
    """Return the line to the device daemon, None where the site has none."""
    if settings.devices.run == "none":
        return None
    return DaemonLine(settings.devices.socket or settings.state_dir / "devices.sock")


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        fail(NOT_NOW, f"无法写入 {path}（{error.strerror}） / {path} cannot be written")
    told.print(f"已写入 / written: {path}", style="green", markup=False)


def _show(report: ReadinessReport) -> None:
    for group in report.groups:
        say(f"\n{group.zh} / {group.en}")
        for row in report.rows:
            if row.group == group.id:
                words, colour = STATES[row.state]
                if row.stood_in_for_by:
                    words, colour = "不需要 not needed", "green"
                level = "" if row.level == "required" else "（推荐 recommended）"
                say(f"  {click.style(words, fg=colour)}  {row.zh}{level} {row.id}: {row.measured_zh}")
                if row.todo_zh:
                    say(f"      → {row.todo_zh}")
    say("")
    counts = "，".join(f"{STATES[state][0]} {number}" for state, number in report.counts.items())
    verdict = "必备项全部符合 ready" if report.ready else f"{len(report.required_open)} 项必备项待处理 open"
    say(f"{verdict}：{counts}")
