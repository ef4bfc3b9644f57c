"""The process that all devices' processes are forked from: it has imported the adapters and only forks.

A fork of it runs an adapter within milliseconds, where a new interpreter would need a second. It has one
thread and no event loop, so that a fork of it is sound. It talks with the daemon over a SEQPACKET socket,
one JSON object a packet:

    daemon: {"preload": [module, ...]}               once, first
    daemon: {"start": token} with a socket           fork a device's process that has this socket
    server: {"started": token, "pid": pid}, or {"started": token, "pid": 0, "detail": text}
    daemon: {"kill": pid}                            SIGKILL, if it still runs
    server: {"exited": pid, "status": status}        as os.waitstatus_to_exitcode tells it

It ends when the daemon hangs up, and whoever it has forked ends with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import logging
import os
import selectors
import signal
import socket
import sys
from typing import Any

import orjson

from firmware_adapters.process.host import run_device

log = logging.getLogger(__name__)

PACKET_LIMIT = 64 * 1024
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15


def die_with_parent(parent: int) -> None:
    """Have this process killed when its parent ends; ends it at once when that is already so."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def name_process(name: str) -> None:
    """Give this process a name in `ps`, at most 15 bytes of it."""
    ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)


class ForkServer:
    """Forks, reaps and kills, as it is told."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._running: set[int] = set()
        self._wake_read, self._wake_write = os.pipe()
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)

    def run(self) -> None:
        """Serve until the daemon hangs up."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        first = self._receive()
        if first is None:
            return
        _preload(first[0]["preload"])
        # What is imported by now never changes: the collector of a forked process must not touch it.
        gc.collect()
        gc.freeze()
        with selectors.DefaultSelector() as selector:
            selector.register(self._line, selectors.EVENT_READ)
            selector.register(self._wake_read, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is not self._line:
                        self._reap()
                        continue
                    told = self._receive()
                    if told is None:
                        return
                    self._obey(*told)

    def _receive(self) -> tuple[dict[str, Any], list[int]] | None:
        try:
            packet, descriptors, _, _ = socket.recv_fds(self._line, PACKET_LIMIT, 1)
        except ConnectionError:
            return None
        return (orjson.loads(packet), descriptors) if packet else None

    def _obey(self, told: dict[str, Any], descriptors: list[int]) -> None:
        if "start" in told:
            self._fork(told["start"], descriptors[0])
        elif told.get("kill") in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(told["kill"], signal.SIGKILL)

    def _fork(self, token: int, descriptor: int) -> None:
        server = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            os.close(descriptor)
            self._tell({"started": token, "pid": 0, "detail": str(error)})
            return
        if pid == 0:
            self._become_device(server, descriptor)
        os.close(descriptor)
        self._running.add(pid)
        self._tell({"started": token, "pid": pid})

    def _become_device(self, server: int, descriptor: int) -> None:
        status = 70
        try:
            die_with_parent(server)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._line.close()
            os.close(self._wake_read)
            os.close(self._wake_write)
            run_device(socket.socket(fileno=descriptor))
            status = 0
        except BaseException:
            log.exception("a device's process ended")
        finally:
            # Threads that hang in a vendor's library must not keep the process.
            sys.stderr.flush()
            os._exit(status)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._running.discard(pid)
            self._tell({"exited": pid, "status": os.waitstatus_to_exitcode(status)})

    def _tell(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionError):
            self._line.send(orjson.dumps(message))


def _preload(modules: list[str]) -> None:
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception:
            # The adapter's device will say so when it is plugged in; the others go on.
            log.exception("%s cannot be imported", module)


def main() -> None:
    """Run the server; argv: the descriptor of the line, the daemon's process id."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    die_with_parent(int(sys.argv[2]))
    name_process("kaodian-fork")
    with socket.socket(fileno=int(sys.argv[1])) as line:
        ForkServer(line).run()
