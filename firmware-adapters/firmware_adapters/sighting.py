"""A device as the system shows it, copied once into a frozen value: the rest never sees udev, CUPS or NUT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that a source of devices shows at one moment.

    A USB device makes several: the device itself (subsystem `usb`) and each node below it (`tty`,
    `hidraw`, `input`, `video4linux`). Printers come from `cups` or `network`, UPSes from `nut`, PC/SC
    readers from `pcsc`.
    """

    key: str
    """Unlike any other sighting of the moment: the path below /sys, `cups:QUEUE`, `nut:UPS@HOST` ..."""
    subsystem: str
    node: str = ""
    """What an adapter opens: a path below /dev, a URI, a reader's name."""
    vendor_id: str = ""
    """USB vendor id, four lower-case hexadecimal digits; empty where there is none."""
    product_id: str = ""
    interfaces: tuple[str, ...] = ()
    """USB interfaces of the whole device as class, subclass, protocol: `ff0000`, `0b0000`."""
    serial: str = ""
    """Serial number as the bus tells it; cheap devices share one or have none."""
    maker: str = ""
    model: str = ""
    port: str = ""
    """Where it is plugged in, stable over replugs: `1-1.2`, `ttyS0`, a host and port."""
    properties: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Further properties of the source, such as udev's ID_V4L_CAPABILITIES."""
    arrival: int = 0
    """Another number under the same key: it was away in between, however shortly, and is opened anew."""

    @property
    def usb_id(self) -> str:
        """`vendor:product`, empty for what is not on USB."""
        return f"{self.vendor_id}:{self.product_id}" if self.vendor_id else ""
