"""The appliance's database file: the journal and the tables that are projected from it."""

from __future__ import annotations

import fcntl
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from sqlite_utils import Database

from exam_appliance.state_folder import StateFolderWrong

SCHEMA_VERSION = 1
ORPHAN_S = 20.0
"""How long the writer of a server that was killed is waited for, seconds."""


ALL_ROWS: Mapping[str, str] = {
    "session": "SELECT session, state, data FROM session",
    "attempt": "SELECT ticket, session, state, data FROM attempt",
    "response": "SELECT ticket, item, choices, flagged, n, seq, t FROM response",
    "credit": "SELECT proposal, session, data FROM credit",
    "station": "SELECT station, present, label FROM station",
    "binding": "SELECT role, device, bound, data FROM binding",
    "print": "SELECT job, seq, state, kind, session, data FROM print",
    "verification": "SELECT verification, seq, ticket, state, data FROM verification",
    "queue": "SELECT ticket, session, state, seq, data FROM queue",
    "screen": "SELECT screen, active, data FROM screen",
    "seat": "SELECT seat, bound, data FROM seat",
}
"""What reads all rows of each projection table, in the order of its columns."""


class DatabaseTooNew(Exception):
    """The file was written by a later release; going on could harm it."""


def held_alone(path: Path) -> IO[bytes]:
    """Return the open lock file of a database that is now this server's alone; closing it lets go.

    The process that writes for a server that was killed may still be at its last batch: it is waited
    for, ORPHAN_S at most. Raises StateFolderWrong.
    """
    lock = path.with_name(f"{path.name}.lock").open("wb")
    patience = time.monotonic() + ORPHAN_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < patience:
                time.sleep(0.01)
                continue
            lock.close()
            raise StateFolderWrong(
                f"{path} 仍由另一个进程写入，请先停止它或重新启动服务器 / "
                f"another process still writes to {path}: stop it or restart the machine"
            ) from None
        return lock


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
