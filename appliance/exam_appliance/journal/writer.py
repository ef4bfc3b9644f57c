"""The single writer: what has queued goes to disk in one transaction, then all who wait are answered."""

from __future__ import annotations

import asyncio
import base64
import logging
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exam_appliance.journal.batches import Rows, gathered
from exam_appliance.journal.writing import frame

log = logging.getLogger(__name__)

BATCH_LIMIT = 2000
"""Entries in one transaction at most: bounds the wait of the first."""
PROGRAM = "exam_appliance.journal.writing"


@dataclass(slots=True)
class Pending:
    """Entries that wait for the disk, as (seq, kind, subject, line), and the chain's head after them."""

    entries: list[tuple[int, str, str, str]]
    rows: Rows | None
    head: int
    head_hash: str
    token: object
    """What the journal answers with: handed back untouched."""


@dataclass(slots=True)
class Committed:
    """A batch that is on disk, with the head and its signature."""

    batch: list[Pending]
    head: int
    head_hash: str
    sig: str


@dataclass(slots=True)
class Failed:
    """All that was queued when something did not reach the disk: entries are chained, so none may follow."""

    batch: list[Pending]


class Writer:
    """Keeps the process that writes, and hands it one batch at a time.

    A process rather than a thread: a thread would ask for the interpreter lock several times in each
    commit and get it late, while all who save wait for it. All methods belong to the event loop's
    thread; `on_done` is called there.
    """

    def __init__(
        self,
        path: Path,
        lock: IO[bytes],
        appliance: str,
        key: Ed25519PrivateKey,
        on_done: Callable[[Committed | Failed], None],
    ) -> None:
        """`lock` is the file whose lock keeps others from the journal: the process holds it too, so a
        server that is started after this one was killed waits until the last batch is done with."""
        self._path = path
        self._lock = lock
        self._hello = {"appliance": appliance, "key": base64.b64encode(key.private_bytes_raw()).decode()}
        self._on_done = on_done
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._outgoing = memoryview(b"")
        self._incoming = b""
        self._queued: deque[Pending] = deque()
        self._under_way: list[Pending] = []
        self._called = False

    def start(self) -> None:
        """Start the process; answers come on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._begin()

    @property
    def pid(self) -> int | None:
        """Id of the process, None while there is none."""
        return None if self._process is None else self._process.pid

    def put(self, pending: Pending) -> None:
        """Queue entries; they must follow those queued before."""
        self._queued.append(pending)
        # At the end of this turn of the loop: many save in the same one.
        if not self._under_way and not self._called and self._loop is not None:
            self._called = True
            self._loop.call_soon(self._hand_over)

    def stop(self) -> None:
        """Write what is queued and end the process; waits for the disk."""
        if self._line is not None:
            self._forget(self._line)
            self._line.setblocking(True)
            while self._queued or self._under_way:
                if not self._under_way:
                    self._hand_over()
                self._answered()
        self._end()
        self._loop = None

    def _begin(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        # It ends when its line does; a signal for the whole service must not end it before the server
        # has handed over the rest.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", PROGRAM, str(self._path)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                pass_fds=(self._lock.fileno(),),
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
        ours.setblocking(False)
        self._line = ours
        self._incoming = b""
        self._outgoing = memoryview(frame(self._hello))
        if self._loop is not None:
            self._loop.add_reader(ours, self._answered)
        return ours

    def _end(self) -> None:
        if self._line is not None:
            self._forget(self._line)
            self._line.close()
            self._line = None
        if self._process is not None:
            self._process.wait()
            self._process = None

    def _forget(self, line: socket.socket) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(line)
            self._loop.remove_writer(line)

    def _hand_over(self) -> None:
        """Send what has queued as one batch."""
        self._called = False
        if self._under_way or not self._queued:
            return
        line = self._line or self._begin()
        batch, entries = self._under_way, 0
        while self._queued and entries < BATCH_LIMIT:
            part = self._queued.popleft()
            batch.append(part)
            entries += len(part.entries)
        tables = gathered(
            (entry for part in batch for entry in part.entries),
            (part.rows for part in batch if part.rows is not None),
        )
        last = batch[-1]
        data = frame({"head": last.head, "head_hash": last.head_hash, "tables": tables})
        self._outgoing = memoryview(bytes(self._outgoing) + data)
        self._send(line)

    def _send(self, line: socket.socket) -> None:
        loop = self._loop
        try:
            while self._outgoing:
                self._outgoing = self._outgoing[line.send(self._outgoing) :]
        except BlockingIOError:
            if loop is not None:
                loop.add_writer(line, self._send, line)
            return
        except OSError:
            # It is gone; `_answered` sees the end of the line.
            self._outgoing = memoryview(b"")
        if loop is not None and not loop.is_closed():
            loop.remove_writer(line)

    def _answered(self) -> None:
        """Take the answer for the batch under way, hand over the next, then tell who waits."""
        line = self._line
        if line is None:
            return
        try:
            data = line.recv(65536)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            self._end()
            self._fail("the process that writes ended")
            return
        self._incoming += data
        if not self._incoming.endswith(b"\n"):
            return
        answer, self._incoming = orjson.loads(self._incoming), b""
        if "error" in answer:
            self._fail(answer["error"])
            return
        batch, self._under_way = self._under_way, []
        if self._queued:
            self._hand_over()
        last = batch[-1]
        self._on_done(Committed(batch, last.head, last.head_hash, answer["sig"]))

    def _fail(self, why: str) -> None:
        log.error("journal: a batch did not reach the disk: %s", why)
        batch = [*self._under_way, *self._queued]
        self._under_way = []
        self._queued.clear()
        if batch:
            self._on_done(Failed(batch))
