"""Printers behind a real cupsd and the real ippeveprinter: found, printed on, jammed, cut off, healed."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from firmware_adapters.adapter import Reason
from firmware_adapters.printer import reasons
from firmware_adapters.printer.options import CupsOptions
from firmware_adapters.printer.source import PrinterSource
from firmware_adapters.printer.test_page import PageText, draw_test_page
from firmware_adapters.simulators.base import Misbehaviour
from firmware_adapters.simulators.print_service import PrintService, missing_program
from firmware_adapters.simulators.printer import SimulatedPrinter
from firmware_adapters.source import SourceFault
from tests.device_process import DeviceProcess, Told, code_of, device_process

pytestmark = pytest.mark.skipif(
    bool(missing_program()), reason=missing_program() or "printers can be simulated"
)

QUICK = {"poll_s": 0.1, "answers_within_s": 2.0, "patience_s": 1.0, "resumed_shown_s": 0.5}
WAIT_S = 20.0
PAGE = draw_test_page(PageText("a", "b", "c", "d", "e", "f"))


@pytest.fixture
async def service() -> AsyncIterator[PrintService]:
    async with PrintService() as running:
        yield running


@pytest.fixture
async def printer(service: PrintService) -> SimulatedPrinter:
    plugged = SimulatedPrinter(service, "office")
    await plugged.plug()
    return plugged


@pytest.fixture
async def running(printer: SimulatedPrinter) -> AsyncIterator[DeviceProcess]:
    async with device_process("printer.ipp", printer.sighting, QUICK) as process:
        await process.until_state("ready")
        yield process


def order(key: str, document: bytes = PAGE, **more: Any) -> dict[str, Any]:
    return {"document": base64.b64encode(document).decode(), "title": "成绩单", "key": key, **more}


def source_of(service: PrintService, *printers: SimulatedPrinter, **more: Any) -> PrinterSource:
    named = [{"uri": one.uri, "queue": one.name} for one in printers]
    options = {"server": service.server, "poll_s": 0.1, "ipp_usb_ports": [], "printers": named, **more}
    return PrinterSource(CupsOptions.model_validate(options))


async def until_listed(source: PrinterSource, *keys: str) -> None:
    """Follow a source until it lists these. Raises TimeoutError."""
    async with asyncio.timeout(WAIT_S):
        while sorted(one.key for one in await source.list()) != sorted(keys):
            await source.changed()


async def ended(process: DeviceProcess, key: str) -> Told:
    """Wait for the end of a job."""
    return await process.until(lambda one: one["t"] == "event" and one["body"].get("key") == key)


def reason_told(told: Mapping[str, Any]) -> str:
    return str(told["body"]["reason"]["code"])


# The source.


async def test_a_printer_that_is_switched_on_gets_a_queue_and_is_gone_when_switched_off(
    service: PrintService,
) -> None:
    printer = SimulatedPrinter(service, "hall", queue=False)
    source = source_of(service, printer)
    try:
        assert list(await source.list()) == []
        await printer.plug()
        await until_listed(source, "cups:hall")
        first = (await source.list())[0]
        assert (first.port, first.serial) == ("hall", printer.serial)
        await printer.unplug()
        await until_listed(source)
        await printer.plug()
        await until_listed(source, "cups:hall")
        assert (await source.list())[0].arrival == first.arrival + 1
    finally:
        await source.close()


async def test_without_leave_to_make_queues_a_driverless_printer_is_shown_by_its_address_and_prints(
    service: PrintService,
) -> None:
    printer = SimulatedPrinter(service, "hall", queue=False)
    await printer.plug()
    source = source_of(service, printer, make_queues=False)
    try:
        await until_listed(source, f"ipp:{printer.uri}")
        sighting = (await source.list())[0]
    finally:
        await source.close()
    async with device_process("printer.ipp", sighting, QUICK) as process:
        await process.until_state("ready")
        assert (await process.act("print", order("direct-1")))["body"]["repeated"] is False
        assert (await ended(process, "direct-1"))["name"] == "job.done"
        assert (await process.act("print", order("direct-1")))["body"]["repeated"] is True
    # A printer keeps no key of ours; its job's name does, for another process too.
    async with device_process("printer.ipp", sighting, QUICK) as process:
        await process.until_state("ready")
        assert (await process.act("print", order("direct-1")))["body"]["repeated"] is True
    assert len(printer.printed) == 1


async def test_a_restarting_cups_is_no_fault_and_one_that_stays_away_is_named(
    service: PrintService, printer: SimulatedPrinter
) -> None:
    source = source_of(service, patience_s=1.0)
    try:
        await until_listed(source, "cups:office")
        await service.stop()
        assert [one.key for one in await source.list()] == ["cups:office"]
        with pytest.raises(SourceFault) as told:
            async with asyncio.timeout(WAIT_S):
                while True:
                    await source.changed()
        assert told.value.reason is reasons.CUPS_DOWN
        await service.start()
        await until_listed(source, "cups:office")
    finally:
        await source.close()


async def test_a_cups_that_was_never_there_is_named_and_one_that_hangs_too(service: PrintService) -> None:
    nowhere = PrinterSource(CupsOptions(server=f"{service.folder}/nowhere"))
    with pytest.raises(SourceFault) as told:
        await nowhere.list()
    assert told.value.reason is reasons.CUPS_DOWN
    await nowhere.close()
    service.freeze(True)
    hanging = PrinterSource(CupsOptions(server=service.server, answers_within_s=0.3))
    try:
        with pytest.raises(SourceFault) as told:
            await hanging.list()
        assert told.value.reason is reasons.CUPS_DOWN
    finally:
        service.freeze(False)
        await hanging.close()


async def test_two_queues_of_one_printer_are_one_device_and_queues_without_a_device_none(
    service: PrintService, printer: SimulatedPrinter
) -> None:
    await service.run("lpadmin", "-p", "office-two-sided", "-v", printer.uri, "-m", "everywhere", "-E")
    await service.run("lpadmin", "-p", "office", "-c", "everybody")
    source = source_of(service)
    try:
        await until_listed(source, "cups:office")
    finally:
        await source.close()


# State.


async def test_it_tells_who_it_is_what_it_can_do_and_what_it_holds(running: DeviceProcess) -> None:
    identity = running.told[0]
    assert (identity["maker"], identity["model"], identity["serial"], identity["firmware"]) == (
        "Kaodian",
        "Simulated Laser 600",
        "SIMP0001",
        "SIM-1.0",
    )
    facts = identity["facts"]
    assert facts["resolutions_dpi"] == [[600, 600]]
    assert facts["paper"] == ["iso_a4_210x297mm"]
    assert facts["toner_percent"] == 75
    assert "application/pdf" in facts["formats"]
    assert {"name": "main", "sheets": 250, "capacity": 250} in facts["trays"]


async def test_paper_toner_and_resolution_are_told_as_reasons_and_end_with_their_cause(
    printer: SimulatedPrinter, running: DeviceProcess
) -> None:
    acts = (
        (printer.empty_paper, "failed", reasons.MEDIA_EMPTY, printer.fill_paper),
        (printer.lower_toner, "degraded", reasons.TONER_LOW, printer.change_toner),
        (printer.jam, "failed", reasons.MEDIA_JAM, printer.clear_jam),
        (printer.lie_about_resolution, "degraded", reasons.RESOLUTION_CONTRADICTS, printer.tell_the_truth),
    )
    for make_bad, state, reason, make_good in acts:
        since = len(running.told)
        await make_bad()
        await running.until_state(state, reason.code, since)
        since = len(running.told)
        await make_good()
        await running.until_state("ready", "", since)


async def test_a_printer_that_lies_about_its_resolution_is_not_believed(
    printer: SimulatedPrinter, running: DeviceProcess
) -> None:
    await printer.lie_about_resolution(4800)
    told = await running.until_state("degraded", reasons.RESOLUTION_CONTRADICTS.code)
    assert told["facts"]["resolutions_dpi"] == []
    assert told["facts"]["resolutions_claimed_dpi"] == [[4800, 4800]]
    answer = await running.act("self_test", {"page": False})
    assert answer["body"]["passed"] is False
    (step,) = [one for one in answer["body"]["steps"] if not one["passed"]]
    assert (step["name"], "4800x4800" in step["measured"]) == ("resolution", True)


async def test_a_printer_that_rests_is_left_asleep_and_told_of_when_it_wakes(
    printer: SimulatedPrinter,
) -> None:
    resting = {**QUICK, "rests_after_s": 0.3, "resting_poll_s": 300}
    async with device_process("printer.ipp", printer.sighting, resting) as process:
        await process.until_state("ready")
        async with asyncio.timeout(WAIT_S):
            while True:
                before = printer.front.asked
                # Ten polls of the queue.
                await asyncio.sleep(1.0)
                if printer.front.asked == before:
                    break
        await process.act("print", order("woken"))
        assert (await ended(process, "woken"))["name"] == "job.done"
        assert printer.front.asked > before


# Jobs.


async def test_a_document_is_printed_and_its_end_told_once(
    printer: SimulatedPrinter, running: DeviceProcess
) -> None:
    answer = await running.act("print", order("report-1"))
    assert answer["body"]["repeated"] is False
    done = await ended(running, "report-1")
    assert (done["name"], done["body"]["job"]) == ("job.done", answer["body"]["job"])
    assert done["body"]["title"] == "成绩单"
    (document,) = printer.printed
    assert document.startswith(b"%PDF-")


async def test_one_key_prints_once_whoever_asks_and_however_often(
    service: PrintService, printer: SimulatedPrinter, running: DeviceProcess
) -> None:
    first = (await running.act("print", order("once")))["body"]
    again = (await running.act("print", order("once")))["body"]
    assert (again["repeated"], again["job"]) == (True, first["job"])
    await ended(running, "once")
    refused = await running.act("print", order("once", PAGE + b"\n"))
    assert code_of(refused) == reasons.KEY_IN_USE.code
    # Neither a new process nor a restarted CUPS forgets it.
    await service.restart()
    async with device_process("printer.ipp", printer.sighting, QUICK) as other:
        await other.until_state("ready")
        after = (await other.act("print", order("once")))["body"]
    assert (after["repeated"], after["job"], after["state"]) == (True, first["job"], "completed")
    assert len(printer.printed) == 1


async def test_a_cups_that_forgets_ended_jobs_neither_prints_twice_nor_loses_what_came_out() -> None:
    async with PrintService(remembers=False) as service:
        plugged = SimulatedPrinter(service, "office")
        await plugged.plug()
        async with device_process("printer.ipp", plugged.sighting, QUICK) as process:
            await process.until_state("ready")
            # The second has the title of the first: what the printer told before is no word about it.
            for number, key in enumerate(("first", "second"), 1):
                await process.act("print", order(key))
                end = await ended(process, key)
                assert (end["name"], end["body"]["state"]) == ("job.done", "completed"), end
                assert (await process.act("jobs"))["body"]["jobs"] == []
                again = (await process.act("print", order(key)))["body"]
                assert (again["repeated"], again["state"]) == (True, "completed")
                assert (await process.act("job", {"key": key}))["body"]["state"] == "completed"
                assert len(plugged.printed) == number
            unknown = await process.act("job", {"key": "never"})
            assert (unknown["t"], code_of(unknown)) == ("refused", reasons.NO_SUCH_JOB.code)


async def test_a_job_waits_while_paper_is_jammed_and_comes_out_afterwards(
    printer: SimulatedPrinter, running: DeviceProcess
) -> None:
    await printer.jam()
    await running.until_state("failed", reasons.MEDIA_JAM.code)
    await running.act("print", order("jammed"))
    tested = await running.act("self_test", {"wait_s": 10})
    assert tested["body"]["passed"] is False
    assert reasons.MEDIA_JAM.zh in tested["body"]["steps"][-1]["zh"]
    await printer.clear_jam()
    assert (await ended(running, "jammed"))["name"] == "job.done"
    # The test page was taken back, so it does not come out later by itself.
    assert len(printer.printed) == 1


async def test_a_waiting_job_is_cancelled_by_its_key_and_told_as_failed(
    printer: SimulatedPrinter, running: DeviceProcess
) -> None:
    await printer.hold_page()
    await running.act("print", order("wrong"))
    cancelled = await running.act("cancel", {"key": "wrong"})
    assert cancelled["t"] == "answer", cancelled
    failed = await ended(running, "wrong")
    assert (failed["name"], reason_told(failed)) == ("job.failed", reasons.JOB_CANCELLED.code)
    assert code_of(await running.act("cancel", {"key": "wrong"})) == reasons.NO_SUCH_JOB.code
    await printer.release_page()


async def test_a_printer_that_breaks_down_in_mid_job_is_told(
    printer: SimulatedPrinter, running: DeviceProcess
) -> None:
    await printer.break_down()
    await running.act("print", order("broken"))
    failed = await ended(running, "broken")
    # CUPS may miss it and call the job done: the printer's own list is asked.
    assert (failed["name"], reason_told(failed)) == ("job.failed", reasons.JOB_ABORTED.code)
    assert "the fuser is broken" in failed["body"]["detail"]
    refused = await running.act("print_test")
    assert refused["t"] == "refused"
    await printer.repair()
    assert (await running.act("print_test"))["body"]["state"] == "completed"


async def test_power_cut_in_mid_job_is_told_and_nothing_is_called_done_that_did_not_come_out(
    printer: SimulatedPrinter, running: DeviceProcess
) -> None:
    await printer.hold_page()
    await running.act("print", order("cut"))
    await running.until_state("busy")
    since = len(running.told)
    await printer.cut_power()
    await running.until_state("failed", reasons.OFFLINE.code, since)
    assert printer.printed == []
    await printer.release_page()
    await printer.restore_power()
    end = await ended(running, "cut")
    await running.until_state("ready", "", since)
    # CUPS sends it again when it notices, and else calls it completed: then nobody knows.
    if end["name"] == "job.done":
        assert len(printer.printed) == 1
    else:
        assert reason_told(end) == reasons.JOB_LOST.code
        assert printer.printed == []
        told = await running.act("job", {"key": "cut"})
        assert (told["body"]["state"], reason_told(told)) == ("aborted", reasons.JOB_LOST.code)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        (order("a", b"MZ\x90 a program"), reasons.FORMAT_REFUSED),
        ({**order("a"), "document": "%%%"}, reasons.BAD_PARAMETERS),
    ],
)
async def test_what_is_no_document_is_refused_with_a_sentence(
    running: DeviceProcess, parameters: dict[str, Any], reason: Reason
) -> None:
    refused = await running.act("print", parameters)
    assert code_of(refused) == reason.code
    assert refused["detail"].startswith("document")


async def test_wrong_parameters_are_refused_and_the_printer_goes_on(
    printer: SimulatedPrinter, running: DeviceProcess
) -> None:
    for action, parameters in (
        ("print", {**order("a"), "copies": 1000}),
        ("print", {**order("a"), "title": "two\nlines"}),
        ("print", {"title": "no document"}),
        ("cancel", {}),
        ("cancel", {"job": 1, "key": "both"}),
        ("self_test", {"wait_s": -1}),
    ):
        refused = await running.act(action, parameters)
        assert refused["t"] == "refused", (action, parameters)
    assert code_of(await running.act("cancel", {"job": 4711})) == reasons.NO_SUCH_JOB.code
    assert printer.printed == []
    assert (await running.act("self_test"))["body"]["passed"] is True


# The queue.


async def test_a_queue_that_cups_stopped_itself_is_resumed_and_its_job_comes_out(
    service: PrintService, printer: SimulatedPrinter, running: DeviceProcess
) -> None:
    await service.run("lpadmin", "-p", "office", "-o", "printer-error-policy=stop-printer")
    await printer.stumble()
    await running.act("print", order("stumbled"))
    await running.until_state("failed", reasons.QUEUE_PAUSED.code)
    await running.until_state("degraded", reasons.QUEUE_RESUMED.code)
    assert (await ended(running, "stumbled"))["name"] == "job.done"
    assert len(printer.printed) == 1


async def test_a_queue_that_pauses_again_and_again_is_left_to_a_person(
    service: PrintService, printer: SimulatedPrinter
) -> None:
    await service.run("lpadmin", "-p", "office", "-o", "printer-error-policy=stop-printer")
    async with device_process("printer.ipp", printer.sighting, {**QUICK, "heals_at_most": 1}) as running:
        await running.until_state("ready")
        await printer.stumble(100)
        await running.act("print", order("stumbling"))
        await running.until_state("failed", reasons.KEEPS_PAUSING.code)
        await printer.stumble(0)
        assert (await running.act("resume"))["t"] == "answer"
        assert (await ended(running, "stumbling"))["name"] == "job.done"


async def test_a_queue_that_a_person_paused_stays_paused_until_resumed(
    service: PrintService, printer: SimulatedPrinter, running: DeviceProcess
) -> None:
    for why in ((), ("-r", "Printer stopped: ask the office")):
        since = len(running.told)
        await service.run("cupsdisable", *why, "office")
        await running.until_state("failed", reasons.PAUSED_BY_HAND.code, since)
        key = f"paused {len(why)}"
        await running.act("print", order(key))
        # Long enough for any healing to show: the job's state is asked several polls later.
        for _ in range(3):
            await running.act("self_test", {"page": False})
        assert (await running.act("job", {"key": key}))["body"]["state"] == "pending"
        since = len(running.told)
        assert (await running.act("resume"))["t"] == "answer"
        assert (await ended(running, key))["name"] == "job.done"
        await running.until_state("ready", "", since)
    assert not any(code == reasons.QUEUE_RESUMED.code for _, code in running.states())


async def test_a_restarted_cups_is_no_fault_and_one_that_stays_away_is_told_and_recovers(
    service: PrintService, running: DeviceProcess
) -> None:
    since = len(running.told)
    await service.restart()
    assert (await running.act("self_test", {"page": False}))["body"]["passed"] is True
    assert all(one["state"] != "failed" for one in running.told[since:] if one["t"] == "state")
    await service.stop()
    await running.until_state("failed", reasons.CUPS_DOWN.code, since)
    assert code_of(await running.act("print", order("meanwhile"))) == reasons.CUPS_DOWN.code
    since = len(running.told)
    await service.start()
    await running.until_state("ready", "", since)


async def test_a_deleted_queue_ends_the_device(service: PrintService, running: DeviceProcess) -> None:
    await service.run("lpadmin", "-x", "office")
    assert (await running.until_end())["t"] == "gone"


# The line to the printer.


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("silent", reasons.NO_ANSWER_IN_TIME),
        ("hang", reasons.NO_ANSWER_IN_TIME),
        ("garbage", reasons.GARBLED),
    ],
)
async def test_a_line_that_misbehaves_is_a_reason_and_ends_when_it_is_well(
    printer: SimulatedPrinter, mode: Misbehaviour, reason: Reason
) -> None:
    async with device_process("printer.ipp", printer.sighting, {**QUICK, "answers_within_s": 0.5}) as process:
        await process.until_state("ready")
        printer.misbehave(mode)
        await process.until_state("failed", reason.code)
        since = len(process.told)
        printer.misbehave("none")
        await process.until_state("ready", "", since)


async def test_a_slow_line_is_waited_for(printer: SimulatedPrinter, running: DeviceProcess) -> None:
    printer.misbehave("slow")
    answer = await running.act("self_test", {"page": False})
    assert answer["body"]["passed"] is True


async def test_a_printer_that_is_off_when_the_daemon_starts_is_named_once_it_answers(
    printer: SimulatedPrinter,
) -> None:
    await printer.cut_power()
    async with device_process("printer.ipp", printer.sighting, QUICK) as process:
        await process.until_state("failed", reasons.OFFLINE.code)
        assert process.told[0]["serial"] == ""
        await printer.restore_power()
        # The process ends and is started anew by the manager, with the name it could not tell before.
        assert code_of(await process.until_end()) == reasons.STARTING.code


async def test_unplugged_in_mid_job_it_is_offline_at_once(
    printer: SimulatedPrinter, running: DeviceProcess
) -> None:
    await printer.hold_page()
    await running.act("print", order("pulled"))
    await running.until_state("busy")
    pulled_at = time.monotonic()
    await printer.unplug()
    told = await running.until_state("failed", reasons.OFFLINE.code)
    # The simulator ends two servers within this time, perhaps beside other tests.
    assert told["at"] - pulled_at < 5
