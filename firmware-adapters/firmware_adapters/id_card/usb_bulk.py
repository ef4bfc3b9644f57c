"""A reader on USB bulk endpoints: one pair, or the original four with header and body apart."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal, TypeVar

import usb.core
import usb.util

from firmware_adapters.adapter import DeviceFault, DeviceGone
from firmware_adapters.id_card import reasons
from firmware_adapters.id_card.frames import PREAMBLE, SYNC
from firmware_adapters.id_card.transport import Transport, fault_of

Layout = Literal["auto", "pair", "four"]

HEADER_OUT, BODY_OUT, HEADER_IN, BODY_IN = 0x02, 0x06, 0x81, 0x85
"""The original form: its manual calls them pipes 2, 6, 81 and 85."""
_HEADER_BYTES = len(PREAMBLE) + 2
_READ_BYTES = 4096
_SLICE_S = 0.25
"""Longest single wait in a thread, so that closing never waits longer."""
_LEFTOVER_MS = 20
_MOST_LEFTOVERS = 16
"""A device that never stops sending is found out by the session."""
_SEND_MS = 1000

_NODE = re.compile(r"/dev/bus/usb/(\d+)/(\d+)")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Addresses of the endpoints in use, and the interface they are on."""

    interface: int
    out_header: int
    out_body: int
    in_header: int
    in_body: int

    @property
    def is_pair(self) -> bool:
        """True when header and body share an endpoint."""
        return self.in_header == self.in_body


class UsbBulk(Transport):
    """Talks through libusb in one thread of its own, since pyusb waits in each transfer."""

    name: ClassVar[str] = "usb"

    def __init__(self, node: str, layout: Layout = "auto") -> None:
        self.node = node
        self.layout: Layout = layout
        self._device: Any = None
        self._endpoints: Endpoints | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._body_left = 0

    @property
    def endpoints(self) -> Endpoints:
        """The endpoints in use. Raises DeviceGone when it is not open."""
        if self._endpoints is None:
            raise DeviceGone("the device is closed")
        return self._endpoints

    async def open(self) -> None:
        """See Transport."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="usb")
        try:
            self._endpoints = await self._run(self._take_hold)
        except BaseException:
            await self.close()
            raise

    async def send(self, frame: bytes) -> None:
        """See Transport."""
        to = self.endpoints
        self._body_left = 0
        if to.is_pair:
            await self._run(partial(self._write, to.out_header, frame))
        else:
            await self._run(partial(self._write, to.out_header, frame[:_HEADER_BYTES]))
            await self._run(partial(self._write, to.out_body, frame[_HEADER_BYTES:]))

    async def receive(self, within_s: float) -> bytes:
        """See Transport."""
        end = asyncio.get_running_loop().time() + within_s
        source = self.endpoints.in_body if self._body_left else self.endpoints.in_header
        while (left := end - asyncio.get_running_loop().time()) > 0:
            wait_ms = max(1, round(min(left, _SLICE_S) * 1000))
            portion = await self._run(partial(self._read, source, wait_ms))
            if portion:
                self._note(portion)
                return portion
        return b""

    def _note(self, portion: bytes) -> None:
        if self.endpoints.is_pair:
            return
        if self._body_left:
            self._body_left = max(0, self._body_left - len(portion))
            return
        start = portion.find(SYNC)
        length = portion[start + 4 : start + 6] if start >= 0 else b""
        if len(length) == 2:
            there = len(portion) - start - 6
            self._body_left = max(0, int.from_bytes(length, "big") - there)

    async def discard(self, *, thorough: bool) -> None:
        """See Transport."""
        self._body_left = 0
        if thorough:
            for source in {self.endpoints.in_header, self.endpoints.in_body}:
                for _ in range(_MOST_LEFTOVERS):
                    if not await self._run(partial(self._read, source, _LEFTOVER_MS)):
                        break

    async def close(self) -> None:
        """See Transport."""
        if self._thread is not None:
            thread, self._thread = self._thread, None
            with contextlib.suppress(OSError):
                await asyncio.get_running_loop().run_in_executor(thread, self._give_back)
            thread.shutdown(wait=False)

    async def _run(self, call: Callable[[], _T]) -> _T:
        if self._thread is None:
            raise DeviceGone("the device is closed")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, call)
        except TimeoutError:
            raise
        except usb.core.NoBackendError as missing:
            raise DeviceFault(reasons.USB_LIBRARY_MISSING, str(missing)) from missing
        except OSError as trouble:  # usb.core.USBError is one
            raise fault_of(trouble) from trouble

    def _take_hold(self) -> Endpoints:
        place = _NODE.fullmatch(self.node)
        if place is None:
            raise DeviceFault(reasons.NO_ENDPOINTS, f"no USB device: {self.node}")
        self._device = usb.core.find(bus=int(place[1]), address=int(place[2]))
        if self._device is None:
            raise DeviceGone(self.node)
        try:
            configuration = self._device.get_active_configuration()
        except usb.core.USBError as trouble:
            if trouble.errno != errno.ENOENT:
                raise
            self._device.set_configuration()
            configuration = self._device.get_active_configuration()
        endpoints = choose_endpoints(configuration, self.layout)
        with contextlib.suppress(NotImplementedError):
            if self._device.is_kernel_driver_active(endpoints.interface):
                self._device.detach_kernel_driver(endpoints.interface)
        usb.util.claim_interface(self._device, endpoints.interface)
        return endpoints

    def _give_back(self) -> None:
        if self._device is not None:
            device, self._device = self._device, None
            self._endpoints = None
            usb.util.dispose_resources(device)

    def _write(self, endpoint: int, data: bytes) -> None:
        try:
            self._device.write(endpoint, data, _SEND_MS)
        except usb.core.USBTimeoutError as full:
            raise TimeoutError("the device takes nothing") from full

    def _read(self, endpoint: int, wait_ms: int) -> bytes:
        try:
            return bytes(self._device.read(endpoint, _READ_BYTES, wait_ms))
        except usb.core.USBTimeoutError:
            return b""
        except usb.core.USBError as trouble:
            if trouble.errno != errno.EPIPE:
                raise
            # The endpoint is halted; freed, it may answer the next time.
            self._device.clear_halt(endpoint)
            return b""


def choose_endpoints(configuration: Any, layout: Layout) -> Endpoints:
    """Return the endpoints to use of a USB configuration (usb.core.Configuration or the like).

    A vendor's interface comes before others. Raises DeviceFault when there are none.
    """
    interfaces = sorted(configuration, key=lambda one: one.bInterfaceClass != 0xFF)
    for interface in interfaces:
        bulk = [
            endpoint.bEndpointAddress
            for endpoint in interface
            if usb.util.endpoint_type(endpoint.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK
        ]
        four = {HEADER_OUT, BODY_OUT, HEADER_IN, BODY_IN} <= set(bulk)
        if layout == "four" or (layout == "auto" and four):
            if four:
                return Endpoints(interface.bInterfaceNumber, HEADER_OUT, BODY_OUT, HEADER_IN, BODY_IN)
            continue
        ins = [address for address in bulk if address & 0x80]
        outs = [address for address in bulk if not address & 0x80]
        if ins and outs:
            return Endpoints(interface.bInterfaceNumber, outs[0], outs[0], ins[0], ins[0])
    raise DeviceFault(reasons.NO_ENDPOINTS, f"layout {layout}")
