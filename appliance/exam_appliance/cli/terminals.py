"""`terminals`: identity terminals (一体机) from the command line: who is enrolled, mapping files, a trial."""

from __future__ import annotations

import sqlite3
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

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
    server_runs,
    site_settings,
)
from exam_appliance.cli.terminal_simulation import simulate
from exam_appliance.config.problems import ConfigError, ConfigProblem
from exam_appliance.journal.database import DatabaseTooNew
from exam_appliance.terminals.mapping.bodies import BodyWrong
from exam_appliance.terminals.mapping.model import Call, Calls, Mapping
from exam_appliance.terminals.mapping.operations import Tried, tried
from exam_appliance.terminals.mapping.reading import read_mapping
from exam_appliance.terminals.models import RESULT_BYTES
from exam_appliance.terminals.standing import Standing, is_old, standing_of
from exam_appliance.terminals.store import FILE, Contact, Terminal, stored_terminals

STATES = {
    Standing.ONLINE: ("在线 online", "green"),
    Standing.FAULTY: ("自报故障 faulty", "yellow"),
    Standing.SILENT: ("失联 silent", "red"),
    Standing.NEVER_HEARD: ("尚未联系 never heard", "yellow"),
    Standing.REVOKED: ("已停用 revoked", "white"),
}

FORMATS = {b"\xff\xd8": "JPEG", b"\x89P": "PNG"}
existing_file = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group(short_help="人证核验一体机 / identity terminals")
def terminals() -> None:
    """人证核验一体机：登记情况、厂商格式映射文件、模拟一体机。

    Identity terminals: who is enrolled, mapping files of makers' formats, a simulated terminal.
    Terminals are enrolled on the console, where the key is shown once.
    """


@terminals.command("list", short_help="已登记的一体机 / enrolled terminals")
@config_option
@json_option
def list_terminals(file: Path | None, as_json: bool) -> None:
    """列出已登记的一体机、最近联系时间、是否失联；服务运行中而有失联的，退出码 1。

    List enrolled terminals, when each called last, whether it is silent; exit code 1 when one is
    silent while the server runs.
    """
    settings = site_settings(file)
    folder = existing_folder(settings)
    running = server_runs(settings)
    try:
        held = stored_terminals(folder.path / FILE)
    except (sqlite3.Error, DatabaseTooNew) as error:
        fail(NOT_NOW, f"{folder.path / FILE} 无法读取（{error}） / it cannot be read: {error}")
    silent_ms, now_ms = round(settings.terminals.silent_seconds * 1000), time.time_ns() // 1_000_000
    rows = [_row(terminal, contact, now_ms, silent_ms, running) for terminal, contact in held]
    if as_json:
        say_json({"running": running, "silent_seconds": settings.terminals.silent_seconds, "terminals": rows})
    else:
        zone = ZoneInfo(settings.site.time_zone)
        if not running:
            say("考点服务未运行，无法接收一体机的消息 / the server does not run: no terminal can be heard")
        for row in rows:
            _show(row, zone)
        if not rows:
            say("还没有登记一体机，请在控制台“设备 → 一体机”登记 / none is enrolled: do so on the console")
    sys.exit(CHECK_FAILED if any(row["silent"] for row in rows) else 0)


@terminals.command("check-mapping", short_help="检查厂商格式映射文件 / check a mapping file")
@click.argument("mapping", metavar="FILE", type=existing_file)
@click.option(
    "--try",
    "body",
    metavar="BODY",
    type=existing_file,
    help="厂商的报文样例，显示会变成什么；GET 的为查询字符串 / a maker's sample: show what it becomes",
)
@click.option(
    "--call",
    "kind",
    type=click.Choice(["heartbeat", "roster", "photo", "announcement", "result"]),
    default="result",
    show_default=True,
    help="样例属于哪个接口 / the operation that the sample is of",
)
@config_option
@json_option
def check_mapping(mapping: Path, body: Path | None, kind: Calls, file: Path | None, as_json: bool) -> None:
    """检查映射文件，指出每处错误的行号、键和可用的内容；可用 --try 试一份厂商报文。

    Check a mapping file: every fault with its line, its key and what is allowed there. With --try a
    maker's sample body is read by it. Exit code 1 when anything is wrong.
    """
    try:
        read = read_mapping(mapping.read_bytes(), mapping.name)
    except OSError as error:
        fail(NOT_NOW, f"无法读取 {mapping}（{error.strerror}） / {mapping} cannot be read")
    except ConfigError as error:
        _faulty(error.problems, as_json)
    if body is None:
        if as_json:
            say_json({"ok": True, "name": read.name, "zh": read.zh, "en": read.en, "calls": _calls(read)})
        else:
            say(f"{click.style('可用 good', fg='green')}  {read.name}: {read.zh} / {read.en}")
            for one in _calls(read):
                say(f"    {one['call']:12} {one['method']} {one['path']} ({one['format']})")
        return
    call = read.calls.get(kind)
    if call is None:
        known = ", ".join(read.calls)
        fail(WRONG_USE, f"映射中没有 calls.{kind}，可用：{known} / the mapping has no calls.{kind}: {known}")
    found = _tried(kind, call, body, ZoneInfo(site_settings(file).site.time_zone))
    if as_json:
        wrong = [one._asdict() for one in found.wrong]
        say_json({"ok": not wrong, "call": kind, "fields": _readable(found.fields), "wrong": wrong})
    else:
        _show_tried(kind, call, found)
    sys.exit(CHECK_FAILED if found.wrong else 0)


def _row(
    terminal: Terminal, contact: Contact | None, now_ms: int, silent_ms: int, running: bool
) -> dict[str, Any]:
    # Without a server nobody could be heard: that is no terminal's silence.
    silent = running and contact is not None and is_old(contact, now_ms, silent_ms)
    state = standing_of(terminal, contact, silent=silent)
    return {
        "id": terminal.id,
        "name": terminal.name,
        "place": terminal.place,
        "mapping": terminal.mapping,
        "state": state if running or state in (Standing.REVOKED, Standing.NEVER_HEARD) else "server_stopped",
        "silent": state is Standing.SILENT,
        "last_contact": None if contact is None else _moment(contact.at_ms),
        "address": "" if contact is None else contact.address,
        "software": "" if contact is None else contact.software,
        "faults": [] if contact is None else list(contact.faults),
        "enrolled_at": _moment(terminal.enrolled_ms),
    }


def _show(row: dict[str, Any], zone: ZoneInfo) -> None:
    words, colour = STATES.get(row["state"], ("未知 unknown", "yellow"))
    heard = "从未 never"
    if row["last_contact"] is not None:
        heard = f"{datetime.fromisoformat(row['last_contact']).astimezone(zone):%Y-%m-%d %H:%M:%S}"
    where = f"（{row['place']}）" if row["place"] else ""
    spoken = row["mapping"] or "本系统格式 own"
    say(
        f"{click.style(words, fg=colour)}  {row['name']}{where}  最近联系 last heard: {heard}"
        f"  {row['address']}  {spoken}  {row['id']}"
    )
    for fault in row["faults"]:
        say(f"    → {fault}")


def _moment(wall_ms: int) -> str:
    moment = datetime.fromtimestamp(wall_ms / 1000, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _faulty(problems: tuple[ConfigProblem, ...], as_json: bool) -> None:
    if as_json:
        say_json({"ok": False, "problems": [one.document() for one in problems]})
        sys.exit(CHECK_FAILED)
    fail(CHECK_FAILED, *(str(one) for one in problems))


def _calls(mapping: Mapping) -> list[dict[str, str]]:
    return [
        {"call": kind, "method": call.method, "path": call.path, "format": call.format}
        for kind, call in mapping.calls.items()
    ]


def _tried(kind: Calls, call: Call, body: Path, zone: ZoneInfo) -> Tried:
    try:
        if body.stat().st_size > RESULT_BYTES:
            fail(CHECK_FAILED, f"{body} 超过 {RESULT_BYTES // 2**20} MiB / {body} is too large")
        return tried(kind, call, body.read_bytes(), zone)
    except OSError as error:
        fail(NOT_NOW, f"无法读取 {body}（{error.strerror}） / {body} cannot be read")
    except BodyWrong as wrong:
        fail(CHECK_FAILED, f"{body.name}: {wrong}")


def _readable(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields for a terminal: of pictures their format and size."""
    return {name: _picture(value) if isinstance(value, bytes) else value for name, value in fields.items()}


def _picture(data: bytes) -> str:
    kind = FORMATS.get(data[:2], "既非 JPEG 也非 PNG neither JPEG nor PNG")
    return f"{kind}, {len(data)} 字节 bytes"


def _show_tried(kind: Calls, call: Call, found: Tried) -> None:
    for name, value in _readable(found.fields).items():
        at = f"  ← {call.fields[name].at}" if name in call.fields else ""
        say(f"{name:16} {value}{at}")
    if not found.fields:
        say("没有取得任何字段 / no field was found" if call.fields else "此接口没有字段 / it has no fields")
    for one in found.wrong:
        where = f"calls.{kind}.fields.{one.field}" + (f"（{one.at}）" if one.at else "")
        say(f"{click.style('有误 wrong', fg='red')}  {where}: {one.zh} / {one.en}")


terminals.add_command(simulate)
