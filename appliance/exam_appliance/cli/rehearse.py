"""`rehearse`: candidates played against the running server."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from exam_appliance.cli.site import (
    CHECK_FAILED,
    NOT_NOW,
    config_option,
    existing_folder,
    fail,
    json_option,
    say,
    site_settings,
    told,
)
from exam_appliance.practice.kept_rehearsal import KeptRehearsal, RehearsalFile
from exam_appliance.practice.rehearsing import TOKEN_VARIABLE
from exam_appliance.rehearsal.line import UNREACHABLE, Refused, line_to, log_in
from exam_appliance.rehearsal.measures import Measures
from exam_appliance.rehearsal.rehearsal import rehearse as play

PASSWORD_VARIABLE = "KAODIAN_STAFF_PASSWORD"  # noqa: S105 - the name of the variable


@click.command(short_help="压力演练 / play candidates against the running server")
@click.option(
    "--candidates", type=click.IntRange(1, 2000), default=30, show_default=True, help="人数 / how many"
)
@click.option(
    "--minutes", type=click.IntRange(1, 120), default=2, show_default=True, help="时长（分钟） / how long"
)
@click.option("--url", help="考点服务器地址，默认本机 / the server's address; this machine's by default")
@click.option("--user", default=None, help="技术人员用户名 / a technician's user name")
@config_option
@json_option
def rehearse(
    candidates: int, minutes: int, url: str | None, user: str | None, file: Path | None, as_json: bool
) -> None:
    """以虚拟考生在练习考场演练，不影响正式考试；有丢失或出错时退出码 1。

    Play invented candidates in the practice session, which never mixes with real ones. Needs a
    technician's log-in: --user, and the password asked for or in KAODIAN_STAFF_PASSWORD. Exit code
    1 when a receipt was lost or something went wrong.
    """
    folder = None if url else existing_folder(site_settings(file))
    address = url or (folder.address() if folder is not None else None)
    if not address:
        fail(
            NOT_NOW,
            "服务尚未启动，先运行 exam-appliance serve / no server runs here: start it first",
        )
    token = os.environ.get(TOKEN_VARIABLE, "")
    password = ""
    if not token:
        user = user or click.prompt("技术人员用户名 / technician's user name", err=True)
        password = os.environ.get(PASSWORD_VARIABLE) or click.prompt(
            "密码 / password", hide_input=True, err=True
        )
    try:
        measures = asyncio.run(_play(address, token, user or "", password, candidates, minutes))
    except Refused as refused:
        fail(NOT_NOW, f"{refused.zh} / {refused.en}")
    except UNREACHABLE as error:
        fail(
            NOT_NOW,
            f"无法连接 {address}，请确认服务已启动 / cannot reach {address}: does the server run? ({error})",
        )
    except asyncio.CancelledError:
        fail(NOT_NOW, "演练已停止 / the rehearsal was stopped")
    report = measures.report()
    if folder is not None:
        try:
            RehearsalFile(folder.path).keep(KeptRehearsal(at=datetime.now(UTC), report=report))
        except OSError as error:
            told.print(
                f"结果未能保存（{error.strerror}），考前检查看不到本次演练 / "
                "the result could not be kept for pre-flight",
                style="yellow",
                markup=False,
            )
    for what, times in sorted(measures.troubles.items()):
        told.print(f"{what}: {times}", style="yellow", markup=False)
    if as_json:
        say(report.model_dump_json())
    else:
        say(f"考生 / candidates      {report.candidates}")
        say(f"保存 / saves           {report.saves}")
        say(f"丢失 / lost            {report.lost}")
        say(f"保存耗时 / save time   p50 {report.save_ms.p50} ms, p99 {report.save_ms.p99} ms")
        say(f"开考发卷 / start bell  {report.start_bell_s} s")
        say(f"错误 / errors          {report.errors}")
    sys.exit(CHECK_FAILED if report.lost or report.errors else 0)


async def _play(url: str, token: str, user: str, password: str, candidates: int, minutes: int) -> Measures:
    if not token:
        async with line_to(url) as line:
            token = await log_in(line, user, password)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=told, transient=True) as bar:
        task = bar.add_task("", total=100)
        return await play(
            url,
            token,
            candidates,
            minutes,
            lambda percent, zh, en: bar.update(task, completed=percent, description=f"{zh} / {en}"),
        )
