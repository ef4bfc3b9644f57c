"""The centre's database: base and column types of all tables, and the transactions over them.

SQLite by default; the MySQL protocol (MariaDB and its kin) to grow. Work on it is synchronous and
belongs on a thread: `await asyncio.to_thread(...)` from a route.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, LargeBinary, Text, create_engine, event
from sqlalchemy.dialects.mysql import DATETIME, LONGBLOB, LONGTEXT
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from central_sync.protocol.http.problems import Problem

log = logging.getLogger(__name__)

LongText = Text().with_variant(LONGTEXT(), "mysql", "mariadb")
LongBytes = LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb")


class UtcMoment(TypeDecorator[datetime]):
    """A moment with its zone in Python, stored as UTC without one: no database keeps zones alike."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Keep microseconds where the database would drop them."""
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what is stored."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what Python sees."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of every table of the centre."""


class Database:
    """The centre's database at a SQLAlchemy URL, such as sqlite:////var/lib/exam-central/centre.db."""

    def __init__(self, url: str | URL) -> None:
        self.url = make_url(url)
        sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = create_engine(self.url, pool_pre_ping=not sqlite)
        if sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_immediate)
        self.transactions = sessionmaker(self.engine, expire_on_commit=False)
        """What `begin` draws from; to be listened to, not to be called."""

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Give a session in one transaction: committed at the end, rolled back on any exception.

        On SQLite it takes the write lock at once, so that two writers wait instead of failing. Where
        the database gives up all the same, as MariaDB does with one of two that wait for each other,
        it is Problem centre.busy, and a repetition helps.
        """
        try:
            with self.transactions.begin() as session:
                yield session
        except OperationalError as error:
            log.warning("the database is busy: %s", error)
            raise Problem(
                "busy",
                "centre.busy",
                "中心繁忙，请稍候重试",
                "the centre is busy: try again shortly",
            ) from error

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN is late and deferred; _begin_immediate says it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
