"""The centre's database: what migrations make is what the code expects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from central_sync.centre.database import Database
from central_sync.centre.migrations import DatabaseTooNew, upgrade
from central_sync.centre.migrations.metadata import METADATA


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database file without any table."""
    database = Database(f"sqlite:///{tmp_path / 'centre.db'}")
    yield database
    database.close()


def test_migrated_database_has_exactly_the_tables_that_the_code_declares(database: Database) -> None:
    upgrade(database)
    with database.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    assert {"site", "bank_item", "admission_ticket", "exchange_document"} <= set(
        inspect(database.engine).get_table_names()
    )


def test_second_upgrade_changes_nothing(database: Database) -> None:
    upgrade(database)
    with database.begin() as session:
        session.execute(
            text("INSERT INTO exchange_counter (name, value) VALUES (:name, 7)"), {"name": "document/X"}
        )
    upgrade(database)
    with database.begin() as session:
        assert session.execute(text("SELECT value FROM exchange_counter")).scalar_one() == 7


def test_database_of_a_newer_release_is_refused_and_left_alone(database: Database) -> None:
    upgrade(database)
    with database.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew, match="请安装新版本"):
        upgrade(database)
    with database.begin() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
