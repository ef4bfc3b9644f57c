"""A scanner on a serial line, of a UART or of CDC-ACM: the port is held exclusively."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final, Literal, cast

import serialx

from firmware_adapters.adapter import DeviceFault, DeviceGone, Identity, Options, SelfTestStep
from firmware_adapters.scanner import reasons
from firmware_adapters.scanner.adapter import CodeScanner
from firmware_adapters.scanner.line_splitter import LineSplitter
from firmware_adapters.scanner.opening import opening_fault, reading_fault
from firmware_adapters.scanner.options import SerialOptions
from firmware_adapters.sighting import Sighting

_PARITIES: Final[dict[Literal["none", "odd", "even"], serialx.Parity]] = {
    "none": serialx.Parity.NONE,
    "odd": serialx.Parity.ODD,
    "even": serialx.Parity.EVEN,
}


class _Line(asyncio.Protocol):
    def __init__(self, scanner: SerialScanner) -> None:
        self._scanner = scanner

    def data_received(self, data: bytes) -> None:
        self._scanner.receive(data)

    def connection_lost(self, trouble: Exception | None) -> None:
        self._scanner.lose(trouble)


class SerialScanner(CodeScanner):
    """A scanner in serial mode (串口扫码器)."""

    options_model: ClassVar[type[Options]] = SerialOptions

    def __init__(self, sighting: Sighting, options: Options, quirks: frozenset[str] = frozenset()) -> None:
        super().__init__(sighting, options, quirks)
        self._options = cast("SerialOptions", options)
        self._splitter = LineSplitter(self._options.rules())
        self._port: serialx.BaseSerialTransport | None = None
        self._closing = False

    async def probe(self) -> Identity:
        """Open the port. A scanner on a line cannot be asked who it is: the bus tells."""
        await self._open_port()
        sighting = self.sighting
        return Identity(
            maker=sighting.maker,
            model=sighting.model,
            serial=sighting.serial,
            firmware=sighting.properties.get("ID_REVISION", ""),
            facts={"transport": "serial", "port_settings": self._settings()},
        )

    async def open(self) -> None:
        """See Adapter."""
        await self._open_port()

    async def close(self) -> None:
        """See Adapter."""
        self.forget_silence()
        self._closing = True
        port, self._port = self._port, None
        if port is not None:
            port.abort()
            await port.wait_closed()

    def tested(self) -> list[SelfTestStep]:
        """See CodeScanner."""
        is_open = self._port is not None and not self._port.is_closing()
        return [SelfTestStep("open", "串口已打开", "The port is open", is_open, self._settings())]

    def receive(self, data: bytes) -> None:
        """Take what came over the line."""
        for raw in self._splitter.feed(data):
            self.take(raw)
        self.listen_for_silence(
            pending=self._splitter.pending, after_s=self._options.idle_s, then=self._fell_silent
        )

    def lose(self, trouble: Exception | None) -> None:
        """The line has ended."""
        if self._closing:
            return
        self.forget_silence()
        if isinstance(trouble, OSError):
            self.ended(reading_fault(trouble))
        else:
            self.ended(DeviceGone(str(trouble or "the line was hung up")))

    async def _open_port(self) -> None:
        if self._port is not None:
            return
        options = self._options
        try:
            self._port, _ = await serialx.create_serial_connection(
                asyncio.get_running_loop(),
                lambda: _Line(self),
                self.sighting.node,
                baudrate=options.baud,
                parity=_PARITIES[options.parity],
                stopbits=serialx.StopBits(options.stop_bits),
                byte_size=options.data_bits,
                exclusive=True,
            )
        except OSError as trouble:
            raise opening_fault(trouble) from trouble
        except serialx.UnsupportedSetting as trouble:
            raise DeviceFault(reasons.LINE_SETTINGS, str(trouble)) from trouble
        except serialx.SerialException as trouble:
            raise DeviceFault(reasons.CANNOT_OPEN, str(trouble)) from trouble

    def _settings(self) -> str:
        """Return `9600 8N1`."""
        options = self._options
        return f"{options.baud} {options.data_bits}{options.parity[0].upper()}{options.stop_bits}"

    def _fell_silent(self) -> None:
        self.take(self._splitter.idle())
