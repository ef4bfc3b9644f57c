"""`documents print`, `reprint` and `history`: printing through the running server, and what was printed."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import click
import orjson

from central_sync.protocol.http.problems import Problem
from exam_appliance.cli.site import (
    NOT_NOW,
    config_option,
    existing_folder,
    fail,
    json_option,
    say,
    say_json,
    sentences,
    site_settings,
    told,
)
from exam_appliance.documents.job import PrintJob, PrintState
from exam_appliance.documents.kinds import DOCUMENTS
from exam_appliance.documents.session_papers import SESSION_KINDS
from exam_appliance.journal.database import connect_to_read

STATES = {
    PrintState.WAITING: ("等待 waiting", "yellow"),
    PrintState.SENDING: ("打印中 printing", "cyan"),
    PrintState.PRINTED: ("已打印 printed", "green"),
    PrintState.FAILED: ("失败 failed", "red"),
    PrintState.DOUBTFUL: ("待确认 unsure", "red"),
    PrintState.CANCELLED: ("已取消 cancelled", "white"),
}

user_option = click.option(
    "--user", required=True, help="以谁的名义打印（监考员或主考） / in whose name: an invigilator or lead"
)
password_option = click.option(
    "--password-stdin", is_flag=True, help="从标准输入读取密码 / read the password from standard input"
)


@click.command(short_help="打印记录 / what was printed")
@click.option("--session", default="", help="只看某场次 / of one session")
@click.option("--limit", default=50, type=click.IntRange(1, 10_000), help="最多条数 / at most")
@config_option
@json_option
def history(session: str, limit: int, file: Path | None, as_json: bool) -> None:
    """列出打印任务，最新的在前：状态、单据、内容、打印机、经办人。

    List print jobs, newest first.
    """
    folder = existing_folder(site_settings(file))
    try:
        with closing(connect_to_read(folder.journal)) as reading:
            rows = reading.execute(
                "SELECT data FROM print WHERE (:session = '' OR session = :session) "
                "ORDER BY seq DESC LIMIT :limit",
                {"session": session, "limit": limit},
            ).fetchall()
    except sqlite3.Error as error:
        fail(NOT_NOW, f"打印记录无法读取（{error}） / the history cannot be read: {error}")
    jobs = [PrintJob.from_row(row[0]) for row in rows]
    if as_json:
        say_json([orjson.loads(row[0]) for row in rows])
        return
    for job in jobs:
        words, colour = STATES[job.state]
        copy = f"（补打 reprint {job.reprint}）" if job.reprint else ""
        say(
            f"{job.asked_at[:19]}  {click.style(words, fg=colour)}  {DOCUMENTS[job.kind].zh}{copy}  "
            f"{job.title or job.subject}  {job.role}  {job.actor}  {job.id}"
        )
        if job.state.needs_person:
            say(f"    → {job.zh} / {job.en}")
    if not jobs:
        say("还没有打印记录 / nothing was printed yet")


@click.command("print", short_help="打印一个考场的单据 / print a room's documents")
@click.argument("kind", type=click.Choice([kind.value for kind in SESSION_KINDS]))
@click.option("--session", required=True, help="场次编号 / the session's id")
@click.option("--room", required=True, help="考场名称 / the room's name")
@click.option("--ticket", default=None, help="只打印一名考生 / of one candidate only")
@click.option("--role", default="office.reports", show_default=True, help="打印机岗位 / the printer's role")
@user_option
@password_option
@config_option
@json_option
def print_paper(
    kind: str,
    session: str,
    room: str,
    ticket: str | None,
    role: str,
    user: str,
    password_stdin: bool,
    file: Path | None,
    as_json: bool,
) -> None:
    """由正在运行的考点服务打印；同样内容不会打印两次，再次需要时用 reprint。

    Have the running server print. The same is not printed twice: use reprint.
    """
    body = {"kind": kind, "room": room, "role": role, "ticket": ticket}
    answer = _at_server(file, user, password_stdin, f"/prints/papers/{session}", body)
    _show_ordered(answer["job"], as_json, before=answer["before"])


@click.command(short_help="补打 / print once more, marked as a reprint")
@click.argument("job")
@click.option("--role", default="", help="换一台打印机 / another printer's role")
@user_option
@password_option
@config_option
@json_option
def reprint(job: str, role: str, user: str, password_stdin: bool, file: Path | None, as_json: bool) -> None:
    """补打一个任务（编号见 history），单据上印有“补打”和次数。

    Print a job once more; the paper says so.
    """
    answer = _at_server(file, user, password_stdin, f"/prints/{job}/reprint", {"role": role})
    _show_ordered(answer, as_json, before=False)


def _show_ordered(job: dict[str, Any], as_json: bool, *, before: bool) -> None:
    if as_json:
        say_json({"job": job, "before": before})
        return
    if before:
        told.print(
            "这份内容已经打印过或正在打印，需要时请用 reprint / printed already or on its way: use reprint",
            style="yellow",
            markup=False,
        )
    say(f"{job['id']}  {job['kind_zh']}  {job['title'] or job['subject']}  {job['role_zh']}  {job['state']}")


def _at_server(
    file: Path | None, user: str, password_stdin: bool, path: str, body: dict[str, Any]
) -> dict[str, Any]:
    folder = existing_folder(site_settings(file))
    address = folder.address()
    if address is None:
        fail(NOT_NOW, "考点服务没有运行，请先启动 / the server does not run: start it first")
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = click.prompt(f"{user} 的密码 / password", hide_input=True, err=True)

    async def asked() -> dict[str, Any]:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(f"{address}", cookie_jar=jar) as http:
            await _posted(http, "/api/console/login", {"username": user, "password": password})
            try:
                return await _posted(http, f"/api/console{path}", body)
            finally:
                await _posted(http, "/api/console/logout", {})

    try:
        return asyncio.run(asked())
    except Problem as problem:
        fail(NOT_NOW, *sentences(problem))
    except (aiohttp.ClientError, TimeoutError):
        fail(
            NOT_NOW,
            f"考点服务没有应答（{address}），请先启动 / no answer at {address}: start the server first",
        )


async def _posted(http: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with http.post(path, json=body) as answer:
        data = await answer.read()
        found: dict[str, Any] = orjson.loads(data) if data else {}
        if answer.status >= 400:
            fields = tuple((one["field"], one["zh"], one["en"]) for one in found.get("fields", ()))
            raise Problem("denied", str(found["reason"]), found["detail"], found["detail_en"], fields=fields)
        return found
