"""Column types that the tables share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.dialects.mysql import VARCHAR
from sqlalchemy.types import TypeEngine


def key_text(length: int) -> TypeEngine[Any]:
    """Return the type of a text that names something: compared character by character everywhere.

    MariaDB would else take a1 and A1 for the same.
    """
    return String(length).with_variant(VARCHAR(length, collation="utf8mb4_bin"), "mysql", "mariadb")
