"""What a session needs of a wire: frames out, bytes in, in any portions."""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod
from typing import ClassVar

from firmware_adapters.adapter import DeviceFault, DeviceGone
from firmware_adapters.id_card import reasons


class Transport(ABC):
    """A wire to a reader. All methods raise DeviceGone once it is unplugged."""

    name: ClassVar[str]
    """Shown on the console: `serial`, `usb_pair`."""

    @abstractmethod
    async def open(self) -> None:
        """Take hold of the device. Raises DeviceFault when it cannot be had."""

    @abstractmethod
    async def send(self, frame: bytes) -> None:
        """Send a whole frame. Raises TimeoutError when the device does not take it."""

    @abstractmethod
    async def receive(self, within_s: float) -> bytes:
        """Return what has come, or what comes first within the time; empty when nothing came."""

    @abstractmethod
    async def discard(self, *, thorough: bool) -> None:
        """Forget what has come so far: rests of an earlier reply.

        `thorough` says that there may be some, since the last command went wrong; looking may take a moment.
        """

    @abstractmethod
    async def close(self) -> None:
        """Give the device back. Never raises; may be called twice."""


_GONE = frozenset({errno.ENODEV, errno.ENOENT, errno.ENXIO, errno.EIO, errno.ESHUTDOWN, errno.EBADF})


def fault_of(trouble: OSError) -> DeviceFault | DeviceGone:
    """Return what an error of the operating system means for the device."""
    if trouble.errno in _GONE:
        return DeviceGone(str(trouble))
    if trouble.errno in (errno.EACCES, errno.EPERM):
        return DeviceFault(reasons.NO_PERMISSION, str(trouble))
    if trouble.errno in (errno.EBUSY, errno.EAGAIN):
        return DeviceFault(reasons.PORT_BUSY, str(trouble))
    return DeviceFault(reasons.NO_ANSWER, str(trouble))
