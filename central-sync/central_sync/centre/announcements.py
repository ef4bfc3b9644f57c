"""Tells open pages what changed, as soon as the change is committed.

One place looks at every transaction, so that no service has to remember to tell.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, UOWTransaction

from central_sync.centre.api.result_models import Topic
from central_sync.centre.database import Base, Database
from central_sync.centre.exchange.tables import ApplianceRow, EvidenceRow
from central_sync.centre.tables.arrangement import ChangeRow, SessionRow, TicketRow
from central_sync.centre.tables.jobs import JobRow
from central_sync.centre.tables.ledger import LedgerLineRow, LedgerSessionRow
from central_sync.centre.tables.packages import KeyReleaseRow, PackageRow

TOPICS: dict[type[Base], Topic] = {
    SessionRow: "sessions",
    TicketRow: "sessions",
    ChangeRow: "sessions",
    PackageRow: "sessions",
    KeyReleaseRow: "sessions",
    LedgerLineRow: "ledger",
    LedgerSessionRow: "ledger",
    ApplianceRow: "appliances",
    EvidenceRow: "appliances",
    JobRow: "jobs",
}
"""What pages call the tables whose changes they follow."""
_TOUCHED = "announcements"


class Announcements:
    """Who waits for news. Changes by other processes are not seen: pages look again now and then."""

    def __init__(self, database: Database) -> None:
        self._lock = threading.Lock()
        self._watching: set[Watch] = set()
        self.closed = False
        transactions = database.transactions
        event.listen(transactions, "after_flush", _note_flushed)
        event.listen(transactions, "do_orm_execute", _note_executed)
        event.listen(transactions, "after_commit", self._committed)
        event.listen(transactions, "after_rollback", _forget)

    @contextmanager
    def watching(self) -> Iterator[Watch]:
        """Give a watch of the running loop."""
        watch = Watch(asyncio.get_running_loop())
        with self._lock:
            self._watching.add(watch)
        try:
            yield watch
        finally:
            with self._lock:
                self._watching.discard(watch)

    def tell(self, topics: Iterable[Topic]) -> None:
        """Wake all watches; may be called on any thread."""
        told = set(topics)
        with self._lock:
            watches = tuple(self._watching)
        for watch in watches:
            watch.put(told)

    def close(self) -> None:
        """End all watches."""
        self.closed = True
        self.tell(())

    def _committed(self, session: Session) -> None:
        topics = session.info.pop(_TOUCHED, None)
        if topics:
            self.tell(topics)


class Watch:
    """Topics that changed since they were last taken."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._changed: set[Topic] = set()
        self.woken = asyncio.Event()

    def put(self, topics: set[Topic]) -> None:
        """Note topics; may be called on any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._note, topics)

    def take(self) -> list[Topic]:
        """Return what changed and forget it."""
        changed = sorted(self._changed)
        self._changed.clear()
        self.woken.clear()
        return changed

    def _note(self, topics: set[Topic]) -> None:
        self._changed |= topics
        self.woken.set()


def _note_flushed(session: Session, _: UOWTransaction) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        _note(session, type(row))


def _note_executed(state: ORMExecuteState) -> None:
    mapper: Mapper[object] | None = state.bind_mapper
    if mapper is not None and (state.is_insert or state.is_update or state.is_delete):
        _note(state.session, mapper.class_)


def _note(session: Session, table: type) -> None:
    topic = TOPICS.get(table)
    if topic is not None:
        session.info.setdefault(_TOUCHED, set()).add(topic)


def _forget(session: Session) -> None:
    session.info.pop(_TOUCHED, None)
