"""The two wires of receipt printers: a TCP port, and the bulk endpoints of USB's printer class."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, TypeVar

import usb.core
import usb.util

from firmware_adapters.adapter import DeviceGone

_T = TypeVar("_T")
_NODE: Final = re.compile(r".*/bus/usb/([0-9]{3})/([0-9]{3})")
_SLICE_S: Final = 0.2
_SEND_MS: Final = 2000
_GONE: Final = frozenset((errno.ENODEV, errno.ENOENT, errno.EIO, errno.ESHUTDOWN, errno.ENXIO))
PRINTER_CLASS: Final = 7


class LineLost(Exception):
    """The line to the printer is cut, or was never there; it is worth trying again."""


class Wire(ABC):
    """Bytes there and back. Methods raise LineLost and DeviceGone."""

    @abstractmethod
    async def open(self, within_s: float) -> None:
        """Connect."""

    @abstractmethod
    async def send(self, data: bytes, within_s: float) -> None:
        """Send it all. Raises TimeoutError when the printer does not take it in time: its buffer is full."""

    @abstractmethod
    async def receive(self, within_s: float) -> bytes:
        """Return what comes first, empty when nothing does."""

    @abstractmethod
    async def close(self) -> None:
        """Hang up; may be called twice."""


class TcpWire(Wire):
    """Port 9100 (raw printing)."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self, within_s: float) -> None:
        """See Wire."""
        await self.close()
        try:
            async with asyncio.timeout(within_s):
                self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        except (OSError, TimeoutError) as trouble:
            raise LineLost(str(trouble) or "no connection in time") from trouble

    async def send(self, data: bytes, within_s: float) -> None:
        """See Wire."""
        if self._writer is None:
            raise LineLost("not connected")
        try:
            self._writer.write(data)
            async with asyncio.timeout(within_s):
                await self._writer.drain()
        except TimeoutError:
            raise
        except OSError as trouble:
            raise LineLost(str(trouble)) from trouble

    async def receive(self, within_s: float) -> bytes:
        """See Wire."""
        if self._reader is None:
            raise LineLost("not connected")
        try:
            async with asyncio.timeout(within_s):
                data = await self._reader.read(4096)
        except TimeoutError:
            return b""
        except OSError as trouble:
            raise LineLost(str(trouble)) from trouble
        if not data:
            raise LineLost("the printer hung up")
        return data

    async def close(self) -> None:
        """See Wire."""
        writer, self._writer, self._reader = self._writer, None, None
        if writer is not None:
            writer.transport.abort()


class UsbWire(Wire):
    """Bulk endpoints, through libusb in a thread of its own since it waits in each transfer."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._thread: ThreadPoolExecutor | None = None
        self._device: Any = None
        self._out = self._in = 0

    async def open(self, within_s: float) -> None:
        """See Wire."""
        await self.close()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="usb")
        await self._run(self._take_hold, within_s)

    async def send(self, data: bytes, within_s: float) -> None:
        """See Wire."""
        for start in range(0, len(data), 4096):
            await self._run(partial(self._write, data[start : start + 4096]), within_s)

    async def receive(self, within_s: float) -> bytes:
        """See Wire."""
        end = asyncio.get_running_loop().time() + within_s
        while (left := end - asyncio.get_running_loop().time()) > 0:
            wait_ms = max(1, round(min(left, _SLICE_S) * 1000))
            if portion := await self._run(partial(self._read, wait_ms), within_s + 5):
                return portion
        return b""

    async def close(self) -> None:
        """See Wire."""
        thread, self._thread = self._thread, None
        if thread is not None:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await asyncio.get_running_loop().run_in_executor(thread, self._give_back)
            thread.shutdown(wait=False)

    async def _run(self, call: Callable[[], _T], within_s: float) -> _T:
        if self._thread is None:
            raise LineLost("not open")
        try:
            async with asyncio.timeout(within_s):
                return await asyncio.get_running_loop().run_in_executor(self._thread, call)
        except TimeoutError:
            raise
        except usb.core.NoBackendError as missing:
            raise LineLost(f"libusb is missing: {missing}") from missing
        except OSError as trouble:  # usb.core.USBError is one
            if trouble.errno in _GONE:
                raise DeviceGone(str(trouble)) from trouble
            raise LineLost(str(trouble)) from trouble

    def _take_hold(self) -> None:
        place = _NODE.fullmatch(self._node)
        device = None if place is None else usb.core.find(bus=int(place[1]), address=int(place[2]))
        if device is None:
            raise DeviceGone(self._node)
        self._device = device
        for interface in sorted(
            device.get_active_configuration(), key=lambda one: one.bInterfaceClass != PRINTER_CLASS
        ):
            bulk = [
                endpoint.bEndpointAddress
                for endpoint in interface
                if usb.util.endpoint_type(endpoint.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK
            ]
            outs = [address for address in bulk if not address & 0x80]
            ins = [address for address in bulk if address & 0x80]
            if outs and ins:
                with contextlib.suppress(NotImplementedError):
                    if device.is_kernel_driver_active(interface.bInterfaceNumber):
                        device.detach_kernel_driver(interface.bInterfaceNumber)
                usb.util.claim_interface(device, interface.bInterfaceNumber)
                self._out, self._in = outs[0], ins[0]
                return
        raise OSError(errno.EINVAL, "no bulk endpoints in both directions")

    def _give_back(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            usb.util.dispose_resources(device)

    def _write(self, data: bytes) -> None:
        try:
            self._device.write(self._out, data, _SEND_MS)
        except usb.core.USBTimeoutError as full:
            raise TimeoutError("the printer takes nothing") from full

    def _read(self, wait_ms: int) -> bytes:
        try:
            return bytes(self._device.read(self._in, 64, wait_ms))
        except usb.core.USBTimeoutError:
            return b""
