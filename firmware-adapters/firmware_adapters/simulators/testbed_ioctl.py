"""Calls of a program under test on the testbed's device nodes: ioctl, read and write, answered in Python.

libumockdev-preload sends each call over a Unix stream socket `ROOT/ioctl//dev/NODE` as three unsigned longs
and serves requests to read and write the caller's memory until it is told the result (umockdev 0.16 and
later). The answers are given here rather than through UMockdevIoctlBase: that one needs GLib's main loop,
runs all devices in one thread, and works only in a process that itself lives in the testbed.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import selectors
import socket
import struct
import threading
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

WORDS = struct.Struct("=LLL") if struct.calcsize("P") == 4 else struct.Struct("=QQQ")
POINTER = struct.Struct("@P")
IOCTL, RESULT, READ, WRITE = 1, 2, 7, 8
DONE, RUN, READ_MEMORY, WRITE_MEMORY = 3, 4, 5, 6


class _CallerLeft(Exception):
    """The program closed the node or ended."""


class Caller:
    """The program under test while it waits in one call."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def read_memory(self, address: int, length: int) -> bytes:
        """Return `length` bytes of the caller's memory. A wrong address ends the caller."""
        if length == 0:
            return b""
        self._connection.sendall(WORDS.pack(READ_MEMORY, address, length))
        return self._receive(length)

    def write_memory(self, address: int, data: bytes) -> None:
        """Write into the caller's memory. A wrong address ends the caller."""
        if data:
            self._connection.sendall(WORDS.pack(WRITE_MEMORY, address, len(data)) + data)

    def run_really(self) -> tuple[int, int]:
        """Let the caller make the call on the node's file itself; return its result and errno."""
        self._connection.sendall(WORDS.pack(RUN, 0, 0))
        _, result, number = WORDS.unpack(self._receive(WORDS.size))
        return int.from_bytes(result.to_bytes(8, "little")[:4], "little", signed=True), number

    def _receive(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            try:
                part = self._connection.recv(length - len(data))
            except OSError as fault:
                raise _CallerLeft from fault
            if not part:
                raise _CallerLeft
            data += part
        return data

    def next_call(self) -> tuple[int, int, int]:
        command, first, second = WORDS.unpack(self._receive(WORDS.size))
        return command, first, second

    def finish(self, result: int, number: int) -> None:
        word = (1 << WORDS.size // 3 * 8) - 1
        self._connection.sendall(WORDS.pack(DONE, result & word, number))


@dataclass(frozen=True, slots=True)
class IoctlArg:
    """The third argument of an ioctl: a number, or an address in the caller's memory."""

    caller: Caller
    value: int

    def read(self, length: int, offset: int = 0) -> bytes:
        """Return what the argument points to."""
        return self.caller.read_memory(self.value + offset, length)

    def write(self, data: bytes, offset: int = 0) -> None:
        """Write what the argument points to."""
        self.caller.write_memory(self.value + offset, data)

    def pointer(self, offset: int) -> IoctlArg:
        """Return the pointer stored at `offset` of what the argument points to, to go on from there."""
        return IoctlArg(self.caller, POINTER.unpack(self.read(POINTER.size, offset))[0])


class IoctlHandler:
    """What a simulated device node does. Override what the device knows.

    Called in a thread of the caller's connection, one call at a time per open file; several files (and so
    several threads) may be open, and simulators act in other threads: take `lock` around shared state, and
    never while waiting for long. An OSError raised here becomes -1 and its errno in the caller.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()

    def opened(self, caller: Caller) -> None:
        """A program has opened the node; the same `caller` is in all its calls."""

    def closed(self, caller: Caller) -> None:
        """The program has closed it, or has ended."""

    def handle(self, request: int, arg: IoctlArg) -> int | None:
        """Answer an ioctl with its result; None lets it go to the real file behind the node."""
        return None

    def read(self, caller: Caller, address: int, length: int) -> int | None:
        """Answer read(2) into `address` with the number of bytes; None reads the real file."""
        return None

    def write(self, caller: Caller, data: bytes) -> int | None:
        """Take what was written and return its length; None writes to the real file."""
        return None


class IoctlServer:
    """Listens for the callers of all device nodes of a testbed: one thread, and one for each open file.

    A node's name lives on when its device goes (`answer` gives it to the next): umockdev ends a program
    that opens the node in the moment its listener disappears.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._handlers: dict[str, IoctlHandler] = {}
        self._listeners: dict[str, socket.socket] = {}
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._wake, self._waker = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._accept, name="testbed ioctls", daemon=True)
        self._thread.start()
        self.answer("_default", IoctlHandler())

    def answer(self, node: str, handler: IoctlHandler) -> None:
        """Let a handler answer the calls of those who open the node from now on."""
        with self._lock:
            self._handlers[node] = handler
            if node in self._listeners:
                return
            path = self._root / node.removeprefix("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            listener.bind(str(path))
            listener.listen(64)
            listener.setblocking(False)
            self._listeners[node] = listener
            self._selector.register(listener, selectors.EVENT_READ, node)
            os.write(self._waker, b"\0")

    def close(self) -> None:
        """End all calls. A program that still has a node open is aborted by umockdev: end it first."""
        with self._lock:
            os.write(self._waker, b"end")
        self._thread.join()
        for listener in self._listeners.values():
            listener.close()
        self._selector.close()
        os.close(self._wake)
        os.close(self._waker)
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj == self._wake:
                    if b"end" in os.read(self._wake, 4096):
                        return
                else:
                    self._take(key.data)

    def _take(self, node: str) -> None:
        with self._lock:
            listener, handler = self._listeners[node], self._handlers[node]
            try:
                connection, _ = listener.accept()
            except OSError:  # the caller has given up
                return
            connection.setblocking(True)
            self._connections.add(connection)
        # The handler of this moment serves the file to its end: a device that is plugged in later under
        # the same name is another one.
        threading.Thread(
            target=self._serve, args=(connection, handler), name=f"testbed {node}", daemon=True
        ).start()

    def _serve(self, connection: socket.socket, handler: IoctlHandler) -> None:
        caller = Caller(connection)
        with connection:
            handler.opened(caller)
            try:
                while True:
                    self._answer(caller, handler, *caller.next_call())
            except (_CallerLeft, BrokenPipeError, ConnectionResetError):
                pass
            finally:
                handler.closed(caller)
                with self._lock:
                    self._connections.discard(connection)

    def _answer(self, caller: Caller, handler: IoctlHandler, command: int, first: int, second: int) -> None:
        try:
            if command == IOCTL:
                result = handler.handle(first & 0xFFFFFFFF, IoctlArg(caller, second))
            elif command == READ:
                result = handler.read(caller, first, second)
            elif command == WRITE:
                result = handler.write(caller, caller.read_memory(first, second))
            else:
                raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
            if result is None:
                caller.finish(*caller.run_really())
            else:
                caller.finish(result, 0)
        except (_CallerLeft, BrokenPipeError, ConnectionResetError):
            raise
        except OSError as fault:
            caller.finish(-1, fault.errno or errno.EIO)
        except Exception:
            log.exception("a simulated device failed in a call")
            caller.finish(-1, errno.EIO)
