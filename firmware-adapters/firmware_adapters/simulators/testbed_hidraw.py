"""HID devices of the testbed: the hid device below a USB interface, and its hidraw node."""

from __future__ import annotations

import errno
import struct

from firmware_adapters.simulators.testbed import Device, Testbed
from firmware_adapters.simulators.testbed_ioctl import IoctlArg
from firmware_adapters.simulators.testbed_nodes import QueueNode, fail
from firmware_adapters.simulators.testbed_tree import UsbFacts, inherited

VENDOR_REPORTS = bytes.fromhex("0600ff0901a1010902150026ff00750895408102090395409102c0")
"""A report descriptor: 64 bytes in and 64 bytes out, no numbers, vendor's page."""
KEYBOARD_REPORTS = bytes.fromhex(
    "05010906a101050719e029e71500250175019508810295017508810395067508150025650507190029658100c0"
)
"""A report descriptor: a keyboard's eight bytes."""


class HidrawNode(QueueNode):
    """A hidraw node: `push` gives one report, `written` takes one with its number in front."""

    def __init__(self, facts: UsbFacts, reports: bytes = VENDOR_REPORTS) -> None:
        super().__init__()
        self._facts = facts
        self._reports_described = reports
        self.answer = self._answer

    def _answer(self, request: int, arg: IoctlArg) -> int | None:
        if request >> 8 & 0xFF != ord("H"):
            return None
        described = self._reports_described
        room = request >> 16 & 0x3FFF
        match request & 0xFF:
            case 1:
                arg.write(struct.pack("@I", len(described)))
            case 2:
                wanted = int.from_bytes(arg.read(4), "little")
                if wanted > 4096:
                    raise fail(errno.EINVAL)
                arg.write(described[:wanted], 4)
            case 3:
                arg.write(
                    struct.pack("@IHH", 3, int(self._facts.vendor_id, 16), int(self._facts.product_id, 16))
                )
            case 4:
                return text_answer(arg, hid_title(self._facts), room)
            case 5:
                return text_answer(arg, "usb-0000:00:14.0/input0", room)
            case 8:
                return text_answer(arg, self._facts.serial, room)
            case _:
                return None
        return 0


def text_answer(arg: IoctlArg, text: str, room: int) -> int:
    """Write a text with its end as the kernel does, cut to the caller's room; return its length."""
    data = (text.encode() + b"\0")[:room]
    arg.write(data)
    return len(data)


def hid_title(facts: UsbFacts) -> str:
    """Return the name that the kernel gives to a HID device."""
    return " ".join(filter(None, (facts.maker, facts.model))) or f"HID {facts.vendor_id}:{facts.product_id}"


def plug_hid(testbed: Testbed, usb: Device, facts: UsbFacts, *, interface: int = 0) -> Device:
    """Plug in the hid device of one interface."""
    with testbed.one_at_a_time():
        ids = f"0003:{facts.vendor_id.upper()}:{facts.product_id.upper()}"
        taken = {device.name.rpartition(".")[2] for device in testbed.devices if device.subsystem == "hid"}
        number = next(text for one in range(1, 0x10000) if (text := f"{one:04X}") not in taken)
        return testbed.plug(
            "hid",
            f"{ids}.{number}",
            parent=usb.children[interface],
            properties={
                "DRIVER": "hid-generic",
                "HID_ID": f"0003:0000{facts.vendor_id.upper()}:0000{facts.product_id.upper()}",
                "HID_NAME": hid_title(facts),
                "HID_UNIQ": facts.serial,
            },
        )


def plug_hidraw(testbed: Testbed, usb: Device, hid: Device, node: QueueNode) -> Device:
    """Plug in the hidraw node of a hid device."""
    with testbed.one_at_a_time():
        name = testbed.free_name("hidraw")
        return testbed.plug(
            "hidraw",
            name,
            parent=hid,
            below="hidraw",
            properties=inherited(usb),
            node=f"/dev/{name}",
            file=node,
            numbers=(244, int(name.removeprefix("hidraw"))),
        )
