"""The file of machines that reported: the newest report of each, and the addresses it came from."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import orjson
from pydantic import ValidationError
from sqlite_utils import Database

from exam_appliance.journal.database import DatabaseTooNew, connect_to_read
from exam_appliance.readiness.heard.machine_report import MachineReport
from exam_appliance.readiness.heard.user_agent import BrowserFacts, browser_facts

SCHEMA_VERSION = 1
MOST_MACHINES = 2000
"""More are not kept: the one unheard for longest goes."""
COUNTED_DAYS = 30
"""A machine that was not heard for so long is no longer counted."""
ADDRESSES_KEPT = 8
MOST_AT_ADDRESS = 8
"""Of one use from one address: whoever makes machines up at a seat covers only that seat's own."""

Use = Literal["seat", "invigilator"]


@dataclass(frozen=True, slots=True)
class HeardMachine:
    """A machine with its newest report. Moments are in UTC."""

    use: Use
    report: MachineReport
    browser: BrowserFacts
    address: str
    addresses: tuple[str, ...]
    """All it reported from lately, newest first."""
    at: datetime

    @property
    def named(self) -> str:
        """Return what people call it: room and seat, else its address."""
        seat = f"{self.report.seat}号" if self.report.seat is not None else ""
        return f"{self.report.room}{seat}" or self.address


class Machines:
    """The file `machines.db` below the state folder. Methods wait for the disk: call them on a thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
        self._lock = threading.Lock()
        # A report comes again by itself: it need not outlive a power cut.
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        _create(self._connection)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def keep(self, use: Use, report: MachineReport, address: str, user_agent: str, at: datetime) -> None:
        """Keep a report in place of the machine's last.

        A page does not replace what the agent of the same machine told.
        """
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                held = self._connection.execute(
                    "SELECT addresses, source FROM machine WHERE use = ? AND machine = ?",
                    (use, report.machine),
                ).fetchone()
                known: list[str] = orjson.loads(held[0]) if held is not None else []
                addresses = [address, *(each for each in known if each != address)][:ADDRESSES_KEPT]
                if held is not None and held[1] == "agent" and report.source == "page":
                    self._connection.execute(
                        "UPDATE machine SET at = ?, address = ?, addresses = ? WHERE use = ? AND machine = ?",
                        (at.isoformat(), address, _json(addresses), use, report.machine),
                    )
                else:
                    self._connection.execute(
                        "INSERT OR REPLACE INTO machine"
                        "(use, machine, source, address, addresses, at, user_agent, report) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                        (
                            *(use, report.machine, report.source, address, _json(addresses)),
                            *(at.isoformat(), user_agent[:400], report.model_dump_json()),
                        ),
                    )
                    self._connection.execute(
                        "DELETE FROM machine WHERE rowid IN (SELECT rowid FROM machine "
                        "WHERE use = ? AND address = ? ORDER BY at DESC LIMIT -1 OFFSET ?)",
                        (use, address, MOST_AT_ADDRESS),
                    )
                    self._connection.execute(
                        "DELETE FROM machine WHERE rowid IN "
                        "(SELECT rowid FROM machine ORDER BY at DESC LIMIT -1 OFFSET ?)",
                        (MOST_MACHINES,),
                    )
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def heard_machines(path: Path, now: datetime) -> tuple[HeardMachine, ...]:
    """Return the machines heard lately in order of room, seat and address; none when no file is there."""
    if not path.is_file():
        return ()
    since = (now - timedelta(days=COUNTED_DAYS)).isoformat()
    with closing(connect_to_read(path)) as reading:
        if not reading.execute("SELECT 1 FROM sqlite_master WHERE name = 'machine'").fetchone():
            # The first report ever is making the file at this moment.
            return ()
        rows = reading.execute(
            "SELECT use, address, addresses, at, user_agent, report FROM machine WHERE at >= ?", (since,)
        ).fetchall()
    found = [machine for row in rows if (machine := _machine(row)) is not None]
    found.sort(key=lambda one: (one.use, one.report.room, one.report.seat or 0, one.address))
    return _one_a_seat(found)


def _one_a_seat(machines: Sequence[HeardMachine]) -> tuple[HeardMachine, ...]:
    """A browser whose memory was cleared reports as another machine: of one address the newest counts."""
    newest: dict[tuple[str, str], HeardMachine] = {}
    for machine in machines:
        held = newest.get((machine.use, machine.address))
        if held is None or _counts_more(machine, held):
            newest[machine.use, machine.address] = machine
    chosen = {id(machine) for machine in newest.values()}
    return tuple(machine for machine in machines if id(machine) in chosen)


def _counts_more(one: HeardMachine, other: HeardMachine) -> bool:
    """An agent knows more than a page, a machine that proved its key is surer than one that did not."""
    weights = [(held.report.source == "agent", held.report.proven, held.at) for held in (one, other)]
    return weights[0] > weights[1]


def _machine(row: tuple[Use, str, str, str, str, str]) -> HeardMachine | None:
    use, address, addresses, at, user_agent, report = row
    try:
        read = MachineReport.model_validate_json(report)
    except ValidationError:
        # Written by a later release; the machine reports again soon.
        return None
    return HeardMachine(
        use,
        read,
        browser_facts(user_agent),
        address,
        tuple(orjson.loads(addresses)),
        datetime.fromisoformat(at),
    )


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _create(connection: sqlite3.Connection) -> None:
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > SCHEMA_VERSION:
        raise DatabaseTooNew(
            f"机器报告文件版本 {found} 高于本程序支持的 {SCHEMA_VERSION}，请安装新版本 / "
            f"machines file version {found} is newer than {SCHEMA_VERSION}: install the newer release"
        )
    Database(connection).table("machine").create(
        {
            "use": str,
            "machine": str,
            "source": str,
            "address": str,
            "addresses": str,
            "at": str,
            "user_agent": str,
            "report": str,
        },
        pk=("use", "machine"),
        if_not_exists=True,
    )
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
