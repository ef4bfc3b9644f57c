"""A keyboard of the testbed: its node below /dev/input, which real python-evdev opens, grabs and reads."""

from __future__ import annotations

import errno
import struct
import time
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final

from firmware_adapters.simulators.testbed import Device, Testbed
from firmware_adapters.simulators.testbed_hidraw import hid_title, plug_hid, text_answer
from firmware_adapters.simulators.testbed_ioctl import Caller, IoctlArg
from firmware_adapters.simulators.testbed_nodes import QueueNode, fail
from firmware_adapters.simulators.testbed_tree import UsbFacts, inherited, plain

EVENT = struct.Struct("@llHHi")
SYN, KEY, MSC, LED, REPEAT = 0x00, 0x01, 0x04, 0x11, 0x14
SYN_REPORT, SYN_DROPPED, MSC_SCAN = 0, 3, 4
EVENTS_KEPT: Final = 64
"""What the kernel keeps for one reader of a keyboard; more than that is lost, and SYN_DROPPED says so."""
KEYS: Final = frozenset(range(1, 128)) | frozenset(range(183, 195))
"""A usual keyboard's keys, by the kernel's codes."""


class KeyboardNode(QueueNode):
    """An event node. Every reader has events of its own; while one has grabbed it, the others get none.

    Limit: poll(2) wakes all readers, and one that reads in vain gets EAGAIN even where it would block.
    """

    def __init__(self, facts: UsbFacts, port: str, keys: Iterable[int] = KEYS) -> None:
        super().__init__(whole=False)
        self.grabbed_by: Caller | None = None
        self.lamps = 0
        """Bits of the LEDs that are lit: 1 num lock, 2 caps lock, 4 scroll lock."""
        self._facts = facts
        self._port = port
        self._keys = frozenset(keys)
        self._down: set[int] = set()
        self._events: dict[Caller, deque[bytes]] = {}

    def strike(self, *changes: tuple[int, bool]) -> None:
        """Tell key changes, (code, down), as one report of the keyboard."""
        now = time.time()
        stamp = int(now), int(now % 1 * 1_000_000)
        with self.lock:
            parts = []
            for code, down in changes:
                if down == (code in self._down):
                    continue
                (self._down.add if down else self._down.discard)(code)
                parts.append(EVENT.pack(*stamp, MSC, MSC_SCAN, 0x70000 + code))
                parts.append(EVENT.pack(*stamp, KEY, code, int(down)))
            if not parts or self.gone:
                return
            parts.append(EVENT.pack(*stamp, SYN, SYN_REPORT, 0))
            for caller, queue in self._events.items():
                if self.grabbed_by in (None, caller):
                    queue.extend(parts)
                    if len(queue) > EVENTS_KEPT:
                        queue.clear()
                        queue.append(EVENT.pack(*stamp, SYN, SYN_DROPPED, 0))
            self._signal()

    def waiting(self) -> int:
        """Return how many events the slowest reader has still to read."""
        with self.lock:
            return max(map(len, self._events.values()), default=0)

    def opened(self, caller: Caller) -> None:
        """See IoctlHandler."""
        with self.lock:
            self.callers.add(caller)
            self._events[caller] = deque()
            self._signal()

    def closed(self, caller: Caller) -> None:
        """See IoctlHandler: the grab ends too."""
        with self.lock:
            self._events.pop(caller, None)
            if self.grabbed_by is caller:
                self.grabbed_by = None
            self._signal()
        super().closed(caller)

    def read(self, caller: Caller, address: int, length: int) -> int | None:
        """Give as many whole events as there is room for."""
        if length < EVENT.size:
            raise fail(errno.EINVAL)
        data = self._events_for(caller, length)
        if not data:
            with self.lock:
                others = any(self._events.values())
            if others:
                raise fail(errno.EAGAIN)
            result, number = caller.run_really()
            if result < 0:
                raise fail(number)
            with self.lock:
                self._flagged = False
            data = self._events_for(caller, length)
            if not data:
                raise fail(errno.EAGAIN)
        caller.write_memory(address, data)
        return len(data)

    def write(self, caller: Caller, data: bytes) -> int | None:
        """Take the lamps that a program lights."""
        if self.gone:
            raise fail(errno.ENODEV)
        for _, _, kind, code, value in EVENT.iter_unpack(data[: len(data) // EVENT.size * EVENT.size]):
            if kind == LED and code < 3:
                self.lamps = self.lamps | 1 << code if value else self.lamps & ~(1 << code)
        return len(data)

    def handle(self, request: int, arg: IoctlArg) -> int | None:
        """Answer a call of linux/input.h; what is not of its type goes to the file."""
        if request >> 8 & 0xFF != ord("E"):
            return None
        if self.gone:
            raise fail(errno.ENODEV)
        room, number = request >> 16 & 0x3FFF, request & 0xFF
        ids = int(self._facts.vendor_id, 16), int(self._facts.product_id, 16)
        match number:
            case 0x01:
                arg.write(struct.pack("@i", 0x010001))
            case 0x02:
                arg.write(struct.pack("@4H", 3, *ids, int(self._facts.release, 16)))
            case 0x03:
                arg.write(struct.pack("@II", 250, 33))
            case 0x84:
                arg.write(struct.pack("@i", 0))
            case 0x90:
                self._grab(arg.caller, on=bool(arg.value))
            case 0xA0:
                pass
            case 0x06:
                return text_answer(arg, hid_title(self._facts), room)
            case 0x07:
                return text_answer(arg, f"usb-0000:00:14.0-{self._port.partition('-')[2]}/input0", room)
            case 0x08:
                if not self._facts.serial:
                    raise fail(errno.ENOENT)
                return text_answer(arg, self._facts.serial, room)
            case _:
                return self._bits(number, arg, room)
        return 0

    def _bits(self, number: int, arg: IoctlArg, room: int) -> int:
        bits: Mapping[int, Iterable[int]] = {
            0x09: (),
            0x18: self._down,
            0x19: [lamp for lamp in range(3) if self.lamps >> lamp & 1],
            0x1A: (),
            0x1B: (),
            0x20 + SYN: (SYN, KEY, MSC, LED, REPEAT),
            0x20 + KEY: self._keys,
            0x20 + MSC: (MSC_SCAN,),
            0x20 + LED: range(3),
            0x20 + REPEAT: range(2),
        }
        if number not in bits:
            raise fail(errno.EINVAL)
        data = sum(1 << bit for bit in bits[number]).to_bytes(96, "little")[:room]
        arg.write(data)
        return len(data)

    def _grab(self, caller: Caller, *, on: bool) -> None:
        with self.lock:
            if on:
                if self.grabbed_by is not None:
                    raise fail(errno.EBUSY)
                self.grabbed_by = caller
            elif self.grabbed_by is not caller:
                raise fail(errno.EINVAL)
            else:
                self.grabbed_by = None

    def _events_for(self, caller: Caller, length: int) -> bytes:
        with self.lock:
            if self.gone:
                self.flag(True)
                raise fail(errno.ENODEV)
            queue = self._events[caller]
            data = b"".join(queue.popleft() for _ in range(min(len(queue), length // EVENT.size)))
            self._signal()
            return data

    def _signal(self) -> None:
        self.flag(self.gone or any(self._events.values()))


def plug_keyboard(testbed: Testbed, usb: Device, facts: UsbFacts, *, interface: int = 0) -> Device:
    """Plug in the keyboard of a USB device's interface: hid, input and event node. Its `file` is a
    KeyboardNode."""
    with testbed.one_at_a_time():
        hid = plug_hid(testbed, usb, facts, interface=interface)
        shown = {**inherited(usb), "ID_INPUT": "1", "ID_INPUT_KEY": "1", "ID_INPUT_KEYBOARD": "1"}
        title = hid_title(facts)
        ids = f"3/{int(facts.vendor_id, 16):x}/{int(facts.product_id, 16):x}/{int(facts.release, 16):x}"
        input_device = testbed.plug(
            "input",
            testbed.free_name("input"),
            parent=hid,
            below="input",
            attributes={
                "name": f"{title}\n",
                "uniq": f"{facts.serial}\n",
                "id/bustype": "0003\n",
                "id/vendor": f"{facts.vendor_id}\n",
                "id/product": f"{facts.product_id}\n",
                "id/version": f"{facts.release}\n",
            },
            properties={**shown, "NAME": f'"{title}"', "PRODUCT": ids},
        )
        name = testbed.free_name("event")
        number = int(name.removeprefix("event"))
        by_id = f"/dev/input/by-id/usb-{plain(usb.properties['ID_SERIAL'])}-event-kbd"
        taken = {link for device in testbed.devices for link in device.links}
        return testbed.plug(
            "input",
            name,
            parent=input_device,
            properties=shown,
            node=f"/dev/input/{name}",
            file=KeyboardNode(facts, usb.name),
            numbers=(13, 64 + number),
            links=() if by_id in taken else (by_id,),
        )
