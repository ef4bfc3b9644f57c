"""`documents`: what can be printed, templates, printing and its history from the command line."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import click
import orjson
from pydantic import TypeAdapter, ValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from central_sync.protocol.http.problems import Problem
from exam_appliance.cli.site import (
    CHECK_FAILED,
    NOT_NOW,
    WRONG_USE,
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
from exam_appliance.config import Settings
from exam_appliance.documents.job import PrintJob, PrintState
from exam_appliance.documents.kinds import DOCUMENTS, DocumentData, DocumentKind
from exam_appliance.documents.renderer import Renderer
from exam_appliance.documents.rendering import ROLL, Made, Order
from exam_appliance.documents.samples import sample_document
from exam_appliance.documents.session_papers import SESSION_KINDS
from exam_appliance.documents.template_check import check_templates, worst
from exam_appliance.journal.database import connect_to_read

STATES = {
    PrintState.WAITING: ("等待 waiting", "yellow"),
    PrintState.SENDING: ("打印中 printing", "cyan"),
    PrintState.PRINTED: ("已打印 printed", "green"),
    PrintState.FAILED: ("失败 failed", "red"),
    PrintState.DOUBTFUL: ("待确认 unsure", "red"),
    PrintState.CANCELLED: ("已取消 cancelled", "white"),
}
Told = TypeVar("Told")

kind_argument = click.argument("kind", type=click.Choice([kind.value for kind in DocumentKind]))
user_option = click.option(
    "--user", required=True, help="以谁的名义打印（监考员或主考） / in whose name: an invigilator or lead"
)
password_option = click.option(
    "--password-stdin", is_flag=True, help="从标准输入读取密码 / read the password from standard input"
)


@click.group(short_help="单据与打印 / documents and printing")
def documents() -> None:
    """准考证、座位条、签到表等单据：查看、打印、补打、检查模板。

    Admission tickets, slips, sheets and records: look, print, reprint, check templates.
    """


@documents.command("list", short_help="单据类别与模板 / kinds of document and their templates")
@config_option
@json_option
def list_kinds(file: Path | None, as_json: bool) -> None:
    """列出单据类别、所用模板及其字段。

    List kinds of document, the template in use and its fields.
    """
    folder = _templates(site_settings(file))
    kinds = [
        {
            "kind": document.kind.value,
            "zh": document.zh,
            "en": document.en,
            "template": document.template,
            "own": (folder / document.template).is_file(),
            "slip": document.slip,
            "by_room": document.kind in SESSION_KINDS,
            "fields": sorted(document.model.model_fields),
        }
        for document in DOCUMENTS.values()
    ]
    if as_json:
        say_json({"templates": str(folder), "kinds": kinds})
        return
    for kind in kinds:
        whose = "本省模板 province's" if kind["own"] else "内置模板 shipped"
        say(f"{kind['kind']:18} {kind['zh']} / {kind['en']}: {kind['template']}（{whose}）")
    say(f"本省模板目录 / folder of own templates: {folder}")


@documents.command(short_help="生成一份 PDF / make a PDF")
@kind_argument
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="PDF 文件 / file to write"
)
@click.option("--sample", is_flag=True, help="使用示例数据（虚构人员） / with sample data of invented people")
@click.option(
    "--data",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="JSON 数据，一份或一组 / data in JSON, one document or a list",
)
@config_option
@json_option
def render(kind: str, out: Path, sample: bool, data: Path | None, file: Path | None, as_json: bool) -> None:
    """用当前模板生成 PDF，不打印；--sample 用虚构人员，--data 用自备数据。

    Make a PDF with the templates in use, without printing it.
    """
    if sample == (data is not None):
        fail(WRONG_USE, "请在 --sample 和 --data 中选一个 / give either --sample or --data")
    settings = site_settings(file)
    document = DOCUMENTS[DocumentKind(kind)]
    found = [sample_document(document.kind)] if data is None else _read(document.model, data)
    folder = _templates(settings)
    order = Order(
        document.template,
        [one.model_dump(mode="json") for one in found],
        overrides=str(folder) if folder.is_dir() else "",
        paper=ROLL if document.slip else "",
    )
    made = _run(lambda: _made(order))
    try:
        out.write_bytes(made.pdf)
    except OSError as error:
        fail(NOT_NOW, f"无法写入 {out}（{error.strerror}） / {out} cannot be written")
    for broken in made.broken:
        told.print(f"模板有误，已用内置模板 / template broken, shipped one used: {broken}", style="yellow")
    if as_json:
        say_json({"file": str(out), "pages": made.pages, "broken": [str(one) for one in made.broken]})
    else:
        told.print(f"已写入 / written: {out}（{made.pages} 页 pages）", style="green", markup=False)


@documents.command("check-templates", short_help="检查本省模板 / check the province's templates")
@config_option
@json_option
def check(file: Path | None, as_json: bool) -> None:
    """用示例数据逐个试填本省模板并指出文件和行号；有误时退出码 1。

    Fill each of the province's templates with samples; tell file and line of what is wrong; exit
    code 1 then.
    """
    folder = _templates(site_settings(file))
    if not folder.is_dir():
        if as_json:
            say_json({"templates": str(folder), "files": []})
        else:
            say(f"没有本省模板（{folder}），使用内置模板 / no own templates: the shipped ones are used")
        return

    async def checked() -> list[Any]:
        with Progress(
            *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()),
            console=told,
            transient=True,
        ) as bar:
            task = bar.add_task("正在检查 / checking", total=None)
            return await check_templates(folder, lambda done, of: bar.update(task, completed=done, total=of))

    results = _run(checked)
    if as_json:
        say_json(
            {
                "templates": str(folder),
                "files": [
                    {
                        "file": one.file,
                        "used": one.used,
                        "good": one.good,
                        "missing": list(one.missing),
                        "broken": [
                            {"file": bad.file, "line": bad.line, "zh": bad.zh, "en": bad.en}
                            for bad in one.broken
                        ],
                    }
                    for one in results
                ],
            }
        )
    else:
        for one in results:
            _show_checked(one)
    sys.exit(CHECK_FAILED if worst(results) else 0)


@documents.command(short_help="打印记录 / what was printed")
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


@documents.command("print", short_help="打印一个考场的单据 / print a room's documents")
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


@documents.command(short_help="补打 / print once more, marked as a reprint")
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


def _templates(settings: Settings) -> Path:
    return settings.documents.templates or settings.state_dir / "templates"


def _read(model: type[DocumentData], path: Path) -> Sequence[DocumentData]:
    try:
        told_data = orjson.loads(path.read_bytes())
        wanted = told_data if isinstance(told_data, list) else [told_data]
        return TypeAdapter(list[model]).validate_json(orjson.dumps(wanted))  # type: ignore[valid-type]
    except OSError as error:
        fail(NOT_NOW, f"无法读取 {path}（{error.strerror}） / {path} cannot be read")
    except orjson.JSONDecodeError as error:
        fail(WRONG_USE, f"{path} 不是 JSON（{error}） / {path} is not JSON: {error}")
    except ValidationError as error:
        fail(
            WRONG_USE,
            *(
                f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}"
                for found in error.errors(include_url=False)
            ),
        )


def _run(work: Callable[[], Awaitable[Told]]) -> Told:
    async def running() -> Told:
        return await work()

    try:
        return asyncio.run(running())
    except Problem as problem:
        fail(NOT_NOW, *sentences(problem))


async def _made(order: Order) -> Made:
    renderer = Renderer()
    try:
        return await renderer.made(order)
    finally:
        await renderer.close()


def _show_checked(one: Any) -> None:
    if not one.used:
        say(f"{click.style('未使用 unused', fg='yellow')}  {one.file}: 没有单据用它 / no document uses it")
    elif one.broken:
        for bad in one.broken:
            say(f"{click.style('有误 broken', fg='red')}  {bad}")
    else:
        say(f"{click.style('可用 good', fg='green')}  {one.file}")
    for field in one.missing:
        say(f"    → 没有显示字段 {field}，请确认 / it does not show {field}")


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
        return _run(asked)
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
