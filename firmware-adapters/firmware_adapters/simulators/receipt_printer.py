"""Simulated receipt printers by ESC/POS, at a TCP port of loopback and on USB."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from firmware_adapters.catalogue.matching import ENTRY_PROPERTY
from firmware_adapters.fixed_source import SUBSYSTEM
from firmware_adapters.sighting import Sighting
from firmware_adapters.simulators.base import Misbehaviour
from firmware_adapters.simulators.child_programs import free_port
from firmware_adapters.simulators.receipt_paper import PaperFeed, PrintedSlip
from firmware_adapters.simulators.testbed import Device, Testbed
from firmware_adapters.simulators.testbed_tree import UsbFacts
from firmware_adapters.simulators.testbed_usb import UsbNode, UsbSide, plug_usb_device
from firmware_adapters.simulators.testbed_usb_descriptors import UsbEndpoint, UsbInterface

SLOW_S: Final = 0.1
"""Each answer of a slow printer comes late by this."""
LINE_ENTRY: Final = "escpos-network"
OUT, IN = 0x02, 0x82


@dataclass(frozen=True)
class Trouble:
    """What is wrong with the printer."""

    cover_open: bool = False
    paper_out: bool = False
    paper_low: bool = False
    cutter: bool = False

    @property
    def stops(self) -> bool:
        """Whether it prints no more."""
        return self.cover_open or self.paper_out or self.cutter


class ReceiptMechanism:
    """The printer behind the wire: real-time questions are answered at once, all else in its turn.

    While it cannot print, what comes waits in its buffer and comes out afterwards, as in real ones.
    """

    def __init__(self, dots: int = 576) -> None:
        self.feed = PaperFeed(dots)
        self.trouble = Trouble()
        self.mode: Misbehaviour = "none"
        self.behaves = threading.Event()
        """Cleared while it hangs."""
        self.behaves.set()
        self.out_of_paper_after: int | None = None
        """Bytes of a slip after which the paper ends, once."""
        self._waiting = b""
        self._lock = threading.Lock()
        self._random = random.Random(9100)  # noqa: S311 - garbage, the same every time

    def take(self, data: bytes) -> bytes:
        """Take bytes and return what is answered."""
        with self._lock:
            answer = bytearray()
            rest = bytearray()
            place = 0
            while place < len(data):
                if data[place : place + 2] == b"\x10\x04" and place + 2 < len(data):
                    answer += self._real_time(data[place + 2])
                    place += 3
                    continue
                rest.append(data[place])
                place += 1
            self._waiting += bytes(rest)
            answer += self._go_on()
            return self._spoilt(bytes(answer))

    def change(self, trouble: Trouble) -> bytes:
        """Take a change at the printer; return what it answers when it goes on printing."""
        with self._lock:
            self.trouble = trouble
            return self._spoilt(self._go_on())

    def power_off(self) -> None:
        """Forget the buffer."""
        with self._lock:
            self._waiting = b""
            self.feed.drop()

    def _go_on(self) -> bytes:
        if self.trouble.stops or not self._waiting:
            return b""
        waiting, self._waiting = self._waiting, b""
        if self.out_of_paper_after is not None and len(waiting) > self.out_of_paper_after:
            at, self.out_of_paper_after = self.out_of_paper_after, None
            self.trouble = replace(self.trouble, paper_out=True)
            self._waiting = waiting[at:]
            waiting = waiting[:at]
        paper = 0x03 if self.trouble.paper_low else 0x00
        return bytes(paper for _ in self.feed.take(waiting))

    def _real_time(self, question: int) -> bytes:
        told = self.trouble
        bits = {
            1: 0x08 if told.stops else 0,
            2: (0x04 if told.cover_open else 0)
            | (0x20 if told.paper_out else 0)
            | (0x40 if told.cutter else 0),
            3: 0x08 if told.cutter else 0,
            4: (0x0C if told.paper_low or told.paper_out else 0) | (0x60 if told.paper_out else 0),
        }
        return bytes((0x12 | bits.get(question, 0),))

    def _spoilt(self, answer: bytes) -> bytes:
        if self.mode == "silent":
            return b""
        if self.mode == "garbage":
            return self._random.randbytes(len(answer))
        return answer


class SimulatedReceiptPrinter(ABC):
    """A receipt printer (小票打印机) that can be plugged in and made to fail."""

    def __init__(self, dots: int = 576) -> None:
        self.mechanism = ReceiptMechanism(dots)

    @property
    def slips(self) -> list[PrintedSlip]:
        """All slips that came out and were cut, in order."""
        return self.mechanism.feed.slips

    @property
    @abstractmethod
    def plugged(self) -> bool:
        """Whether it is plugged in."""

    @property
    @abstractmethod
    def sighting(self) -> Sighting:
        """How a source of devices shows it."""

    @abstractmethod
    async def plug(self) -> None:
        """Connect it and switch it on."""

    @abstractmethod
    async def unplug(self) -> None:
        """Pull it out, whatever it does."""

    @abstractmethod
    def _say(self, data: bytes) -> None:
        """Send to whoever is connected."""

    def open_cover(self) -> None:
        """Open its cover."""
        self._change(cover_open=True)

    def close_cover(self) -> None:
        """Close its cover."""
        self._change(cover_open=False)

    def empty_paper(self) -> None:
        """The roll is empty."""
        self._change(paper_out=True)

    def fill_paper(self) -> None:
        """A new roll."""
        self._change(paper_out=False, paper_low=False)

    def near_end(self) -> None:
        """The roll is nearly empty."""
        self._change(paper_low=True)

    def jam_cutter(self) -> None:
        """The cutter is stuck."""
        self._change(cutter=True)

    def free_cutter(self) -> None:
        """The cutter is free."""
        self._change(cutter=False)

    def run_out_after(self, size: int) -> None:
        """The paper ends in the middle of the next slip, after so many bytes of it."""
        self.mechanism.out_of_paper_after = size

    def misbehave(self, mode: Misbehaviour) -> None:
        """`silent`: it answers nothing; `garbage`: its answers are noise; `slow`: they come late;
        `hang`: it takes nothing any more; `none`: well again."""
        self.mechanism.mode = mode
        if mode == "hang":
            self.mechanism.behaves.clear()
        else:
            self.mechanism.behaves.set()

    def _change(self, **what: bool) -> None:
        answer = self.mechanism.change(replace(self.mechanism.trouble, **what))
        if answer:
            self._say(answer)


class SimulatedTcpReceiptPrinter(SimulatedReceiptPrinter):
    """At a port of loopback."""

    def __init__(self, name: str = "slips", dots: int = 576) -> None:
        super().__init__(dots)
        self.name = name
        self.port = free_port()
        self._server: asyncio.Server | None = None
        self._lines: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def node(self) -> str:
        """Its address as the site's configuration names it."""
        return f"127.0.0.1:{self.port}"

    @property
    def sighting(self) -> Sighting:
        """How the site's own list shows it, plugged in or not."""
        return Sighting(
            key=f"fixed:{self.node}",
            subsystem=SUBSYSTEM,
            node=self.node,
            port=self.node,
            properties={ENTRY_PROPERTY: LINE_ENTRY},
        )

    @property
    def plugged(self) -> bool:
        """See SimulatedReceiptPrinter."""
        return self._server is not None

    async def plug(self) -> None:
        """See SimulatedReceiptPrinter."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, reuse_address=True)

    async def unplug(self) -> None:
        """See SimulatedReceiptPrinter."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        lines, self._lines = self._lines, {}
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
        self.mechanism.power_off()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._lines[task] = writer
        try:
            with contextlib.suppress(OSError):
                while data := await reader.read(4096):
                    while not self.mechanism.behaves.is_set():  # noqa: ASYNC110 - set from other threads
                        await asyncio.sleep(0.02)
                    answer = self.mechanism.take(data)
                    if self.mechanism.mode == "slow":
                        await asyncio.sleep(SLOW_S)
                    writer.write(answer)
        except asyncio.CancelledError:
            pass
        finally:
            writer.transport.abort()
            self._lines.pop(task, None)

    def _say(self, data: bytes) -> None:
        for writer in self._lines.values():
            writer.write(data)


class SimulatedUsbReceiptPrinter(SimulatedReceiptPrinter, UsbSide):
    """On USB, with the printer class's pair of bulk endpoints."""

    usual_facts: ClassVar[UsbFacts] = UsbFacts(
        "04b8", "0e15", maker="Kaodian", model="Simulated Receipt Printer", serial="SIMSLIP1"
    )

    def __init__(self, testbed: Testbed, facts: UsbFacts | None = None, dots: int = 576) -> None:
        super().__init__(dots)
        self.testbed = testbed
        self.facts = facts or self.usual_facts
        self._usb: Device | None = None
        self._node: UsbNode | None = None

    @property
    def plugged(self) -> bool:
        """See SimulatedReceiptPrinter."""
        return self._usb is not None

    @property
    def sighting(self) -> Sighting:
        """How udev shows it. Raises RuntimeError while it is not plugged in."""
        if self._usb is None:
            raise RuntimeError("the printer is not plugged in")
        return Sighting(
            key=self._usb.syspath,
            subsystem="usb",
            node=self._usb.node,
            vendor_id=self.facts.vendor_id,
            product_id=self.facts.product_id,
            interfaces=("070102",),
            serial=self.facts.serial,
            maker=self.facts.maker,
            model=self.facts.model,
            port=self._usb.name,
        )

    async def plug(self) -> None:
        """See SimulatedReceiptPrinter."""
        if self._usb is None:
            interface = UsbInterface("070102", (UsbEndpoint(OUT), UsbEndpoint(IN)))
            self._usb, self._node = await asyncio.to_thread(
                plug_usb_device, self.testbed, self.facts, (interface,), self
            )

    async def unplug(self) -> None:
        """See SimulatedReceiptPrinter."""
        usb, self._usb, self._node = self._usb, None, None
        if usb is not None:
            await asyncio.to_thread(self.testbed.unplug, usb)
            self.mechanism.power_off()

    def received(self, endpoint: int, data: bytes) -> None:
        """See UsbSide."""
        node = self._node
        while not self.mechanism.behaves.wait(0.02):
            if node is None or node.gone:
                return
        answer = self.mechanism.take(data)
        if self.mechanism.mode == "slow":
            time.sleep(SLOW_S)
        if answer:
            self._say(answer)

    def _say(self, data: bytes) -> None:
        if self._node is not None:
            self._node.send(IN, data)
