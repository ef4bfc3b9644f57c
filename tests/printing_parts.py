"""A site's printing for tests: journal, devices and service, over printers of a stand-in of the daemon."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exam_appliance.devices.daemon_line import DaemonLine
from exam_appliance.devices.devices import Devices
from exam_appliance.documents.job import PrintJob, PrintState
from exam_appliance.documents.printing import Printing, PrintSettings
from exam_appliance.documents.sending import PrintPace
from exam_appliance.documents.site_printers import SitePrinters
from exam_appliance.journal.journal import Journal
from firmware_adapters.adapter import ActionRefused
from firmware_adapters.printer.reasons import NO_SUCH_JOB
from tests.device_daemon_double import PRINTER, DaemonDouble, Json
from tests.exchange_parts import until

APPLIANCE = "5a0e4c6e-0000-4000-8000-00000000000d"
KEY = Ed25519PrivateKey.generate()
QUICK = PrintPace(first_s=0.05, longest_s=0.2, follow_s=0.05)
RECEIPTS = {
    "kind": "receipt_printer",
    "entry": "escpos",
    "zh": "小票打印机",
    "en": "Receipt printer",
    "maker": "Xprinter",
    "model": "XP-80",
    "actions": ["self_test", "print", "cut"],
}
"""One that keeps no list of jobs, though it knows its keys."""


@dataclass
class PaperTray:
    """A printer of the double: takes each key once, and what it printed lies in its tray."""

    daemon: DaemonDouble
    device: str
    tray: list[tuple[str, Json]] = field(default_factory=list)
    """Key and order of each thing that came out, in order."""
    jobs: dict[str, Json] = field(default_factory=dict)
    holds: bool = False
    """Whether it takes documents without printing them yet: out of paper."""
    after: Any = None
    """Called once a document was taken, before the answer leaves: where a test pulls the plug."""

    def plug(self, what: Json = PRINTER, *, lists_jobs: bool | None = None, **more: Any) -> None:
        """Plug it in; `lists_jobs`: whether it tells of what it was given, as those behind CUPS do."""
        self.daemon.deeds[self.device, "print"] = self._print
        if what is not RECEIPTS if lists_jobs is None else lists_jobs:
            self.daemon.deeds[self.device, "job"] = self._job
            self.daemon.deeds[self.device, "cancel"] = self._cancel
        self.daemon.plug(self.device, what, **more)

    def come_out(self) -> None:
        """Print what it holds: paper was put in."""
        self.holds = False
        for key, job in self.jobs.items():
            if job["state"] == "pending":
                self._out(key)

    def keys(self) -> list[str]:
        """Return the keys of what came out."""
        return [key for key, _ in self.tray]

    def pdf(self, number: int = -1) -> bytes:
        """Return a page that came out."""
        return base64.b64decode(self.tray[number][1]["document"])

    def _out(self, key: str) -> None:
        job = self.jobs[key]
        job["state"] = "completed"
        self.tray.append((key, job["order"]))
        self.daemon.happen(self.device, "job.done", {"key": key, "state": "completed"})

    async def _print(self, order: Json) -> tuple[Json, bytes, str]:
        key = order["key"]
        repeated = key in self.jobs
        if not repeated:
            self.jobs[key] = {"job": len(self.jobs) + 1, "state": "pending", "order": order}
            if not self.holds:
                self._out(key)
        if self.after is not None:
            after, self.after = self.after, None
            await after()
        return {**self._told(key), "repeated": repeated}, b"", ""

    async def _job(self, named: Json) -> tuple[Json, bytes, str]:
        if named["key"] not in self.jobs:
            raise ActionRefused(NO_SUCH_JOB)
        return self._told(named["key"]), b"", ""

    async def _cancel(self, named: Json) -> tuple[Json, bytes, str]:
        job = self.jobs.get(named["key"])
        if job is None or job["state"] == "completed":
            raise ActionRefused(NO_SUCH_JOB)
        job["state"] = "canceled"
        return self._told(named["key"]), b"", ""

    def _told(self, key: str) -> Json:
        return {"key": key, "job": self.jobs[key]["job"], "state": self.jobs[key]["state"]}


@dataclass
class PrintSite:
    """A site that prints. `restart` is a new server on the same disk."""

    folder: Path
    socket: Path
    """Of the device daemon, or its stand-in."""
    templates: Path | None = None
    journal: Journal = field(init=False)
    devices: Devices = field(init=False)
    printing: Printing = field(init=False)

    async def open(self) -> None:
        """Start the services."""
        self.journal = Journal(self.folder / "journal.db", APPLIANCE, KEY)
        self.journal.start()
        self.devices = Devices(self.journal, DaemonLine(self.socket), lambda: 0)
        settings = PrintSettings(self.folder / "prints", templates=self.templates, pace=QUICK)
        self.printing = Printing(self.journal, SitePrinters(self.devices), settings)
        await self.devices.start()
        await self.printing.start()
        await until(lambda: self.devices.live.line == "live")

    async def close(self) -> None:
        """End the services; what is under way is left as it is."""
        await self.printing.stop()
        await self.devices.stop()
        self.journal.close()

    async def restart(self) -> None:
        """End and start again."""
        await self.close()
        await self.open()

    async def bind(self, role: str, device: str) -> None:
        """Give a printer a role."""
        await until(lambda: self.devices.live.there(device))
        await self.devices.assigning.bind("tech", role, device)

    async def until_state(self, job: PrintJob, state: PrintState) -> PrintJob:
        """Wait until a job is in a state."""
        await until(lambda: self.printing.job(job.id).state is state)
        return self.printing.job(job.id)

    async def until_why(self, job: PrintJob, code: str) -> None:
        """Wait until a job waits for a reason."""

        def is_so() -> bool:
            why = self.printing.book.why(self.printing.job(job.id))
            return why is not None and why.code == code

        await until(is_so)

    def kinds(self, job: PrintJob) -> list[str]:
        """Return the entries about a job."""
        return [entry["kind"] for entry in self.journal.entries(subjects=(job.id,))]


@asynccontextmanager
async def print_site(folder: Path, socket: Path, **more: Any) -> AsyncIterator[PrintSite]:
    """Run a site that prints."""
    site = PrintSite(folder, socket, **more)
    await site.open()
    try:
        yield site
    finally:
        await site.close()
