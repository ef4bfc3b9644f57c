"""Documents on their way to printers: once each, in order, whatever printers, daemon and server do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from central_sync.protocol.http.problems import Problem
from exam_appliance.documents.job import PrintJob, PrintState
from exam_appliance.documents.kinds import DocumentKind, SeatSlip
from exam_appliance.documents.print_book import HistoryQuery
from exam_appliance.documents.samples import sample_document, sample_tickets
from exam_appliance.exam.rebuild import put_in_place, rebuild
from exam_appliance.journal.verify import verify_file
from firmware_adapters.printer.reasons import MEDIA_EMPTY
from tests.device_daemon_double import PRINTER, DaemonDouble, daemon_double
from tests.exchange_parts import until
from tests.pdf_reading import codes_in, pictures_of, text_of
from tests.printing_parts import APPLIANCE, RECEIPTS, PaperTray, PrintSite, print_site

SLIPS = "desk-1.slips"
OFFICE = "office.reports"
KIOSK = "kiosk-1.slips"


def slip(seat: int = 12) -> SeatSlip:
    sample = sample_document(DocumentKind.SEAT_SLIP)
    assert isinstance(sample, SeatSlip)
    return sample.model_copy(update={"seat": seat})


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[DaemonDouble]:
    async with daemon_double(tmp_path) as double:
        yield double


@pytest.fixture
async def site(tmp_path: Path, daemon: DaemonDouble) -> AsyncIterator[PrintSite]:
    async with print_site(tmp_path, daemon.socket) as site:
        yield site


@pytest.fixture
async def desk(site: PrintSite, daemon: DaemonDouble) -> PaperTray:
    """A receipt printer at the desk."""
    tray = PaperTray(daemon, "xp80")
    tray.plug(RECEIPTS)
    await site.bind(SLIPS, "xp80")
    return tray


@pytest.fixture
async def office(site: PrintSite, daemon: DaemonDouble) -> PaperTray:
    """A page printer in the office."""
    tray = PaperTray(daemon, "hp")
    tray.plug(PRINTER)
    await site.bind(OFFICE, "hp")
    return tray


@pytest.fixture
async def keeper(site: PrintSite, daemon: DaemonDouble) -> PaperTray:
    """A slip printer at the desk that knows what it was given."""
    tray = PaperTray(daemon, "xp80")
    tray.plug(RECEIPTS, lists_jobs=True)
    await site.bind(SLIPS, "xp80")
    return tray


async def order(site: PrintSite, seat: int = 12, role: str = SLIPS) -> PrintJob:
    return await site.printing.print(
        DocumentKind.SEAT_SLIP, slip().ticket, slip(seat), role, "wang", session="S-1", title="彭长斌"
    )


async def test_a_slip_comes_out_of_the_desks_receipt_printer_as_lines(
    site: PrintSite, desk: PaperTray
) -> None:
    job = await order(site)
    assert job.state is PrintState.WAITING
    await site.until_state(job, PrintState.PRINTED)
    ((key, told),) = desk.tray
    assert key == job.key
    texts = [line.get("text", "") for line in told["lines"]]
    assert "12 号" in texts
    assert {"line": "pair", "left": "姓名", "right": "彭长斌"} in told["lines"]
    assert {"line": "code", "text": slip().ticket} in told["lines"]
    await until(lambda: site.kinds(job) == ["print.asked", "print.sent", "print.done"])


async def test_a_slip_is_a_sheet_at_a_page_printer_and_lines_once_a_receipt_printer_has_its_place(
    site: PrintSite, daemon: DaemonDouble
) -> None:
    sheets = PaperTray(daemon, "hp")
    sheets.plug(PRINTER)
    await site.bind(SLIPS, "hp")
    sheet = await order(site)
    await site.until_state(sheet, PrintState.PRINTED)
    (page,) = pictures_of(sheets.pdf(), dpi=72)
    assert abs(page.width - 595) <= 1
    assert abs(page.height - 842) <= 1
    assert "12 号" in text_of(sheets.pdf())
    # The printer is off, the next slip waits; a receipt printer takes its place and gets no page.
    daemon.unplug("hp")
    waiting = await order(site, seat=5)
    await site.until_why(waiting, "print.not_there")
    roll = PaperTray(daemon, "xp80")
    roll.plug(RECEIPTS)
    await until(lambda: site.devices.live.there("xp80"))
    await site.devices.assigning.replace("tech", SLIPS, "hp", "xp80")
    await site.until_state(waiting, PrintState.PRINTED)
    ((_, told),) = roll.tray
    assert "document" not in told
    assert "5 号" in [line.get("text", "") for line in told["lines"]]


async def test_tickets_of_a_room_come_out_of_the_office_printer_as_one_file(
    site: PrintSite, office: PaperTray
) -> None:
    tickets = sample_tickets(3)
    job = await site.printing.print(DocumentKind.ADMISSION_TICKET, "S-1/第一考场", tickets, OFFICE, "wang")
    assert (job.documents, job.people) == (3, 3)
    await site.until_state(job, PrintState.PRINTED)
    page = office.pdf()
    assert all(ticket.name in text_of(page) for ticket in tickets)
    assert codes_in(page) == [ticket.ticket for ticket in tickets]


async def test_the_same_document_asked_for_again_is_not_printed_again(
    site: PrintSite, desk: PaperTray
) -> None:
    first, second = await asyncio.gather(order(site), order(site))
    assert first.id == second.id
    await site.until_state(first, PrintState.PRINTED)
    again = await order(site)
    assert (again.id, again.state) == (first.id, PrintState.PRINTED)
    moved = await order(site, seat=29)
    await site.until_state(moved, PrintState.PRINTED)
    assert desk.keys() == [first.key, moved.key]


async def test_a_reprint_is_marked_counted_and_journalled_with_who_asked(
    site: PrintSite, office: PaperTray
) -> None:
    job = await order(site, role=OFFICE)
    await site.until_state(job, PrintState.PRINTED)
    for number in (1, 2):
        copy = await site.printing.reprint(job.id, "li")
        assert (copy.copy, copy.reprint, copy.actor) == (number + 1, number, "li")
        await site.until_state(copy, PrintState.PRINTED)
        assert f"补打（第 {number} 次）" in text_of(office.pdf())
    assert "补打" not in text_of(office.pdf(0))
    asked = [one for one in site.journal.entries() if one["kind"] == "print.asked"]
    assert [(one["actor"], one["body"]["copy_number"], one["body"]["people"]) for one in asked] == [
        ("wang", 1, 1),
        ("li", 2, 1),
        ("li", 3, 1),
    ]


async def test_without_a_printer_it_waits_and_prints_once_one_is_bound(
    site: PrintSite, daemon: DaemonDouble
) -> None:
    job = await order(site)
    await site.until_why(job, "print.no_printer")
    tray = PaperTray(daemon, "xp80")
    tray.plug(RECEIPTS)
    await site.bind(SLIPS, "xp80")
    await site.until_state(job, PrintState.PRINTED)
    assert tray.keys() == [job.key]


async def test_an_absent_printer_is_waited_for_and_slips_keep_their_order(
    site: PrintSite, desk: PaperTray, daemon: DaemonDouble
) -> None:
    daemon.unplug("xp80")
    await until(lambda: not site.devices.live.there("xp80"))
    jobs = [await order(site, seat) for seat in (1, 2, 3)]
    await site.until_why(jobs[0], "print.not_there")
    assert desk.tray == []
    daemon.change("xp80", state="ready", reason=None)
    for job in jobs:
        await site.until_state(job, PrintState.PRINTED)
    assert desk.keys() == [job.key for job in jobs]


async def test_out_of_paper_is_told_and_printed_when_there_is_some(
    site: PrintSite, keeper: PaperTray, daemon: DaemonDouble
) -> None:
    keeper.holds = True
    job = await order(site)
    await site.until_state(job, PrintState.SENDING)
    said = {"code": MEDIA_EMPTY.code, "zh": MEDIA_EMPTY.zh, "en": MEDIA_EMPTY.en}
    daemon.change("xp80", state="failed", reason=said)
    await site.until_why(job, MEDIA_EMPTY.code)
    keeper.come_out()
    await site.until_state(job, PrintState.PRINTED)
    assert keeper.keys() == [job.key]


async def test_a_crash_between_sending_and_the_answer_prints_once(
    site: PrintSite, keeper: PaperTray, daemon: DaemonDouble
) -> None:
    gone = asyncio.Event()

    async def crash() -> None:
        # The paper is out, and nobody will hear of it: the server dies first.
        gone.set()
        await asyncio.sleep(30)

    keeper.after = crash
    job = await order(site)
    await gone.wait()
    assert site.printing.job(job.id).state is PrintState.SENDING
    await site.restart()
    done = await site.until_state(job, PrintState.PRINTED)
    assert keeper.keys() == [job.key]
    assert done.tries == 1
    await until(lambda: site.kinds(job) == ["print.asked", "print.sent", "print.done"])


async def test_a_crash_before_the_printer_got_it_prints_once_after_the_restart(
    site: PrintSite, keeper: PaperTray, daemon: DaemonDouble
) -> None:
    deed, reached = daemon.deeds["xp80", "print"], asyncio.Event()

    async def lost(parameters: dict[str, object]) -> tuple[dict[str, object], bytes, str]:
        reached.set()
        await asyncio.sleep(30)
        return {}, b"", ""

    daemon.deeds["xp80", "print"] = lost
    job = await order(site)
    await reached.wait()
    daemon.deeds["xp80", "print"] = deed
    await site.restart()
    await site.until_state(job, PrintState.PRINTED)
    assert keeper.keys() == [job.key]


async def test_a_receipt_printer_that_was_cut_off_gets_the_same_key_again(
    site: PrintSite, desk: PaperTray, daemon: DaemonDouble
) -> None:
    async def daemon_dies() -> None:
        await asyncio.sleep(0)
        raise RuntimeError("the daemon died with the answer")

    desk.after = daemon_dies
    job = await order(site)
    await site.until_state(job, PrintState.PRINTED)
    assert desk.keys() == [job.key]
    assert [name for _, name, _ in daemon.asked].count("print") == 2


async def test_after_a_crash_a_document_is_not_given_to_another_printer_by_itself(
    site: PrintSite, keeper: PaperTray, daemon: DaemonDouble
) -> None:
    gone = asyncio.Event()

    async def crash() -> None:
        gone.set()
        await asyncio.sleep(30)

    keeper.after = crash
    job = await order(site)
    await gone.wait()
    daemon.unplug("xp80")
    other = PaperTray(daemon, "other")
    other.plug(RECEIPTS, lists_jobs=True)
    await site.restart()
    await site.devices.assigning.replace("tech", SLIPS, "xp80", "other")
    await until(lambda: site.printing.book.why(site.printing.job(job.id)) is not None)
    next_one = await order(site, seat=3)
    await site.until_state(next_one, PrintState.PRINTED)
    assert site.printing.job(job.id).state is PrintState.SENDING
    # Whoever saw the paper says so, and it is settled.
    assert (await site.printing.confirm(job.id, "li")).state is PrintState.PRINTED
    assert other.keys() == [next_one.key]


async def test_a_job_the_printer_cancels_fails_with_its_words_and_a_retry_prints_it(
    site: PrintSite, keeper: PaperTray, daemon: DaemonDouble
) -> None:
    keeper.holds = True
    job = await order(site)
    await site.until_state(job, PrintState.SENDING)
    await until(lambda: job.key in keeper.jobs)
    keeper.jobs[job.key]["state"] = "canceled"
    reason = {"code": "printer.job_cancelled", "zh": "打印任务被取消", "en": "the job was cancelled"}
    daemon.happen("xp80", "job.failed", {"key": job.key, "state": "canceled", "reason": reason})
    failed = await site.until_state(job, PrintState.FAILED)
    assert failed.zh
    keeper.holds = False
    again = await site.printing.retry(job.id, "li")
    assert again.key != job.key
    await site.until_state(job, PrintState.PRINTED)
    assert keeper.keys() == [again.key]


async def test_a_waiting_job_goes_to_another_printer_when_a_person_says_so(
    site: PrintSite, office: PaperTray
) -> None:
    job = await order(site)
    await site.until_why(job, "print.no_printer")
    moved = await site.printing.redirect(job.id, OFFICE, "li")
    assert moved.role == OFFICE
    await site.until_state(job, PrintState.PRINTED)
    assert "12 号" in text_of(office.pdf())


async def test_what_a_printer_holds_is_taken_back_before_it_goes_elsewhere(
    site: PrintSite, keeper: PaperTray, daemon: DaemonDouble
) -> None:
    kiosk = PaperTray(daemon, "kiosk")
    kiosk.plug(RECEIPTS)
    await site.bind(KIOSK, "kiosk")
    keeper.holds = True
    job = await order(site)
    await site.until_state(job, PrintState.SENDING)
    await until(lambda: job.key in keeper.jobs)
    await site.printing.redirect(job.id, KIOSK, "li")
    done = await site.until_state(job, PrintState.PRINTED)
    assert keeper.jobs[job.key]["state"] == "canceled"
    assert kiosk.keys() == [done.key]
    assert keeper.tray == []


async def test_a_cancelled_job_is_not_printed_and_the_printed_one_cannot_be_cancelled(
    site: PrintSite, daemon: DaemonDouble
) -> None:
    job = await order(site)
    assert (await site.printing.cancel(job.id, "li", "不需要")).state is PrintState.CANCELLED
    tray = PaperTray(daemon, "xp80")
    tray.plug(RECEIPTS)
    await site.bind(SLIPS, "xp80")
    other = await order(site, seat=2)
    await site.until_state(other, PrintState.PRINTED)
    assert tray.keys() == [other.key]
    with pytest.raises(Problem) as refusal:
        await site.printing.cancel(other.id, "li")
    assert refusal.value.reason == "print.already_printed"


async def test_asking_for_a_cancelled_document_prints_it(site: PrintSite, daemon: DaemonDouble) -> None:
    job = await order(site)
    await site.printing.cancel(job.id, "li")
    assert (await order(site)).state is PrintState.WAITING


async def test_waiting_jobs_survive_a_restart_and_the_journal_alone_makes_the_table_again(
    site: PrintSite, tmp_path: Path, daemon: DaemonDouble
) -> None:
    waiting = await order(site)
    cancelled = await order(site, seat=2)
    await site.printing.cancel(cancelled.id, "li")
    await site.close()
    path = tmp_path / "journal.db"
    assert verify_file(path, APPLIANCE).ok
    made = rebuild(path)
    assert made.differences == ()
    assert len(made.rows["print"]) == 2
    put_in_place(path, made.rows)
    await site.open()
    tray = PaperTray(daemon, "xp80")
    tray.plug(RECEIPTS)
    await site.bind(SLIPS, "xp80")
    await site.until_state(waiting, PrintState.PRINTED)
    assert tray.keys() == [waiting.key]
    history = await asyncio.to_thread(site.printing.book.history, HistoryQuery(session="S-1"))
    assert [job.id for job in history] == [cancelled.id, waiting.id]


async def test_wrong_roles_and_data_are_refused_with_words(site: PrintSite) -> None:
    for role, reason in (("desk-1.reader", "print.not_a_printer"), ("desk-99.slips", "role.unknown")):
        with pytest.raises(Problem) as refusal:
            await order(site, role=role)
        assert refusal.value.reason == reason
        assert refusal.value.zh
    with pytest.raises(Problem) as refusal:
        await site.printing.print(DocumentKind.ROOM_LIST, "x", slip(), OFFICE, "wang")
    assert refusal.value.reason == "print.data"
    with pytest.raises(Problem) as refusal:
        await site.printing.print(DocumentKind.SEAT_SLIP, "x", [], OFFICE, "wang")
    assert refusal.value.reason == "print.data"


async def test_data_past_its_time_is_deleted_but_not_what_still_waits(site: PrintSite) -> None:
    job = await order(site)
    gone = await order(site, seat=2)
    await site.printing.cancel(gone.id, "li")
    spool = site.printing._spool
    needed = {one.version for one in site.printing.book.unsettled()}
    assert await asyncio.to_thread(spool.forget, -1, needed) == 1
    assert spool.read(job.version) is not None
    with pytest.raises(Problem) as refusal:
        await site.printing.reprint(gone.id, "li")
    assert refusal.value.reason == "print.data_gone"


async def test_looking_at_a_document_is_journalled(site: PrintSite) -> None:
    made = await site.printing.viewed(DocumentKind.SEAT_SLIP, slip().ticket, [slip()], "wang", session="S-1")
    assert "12 号" in text_of(made.pdf)
    (entry,) = [one for one in site.journal.entries() if one["kind"] == "document.viewed"]
    assert (entry["actor"], entry["subject"], entry["body"]["people"]) == ("wang", slip().ticket, 1)


async def test_a_printer_that_forgets_a_document_leaves_it_to_a_person(
    site: PrintSite, keeper: PaperTray, daemon: DaemonDouble
) -> None:
    keeper.holds = True
    job = await order(site)
    await until(lambda: job.key in keeper.jobs)
    await site.until_state(job, PrintState.SENDING)
    # Its printer has told of it once.
    await until(lambda: any(name == "job" for _, name, _ in daemon.asked))
    keeper.jobs.clear()
    doubtful = await site.until_state(job, PrintState.DOUBTFUL)
    assert (doubtful.reason, keeper.tray) == ("print.unknown_outcome", [])
    keeper.holds = False
    again = await site.printing.retry(job.id, "li")
    await site.until_state(job, PrintState.PRINTED)
    assert keeper.keys() == [again.key]


async def test_what_a_printer_forgot_while_the_server_was_down_is_not_printed_again_by_itself(
    site: PrintSite, keeper: PaperTray
) -> None:
    keeper.holds = True
    job = await order(site)
    marks = site.folder / "prints" / "handed"
    await until((marks / job.key).exists)
    await site.close()
    # The paper comes out, nobody hears of it, and CUPS keeps no list of what is done.
    keeper.come_out()
    keeper.jobs.clear()
    await site.open()
    doubtful = await site.until_state(job, PrintState.DOUBTFUL)
    assert doubtful.reason == "print.unknown_outcome"
    assert keeper.keys() == [job.key]
    assert (await site.printing.confirm(job.id, "li")).state is PrintState.PRINTED
    await until(lambda: not list(marks.iterdir()))
    # Marks of jobs that are out do not pile up, and the next document is printed as ever.
    other = await order(site, seat=4)
    await site.until_state(other, PrintState.PRINTED)
    await until(lambda: not list(marks.iterdir()))
    assert keeper.keys() == [job.key, other.key]


async def test_a_daemon_that_restarts_under_a_job_changes_nothing_about_it(
    site: PrintSite, keeper: PaperTray, daemon: DaemonDouble
) -> None:
    keeper.holds = True
    job = await order(site)
    await until(lambda: job.key in keeper.jobs)
    await daemon.stop()
    await site.until_why(job, "print.unheard")
    await daemon.start()
    keeper.come_out()
    await site.until_state(job, PrintState.PRINTED)
    assert keeper.keys() == [job.key]


async def test_what_a_silent_printer_may_have_printed_is_not_sent_elsewhere_unasked(
    site: PrintSite, keeper: PaperTray, daemon: DaemonDouble
) -> None:
    keeper.holds = True
    job = await order(site)
    await until(lambda: job.key in keeper.jobs)
    await site.until_state(job, PrintState.SENDING)
    daemon.unplug("xp80")
    for doing in (site.printing.redirect(job.id, KIOSK, "li"), site.printing.cancel(job.id, "li")):
        with pytest.raises(Problem) as refusal:
            await doing
        assert refusal.value.reason == "print.not_withdrawn"
        assert "出纸口" in refusal.value.zh
    daemon.change("xp80", state="ready", reason=None)
    keeper.come_out()
    await site.until_state(job, PrintState.PRINTED)


async def test_a_document_too_large_for_the_printers_service_fails_with_what_to_do(
    site: PrintSite, office: PaperTray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exam_appliance.documents.sending.LARGEST_ORDER", 1000)
    job = await order(site, role=OFFICE)
    failed = await site.until_state(job, PrintState.FAILED)
    assert failed.reason == "print.too_large"
    assert office.tray == []


async def test_a_page_that_is_sent_to_a_receipt_printer_fails_and_holds_up_no_slip(
    site: PrintSite, desk: PaperTray, office: PaperTray
) -> None:
    sheet = sample_document(DocumentKind.ROOM_LIST)
    page = await site.printing.print(DocumentKind.ROOM_LIST, "S-1/第一考场", sheet, SLIPS, "wang")
    job = await order(site)
    await site.until_state(job, PrintState.PRINTED)
    failed = await site.until_state(page, PrintState.FAILED)
    assert failed.reason == "print.needs_pages"
    assert desk.keys() == [job.key]
    await site.printing.redirect(page.id, OFFICE, "li")
    await site.until_state(page, PrintState.PRINTED)
    assert "第一考场" in text_of(office.pdf())
