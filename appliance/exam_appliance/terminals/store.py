"""The terminals file: who is enrolled, with its key, when each called last, and the words used once.

Keys of HMAC must be held as they are; the file is readable by the server alone and never leaves it.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import orjson
from sqlite_utils import Database

from exam_appliance.journal.database import DatabaseTooNew
from exam_appliance.terminals.signing import WINDOW_MS

SCHEMA_VERSION: Final = 2
FILE: Final = "terminals.db"
"""Below the state folder."""
NONCES_HELD: Final = 20_000
"""Of one terminal within the window; more than that is a flood."""

ANSWERS_KEPT_MS: Final = 14 * 86_400_000
"""A result sent again within this long gets the answer of before, ms."""


@dataclass(frozen=True)
class Terminal:
    """An enrolled terminal; `mapping` names the format it speaks, empty for our own."""

    id: str
    name: str
    place: str
    mapping: str
    active: bool
    enrolled_ms: int
    """Wall clock, ms since 1970."""


@dataclass(frozen=True)
class Contact:
    """When a terminal called last and what it said of itself; `at_ms` is the wall clock, ms since 1970."""

    at_ms: int
    address: str
    software: str = ""
    faults: tuple[str, ...] = ()


class TerminalStore:
    """Rows of terminals.db. Methods wait for the disk: call them on a thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
        path.chmod(0o600)
        self._lock = threading.Lock()
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._upgrade(path)

    def _upgrade(self, path: Path) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise _too_new(path, version)
        if version == SCHEMA_VERSION:
            return
        database = Database(self._connection)
        database.table("terminal").create(
            {
                "id": str,
                "name": str,
                "place": str,
                "mapping": str,
                "active": int,
                "enrolled_ms": int,
                "key": bytes,
            },
            pk="id",
            not_null={"name", "place", "mapping", "active", "enrolled_ms", "key"},
            if_not_exists=True,
        )
        database.table("nonce").create(
            {"terminal": str, "nonce": str, "at": int},
            pk=("terminal", "nonce"),
            not_null={"at"},
            if_not_exists=True,
        )
        database.table("answered").create(
            {"terminal": str, "result": str, "digest": str, "answer": str, "at": int},
            pk=("terminal", "result"),
            not_null={"digest", "answer", "at"},
            if_not_exists=True,
        )
        database.table("nonce").create_index(["at"], if_not_exists=True)
        database.table("contact").create(
            {"terminal": str, "at": int, "address": str, "software": str, "faults": str},
            pk="terminal",
            not_null={"at", "address", "software", "faults"},
            if_not_exists=True,
        )
        self._connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def all(self) -> list[tuple[Terminal, bytes]]:
        """Return every terminal with its key, in order of names."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT id, name, place, mapping, active, enrolled_ms, key FROM terminal ORDER BY name, id"
            ).fetchall()
        return [(_terminal(row), row[-1]) for row in rows]

    def put(self, terminal: Terminal, key: bytes) -> None:
        """Write a terminal with its key, new or changed."""
        row = (
            terminal.id,
            terminal.name,
            terminal.place,
            terminal.mapping,
            int(terminal.active),
            terminal.enrolled_ms,
            key,
        )
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO terminal VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def heard(self, terminal: str, contact: Contact) -> None:
        """Keep when a terminal called last."""
        faults = orjson.dumps(contact.faults).decode()
        row = (terminal, contact.at_ms, contact.address, contact.software, faults)
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO contact VALUES (?, ?, ?, ?, ?)", row)

    def contacts(self) -> dict[str, Contact]:
        """Return when each terminal called last, by id; those that never did are not in it."""
        with self._lock:
            return _contacts(self._connection)

    def take(
        self, terminal: str, nonce: str, time_ms: int, now_ms: int
    ) -> Literal["fresh", "replayed", "flood"]:
        """Remember a word used once for as long as its request could be taken again."""
        with self._lock:
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.execute("DELETE FROM nonce WHERE at < ?", (now_ms - 2 * WINDOW_MS,))
                held = connection.execute("SELECT count(*) FROM nonce WHERE terminal = ?", (terminal,))
                if held.fetchone()[0] >= NONCES_HELD:
                    return "flood"
                row = (terminal, nonce, max(time_ms, now_ms))
                added = connection.execute("INSERT OR IGNORE INTO nonce VALUES (?, ?, ?)", row)
                return "fresh" if added.rowcount else "replayed"
            finally:
                connection.execute("COMMIT")

    def answered(self, terminal: str, result: str) -> tuple[str, str] | None:
        """Return (digest, answer) of a result that was decided before."""
        with self._lock:
            row = self._connection.execute(
                "SELECT digest, answer FROM answered WHERE terminal = ? AND result = ?", (terminal, result)
            ).fetchone()
        return None if row is None else (row[0], row[1])

    def forget_answers(self, now_ms: int) -> int:
        """Delete answers of past weeks, which name candidates; return how many."""
        with self._lock:
            return self._connection.execute(
                "DELETE FROM answered WHERE at < ?", (now_ms - ANSWERS_KEPT_MS,)
            ).rowcount

    def answer(self, terminal: str, result: str, digest: str, answer: str, now_ms: int) -> None:
        """Keep an answer for when the same result is sent again; forget those of past weeks."""
        with self._lock:
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM answered WHERE at < ?", (now_ms - ANSWERS_KEPT_MS,))
            connection.execute(
                "INSERT OR REPLACE INTO answered VALUES (?, ?, ?, ?, ?)",
                (terminal, result, digest, answer, now_ms),
            )
            connection.execute("COMMIT")


def stored_terminals(path: Path) -> list[tuple[Terminal, Contact | None]]:
    """Return who is enrolled and when each called last, from the file alone and without keys.

    Empty where no server ever kept such a file. Raises sqlite3.Error, DatabaseTooNew.
    """
    if not path.is_file():
        return []
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10.0)) as reading:
        (version,) = reading.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise _too_new(path, version)
        rows = reading.execute(
            "SELECT id, name, place, mapping, active, enrolled_ms FROM terminal ORDER BY name, id"
        ).fetchall()
        contacts = _contacts(reading) if version == SCHEMA_VERSION else {}
    return [(_terminal(row), contacts.get(row[0])) for row in rows]


def _terminal(row: tuple[Any, ...]) -> Terminal:
    return Terminal(row[0], row[1], row[2], row[3], bool(row[4]), row[5])


def _contacts(connection: sqlite3.Connection) -> dict[str, Contact]:
    rows = connection.execute("SELECT terminal, at, address, software, faults FROM contact").fetchall()
    return {row[0]: Contact(row[1], row[2], row[3], tuple(orjson.loads(row[4]))) for row in rows}


def _too_new(path: Path, version: int) -> DatabaseTooNew:
    return DatabaseTooNew(
        f"{path} 的版本 {version} 高于本程序支持的 {SCHEMA_VERSION}，请安装新版本 / "
        f"{path} is of version {version}, newer than {SCHEMA_VERSION}: install the newer release"
    )
