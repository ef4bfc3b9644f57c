"""The database: this exam system brings its own; a MySQL server on the machine is named when there is one."""

from __future__ import annotations

import re
import sqlite3

from exam_appliance.readiness.finding import Finding, State, Text, unknown
from exam_appliance.readiness.machine.listening import running_programs
from exam_appliance.readiness.machine.system import version_at_least
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.server.database",)

_MYSQL = ("mysqld", "mariadbd")
_VERSION = re.compile(r"\bVer (\d+\.\d+\.\d+)")


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    running = next((name for name in _MYSQL if name in running_programs(sources.root)), "")
    told = (await sources.ask((running, "--version"))).out if running else ""
    return judge(row, running, told)


def judge(row: Row, running: str, told: str) -> Finding:
    """Compare what runs (`mysqld`, `mariadbd` or nothing) and its --version with the row."""
    version = _VERSION.search(told)
    own = f"SQLite {sqlite3.sqlite_version}"
    if not running:
        return unknown(
            Text(f"本系统自带数据库 {own}，未运行 MySQL", f"this system brings its own {own}; no MySQL runs"),
            Text(
                "本系统不需要另装数据库；主管部门要求 MySQL 5.7.28 时，请附其统一配发记录申报",
                "no other database is needed; where MySQL 5.7.28 is asked for, declare how it was handed out",
            ),
        )
    if version is None:
        return unknown(
            Text(f"{running} 正在运行，版本未知", f"{running} runs, its version is not known"),
            Text("请申报数据库版本", "declare the version of the database"),
        )
    shown = Text(
        f"{running} {version[1]}；本系统自带 {own}", f"{running} {version[1]}; this system has {own}"
    )
    if version_at_least(version[1], row.limits.mysql or ""):
        return Finding(State.PASS, shown)
    need = row.limits.mysql
    return Finding(State.FAIL, shown, Text(f"请升级到 MySQL {need}", f"upgrade to MySQL {need}"))
