"""Which documents their printers said they took: marks on disk, until it is known what became of each.

A printer that says after a crash that it never heard of a document is right when it has no mark. With one it
has forgotten what it took and perhaps printed, so that only a person can tell.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from pathlib import Path

from central_sync.protocol.durable_file import write_whole
from exam_appliance.documents.spool import DAY_S

log = logging.getLogger(__name__)


class Handed:
    """A folder of marks, one a key. Methods wait for the disk: call them on a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self, key: str) -> None:
        """Keep that a printer took a key; on disk when it returns."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(self._folder / key, b"", mode=0o600)
        except OSError as error:
            # It is printed all the same; only a crash before its end would now ask the printer alone.
            log.warning("打印记号未能保存 / the mark of a print is not kept: %s", error)

    def holds(self, key: str) -> bool:
        """Return whether a printer took a key, as far as was kept."""
        return (self._folder / key).exists()

    def forget(self, key: str) -> None:
        """Take a mark away: it is known what became of it."""
        try:
            (self._folder / key).unlink(missing_ok=True)
        except OSError as error:
            log.warning("打印记号未能删除 / the mark of a print is not deleted: %s", error)

    def prune(self, needed: Collection[str]) -> None:
        """Take away marks of days ago that nobody needs: of jobs that people settled."""
        limit = time.time() - DAY_S
        for mark in self._folder.iterdir() if self._folder.is_dir() else ():
            if mark.name not in needed and mark.stat().st_mtime < limit:
                self.forget(mark.name)
