"""What the daemon keeps over restarts: history, results of self-tests, devices that were seen.

Everything is bounded, in one SQLite file of the daemon's own. That it cannot be written (disk full,
read-only) is logged and holds nothing up.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import sqlite_utils
from pydantic import ValidationError

from firmware_adapters.blobs import PATH, Blob
from firmware_adapters.interface import Device, HistoryLine, SelfTest

log = logging.getLogger(__name__)

LINES_KEPT = 20_000
RESULTS_KEPT = 20
"""Results of self-tests kept for each device."""
DEVICES_KEPT = 300
BLOB_LIMIT = 8 * 1024 * 1024
"""Bytes of a self-test's picture; a larger one is not kept with its result."""
_TRIM_EVERY = 200

Given = TypeVar("Given")


class DeviceStore:
    """The file, written and read on a thread of its own, in the order of the calls."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="device-store")
        self._database: sqlite_utils.Database | None = None
        self._lines_since_trim = 0

    async def open(self) -> None:
        """Open the file, made if it is missing; one that is no database is put aside and begun anew.

        Where it cannot be opened at all, nothing is kept.
        """
        await self._run(self._open)

    async def close(self) -> None:
        """Write what is under way and close."""
        await self._run(self._close)
        # The thread has nothing left to do, so this does not wait.
        self._thread.shutdown()

    def note(self, line: HistoryLine) -> None:
        """Keep a line of the history; does not wait."""
        self._later(lambda database: self._note(database, line))

    async def lines(self, device: str = "", limit: int = 200) -> list[HistoryLine]:
        """Return the newest lines first, of one device or of all."""

        def read(database: sqlite_utils.Database) -> list[HistoryLine]:
            rows = database.query(
                "select body from history where device = :device or :device = '' "
                "order by id desc limit :limit",
                {"device": device, "limit": limit},
            )
            return [HistoryLine.model_validate_json(row["body"]) for row in rows]

        return await self._asked(read, [])

    async def keep_self_test(self, device: str, result: SelfTest, blob: Blob | None) -> None:
        """Keep a result with its picture."""

        def write(database: sqlite_utils.Database) -> None:
            kept = blob if blob is not None and len(blob.data) <= BLOB_LIMIT else None
            row = {
                "device": device,
                "body": result.model_dump_json(),
                "sha256": result.blob.removeprefix(PATH) if kept is not None else "",
                "blob": kept.data if kept is not None else None,
                "blob_type": kept.type if kept is not None else "",
            }
            with database.conn:
                database.table("self_tests").insert(row)
                database.execute(
                    "delete from self_tests where device = ? and id not in "
                    "(select id from self_tests where device = ? order by id desc limit ?)",
                    (device, device, RESULTS_KEPT),
                )

        await self._asked(write, None)

    async def self_tests(self, device: str) -> list[SelfTest]:
        """Return the kept results of a device, newest first."""

        def read(database: sqlite_utils.Database) -> list[SelfTest]:
            rows = database.query(
                "select body from self_tests where device = ? order by id desc limit ?",
                (device, RESULTS_KEPT),
            )
            return [SelfTest.model_validate_json(row["body"]) for row in rows]

        return await self._asked(read, [])

    async def blob(self, name: str) -> Blob | None:
        """Return the picture of a kept result by its SHA-256."""

        def read(database: sqlite_utils.Database) -> Blob | None:
            found = next(
                database.query("select blob, blob_type from self_tests where sha256 = ? limit 1", (name,)),
                None,
            )
            return None if found is None else Blob(bytes(found["blob"]), found["blob_type"])

        return await self._asked(read, None)

    def remember(self, device: Device) -> None:
        """Keep what a device said of itself, so that it is shown as absent later; does not wait."""
        row = {"id": device.id, "body": device.model_dump_json(), "seen": _now()}

        def write(database: sqlite_utils.Database) -> None:
            with database.conn:
                database.table("devices").upsert(row, pk="id")
                database.execute(
                    "delete from devices where id not in (select id from devices order by seen desc limit ?)",
                    (DEVICES_KEPT,),
                )

        self._later(write)

    async def remembered(self) -> list[Device]:
        """Return every device that was seen and not forgotten."""

        def read(database: sqlite_utils.Database) -> list[Device]:
            found = []
            for row in database.query("select id, body from devices order by seen"):
                try:
                    found.append(Device.model_validate_json(row["body"]))
                except ValidationError:
                    # Written by another release; the device tells anew when it is plugged in.
                    log.warning("forgetting %s, whose record cannot be read", row["id"])
            return found

        return await self._asked(read, [])

    def forget(self, device: str) -> None:
        """Forget a device; its history and its self-tests stay. Does not wait."""

        def write(database: sqlite_utils.Database) -> None:
            with database.conn:
                database.execute("delete from devices where id = ?", (device,))

        self._later(write)

    def keep_shared(self, names: Sequence[str]) -> None:
        """Keep that these names by serial number belong to more than one device; does not wait."""

        def write(database: sqlite_utils.Database) -> None:
            with database.conn:
                database.table("shared_names").upsert_all([{"name": name} for name in names], pk="name")

        self._later(write)

    async def shared(self) -> frozenset[str]:
        """Return the names that were ever met twice."""
        return await self._asked(
            lambda database: frozenset(row["name"] for row in database.table("shared_names").rows),
            frozenset[str](),
        )

    def _open(self) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._database = _opened(self._file)
        except (OSError, sqlite3.OperationalError):
            log.exception("%s cannot be opened: history and self-tests are not kept", self._file)
        except sqlite3.DatabaseError:
            aside = self._file.with_name(f"{self._file.name}.{_now().replace(':', '')}.damaged")
            log.exception("%s cannot be read, it is put aside as %s", self._file, aside.name)
            self._file.replace(aside)
            for rest in ("-wal", "-shm"):
                self._file.with_name(self._file.name + rest).unlink(missing_ok=True)
            self._database = _opened(self._file)

    def _close(self) -> None:
        if self._database is not None:
            self._database.conn.close()
            self._database = None

    def _note(self, database: sqlite_utils.Database, line: HistoryLine) -> None:
        with database.conn:
            database.table("history").insert({"device": line.device, "body": line.model_dump_json()})
            self._lines_since_trim += 1
            if self._lines_since_trim >= _TRIM_EVERY:
                self._lines_since_trim = 0
                database.execute(
                    "delete from history where id <= (select max(id) from history) - ?", (LINES_KEPT,)
                )

    def _later(self, act: Callable[[sqlite_utils.Database], None]) -> None:
        asyncio.get_running_loop().run_in_executor(self._thread, self._guarded, act, None)

    async def _asked(self, act: Callable[[sqlite_utils.Database], Given], otherwise: Given) -> Given:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._guarded, act, otherwise)

    def _guarded(self, act: Callable[[sqlite_utils.Database], Given], otherwise: Given) -> Given:
        if self._database is None:
            return otherwise
        try:
            return act(self._database)
        except sqlite3.Error:
            log.exception("%s", self._file)
            return otherwise

    async def _run(self, act: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, act)


def _opened(file: Path) -> sqlite_utils.Database:
    connection = sqlite3.connect(file, timeout=5.0, check_same_thread=False)
    try:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        database = sqlite_utils.Database(connection)
        database.table("history").create(
            {"id": int, "device": str, "body": str}, pk="id", if_not_exists=True, not_null={"device", "body"}
        )
        database.table("history").create_index(["device"], if_not_exists=True)
        database.table("self_tests").create(
            {"id": int, "device": str, "body": str, "sha256": str, "blob": bytes, "blob_type": str},
            pk="id",
            if_not_exists=True,
        )
        database.table("self_tests").create_index(["device"], if_not_exists=True)
        database.table("self_tests").create_index(["sha256"], if_not_exists=True)
        database.table("devices").create({"id": str, "body": str, "seen": str}, pk="id", if_not_exists=True)
        database.table("shared_names").create({"name": str}, pk="name", if_not_exists=True)
    except BaseException:
        connection.close()
        raise
    return database


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
