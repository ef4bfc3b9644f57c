"""`preflight`: the site before an exam day."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import KeyFileWrong
from exam_appliance.app import software_version
from exam_appliance.cli.accounts import ACTOR
from exam_appliance.cli.noting import noted
from exam_appliance.cli.readiness import daemon_line
from exam_appliance.cli.site import (
    CHECK_FAILED,
    NOT_NOW,
    config_option,
    existing_folder,
    fail,
    json_option,
    say,
    sentences,
    site_settings,
    told,
)
from exam_appliance.config import Settings
from exam_appliance.preflight.preflight import PreflightFile, look
from exam_appliance.preflight.running import CHECKS, PreflightResult, run_preflight
from exam_appliance.readiness.centre_line import SiteCentreLine
from exam_appliance.readiness.device_list import DaemonDevices, stored_bindings
from exam_appliance.readiness.gathering import Place, exam_runs
from exam_appliance.state_folder import StateFolder

SHOWN = {"pass": ("通过 pass", "green"), "fail": ("未通过 fail", "red"), "unknown": ("待确认 open", "yellow")}


@click.command(short_help="考前检查 / look the site over before an exam day")
@config_option
@json_option
def preflight(file: Path | None, as_json: bool) -> None:
    """考前检查十项，包括在绑定的打印机上打印一页；有未通过项时退出码 1。

    Ten checks before an exam day, a page at each bound printer among them; exit code 1 when one is
    red. What is open is for people to make sure of.
    """
    settings = site_settings(file)
    folder = existing_folder(settings)
    try:
        result = asyncio.run(_run(settings, folder))
    except (Problem, KeyFileWrong) as error:
        fail(NOT_NOW, *(sentences(error) if isinstance(error, Problem) else [str(error)]))
    if as_json:
        say(result.model_dump_json(indent=2))
    else:
        _show(result)
    sys.exit(0 if result.ready else CHECK_FAILED)


async def _run(settings: Settings, folder: StateFolder) -> PreflightResult:
    place = Place(settings, folder.appliance, software_version())
    centre = SiteCentreLine(
        place.sync_folder, folder.keys(), folder.appliance, lambda: exam_runs(folder.journal)
    )
    line = daemon_line(settings)
    devices = DaemonDevices(line, lambda: stored_bindings(folder.journal))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        with Progress(*columns, console=told, transient=True) as bar:
            task = bar.add_task("考前检查 / pre-flight", total=len(CHECKS))
            looked = await look(place, folder.journal, devices, centre, datetime.now(UTC))
            result = await run_preflight(
                looked,
                ACTOR,
                {ACTOR: "命令行"},
                progress=lambda done, of: bar.update(task, completed=done, total=of),
            )
    finally:
        if line is not None:
            await line.close()
    try:
        PreflightFile(place.state_dir).keep(result)
    except OSError as error:
        fail(NOT_NOW, f"结果无法保存（{error.strerror}） / the result cannot be kept in {place.state_dir}")
    await noted(settings, "site.preflight", result.brief())
    return result


def _show(result: PreflightResult) -> None:
    for item in result.items:
        words, colour = SHOWN[item.state]
        say(f"{click.style(words, fg=colour)}  {item.zh} / {item.en}: {item.measured_zh}")
        if item.todo_zh:
            say(f"    → {item.todo_zh}")
    red = sum(item.state == "fail" for item in result.items)
    say("没有未通过项 / nothing is red" if result.ready else f"{red} 项未通过 / {red} red")
