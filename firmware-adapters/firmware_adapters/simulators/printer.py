"""Simulated page printers: the real ippeveprinter, found by a real cupsd as an IPP Everywhere printer.

    async with PrintService() as service:
        printer = SimulatedPrinter(service, "office")
        await printer.plug()
        await printer.jam()

Clients speak to `printer.uri`: a front that can misbehave, then one that says what ippeveprinter cannot be
told, then ippeveprinter. A job prints by a command that waits while the paper is jammed or out.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import aiohttp
from pyipp.enums import IppTag

from firmware_adapters.printer.driverless import queue_name
from firmware_adapters.printer.ipp_message import Resolution
from firmware_adapters.printer.queues import make_queue
from firmware_adapters.printer.source import QUEUE_PROPERTY, SERVER_PROPERTY, SUBSYSTEM, URI_PROPERTY
from firmware_adapters.sighting import Sighting
from firmware_adapters.simulators.base import Misbehaviour
from firmware_adapters.simulators.child_programs import ChildProgram, free_port, listens
from firmware_adapters.simulators.ipp_front import IppFront
from firmware_adapters.simulators.port_front import PortFront
from firmware_adapters.simulators.print_service import PrintService, program
from firmware_adapters.simulators.testbed import Device, Testbed
from firmware_adapters.simulators.testbed_tree import UsbFacts, plug_usb

MAKER: Final = "Kaodian"
MODEL: Final = "Simulated Laser 600"
FIRMWARE: Final = "SIM-1.0"
FORMATS: Final = "application/pdf,image/pwg-raster,image/urf,image/jpeg"
IDLE, STOPPED = 3, 5
"""Values of printer-state (RFC 8011 5.4.11)."""
TRAY: Final = 250
"""Sheets of a full tray."""
PAGES_A_MINUTE: Final = 600
"""A test shall not wait for paper."""
_COMMAND = """#!/bin/sh
# Prints one document: $1 is its file, standard error goes to ippeveprinter.
cd {folder} || exit 1
echo "STATE: -media-jam,media-empty-error" >&2
while [ -e jammed ] || [ -e out_of_paper ] || [ -e held ]; do sleep 0.05; done
if [ -e broken ]; then echo "ERROR: the fuser is broken" >&2; exit 1; fi
echo "ATTR: job-impressions=1 job-impressions-completed=1" >&2
cp "$1" "printed/.$$" && mv "printed/.$$" "printed/$(date +%s%N)-$$"
"""


class SimulatedPrinter:
    """A laser printer (打印机) at an address of loopback, or on a simulated USB port with ipp-usb before it.

    With `queue` it comes with a queue in CUPS, as set up by a technician; without one the source of
    printers has to make it.
    """

    def __init__(
        self,
        service: PrintService,
        name: str = "office",
        *,
        serial: str = "SIMP0001",
        queue: bool = True,
        testbed: Testbed | None = None,
        usb_port: str = "",
    ) -> None:
        self.service = service
        self.name = name
        self.serial = serial
        self._with_queue = queue
        self._queue_made = False
        self._testbed = testbed
        self.usb_port = usb_port
        """`1-1.2`; empty takes the first free one."""
        self._usb: Device | None = None
        self._port = free_port()
        self.front = IppFront(self._port)
        self._line = PortFront(self.front.port)
        self._line.port = free_port()
        self._printer: ChildProgram | None = None
        self._plugged = False
        self._say_the_usual()

    @property
    def port(self) -> int:
        """Where clients speak to it."""
        return self._line.port

    @property
    def uri(self) -> str:
        """Its address."""
        return f"ipp://localhost:{self.port}/ipp/print"

    @property
    def plugged(self) -> bool:
        """Whether it is plugged in."""
        return self._plugged

    @property
    def folder(self) -> Path:
        """Its own folder, below that of the service."""
        return self.service.folder / f"printer-{self.name}"

    @property
    def usb_facts(self) -> UsbFacts:
        """How it looks on USB."""
        return UsbFacts(
            "03f0",
            "ff2a",
            MAKER,
            MODEL,
            self.serial,
            interfaces=("070104", "070104", "ff0401"),
            port=self.usb_port,
        )

    @property
    def usb_queue(self) -> str:
        """What the source calls the queue that it makes for it on USB."""
        return queue_name(MODEL, self.serial)

    @property
    def sighting(self) -> Sighting:
        """How the source shows its queue."""
        return Sighting(
            key=f"cups:{self.name}",
            subsystem=SUBSYSTEM,
            node=self.name,
            port=self.name,
            properties=MappingProxyType(
                {SERVER_PROPERTY: self.service.server, QUEUE_PROPERTY: self.name, URI_PROPERTY: self.uri}
            ),
        )

    @property
    def printed(self) -> list[bytes]:
        """All documents that came out, in order."""
        found = sorted((self.folder / "printed").glob("[0-9]*"))
        return [path.read_bytes() for path in found]

    async def plug(self) -> None:
        """Connect it and switch it on."""
        if self.plugged:
            return
        self._plugged = True
        self.service.printers.append(self)
        await self._switch_on()
        await self.front.open()
        await self._line.open()
        if self._testbed is not None:
            self._usb = plug_usb(self._testbed, self.usb_facts)
        if self._with_queue and not self._queue_made:
            await make_queue(self.service.server, self.name, self.uri, MODEL)
            self._queue_made = True

    async def unplug(self) -> None:
        """Pull it out, whatever it does: its port is closed and what it printed stops."""
        usb, self._usb = self._usb, None
        if usb is not None and self._testbed is not None:
            self._testbed.unplug(usb)
        await self.cut_power()
        await self.front.close()
        if self._plugged:
            self._plugged = False
            self.service.printers.remove(self)

    async def cut_power(self) -> None:
        """Its power fails: what is being printed is lost."""
        await self._line.close()
        printer, self._printer = self._printer, None
        if printer is not None:
            await printer.stop()

    async def restore_power(self) -> None:
        """Its power comes back."""
        if self._printer is None:
            await self._switch_on()
            await self._line.open()

    async def jam(self) -> None:
        """Paper jams; a page that is being printed stays where it is."""
        self._trouble("media-jam-error", "jammed")

    async def clear_jam(self) -> None:
        """The jammed paper is taken out and the doors are closed."""
        self._well("jammed")

    async def empty_paper(self) -> None:
        """The tray is empty."""
        self._trouble("media-empty-error", "out_of_paper")
        await self._fill_in_tray(0)

    async def fill_paper(self) -> None:
        """The tray is filled with A4."""
        await self._fill_in_tray(TRAY)
        self._well("out_of_paper")

    async def lower_toner(self, percent: int = 4) -> None:
        """Toner runs low."""
        await self._form("supplies", supply0="25", supply1=str(percent))

    async def change_toner(self) -> None:
        """A new cartridge."""
        await self._form("supplies", supply0="25", supply1="100")

    async def lie_about_resolution(self, dpi: int = 2400) -> None:
        """Claim a resolution that nothing else it says agrees with."""
        self.front.say("printer-resolution-supported", IppTag.RESOLUTION, _dpi(dpi))

    async def tell_the_truth(self) -> None:
        """Claim what it has."""
        self.front.says.pop("printer-resolution-supported", None)

    async def tell_resolution(self, *dpi: int) -> None:
        """Claim these resolutions everywhere."""
        for name in ("printer-resolution-supported", "pwg-raster-document-resolution-supported"):
            self.front.say(name, IppTag.RESOLUTION, *(_dpi(one) for one in dpi))
        self.front.say("printer-resolution-default", IppTag.RESOLUTION, _dpi(dpi[-1]))

    async def break_down(self) -> None:
        """Every job fails from now on, though the printer answers."""
        self._mark("broken")

    async def repair(self) -> None:
        """Jobs come out again."""
        (self.folder / "broken").unlink(missing_ok=True)

    async def hold_page(self) -> None:
        """A page takes as long as it takes, until `release_page`."""
        self._mark("held")

    async def release_page(self) -> None:
        """The page comes out."""
        (self.folder / "held").unlink(missing_ok=True)

    async def stumble(self, times: int = 1) -> None:
        """Refuse the next documents with an error of its own, as one short of memory does."""
        self.front.stumbles = times

    def say_reasons(self, keywords: Sequence[str], *, stopped: bool) -> None:
        """Tell these printer-state-reasons, of the printer's panel or its maker's invention."""
        self.front.say("printer-state-reasons", IppTag.KEYWORD, *(keywords or ("none",)))
        self.front.say("printer-state", IppTag.ENUM, STOPPED if stopped else IDLE)

    def misbehave(self, mode: Misbehaviour) -> None:
        """Make its line misbehave; see port_front.py."""
        self._line.misbehave(mode)

    async def _switch_on(self) -> None:
        (self.folder / "printed").mkdir(parents=True, exist_ok=True)
        (self.folder / "spool").mkdir(exist_ok=True)
        command = self.folder / "print"
        command.write_text(_COMMAND.format(folder=shlex.quote(str(self.folder))))
        command.chmod(0o755)
        printer = ChildProgram(
            [
                program("ippeveprinter"),
                *("-r", "off", "-n", "localhost", "-p", str(self._port)),
                *("-M", MAKER, "-m", MODEL, "-s", str(PAGES_A_MINUTE), "-f", FORMATS),
                *("-d", str(self.folder / "spool"), "-c", str(command)),
                self.name,
            ],
            self.folder / "printer.log",
            self.service.bus_environment,
        )
        await printer.start(lambda: listens(self._port))
        self._printer = printer
        await self._fill_in_tray(TRAY)

    def _say_the_usual(self) -> None:
        device_id = f"MFG:{MAKER};MDL:{MODEL};SN:{self.serial};CMD:PDF,PWG,URF;"
        self.front.say("printer-device-id", IppTag.TEXT, device_id)
        self.front.say("printer-firmware-string-version", IppTag.TEXT, FIRMWARE)
        self.front.say("media-ready", IppTag.KEYWORD, "iso_a4_210x297mm")
        self.front.say("media-default", IppTag.KEYWORD, "iso_a4_210x297mm")

    def _trouble(self, keyword: str, mark: str) -> None:
        self._mark(mark)
        self.say_reasons([keyword], stopped=True)

    def _well(self, mark: str) -> None:
        for name in ("printer-state-reasons", "printer-state"):
            self.front.says.pop(name, None)
        (self.folder / mark).unlink(missing_ok=True)

    def _mark(self, mark: str) -> None:
        """Leave a mark for the command that prints."""
        (self.folder / mark).touch()

    async def _fill_in_tray(self, sheets: int) -> None:
        # A form sends all of its fields: the cassette, and the feeder with nothing set up in it.
        await self._form(
            "media",
            size1="iso_a4_210x297mm",
            type1="stationery",
            level1=str(sheets),
            size3="",
            type3="",
            level3="25",
        )

    async def _form(self, form: str, **fields: str) -> None:
        """Fill in a form of the printer's own page: what is in its tray and cartridges."""
        async with aiohttp.ClientSession() as http:
            page = f"http://127.0.0.1:{self._port}/{form}"
            async with http.get(page, params=fields) as answer:
                answer.raise_for_status()


def _dpi(dpi: int) -> Resolution:
    return Resolution(dpi, dpi)
