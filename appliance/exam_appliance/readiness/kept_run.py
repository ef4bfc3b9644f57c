"""The findings of the last run, kept in a file: declarations are added whenever a report is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from central_sync.protocol.durable_file import write_whole
from exam_appliance.readiness.finding import Finding
from exam_appliance.readiness.standard import Standard

NAME = "findings.json"
COMMAND_LINE = "command-line"
"""Who had the checks run when the command line did, as journal entries name it."""


@dataclass(frozen=True, slots=True)
class KeptRun:
    """What the checks found, by row, when, and who had them run."""

    at: datetime
    by: str
    findings: dict[str, Finding]


_KEPT = TypeAdapter(KeptRun)


class KeptRunFile:
    """The file of the last run. Methods wait for the disk: call them on a thread."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def keep(self, run: KeptRun) -> None:
        """Keep a run in place of the last; raises OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(self._path, _KEPT.dump_json(run))

    def read(self, standard: Standard) -> KeptRun | None:
        """Return the last run; None when there is none, or it is of another standard."""
        try:
            run = _KEPT.validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return None
        return run if set(run.findings) == {row.id for row in standard.rows} else None
