"""The result of the last rehearsal, kept for pre-flight."""

from __future__ import annotations

from pathlib import Path

from pydantic import AwareDatetime, ValidationError

from central_sync.protocol.durable_file import write_whole
from central_sync.protocol.items import Words
from exam_appliance.web.console.models import RehearsalReport

NAME = "rehearsal.json"


class KeptRehearsal(Words):
    """A rehearsal that was played to its end, and when."""

    at: AwareDatetime
    report: RehearsalReport


class RehearsalFile:
    """The file of the last result, below the state folder."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / NAME

    def keep(self, kept: KeptRehearsal) -> None:
        """Keep a result in place of the last; raises OSError."""
        write_whole(self._path, kept.model_dump_json(indent=1).encode())

    def read(self) -> KeptRehearsal | None:
        """Return the last result; None when there is none that can be read."""
        try:
            return KeptRehearsal.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return None
