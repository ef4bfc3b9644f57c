"""The stands of receipt printers: on USB, and at addresses."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, ClassVar, Generic, TypeVar

from firmware_adapters.adapter import DeviceKind
from firmware_adapters.interface import Device, DeviceEvent
from firmware_adapters.simulators.receipt_printer import (
    SimulatedReceiptPrinter,
    SimulatedTcpReceiptPrinter,
    SimulatedUsbReceiptPrinter,
)
from tests.contract.stand import Act, Case, Stand

Printer = TypeVar("Printer", bound=SimulatedReceiptPrinter)


class _ReceiptStand(Stand[Printer], Generic[Printer]):
    kind = DeviceKind.RECEIPT_PRINTER
    event = "job.done"
    operation = ("print_test", {})
    entry: ClassVar[str]

    def options(self) -> Mapping[str, Mapping[str, Any]]:
        """See Stand."""
        return {self.entry: {"book_folder": str(self.folder / self.entry), "poll_s": 0.3}}

    async def provoke(self, simulator: Printer, number: int, act: Act) -> None:
        """Print a slip."""
        line = {"line": "text", "text": f"A{number:03}", "size": "huge", "centred": True}
        await act("print", {"key": f"contract-{number}", "title": "号条", "lines": [line]})

    def is_told(self, event: DeviceEvent, number: int) -> bool:
        """See Stand."""
        return bool(event.body["key"] == f"contract-{number}")


class UsbReceiptStand(_ReceiptStand[SimulatedUsbReceiptPrinter]):
    """Receipt printers on USB."""

    adapter = "receipt_printer.usb"
    entry = "escpos-usb"

    def device(self, place: int, serial: int = 1) -> SimulatedUsbReceiptPrinter:
        """See Stand."""
        usual = SimulatedUsbReceiptPrinter.usual_facts
        facts = replace(usual, port=f"1-{24 + place}", serial=f"CONTRACT{serial:03}")
        return SimulatedUsbReceiptPrinter(self.testbed, facts)

    def is_shown(self, simulator: SimulatedUsbReceiptPrinter, device: Device) -> bool:
        """See Stand."""
        return device.port == simulator.facts.port

    def is_itself(self, simulator: SimulatedUsbReceiptPrinter, device: Device) -> bool:
        """See Stand."""
        return device.serial == simulator.facts.serial


class TcpReceiptStand(_ReceiptStand[SimulatedTcpReceiptPrinter]):
    """Receipt printers at port 9100 of an address."""

    adapter = "receipt_printer.tcp"
    entry = "escpos-network"
    cannot: ClassVar[Mapping[Case, str]] = {
        "swap": "port 9100 tells no serial number; another printer at an address is the same to it",
    }

    async def start(self, stack: AsyncExitStack) -> None:
        """Choose the addresses, which the daemon must be told before it starts."""
        self._printers = [SimulatedTcpReceiptPrinter(f"CONTRACT{place:03}") for place in (1, 2)]
        for printer in self._printers:
            stack.push_async_callback(printer.unplug)

    def sources(self) -> Mapping[str, Mapping[str, Any]]:
        """See Stand."""
        told = [{"host": "127.0.0.1", "port": one.port, "serial": one.name} for one in self._printers]
        return {"receipts": {"printers": told, "poll_s": 0.2}}

    def device(self, place: int, serial: int = 1) -> SimulatedTcpReceiptPrinter:
        """See Stand."""
        return self._printers[place]

    def is_shown(self, simulator: SimulatedTcpReceiptPrinter, device: Device) -> bool:
        """See Stand."""
        return device.node == simulator.node

    def is_itself(self, simulator: SimulatedTcpReceiptPrinter, device: Device) -> bool:
        """See Stand."""
        return device.serial == simulator.name
