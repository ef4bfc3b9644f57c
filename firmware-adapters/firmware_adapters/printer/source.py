"""The printers that CUPS has queues for, and driverless ones that get a queue when they turn up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar, Final, cast
from urllib.parse import urlsplit

from firmware_adapters.adapter import Options
from firmware_adapters.printer import reasons
from firmware_adapters.printer.driverless import (
    Answering,
    ask_who,
    ipp_usb_uri,
    pair,
    queue_name,
    speaks_ipp,
    usb_printer_of,
    usb_printers,
)
from firmware_adapters.printer.ipp_client import IppClient, IppRefused, IppUnreachable, scheduler_address
from firmware_adapters.printer.ipp_message import IppGarbled
from firmware_adapters.printer.options import CupsOptions
from firmware_adapters.printer.queues import Queue, QueueNotMade, loopback_port, make_queue, queues_of
from firmware_adapters.sighting import Sighting
from firmware_adapters.source import Source, SourceFault
from firmware_adapters.udev_source import UdevOptions, UdevSource

log = logging.getLogger(__name__)

SUBSYSTEM: Final = "cups"
DRIVERLESS_SUBSYSTEM: Final = "ipp"
"""A driverless printer without a queue: it is spoken with directly."""
SERVER_PROPERTY: Final = "CUPS_SERVER"
QUEUE_PROPERTY: Final = "CUPS_QUEUE"
URI_PROPERTY: Final = "DEVICE_URI"
PLUGGED_PROPERTY: Final = "USB_ARRIVAL"
"""Which time of plugging in a USB printer this is."""
ANSWERS_AT_ONCE_S: Final = 0.4
"""A printer that takes longer holds nobody up: its answer counts when it is there."""
ANOTHER_TRY_S: Final = 30.0
"""A queue that could not be made is tried again after this."""


class PrinterSource(Source):
    """Shows every queue with a printer behind it, and driverless printers without one.

    A queue of a USB printer, and of one that the site names itself, is shown while its printer is there;
    one of another printer on the network always, since CUPS alone knows how to reach it.
    """

    name: ClassVar[str] = "cups"
    options_model: ClassVar[type[Options]] = CupsOptions

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._options = cast("CupsOptions", options)
        self._client = IppClient(
            scheduler_address(self._options.server), timeout_s=self._options.answers_within_s
        )
        self._looking = asyncio.Lock()
        self._wake = asyncio.Event()
        self._shown: dict[str, Sighting] = {}
        self._arrivals: dict[str, int] = {}
        self._queues: list[Queue] | None = None
        """What CUPS told last; None until it has answered."""
        self._heard_at = 0.0
        self._udev: UdevSource | None = None
        self._usb_hearing: asyncio.Task[None] | None = None
        self._usb: list[Sighting] = []
        self._usb_old = True
        """Whether the list of USB printers has to be made anew."""
        self._pairs: dict[tuple[str, int], Answering] = {}
        """USB printer (key, arrival) -> where ipp-usb has it."""
        self._asking: dict[str, asyncio.Task[Answering | None]] = {}
        self._told: dict[str, Answering] = {}
        """URI -> who answered there last."""
        self._making: dict[str, asyncio.Task[None]] = {}
        """URI -> the task that makes its queue."""
        self._not_made: dict[str, float] = {}
        """URI -> when making its queue failed."""

    async def list(self) -> Sequence[Sighting]:
        """See Source."""
        async with self._looking:
            await self._look()
            return list(self._shown.values())

    async def changed(self) -> None:
        """See Source. USB is told of by the kernel; CUPS and printers on the network are asked."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._options.poll_s):
                    await self._wake.wait()
            self._wake.clear()
            async with self._looking:
                before = self._shown
                await self._look()
                if self._shown != before:
                    return

    async def close(self) -> None:
        """See Source."""
        tasks: list[asyncio.Task[Any]] = [*self._making.values(), *self._asking.values()]
        if self._usb_hearing is not None:
            tasks.append(self._usb_hearing)
        self._making.clear()
        self._asking.clear()
        self._usb_hearing = None
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        udev, self._udev = self._udev, None
        if udev is not None:
            await udev.close()
        await self._client.close()

    async def _look(self) -> None:
        queues = await self._queues_now()
        await self._look_at_usb()
        named = {printer.uri: printer.queue for printer in self._options.printers}
        answering = await self._who(sorted(named))
        await self._pair_usb()
        pairs = {one.key: self._pairs[one.key, one.arrival] for one in self._usb if self._paired(one)}
        shown: dict[str, Sighting] = {}
        for queue in queues:
            on_usb = usb_printer_of(queue, self._usb, pairs)
            on_bus = queue.uri.startswith("usb:") or self._by_ipp_usb(queue)
            if (on_bus and on_usb is None) or (queue.uri in named and queue.uri not in answering):
                continue
            self._show(shown, self._queue_sighting(queue, on_usb, answering.get(queue.uri)))
        with_queue = {queue.uri for queue in queues}
        on_usb_with_queue = {one.port for one in shown.values() if one.usb_id}
        for one in self._usb:
            if one.key in pairs and one.port not in on_usb_with_queue:
                found = pairs[one.key]
                name = queue_name(one.model or found.model, one.serial or one.port)
                self._without_queue(shown, found, name, one)
        for uri, wished in named.items():
            if uri in answering and uri not in with_queue:
                self._without_queue(shown, answering[uri], wished or queue_name(urlsplit(uri).netloc), None)
        self._shown = shown

    async def _queues_now(self) -> Sequence[Queue]:
        """Ask CUPS. Raises SourceFault; shortly after it went away its queues of before count."""
        now = asyncio.get_running_loop().time()
        server = self._options.server
        try:
            queues = await queues_of(self._client)
        except IppRefused as refused:
            raise SourceFault(reasons.NO_PERMISSION, f"{server}: {refused}") from refused
        except IppGarbled as garbled:
            raise SourceFault(reasons.CUPS_GARBLED, f"{server}: {garbled}") from garbled
        except IppUnreachable as away:
            if self._queues is not None and now - self._heard_at <= self._options.patience_s:
                return self._queues
            raise SourceFault(reasons.CUPS_DOWN, f"{server}: {away}") from away
        self._queues, self._heard_at = queues, now
        return queues

    async def _look_at_usb(self) -> None:
        if self._usb_hearing is None or self._usb_hearing.done():
            # Done: the source of udev broke, and the printers of before count until it works again.
            self._udev, broken = UdevSource(UdevOptions()), self._udev
            if broken is not None:
                await broken.close()
            self._usb_old = True
            self._usb_hearing = asyncio.create_task(self._hear_usb(self._udev), name="USB printers")
        if self._usb_old and self._udev is not None:
            self._usb_old = False
            self._usb = usb_printers(await self._udev.list())

    async def _hear_usb(self, udev: UdevSource) -> None:
        while True:
            await udev.changed()
            self._usb_old = True
            self._wake.set()

    async def _who(self, uris: Iterable[str]) -> dict[str, Answering]:
        """Return who answers at these addresses; of one that is slow, who did the last time."""
        for uri in uris:
            if uri not in self._asking:
                asking = asyncio.create_task(ask_who(uri, self._options.answers_within_s))
                self._asking[uri] = asking
        asked = {uri: self._asking[uri] for uri in uris}
        if asked:
            await asyncio.wait(asked.values(), timeout=ANSWERS_AT_ONCE_S)
        for uri, asking in asked.items():
            if not asking.done():
                asking.add_done_callback(lambda _: self._wake.set())
                continue
            del self._asking[uri]
            if (found := asking.result()) is None:
                self._told.pop(uri, None)
            else:
                self._told[uri] = found
        return {uri: self._told[uri] for uri in uris if uri in self._told}

    def _by_ipp_usb(self, queue: Queue) -> bool:
        return loopback_port(queue.uri) in self._options.ipp_usb_ports

    def _paired(self, printer: Sighting) -> bool:
        return (printer.key, printer.arrival) in self._pairs

    async def _pair_usb(self) -> None:
        """Find out where ipp-usb has each printer that is new on USB."""
        present = {(one.key, one.arrival) for one in self._usb}
        self._pairs = {place: found for place, found in self._pairs.items() if place in present}
        new = [one for one in self._usb if speaks_ipp(one) and not self._paired(one)]
        if not new:
            return
        taken = {found.uri for found in self._pairs.values()}
        told = await self._who([ipp_usb_uri(port) for port in self._options.ipp_usb_ports])
        paired = pair(new, [one for one in told.values() if one.uri not in taken])
        self._pairs |= {(one.key, one.arrival): paired[one.key] for one in new if one.key in paired}

    def _without_queue(
        self, shown: dict[str, Sighting], found: Answering, name: str, on_usb: Sighting | None
    ) -> None:
        """Have its queue made; show it without one when that is not wanted or has failed."""
        uri, now = found.uri, asyncio.get_running_loop().time()
        if self._options.make_queues:
            failed_at = self._not_made.get(uri)
            due = failed_at is None or now - failed_at > ANOTHER_TRY_S
            if uri not in self._making and due:
                self._making[uri] = asyncio.create_task(self._make(found, name), name=f"queue {name}")
            if failed_at is None:
                return
        self._show(shown, self._driverless_sighting(found, name, on_usb))

    async def _make(self, found: Answering, name: str) -> None:
        try:
            await make_queue(self._options.server, name, found.uri, found.model or name)
        except (QueueNotMade, OSError) as error:
            forbidden = isinstance(error, QueueNotMade) and error.forbidden
            reason = reasons.NO_PERMISSION if forbidden else reasons.NO_QUEUE
            log.warning("no queue for %s: %s: %s", found.uri, reason.code, error)
            self._not_made[found.uri] = asyncio.get_running_loop().time()
        else:
            log.info("made the queue %s for %s", name, found.uri)
            self._not_made.pop(found.uri, None)
        finally:
            self._making.pop(found.uri, None)
            self._wake.set()

    def _queue_sighting(self, queue: Queue, on_usb: Sighting | None, found: Answering | None) -> Sighting:
        properties = {
            SERVER_PROPERTY: self._options.server,
            QUEUE_PROPERTY: queue.name,
            URI_PROPERTY: queue.uri,
        }
        return _sighting(f"cups:{queue.name}", SUBSYSTEM, queue.name, queue.name, properties, on_usb, found)

    def _driverless_sighting(self, found: Answering, name: str, on_usb: Sighting | None) -> Sighting:
        properties = {URI_PROPERTY: found.uri}
        key = f"ipp:{found.uri}"
        return _sighting(key, DRIVERLESS_SUBSYSTEM, found.uri, name, properties, on_usb, found)

    def _show(self, shown: dict[str, Sighting], sighting: Sighting) -> None:
        """Show it; one that was away in between counts as a new arrival."""
        key = sighting.key
        before = self._shown.get(key)
        if before is None or _plugged_as(before) != _plugged_as(sighting):
            self._arrivals[key] = self._arrivals.get(key, 0) + 1
        shown[key] = replace(sighting, arrival=self._arrivals[key])


def _plugged_as(sighting: Sighting) -> str:
    return sighting.properties.get(PLUGGED_PROPERTY, "")


def _sighting(
    key: str,
    subsystem: str,
    node: str,
    name: str,
    properties: dict[str, str],
    on_usb: Sighting | None,
    found: Answering | None,
) -> Sighting:
    if on_usb is None:
        # The queue's name is its place: a printer on the network may change its address.
        serial = found.serial if found is not None else ""
        model = found.model if found is not None else ""
        shown = MappingProxyType(properties)
        return Sighting(key, subsystem, node, serial=serial, model=model, port=name, properties=shown)
    return Sighting(
        key,
        subsystem,
        node,
        vendor_id=on_usb.vendor_id,
        product_id=on_usb.product_id,
        interfaces=on_usb.interfaces,
        serial=on_usb.serial,
        maker=on_usb.maker,
        model=on_usb.model,
        port=on_usb.port,
        properties=MappingProxyType({**properties, PLUGGED_PROPERTY: f"{on_usb.key} {on_usb.arrival}"}),
    )
