"""The site server under a supervisor that speaks systemd's notification protocol (sd_notify(3))."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).parent / "serving_process.py"
WATCHDOG_S = 0.4


class Supervisor:
    """The socket on which a unit tells how it is."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._line.bind(str(self.path))
        self._line.setblocking(False)

    async def heard(self, message: str) -> None:
        """Wait until the unit says `message`."""
        async with asyncio.timeout(60):
            while await asyncio.get_running_loop().sock_recv(self._line, 4096) != message.encode():
                pass

    def close(self) -> None:
        """Hear no more."""
        self._line.close()


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path)
    yield made
    made.close()


async def test_server_tells_its_supervisor_that_it_serves_lives_and_stops(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    site_file = tmp_path / "site.yaml"
    site_file.write_text(
        f"state_dir: {tmp_path / 'state'}\nlisten: {{host: 127.0.0.1, port: 0}}\ndevices: {{run: none}}\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        str(site_file),
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "NOTIFY_SOCKET": str(supervisor.path),
            "WATCHDOG_USEC": str(int(WATCHDOG_S * 1_000_000)),
        },
    )
    try:
        await supervisor.heard("READY=1")
        for _ in range(3):
            await supervisor.heard("WATCHDOG=1")
        process.send_signal(signal.SIGTERM)
        await supervisor.heard("STOPPING=1")
        async with asyncio.timeout(60):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
