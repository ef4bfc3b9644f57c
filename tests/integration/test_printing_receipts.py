"""Slips of a site through the daemon to a simulated receipt printer on the network: once, and readable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exam_appliance.documents.job import PrintState
from exam_appliance.documents.kinds import DocumentKind, QueueSlip, SeatSlip
from exam_appliance.documents.samples import sample_document
from firmware_adapters.adapter import DeviceKind, DeviceState
from firmware_adapters.interface import Device
from firmware_adapters.settings import DaemonSettings
from firmware_adapters.simulators.receipt_printer import SimulatedTcpReceiptPrinter
from firmware_adapters.sources import SOURCES
from tests.printing_parts import PrintSite, print_site
from tests.watched_daemon import WatchedDaemon, watched_daemon

DESK = "desk-1.slips"


@pytest.fixture
async def printer() -> AsyncIterator[SimulatedTcpReceiptPrinter]:
    printer = SimulatedTcpReceiptPrinter("desk")
    await printer.plug()
    yield printer
    await printer.unplug()


@pytest.fixture
async def daemon(printer: SimulatedTcpReceiptPrinter, tmp_path: Path) -> AsyncIterator[WatchedDaemon]:
    sources: dict[str, dict[str, object] | None] = dict.fromkeys(SOURCES)
    address = {"host": "127.0.0.1", "port": printer.port, "serial": printer.name}
    sources["receipts"] = {"printers": [address], "poll_s": 0.2}
    settings = DaemonSettings(
        folder=tmp_path / "devices",
        socket=tmp_path / "socket",
        sources=sources,
        options={"escpos-network": {"book_folder": str(tmp_path / "book"), "poll_s": 0.2}},
    )
    async with watched_daemon(settings) as running:
        yield running


@pytest.fixture
async def site(daemon: WatchedDaemon, tmp_path: Path) -> AsyncIterator[PrintSite]:
    async with print_site(tmp_path, daemon.client.socket) as site:
        await daemon.until(lambda: bool(ready(daemon)), "a receipt printer that is ready")
        await site.bind(DESK, ready(daemon)[0].id)
        yield site


def ready(daemon: WatchedDaemon) -> list[Device]:
    return [
        one
        for one in daemon.there()
        if one.kind is DeviceKind.RECEIPT_PRINTER and one.state is DeviceState.READY
    ]


async def test_every_kind_of_slip_comes_out_cut_with_a_code_that_reads(
    site: PrintSite, printer: SimulatedTcpReceiptPrinter
) -> None:
    for number, kind in enumerate((DocumentKind.QUEUE_SLIP, DocumentKind.SEAT_SLIP), 1):
        slip = sample_document(kind)
        job = await site.printing.print(kind, f"A{number}", slip, DESK, "wang")
        await site.until_state(job, PrintState.PRINTED)
        assert len(printer.slips) == number
        assert isinstance(slip, QueueSlip | SeatSlip)
        wanted = slip.code if isinstance(slip, QueueSlip) else slip.ticket
        assert (printer.slips[-1].codes, printer.slips[-1].cut) == ([wanted], True)


async def test_without_paper_a_slip_waits_and_comes_out_once_there_is_some(
    site: PrintSite, printer: SimulatedTcpReceiptPrinter, daemon: WatchedDaemon
) -> None:
    printer.empty_paper()
    await daemon.until(lambda: not ready(daemon), "out of paper")
    slip = sample_document(DocumentKind.SEAT_SLIP)
    job = await site.printing.print(DocumentKind.SEAT_SLIP, "T", slip, DESK, "wang")
    await site.until_why(job, "receipt_printer.paper_out")
    await site.restart()
    assert printer.slips == []
    printer.fill_paper()
    await site.until_state(job, PrintState.PRINTED)
    assert len(printer.slips) == 1
