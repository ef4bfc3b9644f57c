"""The queues that CUPS has, as it tells them (CUPS-Get-Printers), and making one without a driver."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag
from urllib.parse import parse_qs, unquote, urlsplit

from pyipp.enums import IppOperation, IppStatus, IppTag

from firmware_adapters.printer.ipp_client import IppClient, IppRefused, number, requested, text
from firmware_adapters.printer.ipp_message import Attributes

MAKING_S = 60.0
"""A slow printer takes its time to tell all that a queue is made of."""
_NO_DEVICES = ("file", "cups-pdf", "cups-brf")
"""Schemes of queues that print to no device."""


class PrinterType(IntFlag):
    """Bits of printer-type that matter here (cups.h, CUPS_PRINTER_*)."""

    CLASS = 0x0001
    FAX = 0x40000
    SCANNER = 0x2000000


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue (打印队列) of CUPS."""

    name: str
    uri: str
    """device-uri: where its backend sends to."""
    model: str = ""


class QueueNotMade(Exception):
    """lpadmin could not make a queue; says what it said, English, one line."""

    def __init__(self, said: str, *, forbidden: bool) -> None:
        super().__init__(said)
        self.forbidden = forbidden
        """Whether it was for want of the right to."""


async def queues_of(client: IppClient) -> list[Queue]:
    """Ask for all queues with a device behind. Raises IppUnreachable, IppGarbled, IppRefused."""
    names = requested("printer-name", "device-uri", "printer-type", "printer-make-and-model")
    try:
        answer = await client.ask(IppOperation.CUPS_GET_PRINTERS, [names], uri="")
    except IppRefused as refused:
        # How CUPS says that it has none.
        if refused.status == IppStatus.ERROR_NOT_FOUND.value:
            return []
        raise
    return read_queues(answer.all_of(IppTag.PRINTER))


def read_queues(told: Sequence[Attributes]) -> list[Queue]:
    """Return the queues with a device behind, by name, one of each device: the first name counts."""
    kept: dict[str, Queue] = {}
    skipped = PrinterType.CLASS | PrinterType.FAX | PrinterType.SCANNER
    for attributes in sorted(told, key=lambda one: text(one, "printer-name")):
        name, uri = text(attributes, "printer-name"), text(attributes, "device-uri")
        kind = number(attributes, "printer-type") or 0
        if not name or not uri or kind & skipped or uri.partition(":")[0] in _NO_DEVICES:
            continue
        kept.setdefault(uri, Queue(name, uri, text(attributes, "printer-make-and-model")))
    return sorted(kept.values(), key=lambda queue: queue.name)


def usb_serial(uri: str) -> str:
    """Return the serial number of a device-uri of CUPS's own USB backend, `usb://MAKER/MODEL?serial=X`."""
    if not uri.startswith("usb:"):
        return ""
    return next(iter(parse_qs(urlsplit(uri).query).get("serial", ())), "")


def loopback_port(uri: str) -> int | None:
    """Return the port of a device-uri on this machine, None for another one."""
    parts = urlsplit(uri)
    try:
        if parts.hostname in ("localhost", "127.0.0.1", "::1"):
            return parts.port
    except ValueError:
        pass
    return None


def service_name(uri: str) -> str:
    """Return the DNS-SD name in a device-uri, `ipp://NAME._ipp._tcp.local/` or `dnssd://`; empty for none."""
    host = unquote(urlsplit(uri).netloc)
    return host.partition("._")[0] if "._tcp" in host else ""


async def make_queue(server: str, name: str, uri: str, info: str) -> None:
    """Make a queue without a driver (IPP Everywhere), or turn the one of this name to `uri`.

    Raises QueueNotMade.
    """
    # lpadmin reads from the printer what the queue needs, as CUPS does for queues of its own.
    program = shutil.which("lpadmin", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if program is None:
        raise QueueNotMade("lpadmin is not installed (Debian: cups-client)", forbidden=False)
    command = [program, "-h", server, "-p", name, "-v", uri, "-m", "everywhere", "-D", info, "-E"]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(MAKING_S):
            said, _ = await process.communicate()
    except TimeoutError as error:
        raise QueueNotMade(f"lpadmin took more than {MAKING_S:g} s", forbidden=False) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    if process.returncode != 0:
        line = " ".join(said.decode(errors="replace").split())[:300]
        forbidden = any(word in line.lower() for word in ("forbidden", "unauthorized", "not authorized"))
        raise QueueNotMade(line or f"lpadmin ended with {process.returncode}", forbidden=forbidden)
