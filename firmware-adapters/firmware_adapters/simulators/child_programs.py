"""Real servers run as children of a simulator: started, watched until they are up, ended by their id."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

STARTS_WITHIN_S = 20.0
ENDS_WITHIN_S = 5.0


class DidNotStart(Exception):
    """A program ended at once or was not up in time; carries the end of its log."""


class ChildProgram:
    """One server in the foreground, its output in a file."""

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self.command = list(command)
        self.log = log
        self._environment = dict(environment)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Its process id. Raises RuntimeError while it does not run."""
        if self._process is None:
            raise RuntimeError(f"{self.command[0]} does not run")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.returncode is None

    async def start(self, is_up: Callable[[], Awaitable[bool]]) -> None:
        """Start it and wait until it is up. Raises DidNotStart."""
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **self._environment},
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(STARTS_WITHIN_S):
                while not await is_up():
                    if self._process.returncode is not None:
                        raise DidNotStart(self._told())
                    await asyncio.sleep(0.02)
        except TimeoutError:
            await self.stop()
            raise DidNotStart(self._told()) from None
        except BaseException:
            await self.stop()
            raise

    def freeze(self, on: bool) -> None:
        """Stop it where it is, as a hanging program, or let it go on."""
        os.kill(self.pid, signal.SIGSTOP if on else signal.SIGCONT)

    async def stop(self) -> None:
        """End it and the children it left; may be called twice."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGCONT)
                process.terminate()
            try:
                async with asyncio.timeout(ENDS_WITHIN_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        # Filters of a print job outlive the scheduler; they are in the session that began with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def _told(self) -> str:
        return f"{self.command[0]}: {self.log.read_text(errors='replace')[-1500:]}"


def free_port() -> int:
    """Return a port of loopback that nobody listens on now."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


async def listens(port: int) -> bool:
    """Return whether somebody listens on a port of loopback."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.transport.abort()
    return True
