"""The appliance's database file: the journal and the tables that are projected from it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlite_utils import Database

SCHEMA_VERSION = 1


class DatabaseTooNew(Exception):
    """The file was written by a later release; going on could harm it."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the database for the writer: WAL, every commit on disk before it returns.

    `synchronous=FULL` syncs the log on each commit; without it an acknowledged answer could be
    lost with the power. Usable from another thread than the opener's, one at a time.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=2000")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open the database for reading beside the writer."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA query_only=ON")
    return connection


def create(connection: sqlite3.Connection) -> None:
    """Create what is missing of the schema; raise DatabaseTooNew for a file of a later release."""
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > SCHEMA_VERSION:
        raise DatabaseTooNew(
            f"数据库版本 {found} 高于本程序支持的 {SCHEMA_VERSION}，请安装新版本 / "
            f"database version {found} is newer than {SCHEMA_VERSION}: install the newer release"
        )
    database = Database(connection)
    database.table("journal").create(
        {"seq": int, "kind": str, "subject": str, "line": str},
        pk="seq",
        not_null={"line"},
        if_not_exists=True,
    )
    database.table("journal").create_index(["subject", "seq"], if_not_exists=True)
    connection.execute(
        "CREATE INDEX IF NOT EXISTS journal_incident ON journal(subject) WHERE kind = 'receipt.missing'"
    )
    database.table("session").create(
        {"session": str, "state": str, "data": str}, pk="session", if_not_exists=True
    )
    database.table("attempt").create(
        {"ticket": str, "session": str, "state": str, "data": str}, pk="ticket", if_not_exists=True
    )
    database.table("attempt").create_index(["session"], if_not_exists=True)
    database.table("response").create(
        {
            "ticket": str,
            "item": str,
            "choices": str,
            "flagged": int,
            "n": int,
            "seq": int,
            "t": int,
        },
        pk=("ticket", "item"),
        if_not_exists=True,
    )
    database.table("credit").create(
        {"proposal": str, "session": str, "data": str}, pk="proposal", if_not_exists=True
    )
    database.table("station").create(
        {"station": str, "present": int, "label": str}, pk="station", if_not_exists=True
    )
    database.table("binding").create(
        {"role": str, "device": str, "bound": int, "data": str}, pk=("role", "device"), if_not_exists=True
    )
    database.table("print").create(
        {"job": str, "seq": int, "state": str, "kind": str, "session": str, "data": str},
        pk="job",
        if_not_exists=True,
    )
    database.table("print").create_index(["seq"], if_not_exists=True)
    database.table("verification").create(
        {"verification": str, "seq": int, "ticket": str, "state": str, "data": str},
        pk="verification",
        if_not_exists=True,
    )
    database.table("verification").create_index(["ticket"], if_not_exists=True)
    database.table("queue").create(
        {"ticket": str, "session": str, "state": str, "seq": int, "data": str},
        pk="ticket",
        if_not_exists=True,
    )
    database.table("queue").create_index(["session"], if_not_exists=True)
    database.table("screen").create(
        {"screen": str, "active": int, "data": str}, pk="screen", if_not_exists=True
    )
    database.table("seat").create({"seat": str, "bound": int, "data": str}, pk="seat", if_not_exists=True)
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
