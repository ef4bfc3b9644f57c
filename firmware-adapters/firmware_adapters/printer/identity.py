"""Who a printer is, by what it tells of itself. Pure functions."""

from __future__ import annotations

import re
from typing import Final

from firmware_adapters.adapter import Identity, Json
from firmware_adapters.printer.driverless import read_device_id
from firmware_adapters.printer.ipp_client import flag, text, texts
from firmware_adapters.printer.ipp_message import Attributes
from firmware_adapters.sighting import Sighting

_DRIVER: Final = re.compile(r"(\s*[-,]\s*(IPP Everywhere|driverless|CUPS\+Gutenprint|hpcups|[Ff]oomatic).*)$")
"""What CUPS adds to a printer's name for the driver."""
_LIMIT: Final = 120


def read_identity(sighting: Sighting, queue: Attributes, printer: Attributes | None) -> Identity:
    """Return who it is; what it does not tell itself, the bus or its queue does."""
    told = printer or {}
    device_id = read_device_id(text(told, "printer-device-id"))
    named = text(told, "printer-make-and-model") or _DRIVER.sub("", text(queue, "printer-make-and-model"))
    maker = device_id.get("MFG", "") or sighting.maker
    model = device_id.get("MDL", "") or sighting.model or named
    serial = device_id.get("SN", "") or text(told, "printer-serial-number") or sighting.serial
    if maker and model.lower().startswith(f"{maker.lower()} "):
        model = model[len(maker) + 1 :]
    firmware = ", ".join(texts(told, "printer-firmware-string-version"))
    return Identity(
        maker[:_LIMIT], model[:_LIMIT], serial[:_LIMIT], firmware[:_LIMIT], _facts(told or queue, named)
    )


def _facts(told: Attributes, named: str) -> dict[str, Json]:
    sides = texts(told, "sides-supported")
    return {
        "named": named[:_LIMIT],
        "formats": texts(told, "document-format-supported")[:30],
        "two_sided": any(one.startswith("two-sided") for one in sides) if sides else None,
        "color": flag(told, "color-supported"),
    }
