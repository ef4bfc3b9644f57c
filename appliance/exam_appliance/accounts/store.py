"""The accounts file: accounts and log-in sessions as rows. Secrets are kept as hashes only."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import orjson
from sqlite_utils import Database

from exam_appliance.journal.database import DatabaseTooNew

SCHEMA_VERSION = 1

Role = Literal["technician", "invigilator", "lead"]
Origin = Literal["site", "centre"]


@dataclass(frozen=True)
class StaffAccount:
    """A staff member of the site (工作人员). `last_login` is in UTC."""

    username: str
    name: str
    roles: tuple[Role, ...]
    active: bool
    origin: Origin
    must_change_password: bool
    last_login: datetime | None


@dataclass(frozen=True)
class StoredAccount:
    """An account with its secret; `password_version` grows with every new password."""

    account: StaffAccount
    password_hash: str
    password_version: int


@dataclass(frozen=True)
class Moment:
    """A moment on the machine's clocks: boot id, time since boot and wall time, ms."""

    boot: str
    boottime_ms: int
    wall_ms: int

    def until_ms(self, later: Moment) -> int:
        """Return the time to a later moment: by the boot's clock, over a reboot by the wall clock."""
        if self.boot == later.boot:
            return later.boottime_ms - self.boottime_ms
        return later.wall_ms - self.wall_ms


@dataclass(frozen=True)
class StoredSession:
    """A log-in of a staff member; the token itself is nowhere."""

    token_sha256: str
    username: str
    password_version: int
    address: str
    opened: Moment
    heard: Moment


class AccountStore:
    """Rows of accounts.db. Methods wait for the disk: call them on a thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
        path.chmod(0o600)
        self._lock = threading.Lock()
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        _create(self._connection)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def accounts(self) -> list[StoredAccount]:
        """Return all accounts in order of user name."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT username, name, roles, active, origin, must_change_password, last_login, "
                "password_hash, password_version FROM account ORDER BY username"
            ).fetchall()
        return [_account(row) for row in rows]

    def keep(self, stored: list[StoredAccount]) -> None:
        """Insert or replace accounts, all or none."""
        rows = [
            {
                **asdict(one.account),
                "roles": orjson.dumps(one.account.roles).decode(),
                "last_login": one.account.last_login.isoformat() if one.account.last_login else None,
                "password_hash": one.password_hash,
                "password_version": one.password_version,
            }
            for one in stored
        ]
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for row in rows:
                    self._connection.execute(
                        "INSERT OR REPLACE INTO account(username, name, roles, active, origin, "
                        "must_change_password, last_login, password_hash, password_version) VALUES "
                        "(:username, :name, :roles, :active, :origin, :must_change_password, :last_login, "
                        ":password_hash, :password_version)",
                        row,
                    )
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def sessions(self) -> list[StoredSession]:
        """Return all log-in sessions."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT token_sha256, username, password_version, address, opened, heard FROM staff_session"
            ).fetchall()
        return [
            StoredSession(row[0], row[1], row[2], row[3], _moment(row[4]), _moment(row[5])) for row in rows
        ]

    def keep_sessions(self, sessions: list[StoredSession], gone: list[str]) -> None:
        """Insert or replace sessions and delete those whose token digests are `gone`, all or none."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO staff_session"
                    "(token_sha256, username, password_version, address, opened, heard) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    [
                        (
                            one.token_sha256,
                            one.username,
                            one.password_version,
                            one.address,
                            orjson.dumps(asdict(one.opened)).decode(),
                            orjson.dumps(asdict(one.heard)).decode(),
                        )
                        for one in sessions
                    ],
                )
                self._connection.executemany(
                    "DELETE FROM staff_session WHERE token_sha256 = ?", [(digest,) for digest in gone]
                )
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def with_login(stored: StoredAccount, moment: datetime) -> StoredAccount:
    """Return an account with the time of its newest log-in."""
    return replace(stored, account=replace(stored.account, last_login=moment))


def _create(connection: sqlite3.Connection) -> None:
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > SCHEMA_VERSION:
        raise DatabaseTooNew(
            f"账户文件版本 {found} 高于本程序支持的 {SCHEMA_VERSION}，请安装新版本 / "
            f"accounts file version {found} is newer than {SCHEMA_VERSION}: install the newer release"
        )
    database = Database(connection)
    database.table("account").create(
        {
            "username": str,
            "name": str,
            "roles": str,
            "active": int,
            "origin": str,
            "must_change_password": int,
            "last_login": str,
            "password_hash": str,
            "password_version": int,
        },
        pk="username",
        not_null={"name", "roles", "active", "origin", "password_hash", "password_version"},
        if_not_exists=True,
    )
    database.table("staff_session").create(
        {
            "token_sha256": str,
            "username": str,
            "password_version": int,
            "address": str,
            "opened": str,
            "heard": str,
        },
        pk="token_sha256",
        if_not_exists=True,
    )
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def _account(row: tuple[str, str, str, int, Origin, int, str | None, str, int]) -> StoredAccount:
    username, name, roles, active, origin, must_change, last_login, password_hash, version = row
    account = StaffAccount(
        username,
        name,
        tuple(orjson.loads(roles)),
        bool(active),
        origin,
        bool(must_change),
        None if last_login is None else datetime.fromisoformat(last_login),
    )
    return StoredAccount(account, password_hash, version)


def _moment(text: str) -> Moment:
    return Moment(**orjson.loads(text))
