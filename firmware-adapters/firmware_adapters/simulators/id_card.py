"""Simulated ID-card readers on a serial line and on HID reports; id_card_usb.py has those on USB bulk."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import termios
import threading
from abc import ABC, abstractmethod
from typing import ClassVar

from firmware_adapters.sighting import Sighting
from firmware_adapters.simulators.id_card_cards import SimulatedCard
from firmware_adapters.simulators.id_card_module import BAUDS, Misbehaviour, SdtModule
from firmware_adapters.simulators.id_card_pump import Pump
from firmware_adapters.simulators.testbed import Device, Testbed
from firmware_adapters.simulators.testbed_hidraw import HidrawNode, plug_hid, plug_hidraw
from firmware_adapters.simulators.testbed_nodes import PtyNode, QueueNode
from firmware_adapters.simulators.testbed_tree import UsbFacts, plug_serial, plug_usb

REPORT_BYTES = 64


class SimulatedReader(ABC):
    """A reader that can be plugged in, given cards, and made to fail. Acts may come from any thread."""

    usual_facts: ClassVar[UsbFacts]

    def __init__(
        self, testbed: Testbed, facts: UsbFacts | None = None, module: SdtModule | None = None
    ) -> None:
        self.testbed = testbed
        self.facts = facts or self.usual_facts
        self.module = module or SdtModule()
        self._usb: Device | None = None
        self._shown: Device | None = None

    @property
    def plugged(self) -> bool:
        """Whether it is plugged in."""
        return self._usb is not None

    @property
    def sighting(self) -> Sighting:
        """How a source of devices shows it. Raises RuntimeError while it is not plugged in."""
        if self._usb is None or self._shown is None:
            raise RuntimeError("the reader is not plugged in")
        return Sighting(
            key=self._shown.syspath,
            subsystem=self._shown.subsystem,
            node=self._shown.node,
            vendor_id=self.facts.vendor_id,
            product_id=self.facts.product_id,
            interfaces=self.facts.interfaces,
            serial=self.facts.serial,
            maker=self.facts.maker,
            model=self.facts.model,
            port=self._usb.name,
        )

    async def plug(self) -> None:
        """Plug it in; udev's events are sent."""
        if self._usb is None:
            self.module.power_up()
            self._usb, self._shown = await asyncio.to_thread(self._plug)

    async def unplug(self) -> None:
        """Pull it out, whatever it does at the moment."""
        usb, self._usb, self._shown = self._usb, None, None
        if usb is not None:
            await asyncio.to_thread(self._unplug, usb)

    def lay_card(self, card: SimulatedCard) -> None:
        """Lay a card on it."""
        self.module.lay_card(card)

    def remove_card(self) -> None:
        """Take the card away."""
        self.module.remove_card()

    def misbehave(self, mode: Misbehaviour, times: int = -1) -> None:
        """See id_card_module.py; -1 for ever."""
        self.module.misbehave(mode, times)

    @abstractmethod
    def _plug(self) -> tuple[Device, Device]:
        """Make the devices; return the USB device and the one an adapter is given."""

    @abstractmethod
    def _unplug(self, usb: Device) -> None:
        """Remove them and end what serves them."""


class SimulatedSerialReader(SimulatedReader):
    """A reader behind a USB-serial bridge, at the pace of its line."""

    usual_facts = UsbFacts(
        "1a86", "7523", maker="QinHeng", model="USB Serial", serial="", interfaces=("ff0102",)
    )

    def _plug(self) -> tuple[Device, Device]:
        self._line = PtyNode()
        self._master = os.dup(self._line.master)
        self._pump = Pump(self.module, self._deliver, paced=True)
        self._wake, self._waker = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="simulated serial line", daemon=True)
        self._thread.start()
        usb = plug_usb(self.testbed, self.facts)
        return usb, plug_serial(self.testbed, usb, "ttyUSB", self._line)

    def _unplug(self, usb: Device) -> None:
        os.write(self._waker, b"\0")
        self._thread.join()
        self._pump.close()
        os.close(self._master)
        self.testbed.unplug(usb)
        for end in (self._wake, self._waker):
            os.close(end)

    def _serve(self) -> None:
        while True:
            ready, _, _ = select.select([self._master, self._wake], [], [])
            if self._wake in ready:
                return
            try:
                data = os.read(self._master, 4096)
            except OSError:
                # The testbed was taken away with the reader in it.
                return
            while not self.module.behaves.wait(0.02):
                if select.select([self._wake], [], [], 0)[0]:
                    return
            if self._speed() != self.module.baud:
                # At another speed, nothing of it can be made out on either side.
                data = os.urandom(len(data))
            self._pump.take(data)

    def _speed(self) -> int:
        set_speed = termios.tcgetattr(self._master)[5]
        return next((baud for baud in BAUDS if getattr(termios, f"B{baud}") == set_speed), 0)

    def _deliver(self, data: bytes) -> None:
        if self._speed() != self.module.baud:
            data = os.urandom(len(data))
        # When nobody reads and the buffer is full, a real line loses the bytes too.
        with contextlib.suppress(BlockingIOError):
            os.write(self._master, data)


class SimulatedHidReader(SimulatedReader):
    """A reader that speaks in HID reports of 64 bytes."""

    usual_facts = UsbFacts(
        "0483", "5652", maker="Kaodian", model="Simulated HID Reader", serial="", interfaces=("030000",)
    )

    def _plug(self) -> tuple[Device, Device]:
        node = HidrawNode(self.facts)
        pump = self._pump = Pump(self.module, lambda data: self._push(node, data))

        def written(report: bytes) -> int:
            while not self.module.behaves.wait(0.02):
                if node.gone:
                    raise OSError(19, "unplugged")
            # hidraw: the first byte is the report's number, zero where reports have none.
            pump.take(report[1:])
            return len(report)

        node.written = written
        usb = plug_usb(self.testbed, self.facts)
        shown = plug_hidraw(self.testbed, usb, plug_hid(self.testbed, usb, self.facts), node)
        return usb, shown

    @staticmethod
    def _push(node: QueueNode, data: bytes) -> None:
        for start in range(0, len(data), REPORT_BYTES):
            node.push(data[start : start + REPORT_BYTES].ljust(REPORT_BYTES, b"\0"))

    def _unplug(self, usb: Device) -> None:
        self.testbed.unplug(usb)
        self._pump.close()
