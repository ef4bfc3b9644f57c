"""Simulated ID-card readers on USB bulk endpoints: one pair, and the original four."""

from __future__ import annotations

from typing import ClassVar, Final

from firmware_adapters.id_card.usb_bulk import BODY_IN, BODY_OUT, HEADER_IN, HEADER_OUT
from firmware_adapters.simulators.id_card import SimulatedReader
from firmware_adapters.simulators.id_card_pump import Pump
from firmware_adapters.simulators.testbed import Device
from firmware_adapters.simulators.testbed_tree import UsbFacts
from firmware_adapters.simulators.testbed_usb import UsbNode, UsbSide, plug_usb_device
from firmware_adapters.simulators.testbed_usb_descriptors import UsbEndpoint, UsbInterface

PAIR_OUT: Final = 0x02
PAIR_IN: Final = 0x81
HEADER_BYTES: Final = 7
"""Preamble and length: what the original form keeps apart from the body."""


class _ReaderSide(UsbSide):
    """Hands what comes to the module's pump; while the module hangs, the endpoints answer NAK."""

    def __init__(self, reader: SimulatedUsbReader) -> None:
        self._reader = reader

    def received(self, endpoint: int, data: bytes) -> None:
        self._reader.received(data)


class SimulatedUsbReader(SimulatedReader):
    """A reader with one endpoint in each direction."""

    usual_facts = UsbFacts("0400", "c35a", maker="Kaodian", model="Simulated USB Reader", serial="")
    endpoints: ClassVar[tuple[UsbEndpoint, ...]] = (UsbEndpoint(PAIR_IN), UsbEndpoint(PAIR_OUT))

    def _plug(self) -> tuple[Device, Device]:
        self._pump = Pump(self.module, self._deliver)
        interface = UsbInterface("ff0000", self.endpoints)
        usb, self._node = plug_usb_device(self.testbed, self.facts, (interface,), _ReaderSide(self))
        return usb, usb

    def _unplug(self, usb: Device) -> None:
        self.testbed.unplug(usb)
        self._pump.close()

    def received(self, data: bytes) -> None:
        """Take what was sent to an OUT endpoint."""
        while not self.module.behaves.wait(0.02):
            if self._node.gone:
                return
        self._pump.take(data)

    def _deliver(self, data: bytes) -> None:
        self._send(self._node, data)

    def _send(self, node: UsbNode, data: bytes) -> None:
        node.send(PAIR_IN, data, zero_packet=True)


class SimulatedFourEndpointReader(SimulatedUsbReader):
    """A reader of the original form: header and body of a frame go through endpoints of their own."""

    usual_facts = UsbFacts("0316", "5020", maker="Kaodian", model="Simulated Four-Pipe Reader", serial="")
    endpoints = tuple(UsbEndpoint(address) for address in (HEADER_IN, BODY_IN, HEADER_OUT, BODY_OUT))

    def _send(self, node: UsbNode, data: bytes) -> None:
        node.send(HEADER_IN, data[:HEADER_BYTES], zero_packet=True)
        if data[HEADER_BYTES:]:
            node.send(BODY_IN, data[HEADER_BYTES:], zero_packet=True)
