"""Hot-plug events of the testbed: udev's messages, sent to every monitor that programs under test opened.

Under libumockdev-preload a netlink socket for uevents is a Unix datagram socket bound to
`ROOT/event<number of its descriptor>`. Two programs may use the same number, and the second bind would
unlink the first one's name and make it deaf; so every name is moved aside the moment it appears. A real
netlink socket holds thousands of events, a Unix one ten (net.unix.max_dgram_qlen): what does not fit waits
here.
"""

from __future__ import annotations

import ctypes
import errno
import itertools
import os
import select
import socket
import struct
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path

HEADER = struct.Struct("=8s8I")
"""libudev's netlink header: prefix, magic, its own size, offset and length of the properties, hashes."""
MAGIC = 0xFEEDCAFE
PENDING_LIMIT = 10_000
"""Events that wait for one reader before the oldest are lost, as in the kernel."""
IN_CREATE = 0x100


def murmur_hash(text: str) -> int:
    """Return MurmurHash2 with seed 0, by which libudev's socket filters know subsystem and device type."""
    data = text.encode()
    multiplier, mask = 0x5BD1E995, 0xFFFFFFFF
    value = len(data)
    whole = len(data) // 4 * 4
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        mixed = word * multiplier & mask
        mixed = (mixed ^ mixed >> 24) * multiplier & mask
        value = (value * multiplier & mask) ^ mixed
    if tail := data[whole:]:
        value = (value ^ int.from_bytes(tail, "little")) * multiplier & mask
    value = (value ^ value >> 13) * multiplier & mask
    return value ^ value >> 15


def udev_message(properties: Mapping[str, str]) -> bytes:
    """Return one event as udevd sends it to monitors; `properties` has ACTION, DEVPATH and SUBSYSTEM."""
    body = b"".join(f"{name}={value}".encode() + b"\0" for name, value in properties.items())
    devtype = properties.get("DEVTYPE")
    hashes = [murmur_hash(properties["SUBSYSTEM"]), murmur_hash(devtype) if devtype else 0]
    swapped = [int.from_bytes(value.to_bytes(4, "big"), "little") for value in (MAGIC, *hashes)]
    header = HEADER.pack(b"libudev\0", swapped[0], HEADER.size, HEADER.size, len(body), *swapped[1:], 0, 0)
    return header + body


class UeventBroadcast:
    """Sends to all monitors below one root. One thread of its own; `close` ends it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names = itertools.count()
        self._pending: dict[Path, deque[bytes]] = {}
        self._lock = threading.Lock()
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sender.setblocking(False)
        libc = ctypes.CDLL(None, use_errno=True)
        self._watch = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self._watch < 0 or libc.inotify_add_watch(self._watch, os.fsencode(root), IN_CREATE) < 0:
            number = ctypes.get_errno()
            raise OSError(number, f"cannot watch the testbed's folder: {os.strerror(number)}", str(root))
        self._wake, self._waker = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="testbed uevents", daemon=True)
        self._thread.start()

    def send(self, properties: Mapping[str, str]) -> None:
        """Send one event to every monitor that is open."""
        message = udev_message(properties)
        with self._lock:
            self._move_aside()
            for queue in self._pending.values():
                queue.append(message)
            self._deliver()
        os.write(self._waker, b"\0")

    def close(self) -> None:
        """End the thread and give back the descriptors."""
        if self._ended:
            return
        self._ended = True
        os.write(self._waker, b"\0")
        self._thread.join()
        self._sender.close()
        for descriptor in (self._watch, self._wake, self._waker):
            os.close(descriptor)

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._watch, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while not self._ended:
            waiting = any(self._pending.values())
            for descriptor, _ in poll.poll(2 if waiting else None):
                os.read(descriptor, 65536)
            with self._lock:
                self._move_aside()
                self._deliver()

    def _move_aside(self) -> None:
        for entry in list(os.scandir(self._root)):
            if entry.name.startswith("event") and entry.name[5:].isdigit():
                monitor = self._root / "monitors" / str(next(self._names))
                try:
                    Path(entry.path).rename(monitor)
                except FileNotFoundError:
                    continue
                self._pending[monitor] = deque(maxlen=PENDING_LIMIT)

    def _deliver(self) -> None:
        for monitor, queue in list(self._pending.items()):
            while queue:
                try:
                    self._sender.sendto(queue[0], str(monitor))
                except BlockingIOError:
                    break
                except OSError as fault:
                    if fault.errno not in (errno.ECONNREFUSED, errno.ENOENT):
                        raise
                    monitor.unlink(missing_ok=True)  # its reader has closed it
                    del self._pending[monitor]
                    break
                queue.popleft()
