"""A server as a process of its own that prints its address once it listens."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PASSWORD = "lanse-de-shan-2026"
TECHNICIAN = "zhou"


@dataclass(frozen=True)
class Served:
    """A running server."""

    url: str
    pid: int
    """Process id."""

    def peak_memory_mb(self) -> int:
        """Return the most memory that it ever had resident, MiB."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
        raise ValueError("the kernel tells no peak memory")


@asynccontextmanager
async def serving(*arguments: str | Path) -> AsyncIterator[Served]:
    """Run a Python program that serves; its first line ends with its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            line = (await process.stdout.readline()).decode()
        if not line:
            raise RuntimeError("the server ended before it listened")
        yield Served(line.split()[-1], process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def site_server(folder: Path) -> AsyncIterator[Served]:
    """Run `exam-appliance serve` over a fresh folder with one technician, as a site would."""
    file = folder / "site.yaml"
    body = {"state_dir": str(folder / "state"), "listen": {"host": "127.0.0.1", "port": 0}}
    file.write_text(yaml.safe_dump(body))
    making = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "exam_appliance.cli", "accounts", "create", TECHNICIAN, "--name", "周技术"),
        *("--role", "technician", "--keep-password", "--password-stdin", "--config", str(file)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    await making.communicate(f"{PASSWORD}\n".encode())
    if making.returncode != 0:
        raise RuntimeError("the technician's account could not be made")
    async with serving("-m", "exam_appliance.cli", "serve", "--config", file) as served:
        yield served
