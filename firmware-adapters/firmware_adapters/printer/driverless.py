"""Driverless printers: who answers at an address, and which of them is which printer on USB."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyipp.enums import IppOperation, IppTag

from firmware_adapters.printer.ipp_client import (
    IppAddress,
    IppClient,
    IppRefused,
    IppUnreachable,
    requested,
    text,
)
from firmware_adapters.printer.ipp_message import Attributes, IppGarbled
from firmware_adapters.printer.queues import Queue, loopback_port, service_name, usb_serial
from firmware_adapters.sighting import Sighting

IPP_OVER_USB = "070104"
"""USB printer class, printer subclass, protocol IPP over USB."""
_PRINTERS = "0701"
_USUAL_PATH = "/ipp/print"
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Answering:
    """A driverless printer that answers at `uri`."""

    uri: str
    model: str
    serial: str
    """Empty where it tells none."""
    service: str
    """Its DNS-SD name."""


async def ask_who(uri: str, timeout_s: float) -> Answering | None:
    """Return who answers at an address; None for nobody, and for what is no printer."""
    client = IppClient(IppAddress(uri), timeout_s=timeout_s)
    names = ("printer-make-and-model", "printer-device-id", "printer-dns-sd-name", "printer-info")
    try:
        answer = await client.ask(IppOperation.GET_PRINTER_ATTRIBUTES, [requested(*names)])
    except (IppUnreachable, IppGarbled, IppRefused):
        return None
    finally:
        # Printers take few connections at a time: none is kept.
        await client.close()
    told = answer.first_of(IppTag.PRINTER)
    return read_answering(uri, told) if told else None


def read_answering(uri: str, told: Attributes) -> Answering:
    """Return a printer as it tells of itself."""
    device_id = read_device_id(text(told, "printer-device-id"))
    model = text(told, "printer-make-and-model") or device_id.get("MDL", "")
    service = text(told, "printer-dns-sd-name") or text(told, "printer-info")
    return Answering(uri, model, device_id.get("SN", ""), service)


def read_device_id(told: str) -> dict[str, str]:
    """Return the fields of an IEEE 1284 device id, `MFG:HP;MDL:Laser 1003;SN:X1;`, with short names."""
    names = {"MANUFACTURER": "MFG", "MODEL": "MDL", "SERN": "SN", "SERIALNUMBER": "SN"}
    fields: dict[str, str] = {}
    for part in told.split(";"):
        name, colon, value = part.partition(":")
        name = name.strip().upper()
        if colon and name:
            fields.setdefault(names.get(name, name), value.strip())
    return fields


def usb_printers(sightings: Sequence[Sighting]) -> list[Sighting]:
    """Return the printers among what is on USB."""
    return [
        one
        for one in sightings
        if one.subsystem == "usb" and any(interface.startswith(_PRINTERS) for interface in one.interfaces)
    ]


def speaks_ipp(printer: Sighting) -> bool:
    """Return whether a USB printer can do without a driver."""
    return IPP_OVER_USB in printer.interfaces


def ipp_usb_uri(port: int) -> str:
    """Return where ipp-usb has a printer."""
    return f"ipp://localhost:{port}{_USUAL_PATH}"


def pair(printers: Sequence[Sighting], answering: Sequence[Answering]) -> dict[str, Answering]:
    """Return which printer on USB (by key) answers where: by serial number, else by model, else the rest.

    Only when a single one is left on either side they belong together without a sign.
    """
    left, pairs = list(answering), dict[str, Answering]()

    def settle(alike: Mapping[str, list[Answering]]) -> None:
        for key, found in alike.items():
            if key not in pairs and len(found) == 1 and found[0] in left:
                pairs[key] = found[0]
                left.remove(found[0])

    settle({p.key: [a for a in left if a.serial and a.serial == p.serial] for p in printers})
    without = [p for p in printers if p.key not in pairs]
    settle({p.key: [a for a in left if _same_model(p.model, a.model)] for p in without})
    without = [p for p in printers if p.key not in pairs]
    if len(without) == 1 and len(left) == 1 and not (left[0].serial and without[0].serial):
        pairs[without[0].key] = left[0]
    return pairs


def usb_printer_of(
    queue: Queue, printers: Sequence[Sighting], pairs: Mapping[str, Answering]
) -> Sighting | None:
    """Return the printer on USB that a queue prints to; None when it is not plugged in or not on USB."""
    if serial := usb_serial(queue.uri):
        return next((one for one in printers if one.serial == serial), None)
    if queue.uri.startswith("usb:"):
        alike = [one for one in printers if _same_model(one.model, _usb_model(queue.uri))]
        return alike[0] if len(alike) == 1 else None
    port, service = loopback_port(queue.uri), service_name(queue.uri).removesuffix(" (USB)")
    for one in printers:
        answering = pairs.get(one.key)
        if answering is None:
            continue
        if port is not None and loopback_port(answering.uri) == port:
            return one
        if service and service in (answering.service.removesuffix(" (USB)"), one.model):
            return one
    return None


def queue_name(*parts: str) -> str:
    """Return a name that CUPS takes for a queue: letters, digits and single `_`."""
    name = "_".join(filter(None, (_UNSAFE.sub("_", part).strip("_") for part in parts)))
    return name[:100] or "printer"


def _usb_model(uri: str) -> str:
    return uri.partition("?")[0].rpartition("/")[2].replace("%20", " ")


def _same_model(one: str, other: str) -> bool:
    """Return whether two names of a model are alike; one may stand with the maker's name."""
    short, long = sorted((_plain(one), _plain(other)), key=len)
    return bool(short) and short in long


def _plain(name: str) -> str:
    return _UNSAFE.sub("", name).lower()
