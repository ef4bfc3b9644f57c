"""Where a site's backups go, how often they are made and how long they are kept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


DestinationId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
_SERVER = re.compile(r"^(sftp|rest):\S+$")


class Destination(_Section):
    """A place for backups: a second disk, a stick, or a server as restic names it."""

    id: DestinationId
    kind: Literal["disk", "stick", "server"]
    place: Annotated[str, Field(min_length=2, max_length=300)]
    """disk, stick: an absolute folder; server: sftp:USER@HOST:/FOLDER or rest:https://HOST:8000/."""
    options: dict[str, Annotated[str, Field(max_length=500)]] = {}
    """Options of restic, such as sftp.command."""
    ca_file: Path | None = None
    """Certificate that the server's must come from."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.kind == "server" and not _SERVER.match(self.place):
            raise ValueError(
                "服务器须写成 sftp:用户@主机:/目录 或 rest:https://主机:端口/ / "
                "a server is sftp:USER@HOST:/FOLDER or rest:https://HOST:PORT/"
            )
        if self.kind != "server" and not Path(self.place).is_absolute():
            raise ValueError("须为以 / 开头的绝对路径 / must be an absolute path that begins with /")
        return self


Keep = Annotated[int, Field(strict=True, ge=0, le=10_000)]


class KeepSettings(_Section):
    """How many backups are kept; the newest of each span counts."""

    last: Annotated[int, Field(strict=True, ge=1, le=10_000)]
    hourly: Keep
    daily: Keep
    weekly: Keep
    monthly: Keep


class BackupSettings(_Section):
    """The site's backups."""

    run: Literal["service", "server"]
    """service: the system's timer calls `exam-appliance backup run`; server: this server does."""
    every_minutes: Annotated[int, Field(strict=True, ge=5, le=10_080)]
    """Between two backups that the server makes by itself."""
    stale_hours: Annotated[int, Field(strict=True, ge=1, le=2400)]
    """A last verified backup older than this is shown in red."""
    destinations: tuple[Destination, ...]
    keep: KeepSettings
    password_file: Path | None
    """None: backup/password below the state folder."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        ids = [one.id for one in self.destinations]
        if len(set(ids)) != len(ids):
            raise ValueError("备份目的地的 id 不可重复 / ids of destinations must differ")
        return self
