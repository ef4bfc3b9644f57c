"""USB descriptors of simulated devices, as the device itself would give them (USB 2.0, chapter 9.6)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from firmware_adapters.simulators.testbed_tree import UsbFacts

DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = 1, 2, 3, 4, 5
MAKER_STRING, MODEL_STRING, SERIAL_STRING = 1, 2, 3
LANGUAGE: Final = 0x0409
_TRANSFERS: Final = {"bulk": 2, "interrupt": 3}


@dataclass(frozen=True, slots=True)
class UsbEndpoint:
    """One endpoint of an interface."""

    address: int
    """`0x81` is IN 1, `0x02` is OUT 2."""
    transfer: Literal["bulk", "interrupt"] = "bulk"
    packet: int = 64
    """Largest packet, bytes."""


@dataclass(frozen=True, slots=True)
class UsbInterface:
    """One interface with its endpoints."""

    code: str
    """Class, subclass and protocol: `ff0000`."""
    endpoints: tuple[UsbEndpoint, ...] = ()
    extra: bytes = b""
    """Class descriptors that stand after the interface's own."""


def device_descriptor(facts: UsbFacts) -> bytes:
    """Return the 18 bytes of the device."""
    texts = ((facts.maker, MAKER_STRING), (facts.model, MODEL_STRING), (facts.serial, SERIAL_STRING))
    return struct.pack(
        "<BBHBBBBHHHBBBB",
        18,
        DEVICE,
        0x0200,
        0,
        0,
        0,
        64,
        int(facts.vendor_id, 16),
        int(facts.product_id, 16),
        int(facts.release, 16),
        *(number if text else 0 for text, number in texts),
        1,
    )


def configuration_descriptor(interfaces: Sequence[UsbInterface]) -> bytes:
    """Return the one configuration with everything in it."""
    parts = []
    for number, interface in enumerate(interfaces):
        code = bytes.fromhex(interface.code)
        parts.append(
            struct.pack("<9B", 9, INTERFACE, number, 0, len(interface.endpoints), *code, 0) + interface.extra
        )
        parts.extend(
            struct.pack(
                "<BBBBHB",
                7,
                ENDPOINT,
                endpoint.address,
                _TRANSFERS[endpoint.transfer],
                endpoint.packet,
                0 if endpoint.transfer == "bulk" else 10,
            )
            for endpoint in interface.endpoints
        )
    body = b"".join(parts)
    head = struct.pack("<BBHBBBBB", 9, CONFIGURATION, 9 + len(body), len(interfaces), 1, 0, 0x80, 250)
    return head + body


def string_descriptor(facts: UsbFacts, number: int) -> bytes | None:
    """Return string `number`, 0 being the list of languages; None when there is no such string."""
    if number == 0:
        return struct.pack("<BBH", 4, STRING, LANGUAGE)
    texts = {MAKER_STRING: facts.maker, MODEL_STRING: facts.model, SERIAL_STRING: facts.serial}
    if not (text := texts.get(number, "")):
        return None
    data = text.encode("utf-16-le")[:252]
    return bytes((len(data) + 2, STRING)) + data
