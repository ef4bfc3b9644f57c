"""`status`: how the server of this machine stands, from its folder alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import orjson

from exam_appliance.cli.site import (
    NOT_NOW,
    config_option,
    existing_folder,
    fail,
    json_option,
    say,
    say_json,
    server_runs,
    site_settings,
)
from exam_appliance.journal.database import connect_to_read

STATES = {
    "announced": "待下载",
    "downloaded": "已下载",
    "unlocked": "已解密",
    "open": "开放登录",
    "running": "考试中",
    "paused": "暂停",
    "ended": "已结束",
    "signed_off": "已签结",
    "cancelled": "已取消",
}


@click.command(short_help="本机状态 / how this server stands")
@config_option
@json_option
def status(file: Path | None, as_json: bool) -> None:
    """显示服务是否运行、地址、日志与各场次的状态。

    Show whether the server runs and where, its journal and its sessions.
    """
    settings = site_settings(file)
    folder = existing_folder(settings)
    running = server_runs(settings)
    try:
        head, sessions = _journal(folder.journal)
    except sqlite3.Error as error:
        fail(
            NOT_NOW,
            f"日志无法读取（{error}），请运行 exam-appliance journal verify / "
            "the journal cannot be read: run exam-appliance journal verify",
        )
    enrolled = (folder.path / "sync" / "bond.json").is_file()
    address = folder.address()
    if as_json:
        say_json(
            {
                "running": running,
                "address": address if running else None,
                "appliance": folder.appliance,
                "state_dir": str(folder.path),
                "enrolled": enrolled,
                "journal_head": head,
                "sessions": sessions,
            }
        )
        return
    say(f"服务 / server: {f'运行中 running, {address}' if running else '未运行 stopped'}")
    say(f"本机编号 / appliance: {folder.appliance}")
    say(f"状态目录 / state folder: {folder.path}")
    say(f"中心 / centre: {'已登记 enrolled' if enrolled else '未登记 not enrolled（exam-appliance enrol）'}")
    say(f"日志 / journal: {head} 条 entries")
    if not sessions:
        say("场次 / sessions: 无 none")
    for one in sessions:
        state = one["state"]
        seats = "".join(f"；{name} {number}" for name, number in one["seats"].items())
        say(f"场次 / session {one['session']}: {STATES.get(state, state)} {state}{seats}")


def _journal(path: Path) -> tuple[int, list[dict[str, Any]]]:
    with closing(connect_to_read(path)) as reading:
        head = int(reading.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0])
        rows = reading.execute(
            "SELECT session, state, (SELECT json_group_object(state, number) FROM "
            "(SELECT state, count(*) AS number FROM attempt WHERE session = s.session GROUP BY state)) "
            "FROM session s ORDER BY session"
        ).fetchall()
    return head, [
        {"session": session, "state": state, "seats": orjson.loads(seats)} for session, state, seats in rows
    ]
