"""A virtual machine with its serial console read as it is written: QEMU without hardware virtualisation."""

from __future__ import annotations

import re
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

LAST_LINES = 40


class NotSeen(AssertionError):
    """What was waited for did not come; the text holds the end of the console."""


def free_port() -> int:
    """Return a port of loopback that nobody listens on now."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


class VirtualMachine:
    """One machine; `with` starts it and takes its power away at the end."""

    def __init__(self, folder: Path, *, memory_mib: int, devices: Sequence[str]) -> None:
        self._folder = folder
        self._command = [
            "qemu-system-x86_64",
            "-nodefaults",
            "-accel",
            "tcg,thread=multi",
            "-cpu",
            "max",
            "-smp",
            "2",
            "-m",
            str(memory_mib),
            "-display",
            "none",
            "-no-reboot",
            "-serial",
            "stdio",
            *devices,
        ]
        self._said = ""
        self._changed = threading.Condition()
        self._process: subprocess.Popen[bytes] | None = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._ended = False
        self.started_at = 0.0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.started_at = time.monotonic()
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._reader.join(10)
        (self._folder / "console.log").write_text(self._said)

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while data := self._process.stdout.read1(65536):  # type: ignore[attr-defined]
            with self._changed:
                self._said += data.decode(errors="replace")
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def console(self) -> str:
        """Return all that the machine has said so far."""
        with self._changed:
            return self._said

    def wait_for(self, pattern: str, seconds: float) -> re.Match[str]:
        """Return the first match in what the console has said. Raises NotSeen after `seconds`."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                if found := re.search(pattern, self._said):
                    return found
                left = deadline - time.monotonic()
                if left <= 0 or self._ended:
                    last = "\n".join(self._said.splitlines()[-LAST_LINES:])
                    why = "the machine ended" if self._ended else f"not within {seconds:.0f} s"
                    raise NotSeen(f"{pattern}: {why}; the console's end:\n{last}")
                self._changed.wait(left)


def fresh_disk(image: Path, folder: Path) -> Path:
    """Return a disk that begins as the image and keeps what is written to itself."""
    disk = folder / "disk.qcow2"
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(image), str(disk)], check=True
    )
    return disk
