"""Receipt printers at addresses that the site names: each is listed while it can be reached.

Port 9100 takes one caller at a time on most printers, so one that is in use is not called: the kernel's own
list of connections shows that its adapter holds it. Only where there is no connection is it called.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from firmware_adapters.adapter import Options
from firmware_adapters.catalogue.entry import EntryId
from firmware_adapters.catalogue.matching import ENTRY_PROPERTY
from firmware_adapters.fixed_source import SUBSYSTEM
from firmware_adapters.sighting import Sighting
from firmware_adapters.source import Source

ENTRY: Final = "escpos-network"
_ESTABLISHED: Final = "01"
_TABLES: Final = ("/proc/net/tcp", "/proc/net/tcp6")
Host = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[0-9A-Za-z.:_-]+$")]


class AddressedPrinter(BaseModel):
    """One receipt printer on the network."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host
    """An IPv4 or IPv6 address, or a name."""
    port: Annotated[int, Field(gt=0, lt=65536)] = 9100
    entry: EntryId = ENTRY
    """Id of an entry of the catalogue."""
    serial: Annotated[str, StringConstraints(max_length=60)] = ""
    """As it stands on the printer; port 9100 does not tell it."""
    maker: Annotated[str, StringConstraints(max_length=60)] = ""
    model: Annotated[str, StringConstraints(max_length=60)] = ""

    @property
    def node(self) -> str:
        """What its adapter opens: `192.168.10.9:9100`, `[fd00::9]:9100`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class ReceiptPrintersOptions(Options):
    """Options of the source."""

    printers: Annotated[tuple[AddressedPrinter, ...], Field(max_length=50)] = ()
    poll_s: Annotated[float, Field(ge=0.05, le=60)] = 0.4
    """Between two looks."""
    answers_within_s: Annotated[float, Field(gt=0, le=5)] = 1.0
    """A printer that does not take a call in this time is not there."""


class ReceiptPrinters(Source):
    """Shows the printers that can be reached."""

    name: ClassVar[str] = "receipts"
    options_model: ClassVar[type[Options]] = ReceiptPrintersOptions

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._options = cast("ReceiptPrintersOptions", options)
        self._there: frozenset[AddressedPrinter] = frozenset()
        self._arrivals: dict[AddressedPrinter, int] = {}

    async def list(self) -> Sequence[Sighting]:
        """See Source."""
        there = await self._reached()
        for printer in there - self._there:
            self._arrivals[printer] = self._arrivals.get(printer, 0) + 1
        self._there = there
        return [self._sighting(printer) for printer in self._options.printers if printer in there]

    async def changed(self) -> None:
        """See Source."""
        if not self._options.printers:
            await asyncio.Event().wait()
        while True:
            await asyncio.sleep(self._options.poll_s)
            if await self._reached() != self._there:
                return

    async def close(self) -> None:
        """See Source."""

    async def _reached(self) -> frozenset[AddressedPrinter]:
        held = held_addresses() if self._options.printers else frozenset()
        told = await asyncio.gather(*(self._is_there(one, held) for one in self._options.printers))
        return frozenset(
            printer for printer, there in zip(self._options.printers, told, strict=True) if there
        )

    async def _is_there(self, printer: AddressedPrinter, held: frozenset[tuple[str, int]]) -> bool:
        try:
            async with asyncio.timeout(self._options.answers_within_s):
                found = await asyncio.get_running_loop().getaddrinfo(
                    printer.host, printer.port, type=socket.SOCK_STREAM
                )
                if any((plain_address(one[4][0]), printer.port) in held for one in found):
                    return True
                _, writer = await asyncio.open_connection(printer.host, printer.port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True

    def _sighting(self, printer: AddressedPrinter) -> Sighting:
        return Sighting(
            key=f"receipts:{printer.node}",
            subsystem=SUBSYSTEM,
            node=printer.node,
            serial=printer.serial,
            maker=printer.maker,
            model=printer.model,
            port=printer.node,
            properties=MappingProxyType({ENTRY_PROPERTY: printer.entry}),
            arrival=self._arrivals[printer],
        )


def plain_address(address: object) -> str:
    """Return an address in one way of writing; an IPv4 address within IPv6 is that of IPv4."""
    told = ipaddress.ip_address(str(address).partition("%")[0])
    mapped = told.ipv4_mapped if isinstance(told, ipaddress.IPv6Address) else None
    return str(mapped or told)


def held_addresses(tables: Sequence[str] = _TABLES) -> frozenset[tuple[str, int]]:
    """Return the far ends of this machine's open TCP connections, as the kernel lists them.

    What stands in a table that cannot be read is not there.
    """
    found = set()
    for table in tables:
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                if (far := _far_end(line)) is not None:
                    found.add(far)
    return frozenset(found)


def _far_end(line: str) -> tuple[str, int] | None:
    parts = line.split()
    if len(parts) < 4 or parts[3] != _ESTABLISHED:
        return None
    try:
        address, _, port = parts[2].partition(":")
        # Words of four bytes, each in the machine's own order.
        words = [bytes.fromhex(address[start : start + 8])[::-1] for start in range(0, len(address), 8)]
        return plain_address(ipaddress.ip_address(b"".join(words))), int(port, 16)
    except ValueError:
        return None
