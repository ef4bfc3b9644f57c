"""The environment standard as this program reads it: rows, groups, numbers to compare with."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, StringConstraints

from central_sync.protocol.items import Words

FILE = Path(__file__).with_name("standard.yaml")

RowId = Annotated[str, StringConstraints(pattern=r"^[a-z]+(\.[a-z_]+){1,2}$")]
Level = Literal["required", "recommended"]
Measure = Literal["auto", "device", "network", "declared"]


class Limits(Words):
    """What a measured value is compared with; None where a row asks nothing of the kind."""

    clock_mhz: int | None = None
    cores: int | None = None
    cpu_classes: tuple[str, ...] = ()
    """Regular expressions; one of them is in the model's name of a server CPU."""
    memory_gb: int | None = None
    disk_gb: int | None = None
    nic_mbit: int | None = None
    display_inch: int | None = None
    """Along the diagonal."""
    aspect: str | None = None
    megapixels: int | None = None
    dpi: int | None = None
    shared_mbit: int | None = None
    dedicated_mbit: int | None = None
    systems: dict[str, str] = Field(default_factory=dict)
    """Operating systems by id with the lowest version, empty for any."""
    browsers: dict[str, int] = Field(default_factory=dict)
    """Engines with the lowest major version."""
    mysql: str | None = None


class Group(Words):
    """A table of the standard."""

    id: str
    zh: str
    en: str


class Row(Words):
    """One requirement (配置项)."""

    id: RowId
    group: str
    zh: str
    en: str
    need_zh: str
    need_en: str
    quantity: Annotated[int, Field(ge=1)] | None = None
    """At least so many; None where the standard gives no number."""
    unit: str = ""
    """Measure word of the quantity (台, 套)."""
    level: Level
    measure: Measure
    one_of: str = ""
    """Rows of the same family stand for each other: one of them is enough."""
    limits: Limits = Limits()


class Standard(Words):
    """All rows in the standard's order, in groups."""

    groups: tuple[Group, ...]
    rows: tuple[Row, ...]

    def row(self, row_id: str) -> Row | None:
        """Return a row by its id."""
        return next((row for row in self.rows if row.id == row_id), None)


@cache
def standard() -> Standard:
    """Return the standard as shipped; it never changes while the program runs."""
    read = yaml.safe_load(FILE.read_text("utf-8"))
    return Standard.model_validate({"groups": read["groups"], "rows": read["rows"]})
