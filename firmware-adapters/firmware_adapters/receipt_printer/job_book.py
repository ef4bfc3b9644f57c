"""Keys of slips that were sent, kept in a file, since a receipt printer itself remembers none."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import orjson

State = Literal["processing", "completed", "aborted"]
KEPT: Final = 500


@dataclass(slots=True)
class Slip:
    """One slip that was sent."""

    key: str
    digest: str
    state: State
    reason: str = ""
    """Code of why it did not come out."""


class JobBook:
    """The newest slips of one printer by key; written whole each time, so never half.

    Without a path they are held in memory alone, and forgotten with the process.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._slips: dict[str, Slip] = {}
        if path is None:
            return
        with contextlib.suppress(OSError, ValueError, TypeError):
            self._slips = {one["key"]: Slip(**one) for one in orjson.loads(path.read_bytes())}

    def find(self, key: str) -> Slip | None:
        """Return a slip, None when it was never sent here."""
        return self._slips.get(key)

    def under_way(self) -> list[Slip]:
        """Return those that were sent and of whose end nothing is known."""
        return [slip for slip in self._slips.values() if slip.state == "processing"]

    def put(self, slip: Slip) -> None:
        """Keep a slip, new or changed; on disk when it returns. Raises OSError."""
        self._slips[slip.key] = slip
        while len(self._slips) > KEPT:
            del self._slips[next(iter(self._slips))]
        if self._path is None:
            return
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        told = [
            {"key": one.key, "digest": one.digest, "state": one.state, "reason": one.reason}
            for one in self._slips.values()
        ]
        with draft.open("wb") as file:
            file.write(orjson.dumps(told))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        # The folder as well: else the power may take the new name away, and a slip would come out twice.
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
