"""Fixed addresses of bound machines for the DHCP server: a file of dnsmasq's `dhcp-host` lines.

dnsmasq takes new lines of a `dhcp-hostsdir` by itself; lines that are gone it forgets at a SIGHUP alone
(its changelog, 2.88), so whoever runs it reloads it when the file changes. Until then a machine that lost
its seat may get the seat's address; its key opens no exam page from there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from central_sync.protocol.durable_file import write_whole
from exam_appliance.config.settings import FixedAddressSettings
from exam_appliance.journal.journal import Journal, Written
from exam_appliance.seats.bound import BoundSeat, BoundSeats
from exam_appliance.seats.places import place_of

log = logging.getLogger(__name__)

FILE = "seats"
_KINDS = ("seat.bound", "seat.unbound")


def dhcp_hosts(bound: Iterable[BoundSeat], settings: FixedAddressSettings) -> str:
    """Return one line for each bound machine whose network card is known, as dnsmasq(8) takes them."""
    lines = []
    for held in sorted(bound, key=lambda one: place_of(one.seat).number):
        if not held.macs:
            continue
        number = place_of(held.seat).number
        parts = [*held.macs, "set:seats"]
        # dnsmasq tells IPv6 addresses by brackets.
        parts += [f"[{address}]" if ":" in address else address for address in settings.of(number)]
        lines.append(",".join([*parts, f"seat-{number:03d}"]))
    return "".join(f"{line}\n" for line in lines)


class FixedAddresses:
    """Keeps the file as the bindings are."""

    def __init__(self, bound: BoundSeats, journal: Journal, settings: FixedAddressSettings) -> None:
        self._bound = bound
        self._settings = settings
        self._writing: asyncio.Task[None] | None = None
        journal.follow(self._on_disk)

    async def start(self) -> None:
        """Write the file anew; it may have been lost with the disk of the DHCP server."""
        await self._write()

    async def stop(self) -> None:
        """Wait for the last writing."""
        if self._writing is not None:
            await self._writing

    def _on_disk(self, written: list[Written]) -> None:
        if any(entry.kind in _KINDS for entry in written):
            before = self._writing
            self._writing = asyncio.create_task(self._after(before))

    async def _after(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await before
        await self._write()

    async def _write(self) -> None:
        text = dhcp_hosts(self._bound.held.values(), self._settings)
        path = self._settings.folder / FILE
        try:
            await asyncio.to_thread(write_whole, path, text.encode(), mode=0o644)
        except OSError as error:
            log.error(
                "座位固定地址文件 %s 无法写入（%s），请检查目录权限，新绑定的座位暂时仍用等候区地址 / "
                "the file of fixed addresses cannot be written; newly bound seats keep waiting addresses",
                path,
                error,
            )
