"""A real pcscd for simulated readers: with a socket and a folder of its own, it disturbs no other.

pcscd takes a listening socket from systemd (sd_listen_fds) instead of making /run/pcscd/pcscd.comm; here
this process gives it one, so several may run side by side and clients find theirs by PCSCLITE_CSOCK_NAME.
Readers are of vsmartcard's driver (Debian: vsmartcard-vpcd), each of which listens on TCP for a card.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PCSCD = "/usr/sbin/pcscd"
DRIVER_FOLDER = Path("/usr/lib/pcsc/drivers/serial")
DRIVERS = ("libifdvpcd.so", "libifdvpcd.so.0.8")
START_S = 10.0
SLOTS = 2
"""Every reader of this driver has two slots, on consecutive ports."""

# PR_SET_PDEATHSIG: a pcscd whose simulator was killed must not stay.
_BOOT = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); fd = int(sys.argv[1]);"
    "os.dup2(fd, 3); os.set_inheritable(3, True);"
    "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()));"
    "os.execv(sys.argv[2], sys.argv[2:])"
)


def missing_parts() -> str:
    """Return why no pcscd can be started here, in English; empty when it can."""
    if not Path(PCSCD).exists():
        return "pcscd is not installed (Debian: apt install pcscd)"
    if _driver() is None:
        return "the driver of virtual readers is not installed (Debian: apt install vsmartcard-vpcd)"
    return ""


def _driver() -> Path | None:
    return next((path for name in DRIVERS if (path := DRIVER_FOLDER / name).exists()), None)


@dataclass(frozen=True, slots=True)
class PluggedReader:
    """A reader that stands in pcscd's configuration."""

    port: int
    """TCP port of slot 0; the next one is slot 1's."""
    driver: Path
    configuration: Path


class SimulatedPcscd:
    """Runs pcscd, ends it, kills it; knows the readers. Call from the event loop's thread."""

    def __init__(self) -> None:
        if reason := missing_parts():
            raise FileNotFoundError(reason)
        # Short, since a Unix socket's path ends at 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="kd-pcscd-", dir="/tmp"))
        self.socket = str(self.folder / "pcscd.comm")
        self._readers_folder = self.folder / "readers"
        self._readers_folder.mkdir()
        self._listener: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count()
        self.starts = 0

    @property
    def running(self) -> bool:
        """Whether pcscd runs."""
        return self._process is not None and self._process.poll() is None

    def environment(self) -> dict[str, str]:
        """Return the variables by which a program finds this pcscd."""
        return {"PCSCLITE_CSOCK_NAME": self.socket}

    async def start(self) -> None:
        """Start pcscd and wait until it is ready. Raises RuntimeError with what it said."""
        if self.running:
            return
        if self._listener is None:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(self.socket)
            self._listener.listen(16)
        log = self.folder / f"log{self.starts}"
        self.starts += 1
        descriptor = self._listener.fileno()
        pcscd = (PCSCD, "--foreground", "--info", "--config", str(self._readers_folder))
        with log.open("wb") as written:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - starts in a few milliseconds
                [sys.executable, "-S", "-E", "-c", _BOOT, str(descriptor), *pcscd],
                pass_fds=(descriptor,),
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
            )
        await self._until_ready(log)

    async def stop(self, *, refuse: bool = True) -> None:
        """End pcscd orderly. `refuse`: nobody listens any more; else who connects waits for a new start."""
        await self._end(signal.SIGTERM, refuse=refuse)

    async def kill(self, *, refuse: bool = True) -> None:
        """Kill pcscd in the middle of whatever it does."""
        await self._end(signal.SIGKILL, refuse=refuse)

    async def close(self) -> None:
        """End it and remove its folder."""
        await self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def add_reader(self, name: str) -> PluggedReader:
        """Plug a reader in and start pcscd, anew where it runs: it learns of these drivers in no other way.

        Clients see all readers go and come back, as when somebody restarts the service.
        """
        driver = _driver()
        if driver is None:
            raise FileNotFoundError(missing_parts())
        number = next(self._numbers)
        # Readers of one loaded driver would share their state: a copy of the file is another driver.
        reader = PluggedReader(
            _free_ports(), self.folder / f"driver{number}.so", self._readers_folder / f"reader{number}"
        )
        shutil.copyfile(driver.resolve(), reader.driver)
        reader.configuration.write_text(
            f'FRIENDLYNAME "{name}"\nDEVICENAME /dev/null:0x{reader.port:04X}\n'
            f"LIBPATH {reader.driver}\nCHANNELID 0x{reader.port:04X}\n"
        )
        await self.stop(refuse=False)
        await self.start()
        return reader

    async def remove_reader(self, reader: PluggedReader) -> None:
        """Take a reader away; see `add_reader`."""
        running = self.running
        await self.stop(refuse=not running)
        reader.configuration.unlink(missing_ok=True)
        reader.driver.unlink(missing_ok=True)
        if running:
            await self.start()

    async def _end(self, how: signal.Signals, *, refuse: bool) -> None:
        if refuse and self._listener is not None:
            self._listener.close()
            self._listener = None
            os.unlink(self.socket)  # noqa: PTH108 - a Path here counts as slow work on the loop
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(how)
            await asyncio.to_thread(_waited, process)

    async def _until_ready(self, log: Path) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                while self.running:
                    if "daemon ready" in _read(log):
                        return
                    await asyncio.sleep(0.005)
        said = _read(log)[-1000:]
        await self.kill()
        raise RuntimeError(f"pcscd did not start: {said}")


def _read(log: Path) -> str:
    return log.read_text(errors="replace")


def _waited(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_ports() -> int:
    """Return the first of two neighbouring ports on which nobody listens."""
    while True:
        port = 10_000 + int.from_bytes(os.urandom(2), "big") % 20_000
        with contextlib.ExitStack() as stack:
            try:
                for slot in range(SLOTS):
                    probe = stack.enter_context(socket.socket())
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("0.0.0.0", port + slot))  # noqa: S104 - as the driver does
            except OSError:
                continue
        return port
