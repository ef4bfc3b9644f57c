"""A reader on a serial port: 8 data bits, no parity, 1 stop bit."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import serialx

from firmware_adapters.adapter import DeviceGone
from firmware_adapters.id_card.arrivals import Arrivals
from firmware_adapters.id_card.transport import Transport, fault_of


class _Line(asyncio.Protocol):
    def __init__(self) -> None:
        self.arrivals = Arrivals()

    def data_received(self, data: bytes) -> None:
        self.arrivals.add(data)

    def connection_lost(self, trouble: Exception | None) -> None:
        self.arrivals.end(DeviceGone(str(trouble or "closed")))


class SerialLine(Transport):
    """Opens a port exclusively, so that no other program takes bytes of a reply."""

    name: ClassVar[str] = "serial"

    def __init__(self, node: str, baud: int) -> None:
        self.node = node
        self.baud = baud
        self._port: serialx.BaseSerialTransport | None = None
        self._line = _Line()

    async def open(self) -> None:
        """See Transport."""
        self._line = _Line()
        try:
            self._port, _ = await serialx.create_serial_connection(
                asyncio.get_running_loop(), lambda: self._line, self.node, baudrate=self.baud, exclusive=True
            )
        except OSError as trouble:
            raise fault_of(trouble) from trouble

    async def set_baud(self, baud: int) -> None:
        """Go on at another speed; says nothing to the module."""
        try:
            await self._open_port().reconfigure_port(baudrate=baud)
        except OSError as trouble:
            raise fault_of(trouble) from trouble
        self.baud = baud

    async def send(self, frame: bytes) -> None:
        """See Transport."""
        port = self._open_port()
        try:
            port.write(frame)
        except OSError as trouble:
            raise fault_of(trouble) from trouble

    async def receive(self, within_s: float) -> bytes:
        """See Transport."""
        return await self._line.arrivals.take(within_s)

    async def discard(self, *, thorough: bool) -> None:
        """See Transport."""
        await asyncio.sleep(0)  # what has come already reaches the loop first
        self._line.arrivals.take_now()

    async def close(self) -> None:
        """See Transport."""
        if self._port is not None:
            self._port.abort()
            await self._port.wait_closed()
            self._port = None

    def _open_port(self) -> serialx.BaseSerialTransport:
        if self._port is None:
            raise DeviceGone("the port is closed")
        return self._port
