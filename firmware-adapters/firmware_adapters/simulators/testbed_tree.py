"""USB devices as they look in /sys, with udev's properties: the device, its interfaces, and their nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware_adapters.simulators.testbed import Device, Testbed
from firmware_adapters.simulators.testbed_nodes import Node, PtyNode


@dataclass(frozen=True, slots=True)
class UsbFacts:
    """What a USB device tells of itself."""

    vendor_id: str
    product_id: str
    maker: str = ""
    model: str = ""
    serial: str = ""
    interfaces: tuple[str, ...] = ("ff0000",)
    """Class, subclass, protocol of each interface, `ff0000`."""
    port: str = ""
    """`1-1.2`; empty takes the first free one of bus 1."""
    release: str = "0100"
    """bcdDevice."""
    attributes: Mapping[str, str | bytes] = field(default_factory=dict)
    """Further attributes of the device, such as binary `descriptors`."""


def plug_usb(testbed: Testbed, facts: UsbFacts, *, file: Node | None = None) -> Device:
    """Plug in a USB device; its interfaces are `children`, in order. `file` is its node for libusb."""
    with testbed.one_at_a_time():
        port = facts.port or _free_port(testbed)
        bus, _, path = port.partition("-")
        address = testbed.next_usb_address(int(bus))
        attributes: dict[str, str | bytes] = {
            "idVendor": f"{facts.vendor_id}\n",
            "idProduct": f"{facts.product_id}\n",
            "bcdDevice": f"{facts.release}\n",
            "busnum": f"{bus}\n",
            "devnum": f"{address}\n",
            "devpath": f"{path}\n",
            "speed": "12\n",
            "bConfigurationValue": "1\n",
            "bNumConfigurations": "1\n",
            "bNumInterfaces": f"{len(facts.interfaces):2}\n",
            "bDeviceClass": "00\n",
            "authorized": "1\n",
        }
        texts = {"manufacturer": facts.maker, "product": facts.model, "serial": facts.serial}
        attributes |= {name: f"{text}\n" for name, text in texts.items() if text}
        numbers = "/".join(
            f"{int(number, 16):x}" for number in (facts.vendor_id, facts.product_id, facts.release)
        )
        device = testbed.plug(
            "usb",
            port,
            below=f"pci0000:00/0000:00:14.0/usb{bus}",
            attributes={**attributes, **facts.attributes},
            properties={
                "DEVTYPE": "usb_device",
                "PRODUCT": numbers,
                "TYPE": "0/0/0",
                "BUSNUM": f"{int(bus):03}",
                "DEVNUM": f"{address:03}",
                **_identity(facts, port),
            },
            node=f"/dev/bus/usb/{int(bus):03}/{address:03}",
            file=file,
            numbers=(189, (int(bus) - 1) * 128 + address - 1),
        )
        for number, interface in enumerate(facts.interfaces):
            testbed.plug(
                "usb",
                f"{port}:1.{number}",
                parent=device,
                attributes={
                    "bInterfaceNumber": f"{number:02}\n",
                    "bInterfaceClass": f"{interface[:2]}\n",
                    "bInterfaceSubClass": f"{interface[2:4]}\n",
                    "bInterfaceProtocol": f"{interface[4:]}\n",
                    "bAlternateSetting": " 0\n",
                },
                properties={
                    "DEVTYPE": "usb_interface",
                    "PRODUCT": numbers,
                    "INTERFACE": "/".join(str(int(interface[at : at + 2], 16)) for at in (0, 2, 4)),
                },
            )
        return device


def plug_serial(testbed: Testbed, usb: Device, prefix: str, line: PtyNode, *, interface: int = 0) -> Device:
    """Plug in the tty of a USB device: `prefix` is `ttyUSB` or `ttyACM`. by-id names it where it is free."""
    with testbed.one_at_a_time():
        name = testbed.free_name(prefix)
        by_id = f"/dev/serial/by-id/usb-{usb.properties['ID_SERIAL']}-if{interface:02}"
        if prefix == "ttyUSB":
            by_id += "-port0"
        taken = {link for device in testbed.devices for link in device.links}
        return testbed.plug(
            "tty",
            name,
            parent=usb.children[interface],
            below="tty",
            properties={**inherited(usb), "ID_USB_INTERFACE_NUM": f"{interface:02}"},
            node=f"/dev/{name}",
            file=line,
            numbers=(188 if prefix == "ttyUSB" else 166, int(name.removeprefix(prefix))),
            links=() if by_id in taken else (by_id,),
        )


def inherited(usb: Device) -> dict[str, str]:
    """Return the properties that udev gives to nodes of a USB device as well."""
    return {name: value for name, value in usb.properties.items() if name.startswith("ID_")}


def _identity(facts: UsbFacts, port: str) -> dict[str, str]:
    maker, model = plain(facts.maker or facts.vendor_id), plain(facts.model or facts.product_id)
    identity = {
        "ID_BUS": "usb",
        "ID_VENDOR_ID": facts.vendor_id,
        "ID_MODEL_ID": facts.product_id,
        "ID_VENDOR": maker,
        "ID_MODEL": model,
        "ID_REVISION": facts.release,
        "ID_SERIAL": "_".join(filter(None, (maker, model, plain(facts.serial)))),
        "ID_USB_INTERFACES": "".join(f":{name}" for name in dict.fromkeys(facts.interfaces)) + ":",
        "ID_PATH": f"pci-0000:00:14.0-usb-0:{port.partition('-')[2]}",
    }
    return {**identity, "ID_SERIAL_SHORT": plain(facts.serial)} if facts.serial else identity


def plain(text: str) -> str:
    """Return a text as udev writes it into names: what is not a letter, digit or `#+-.:=@_` becomes `_`."""
    return re.sub(r"[^0-9A-Za-z#+\-.:=@_\u0080-\U0010ffff]", "_", text.strip())


def _free_port(testbed: Testbed) -> str:
    taken = {device.name for device in testbed.devices}
    return next(port for number in range(1, 10_000) if (port := f"1-{number}") not in taken)
