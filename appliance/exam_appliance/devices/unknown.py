"""What is plugged in and known to no entry of the catalogue, asked for while somebody looks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator

from central_sync.protocol.http.problems import Problem
from exam_appliance.devices.daemon_line import DaemonLine

log = logging.getLogger(__name__)

EVERY_S = 1.5
"""Between two questions, seconds; the daemon's stream does not tell of what it does not know."""


class UnknownWatch:
    """Asks the daemon while it is looked at; `changed` is called when the answer is another one."""

    def __init__(self, daemon: DaemonLine | None) -> None:
        self._daemon = daemon
        self.keys: tuple[str, ...] = ()
        """Keys of the unknown sightings, as last told."""
        self.changed: Callable[[], None] = lambda: None
        self._lookers = 0
        self._task: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        """Ask for as long as this context holds."""
        self._lookers += 1
        if self._task is None and self._daemon is not None:
            self._task = asyncio.create_task(self._run(self._daemon))
        try:
            yield
        finally:
            self._lookers -= 1
            if not self._lookers and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _run(self, daemon: DaemonLine) -> None:
        while True:
            with contextlib.suppress(Problem, KeyError, TypeError):
                keys = tuple(str(one["key"]) for one in (await daemon.get("/unknown"))["sightings"])
                if keys != self.keys:
                    self.keys = keys
                    self.changed()
            await asyncio.sleep(EVERY_S)
