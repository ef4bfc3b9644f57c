"""A service as a child of the site server, where no system starts it: a laptop, the demo."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Sequence

log = logging.getLogger(__name__)

FIRST_RETRY_S, LONGEST_RETRY_S = 0.5, 30.0
HEALTHY_S = 60.0
"""A service that ran for so long is started anew without a wait when it ends."""
STOPS_WITHIN_S = 8.0


class ChildService:
    """Keeps a Python module running as a process.

    It reads its settings from its standard input and ends when that closes, so it cannot outlive this
    process, however this one ends. `zh` and `en` are its name in the log.
    """

    def __init__(self, module: Sequence[str], settings_json: str, zh: str, en: str) -> None:
        self._module = module
        self._settings = settings_json
        self._zh, self._en = zh, en
        self._task: asyncio.Task[None] | None = None
        self.pid: int | None = None
        """Of the service while it runs."""

    def start(self) -> None:
        """Begin to keep it running."""
        self._task = asyncio.create_task(self._keep_running())

    async def stop(self) -> None:
        """Have it close what it holds and end."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _keep_running(self) -> None:
        loop = asyncio.get_running_loop()
        retry_s = FIRST_RETRY_S
        while True:
            began = loop.time()
            try:
                status = await self._run()
            except OSError as error:
                log.error("%s无法启动 / %s cannot be started: %s", self._zh, self._en, error)
            else:
                log.error("%s意外结束，正在重启 / %s ended and is restarted: %s", self._zh, self._en, status)
            retry_s = FIRST_RETRY_S if loop.time() - began > HEALTHY_S else min(2 * retry_s, LONGEST_RETRY_S)
            await asyncio.sleep(retry_s)

    async def _run(self) -> int:
        """Run it to its end and return its exit status."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *self._module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            # Ctrl-C at a terminal is for this process, which ends the service in order.
            start_new_session=True,
        )
        self.pid = process.pid
        try:
            assert process.stdin is not None  # noqa: S101 - asked for above
            with contextlib.suppress(ConnectionError):
                process.stdin.write(self._settings.encode() + b"\n")
                await process.stdin.drain()
            return await process.wait()
        finally:
            self.pid = None
            await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Close its input, which ends it; kill it when it does not."""
    if process.stdin is not None:
        process.stdin.close()
    waiting = asyncio.ensure_future(process.wait())
    await asyncio.wait((waiting,), timeout=STOPS_WITHIN_S)
    if not waiting.done():
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await waiting
