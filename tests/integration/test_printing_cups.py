"""Documents of a site through the real CUPS to a simulated printer: once, through a jam and a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from exam_appliance.documents.job import PrintJob, PrintState
from exam_appliance.documents.kinds import DocumentKind
from exam_appliance.documents.samples import sample_document, sample_tickets
from firmware_adapters.adapter import DeviceState
from firmware_adapters.interface import Device
from firmware_adapters.settings import DaemonSettings
from firmware_adapters.simulators.print_service import missing_program
from tests.printing_parts import PrintSite, print_site
from tests.watched_daemon import WatchedDaemon, watched_daemon

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(bool(missing_program()), reason=missing_program() or "printers can be simulated"),
]
NETWORK = "printer.network"
OFFICE = "office.reports"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WatchedDaemon]:
    folder = tmp_path_factory.mktemp("daemon")
    settings = DaemonSettings(folder=folder / "devices", socket=folder / "socket", dock=True)
    async with watched_daemon(settings) as running:
        await running.client.plug(NETWORK)
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def office(daemon: WatchedDaemon, tmp_path: Path) -> AsyncIterator[tuple[PrintSite, Device]]:
    """A site whose office has the printer."""
    async with print_site(tmp_path, daemon.client.socket) as site:
        printer = await ready(daemon)
        await site.bind(OFFICE, printer.id)
        yield site, printer


async def ready(daemon: WatchedDaemon) -> Device:
    def found() -> list[Device]:
        return [one for one in daemon.there() if one.kind == "printer" and one.state is DeviceState.READY]

    await daemon.until(lambda: bool(found()), "a printer that is ready")
    return found()[0]


async def known_to_cups(daemon: WatchedDaemon, printer: Device, job: PrintJob) -> list[dict[str, Any]]:
    """Return what CUPS knows of a job's documents."""
    told = await daemon.client.act(printer.id, "jobs")
    return [one for one in told.body["jobs"] if one["key"] == job.key]


async def test_a_rooms_tickets_come_out_of_cups_as_one_job(
    daemon: WatchedDaemon, office: tuple[PrintSite, Device]
) -> None:
    site, printer = office
    tickets = sample_tickets(2)
    job = await site.printing.print(
        DocumentKind.ADMISSION_TICKET, "S-1/第一考场", tickets, OFFICE, "wang", title="第一考场准考证"
    )
    done = await site.until_state(job, PrintState.PRINTED)
    assert done.device == printer.id
    (known,) = await known_to_cups(daemon, printer, job)
    assert (known["state"], known["title"]) == ("completed", "第一考场准考证")


async def test_a_jam_is_told_and_after_a_restart_of_the_server_the_document_comes_out_once(
    daemon: WatchedDaemon, office: tuple[PrintSite, Device]
) -> None:
    site, printer = office
    await daemon.client.dock_act(NETWORK, "jam")
    sheet = sample_document(DocumentKind.SIGN_IN_SHEET)
    # A printer that is jammed gets nothing while that is known; here it is given before.
    job = await site.printing.print(DocumentKind.SIGN_IN_SHEET, "S-1/第一考场", sheet, OFFICE, "wang")
    await site.until_why(job, "printer.media_jam")
    await site.restart()
    await site.until_why(job, "printer.media_jam")
    assert site.printing.job(job.id).state.open
    await daemon.client.dock_act(NETWORK, "clear_jam")
    await site.until_state(job, PrintState.PRINTED)
    assert [one["state"] for one in await known_to_cups(daemon, printer, job)] == ["completed"]


async def test_a_reprint_is_a_job_of_its_own(daemon: WatchedDaemon, office: tuple[PrintSite, Device]) -> None:
    site, printer = office
    record = sample_document(DocumentKind.ROOM_RECORD)
    job = await site.printing.print(DocumentKind.ROOM_RECORD, "S-1/第一考场", record, OFFICE, "wang")
    await site.until_state(job, PrintState.PRINTED)
    copy = await site.printing.reprint(job.id, "li")
    await site.until_state(copy, PrintState.PRINTED)
    assert len(await known_to_cups(daemon, printer, job)) == 1
    assert len(await known_to_cups(daemon, printer, copy)) == 1
