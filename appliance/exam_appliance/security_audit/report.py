"""What an audit found, kept below the state folder so that the readiness report and the console show it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from central_sync.protocol.durable_file import write_whole

FILE = "security/report.json"
MOST_LINES = 200

State = Literal["ok", "look", "fault"]
"""look: somebody should read it; fault: something is to be done."""


class Point(BaseModel):
    """One thing that was looked at. `lines` are what was found, at most MOST_LINES."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    zh: str
    en: str
    state: State
    found_zh: str
    found_en: str
    lines: tuple[str, ...] = ()


class AuditReport(BaseModel):
    """One audit. `advisories` is the date of the centre's list, None without one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: datetime
    version: str
    hours: int
    """The logs of so many hours were read."""
    advisories: str | None
    points: tuple[Point, ...]

    @property
    def state(self) -> State:
        """Return the worst state of its points."""
        states = {point.state for point in self.points}
        return "fault" if "fault" in states else "look" if "look" in states else "ok"

    def age_days(self) -> float:
        """Return how old it is, days."""
        return (datetime.now(UTC) - self.at).total_seconds() / 86400


def keep(report: AuditReport, state_dir: Path) -> Path:
    """Keep a report in place of the last, as its folder's owner's; returns where. Raises OSError."""
    path = state_dir / FILE
    owner = state_dir.stat()
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o700)
        os.chown(path.parent, owner.st_uid, owner.st_gid)
    write_whole(path, report.model_dump_json(indent=1).encode(), mode=0o600)
    os.chown(path, owner.st_uid, owner.st_gid)
    return path


def kept(state_dir: Path) -> AuditReport | None:
    """Return the last report, None when there is none that can be read."""
    try:
        return AuditReport.model_validate_json((state_dir / FILE).read_bytes())
    except (OSError, ValidationError):
        return None
