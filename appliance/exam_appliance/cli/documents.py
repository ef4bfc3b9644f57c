"""`documents`: what can be printed, templates, printing and its history from the command line."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import orjson
from pydantic import TypeAdapter, ValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from central_sync.protocol.http.problems import Problem
from exam_appliance.cli.document_prints import history, print_paper, reprint
from exam_appliance.cli.site import (
    CHECK_FAILED,
    NOT_NOW,
    WRONG_USE,
    config_option,
    fail,
    json_option,
    say,
    say_json,
    sentences,
    site_settings,
    told,
)
from exam_appliance.config import Settings
from exam_appliance.documents.kinds import DOCUMENTS, Document, DocumentData, DocumentKind
from exam_appliance.documents.renderer import Renderer
from exam_appliance.documents.rendering import ROLL, Made, Order
from exam_appliance.documents.samples import sample_document
from exam_appliance.documents.session_papers import SESSION_KINDS
from exam_appliance.documents.template_check import check_templates, worst
from exam_appliance.documents.template_folder import SHIPPED

Told = TypeVar("Told")

kind_argument = click.argument("kind", type=click.Choice([kind.value for kind in DocumentKind]))


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


@documents.command(short_help="取一份内置模板来修改 / take a shipped template to change it")
@kind_argument
@config_option
def customise(kind: str, file: Path | None) -> None:
    """把内置模板复制到本省模板目录，开头注明可用的字段和函数；已有的不覆盖。

    Copy a shipped template into the folder of own templates, with its fields and functions noted at
    the top. One that is there is not overwritten.
    """
    folder = _templates(site_settings(file))
    document = DOCUMENTS[DocumentKind(kind)]
    target = folder / document.template
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as copy:
            copy.write(_guide(document) + (SHIPPED / document.template).read_text("utf-8"))
    except FileExistsError:
        fail(NOT_NOW, f"{target} 已存在，请先移走 / {target} is there already: move it away first")
    except OSError as error:
        fail(NOT_NOW, f"无法写入 {target}（{error.strerror}） / {target} cannot be written")
    say(f"{target}")
    told.print(
        "修改后请运行 exam-appliance documents check-templates / then check it with that command",
        style="green",
        markup=False,
    )


def _guide(document: Document) -> str:
    """Return what the author of a template has to know, as a comment of the template."""
    fields = ", ".join(sorted(document.model.model_fields))
    return (
        f"{{# {document.zh} / {document.en}\n"
        f"   字段 fields: {fields}\n"
        "   时间 times: starts_at | notice(time_zone) → 2026年11月26日 上午9:00,\n"
        "        | clock(time_zone) → 上午9:00, | weekday(time_zone) → 星期四,\n"
        "        | en_notice(time_zone) → 26 Nov 2026, 09:00\n"
        '   函数 functions: qr(text, mm), face(photo), picture("文件名.png")；号码分组 number | spaced\n'
        "   删除本文件即恢复内置模板 / delete this file to have the shipped one back #}\n"
    )


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


for command in (print_paper, reprint, history):
    documents.add_command(command)
