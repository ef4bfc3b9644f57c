"""Simulated code scanners in the testbed: one that types, one behind a USB-serial bridge, one on CDC-ACM."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import random
import threading
import time
from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from firmware_adapters.sighting import Sighting
from firmware_adapters.simulators.scanner_typing import strokes
from firmware_adapters.simulators.testbed import Device, Testbed
from firmware_adapters.simulators.testbed_evdev import KEYS, KeyboardNode, plug_keyboard
from firmware_adapters.simulators.testbed_nodes import PtyNode
from firmware_adapters.simulators.testbed_tree import UsbFacts, inherited, plug_serial, plug_usb

Misbehaviour = Literal["none", "silent", "garbage", "slow", "hang"]
SLOW_S = 0.03
"""Between two keys or bytes of a slow scanner."""
ROOM = 32
"""Events that may wait for a reader before a scanner that is in no hurry waits too."""


class SimulatedScanner(ABC):
    """A scanner that can be plugged in, shown codes, and made to fail. Acts may come from any thread.

    `terminator` is what it sends after each code, `prefix` what before it.
    """

    usual_facts: ClassVar[UsbFacts]

    def __init__(
        self,
        testbed: Testbed,
        facts: UsbFacts | None = None,
        *,
        terminator: str = "\r",
        prefix: str = "",
    ) -> None:
        self.testbed = testbed
        self.facts = facts or self.usual_facts
        self.terminator = terminator
        self.prefix = prefix
        self._usb: Device | None = None
        self._shown: Device | None = None
        self._mode: Misbehaviour = "none"
        self._codes: queue.SimpleQueue[str | bytes | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._random = random.Random(20231)  # noqa: S311 - garbage, the same every time

    @property
    def plugged(self) -> bool:
        """Whether it is plugged in."""
        return self._usb is not None

    @property
    def sighting(self) -> Sighting:
        """How a source of devices shows it. Raises RuntimeError while it is not plugged in."""
        if self._usb is None or self._shown is None:
            raise RuntimeError("the scanner is not plugged in")
        return Sighting(
            key=self._shown.syspath.removeprefix("/sys"),
            subsystem=self._shown.subsystem,
            node=self._shown.node,
            vendor_id=self.facts.vendor_id,
            product_id=self.facts.product_id,
            interfaces=self.facts.interfaces,
            serial=self.facts.serial,
            maker=self.facts.maker,
            model=self.facts.model,
            port=self._usb.name,
            properties=inherited(self._usb) | self._shown.properties,
        )

    async def plug(self) -> None:
        """Plug it in; udev's events are sent."""
        if self._usb is None:
            self._ended.clear()
            self._codes = queue.SimpleQueue()
            self._usb, self._shown = await asyncio.to_thread(self._plug)
            self._thread = threading.Thread(target=self._run, name="simulated scanner", daemon=True)
            self._thread.start()

    async def unplug(self) -> None:
        """Pull it out, in the middle of a code too."""
        usb, self._usb, self._shown = self._usb, None, None
        if usb is not None:
            self._ended.set()
            self._codes.put(None)
            await asyncio.to_thread(self._unplug, usb)

    def scan(self, text: str) -> None:
        """Show it a code; it sends it as soon as it has sent those before."""
        self._codes.put(f"{self.prefix}{text}{self.terminator}")

    def send(self, raw: str | bytes) -> None:
        """Have it send just this, without prefix and terminator; bytes only on a line."""
        self._codes.put(raw)

    def misbehave(self, mode: Misbehaviour) -> None:
        """`silent`: its trigger does nothing; `garbage`: keys and bytes at random; `slow`: every character
        takes 0.03 s; `hang`: it stops in the middle of each code, for good; `none`: well again."""
        self._mode = mode

    def _run(self) -> None:
        while (code := self._codes.get()) is not None:
            mode = self._mode
            if mode == "silent":
                continue
            if mode == "garbage":
                self._send_garbage(self._random)
                continue
            if mode == "hang":
                code = code[: len(code) // 2]
            self._send(code, SLOW_S if mode == "slow" else 0.0)

    def pause(self, seconds: float) -> bool:
        """Wait; tell whether it is still plugged in."""
        return not (self._ended.wait(seconds) if seconds else self._ended.is_set())

    @abstractmethod
    def _send(self, code: str | bytes, gap_s: float) -> None:
        """Send a code, with a gap between its characters."""

    @abstractmethod
    def _send_garbage(self, rng: random.Random) -> None:
        """Send what is no code."""

    @abstractmethod
    def _plug(self) -> tuple[Device, Device]:
        """Make the devices; return the USB device and the one an adapter is given."""

    def _unplug(self, usb: Device) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.testbed.unplug(usb)


class SimulatedKeyboardScanner(SimulatedScanner):
    """A scanner in keyboard mode, at the pace of a full-speed HID device."""

    usual_facts = UsbFacts(
        "0c2e", "0b61", maker="Honeywell", model="Simulated Scanner", serial="KB0001", interfaces=("030101",)
    )
    REPORT_S = 0.001
    """Between two reports."""
    hurried = False
    """Type on although the reader does not keep up: the kernel keeps 64 events for it, some ten keys, and
    drops the rest. Otherwise the scanner waits, so that a busy machine loses no keys in a test."""

    @property
    def node(self) -> KeyboardNode:
        """Its event node: who has grabbed it, which lamps are lit."""
        node = self._shown.file if self._shown is not None else None
        if not isinstance(node, KeyboardNode):
            raise RuntimeError("the scanner is not plugged in")
        return node

    def _plug(self) -> tuple[Device, Device]:
        usb = plug_usb(self.testbed, self.facts)
        shown = plug_keyboard(self.testbed, usb, self.facts)
        if isinstance(shown.file, KeyboardNode):
            self._keyboard = shown.file
        return usb, shown

    def _send(self, code: str | bytes, gap_s: float) -> None:
        text = code if isinstance(code, str) else code.decode("latin-1")
        for stroke in strokes(text):
            if not self.pause(0.0 if self.hurried else gap_s or self.REPORT_S):
                return
            while not self.hurried and self._keyboard.waiting() > ROOM and self.pause(self.REPORT_S):
                pass
            self._keyboard.strike(*stroke)

    def _send_garbage(self, rng: random.Random) -> None:
        keys = sorted(KEYS)
        for _ in range(rng.randrange(1, 40)):
            if not self.pause(self.REPORT_S):
                return
            self._keyboard.strike((rng.choice(keys), True), (rng.choice(keys), False))
        for key in keys:
            self._keyboard.strike((key, False))


class SimulatedSerialScanner(SimulatedScanner):
    """A scanner behind a USB-serial bridge, at the pace of its line."""

    usual_facts = UsbFacts(
        "067b", "2303", maker="Prolific", model="USB-Serial Controller", serial="", interfaces=("ff0000",)
    )
    driver: ClassVar[str] = "ttyUSB"
    encoding = "utf-8"
    baud = 9600

    def _plug(self) -> tuple[Device, Device]:
        self._line = PtyNode()
        usb = plug_usb(self.testbed, self.facts)
        return usb, plug_serial(self.testbed, usb, self.driver, self._line)

    def line_settings(self) -> tuple[int, int]:
        """Return speed and character flags that the program has set."""
        return self._line.settings()

    def _send(self, code: str | bytes, gap_s: float) -> None:
        data = code if isinstance(code, bytes) else code.encode(self.encoding)
        rate = self.baud / 10
        portion = 1 if gap_s else max(1, int(rate * 0.01))
        due = time.monotonic()
        for start in range(0, len(data), portion):
            part = data[start : start + portion]
            due += gap_s or len(part) / rate
            if not self.pause(max(0.0, due - time.monotonic())):
                return
            # When nobody reads and the buffer is full, a real line loses the bytes too.
            with contextlib.suppress(BlockingIOError):
                os.write(self._line.master, part)

    def _send_garbage(self, rng: random.Random) -> None:
        self._send(rng.randbytes(rng.randrange(1, 200)), 0.0)


class SimulatedAcmScanner(SimulatedSerialScanner):
    """A scanner that is a CDC-ACM device: a line without a speed."""

    usual_facts = UsbFacts(
        "1eab",
        "1d06",
        maker="Newland",
        model="Simulated COM Scanner",
        serial="ACM0001",
        interfaces=("020201", "0a0000"),
    )
    driver: ClassVar[str] = "ttyACM"
    baud = 1_000_000
