"""Feeds received journal entries into the ledger's tables, in order of receipt, each once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from central_sync.centre.database import Database
from central_sync.centre.exchange.counters import RECEIPT_ORDER, advance, current, hold
from central_sync.centre.exchange.service import Exchange
from central_sync.centre.exchange.standing import ReceivedEntry
from central_sync.centre.exchange.tables import CounterRow
from central_sync.centre.ledger.fold import LineFold, SessionFold
from central_sync.centre.tables.ledger import LedgerLineRow, LedgerSessionRow

log = logging.getLogger(__name__)

POSITION = "ledger/received"
"""Counter of how far the ledger has read in the order of receipt."""
_ALL_READ = '%"unreadable":0%'
"""In the JSON of every fold without unreadable entries."""
BATCH = 500
"""Entries in one transaction, so that sites are not kept waiting for long."""

Reported = Callable[[Session, set[str], set[str]], None]
"""Told, in the same transaction, of which sessions and which tickets entries came."""


class Projection:
    """Keeps the ledger's tables at what has been received. Synchronous: call it on a thread."""

    def __init__(self, database: Database, exchange: Exchange, reported: Reported) -> None:
        self._database = database
        self._exchange = exchange
        self._reported = reported

    def catch_up(self) -> int:
        """Take in all that has been received and return how many entries that were."""
        taken = 0
        while True:
            with self._database.begin() as session:
                if current(session, POSITION) == current(session, RECEIPT_ORDER):
                    return taken
            with self._database.begin() as session:
                # From here on this is the only one that reads on, in this process and in others. It is
                # the first statement, for on the MySQL protocol the first plain read fixes what the
                # transaction sees, and another's commit must not fall between the two.
                hold(session, POSITION)
                position = current(session, POSITION)
                batch = self._exchange.entries(session, after_received=position, limit=BATCH)
                if batch:
                    self._project(session, batch)
                    advance(session, POSITION, batch[-1].received - position)
            if not batch:
                return taken
            taken += len(batch)

    def has_unreadable(self) -> bool:
        """Tell whether entries were passed over because their body is not of their kind."""
        with self._database.begin() as session:
            lines = select(LedgerLineRow.received).where(LedgerLineRow.fold.not_like(_ALL_READ))
            sessions = select(LedgerSessionRow.received).where(LedgerSessionRow.fold.not_like(_ALL_READ))
            return any(session.scalar(each.limit(1)) is not None for each in (lines, sessions))

    def rebuild(self) -> int:
        """Throw the ledger's tables away and make them again from the entries; return their number."""
        with self._database.begin() as session:
            hold(session, POSITION)
            session.execute(delete(LedgerLineRow))
            session.execute(delete(LedgerSessionRow))
            session.execute(update(CounterRow).where(CounterRow.name == POSITION).values(value=0))
        return self.catch_up()

    def _project(self, session: Session, batch: Sequence[ReceivedEntry]) -> None:
        folds = _Folds(session)
        for received in batch:
            entry = received.entry
            if entry.kind.startswith("session."):
                folds.session(received, entry.subject).take(entry)
            elif entry.kind.startswith("attempt.") or entry.kind == "response.saved":
                line = folds.line(received)
                line.take(entry)
                if line.session:
                    folds.session(received, line.session).touch(entry, begun=True)
        folds.keep()
        session.flush()
        self._reported(session, folds.sessions, folds.tickets)


class Follower:
    """Lets a projection catch up on a thread of its own whenever it is woken."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._lock = threading.Lock()
        self._woken = False
        self._closed = False

    def wake(self) -> None:
        """Say that entries came; may be called on any thread."""
        with self._lock:
            if self._woken or self._closed:
                return
            self._woken = True
            self._thread.submit(self._run)

    def close(self) -> None:
        """Stop; what was not taken in yet is at the next start."""
        with self._lock:
            self._closed = True
        self._thread.shutdown()

    def _run(self) -> None:
        with self._lock:
            self._woken = False
        try:
            self._projection.catch_up()
        except Exception:
            # Nothing is lost: the position stands where it stood, and every look at the ledger tries again.
            log.exception("ledger: received entries could not be taken in")


class _Folds:
    """The folds that a batch touches, each read and written once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lines: dict[tuple[str, str], tuple[LedgerLineRow, LineFold]] = {}
        self._sessions: dict[tuple[str, str], tuple[LedgerSessionRow, SessionFold]] = {}

    @property
    def sessions(self) -> set[str]:
        """The sessions touched so far."""
        return {name for _, name in self._sessions}

    @property
    def tickets(self) -> set[str]:
        """The tickets touched so far."""
        return {ticket for _, ticket in self._lines}

    def line(self, received: ReceivedEntry) -> LineFold:
        """Return the fold of the candidate that an entry is about."""
        key = (received.appliance, received.entry.subject)
        if key not in self._lines:
            row = self._session.get(LedgerLineRow, key)
            fold = LineFold(key[1]) if row is None else LineFold.read(row.fold)
            if row is None:
                row = LedgerLineRow(appliance=key[0], ticket=key[1], site=received.site)
            self._lines[key] = row, fold
        row, fold = self._lines[key]
        row.received = received.received
        return fold

    def session(self, received: ReceivedEntry, name: str) -> SessionFold:
        """Return the fold of a session that an entry is about."""
        key = (received.appliance, name)
        if key not in self._sessions:
            row = self._session.get(LedgerSessionRow, key)
            fold = SessionFold(name) if row is None else SessionFold.read(row.fold)
            if row is None:
                row = LedgerSessionRow(appliance=key[0], session=name, site=received.site)
            self._sessions[key] = row, fold
        row, fold = self._sessions[key]
        row.received = received.received
        return fold

    def keep(self) -> None:
        """Write all folds."""
        for line_row, line in self._lines.values():
            line_row.session, line_row.state, line_row.fold = line.session, line.state.value, line.text()
            self._session.add(line_row)
        for session_row, fold in self._sessions.values():
            session_row.fold = fold.text()
            self._session.add(session_row)
