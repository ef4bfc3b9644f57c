"""Device nodes of the testbed: what a program under test opens, reads, polls and maps.

umockdev makes a node either a plain file (always readable and writable to poll, refused by epoll) or a
pseudo-terminal. What a device needs decides which file stands here:

- `PtyNode`: serial lines. Unplugging hangs up: poll gives POLLHUP, read gives EIO or nothing.
- `QueueNode`: hidraw, evdev and USB files. A FIFO of one page, whose only meaning is to be readable or not
  (or writable or not); what is read comes from a queue here, so that each report stays one report, and
  after unplugging every call gives ENODEV, as the kernel does.
- `FileNode`: what is mapped into memory (V4L2 buffers). Always ready to poll: the simulator waits inside
  DQBUF instead, and asyncio's add_reader refuses it (EPERM), unlike a real camera's node.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import termios
import threading
import tty
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from pathlib import Path

from firmware_adapters.simulators.testbed_ioctl import Caller, IoctlArg, IoctlHandler


class Node(ABC):
    """A device node. `handler` answers its calls; None leaves all to the file itself."""

    handler: IoctlHandler | None = None

    @abstractmethod
    def make(self, path: Path) -> None:
        """Create the file that programs will open."""

    @abstractmethod
    def unplug(self) -> None:
        """The device is gone; the name below /dev has been removed already."""


def fail(number: int) -> OSError:
    """Return the error that becomes -1 and this errno in the caller."""
    return OSError(number, os.strerror(number))


TIOCEXCL, TIOCNXCL = 0x540C, 0x540D
MODEM_LINES = termios.TIOCM_CTS | termios.TIOCM_DSR | termios.TIOCM_CAR


class SerialLines(IoctlHandler):
    """Modem lines, which a pseudo-terminal lacks: the device is there and clear to send."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = termios.TIOCM_DTR | termios.TIOCM_RTS

    def handle(self, request: int, arg: IoctlArg) -> int | None:
        if request == termios.TIOCMGET:
            arg.write((self.lines | MODEM_LINES).to_bytes(4, "little"))
        elif request in (termios.TIOCMBIS, termios.TIOCMBIC, termios.TIOCMSET):
            bits = int.from_bytes(arg.read(4), "little")
            if request == termios.TIOCMSET:
                self.lines = bits
            elif request == termios.TIOCMBIS:
                self.lines |= bits
            else:
                self.lines &= ~bits
        elif request in (TIOCEXCL, TIOCNXCL):  # would outlive the caller: the other end stays open
            return 0
        else:
            return None
        return 0


class PtyNode(Node):
    """A serial line. `master` is the simulated device's end, not blocking; raw from the start."""

    def __init__(self) -> None:
        self.handler = SerialLines()
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.master, False)

    def make(self, path: Path) -> None:
        path.symlink_to(os.ttyname(self._slave))

    def settings(self) -> tuple[int, int]:
        """Return the speed (baud) and the character flags (c_cflag) that the program has set."""
        attributes = termios.tcgetattr(self._slave)
        speeds = {
            getattr(termios, name): int(name[1:])
            for name in dir(termios)
            if name[1:].isdigit() and name[0] == "B"
        }
        return speeds.get(attributes[5], 0), attributes[2]

    def unplug(self) -> None:
        if self.master >= 0:
            os.close(self.master)
            os.close(self._slave)
            self.master = -1


class QueueNode(Node, IoctlHandler):
    """Reports in a queue behind a FIFO. Set `answer` (or subclass and override `handle`) for its ioctls.

    `whole=True`: one report a read, cut to the caller's length (hidraw). `whole=False`: as many whole
    records as fit (evdev).
    """

    def __init__(self, *, whole: bool = True) -> None:
        IoctlHandler.__init__(self)
        self.handler = self
        self.answer: Callable[[int, IoctlArg], int | None] | None = None
        self.written: Callable[[bytes], int] | None = None
        """Takes what the program writes; its result is write(2)'s."""
        self.gone = False
        self.callers: set[Caller] = set()
        self._whole = whole
        self._reports: deque[bytes] = deque()
        self._flagged = False
        self._fifo = -1

    def make(self, path: Path) -> None:
        os.mkfifo(path, 0o666)
        self._fifo = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.fcntl(self._fifo, fcntl.F_SETPIPE_SZ, 4096)  # one slot: one byte makes it full

    def push(self, report: bytes) -> None:
        """Make a report readable; lost when nobody has the node open, as in the kernel."""
        with self.lock:
            if self.callers and not self.gone:
                self._reports.append(report)
                self.flag(True)

    def flag(self, on: bool) -> None:
        """Make the file readable and not writable to poll, or the other way round."""
        with self.lock:
            if self._fifo < 0 or on == self._flagged:
                return
            self._flagged = on
            with contextlib.suppress(BlockingIOError):
                if on:
                    os.write(self._fifo, b"\0")
                else:
                    os.read(self._fifo, 1)

    def opened(self, caller: Caller) -> None:
        with self.lock:
            if not self.callers:
                self._reports.clear()
                self.flag(self.gone)
            self.callers.add(caller)

    def closed(self, caller: Caller) -> None:
        with self.lock:
            self.callers.discard(caller)
            if self.gone and not self.callers:
                self._close_fifo()

    def handle(self, request: int, arg: IoctlArg) -> int | None:
        if self.gone:
            raise fail(errno.ENODEV)
        result = self.answer(request, arg) if self.answer else None
        if result is None:
            raise fail(errno.ENOTTY)
        return result

    def read(self, caller: Caller, address: int, length: int) -> int | None:
        with self.lock:
            data = self._take(length)
        if data is None:  # nothing there: wait (or fail with EAGAIN) in the FIFO itself
            result, number = caller.run_really()
            if result < 0:
                raise fail(number)
            with self.lock:
                self._flagged = False
                data = self._take(length)
            if data is None:
                raise fail(errno.EAGAIN)
        caller.write_memory(address, data)
        return len(data)

    def _take(self, length: int) -> bytes | None:
        if self.gone:
            self.flag(True)
            raise fail(errno.ENODEV)
        data = b""
        while self._reports and (not data or (not self._whole and len(data + self._reports[0]) <= length)):
            data += self._reports.popleft()
        self.flag(bool(self._reports))
        return data[:length] or None

    def write(self, caller: Caller, data: bytes) -> int | None:
        if self.gone:
            raise fail(errno.ENODEV)
        if self.written is None:
            raise fail(errno.EINVAL)
        return self.written(data)

    def unplug(self) -> None:
        with self.lock:
            self.gone = True
            self._reports.clear()
            self.flag(True)
            if not self.callers:
                self._close_fifo()

    def _close_fifo(self) -> None:
        if self._fifo >= 0:
            os.close(self._fifo)
            self._fifo = -1


class FileNode(Node):
    """A file of `size` bytes that can be mapped; `memory` writes into what callers have mapped."""

    def __init__(self, handler: IoctlHandler, size: int) -> None:
        self.handler = handler
        self.size = size
        self._lock = threading.Lock()
        self._file = -1

    def make(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        os.ftruncate(self._file, self.size)

    def fill(self, offset: int, data: bytes) -> None:
        """Write at an offset that was given to mmap; grows the file when needed."""
        with self._lock:
            if self._file >= 0:
                os.pwrite(self._file, data, offset)

    def unplug(self) -> None:
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1
