"""Migrations of the centre's database: every change of its tables, one file after the other."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text

from central_sync.centre.database import Database

COLLATION = "utf8mb4_bin"
"""MariaDB's own choice may be latin1, which holds no Chinese, or take A for a in a key."""


class DatabaseTooNew(Exception):
    """The database was made by a newer release; the message says what to do."""


def upgrade(database: Database) -> None:
    """Bring a database, empty or of an older release, to the tables of this one. Raises DatabaseTooNew.

    On SQLite it is one transaction: all of it or nothing. MariaDB commits every table by itself.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with database.engine.begin() as connection:
        _tell_all_characters_apart(connection)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise DatabaseTooNew(
                f"数据库由更新的版本建立，请安装新版本（{error}） / "
                f"the database was made by a newer release: install that one ({error})"
            ) from error


def _tell_all_characters_apart(connection: Connection) -> None:
    """Have MariaDB and its kin make tables that hold every character and compare as SQLite does."""
    if connection.dialect.name == "sqlite":
        return
    if connection.scalar(text("SELECT @@collation_database")) != COLLATION:
        connection.execute(text(f"ALTER DATABASE CHARACTER SET utf8mb4 COLLATE {COLLATION}"))
