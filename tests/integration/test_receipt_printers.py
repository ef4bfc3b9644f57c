"""Receipt printers on both wires: found, printed on, out of paper, opened, silent, gone in the middle."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from firmware_adapters.simulators.receipt_printer import (
    SimulatedReceiptPrinter,
    SimulatedTcpReceiptPrinter,
    SimulatedUsbReceiptPrinter,
)
from firmware_adapters.simulators.testbed import Testbed
from tests.device_process import DeviceProcess, code_of, device_process

WIRES = ("tcp", "usb")
Wired = Literal["tcp", "usb"]


@pytest.fixture
def testbed() -> Iterator[Testbed]:
    with Testbed() as made:
        yield made


@asynccontextmanager
async def printer_process(
    wire: Wired, testbed: Testbed, folder: Path, printer: SimulatedReceiptPrinter | None = None, **more: Any
) -> AsyncIterator[tuple[SimulatedReceiptPrinter, DeviceProcess]]:
    plugged = printer or (
        SimulatedTcpReceiptPrinter() if wire == "tcp" else SimulatedUsbReceiptPrinter(testbed)
    )
    await plugged.plug()
    options = {
        "poll_s": 0.1,
        "answers_within_s": 0.5,
        "prints_within_s": 1.0,
        "book_folder": str(folder),
        **more,
    }
    try:
        async with device_process(
            f"receipt_printer.{wire}", plugged.sighting, options, environment=testbed.environment()
        ) as running:
            yield plugged, running
    finally:
        await plugged.unplug()


def order(key: str, *texts: str) -> dict[str, Any]:
    lines: list[dict[str, Any]] = [
        {"line": "text", "text": "A023", "size": "huge", "centred": True, "bold": True},
        *({"line": "text", "text": text} for text in texts),
        {"line": "rule"},
        {"line": "code", "text": "142026110001"},
    ]
    return {"key": key, "title": "排队号", "lines": lines}


@pytest.mark.parametrize("wire", WIRES)
async def test_a_slip_comes_out_once_under_its_key(wire: Wired, testbed: Testbed, tmp_path: Path) -> None:
    async with printer_process(wire, testbed, tmp_path) as (printer, running):
        await running.until_state("ready")
        answer = await running.act("print", order("q-1", "请到一号窗口"))
        assert answer["body"] == {"key": "q-1", "state": "completed"}
        done = await running.until_event("job.done")
        assert done["body"]["key"] == "q-1"
        again = await running.act("print", order("q-1", "请到一号窗口"))
        assert again["body"]["state"] == "completed"
        other = await running.act("print", order("q-1", "请到二号窗口"))
        assert code_of(other) == "receipt_printer.key_in_use"
        assert [slip.text for slip in printer.slips] == ["A023\n请到一号窗口"]
        assert printer.slips[0].codes == ["142026110001"]
        assert (await running.act("job", {"key": "q-1"}))["body"]["state"] == "completed"
        assert code_of(await running.act("job", {"key": "q-9"})) == "receipt_printer.no_such_job"
        test = await running.act("self_test")
        assert test["body"]["passed"], test
        assert "测试条" in printer.slips[-1].text


async def test_a_key_is_remembered_by_the_next_process(testbed: Testbed, tmp_path: Path) -> None:
    printer = SimulatedTcpReceiptPrinter()
    for _ in range(2):
        async with printer_process("tcp", testbed, tmp_path, printer) as (_, running):
            await running.until_state("ready")
            assert (await running.act("print", order("q-1")))["body"]["state"] == "completed"
    assert len(printer.slips) == 1


@pytest.mark.parametrize("wire", WIRES)
async def test_paper_that_ends_in_the_middle_is_told_and_the_slip_comes_out_with_the_new_roll(
    wire: Wired, testbed: Testbed, tmp_path: Path
) -> None:
    async with printer_process(wire, testbed, tmp_path) as (printer, running):
        await running.until_state("ready")
        printer.run_out_after(40)
        answer = await running.act("print", order("q-1", "纸在中间用完"))
        assert answer["body"]["state"] == "processing"
        await running.until_state("failed", "receipt_printer.paper_out")
        assert running.names() == []
        refused = await running.act("print", order("q-2"))
        assert code_of(refused) == "receipt_printer.paper_out"
        printer.fill_paper()
        done = await running.until_event("job.done")
        assert done["body"]["key"] == "q-1"
        assert [slip.text for slip in printer.slips] == ["A023\n纸在中间用完"]


@pytest.mark.parametrize("wire", WIRES)
async def test_cover_cutter_and_a_nearly_empty_roll_are_named_and_heal(
    wire: Wired, testbed: Testbed, tmp_path: Path
) -> None:
    async with printer_process(wire, testbed, tmp_path) as (printer, running):
        await running.until_state("ready")
        for wrong, mend, state, code in (
            (printer.open_cover, printer.close_cover, "failed", "receipt_printer.cover_open"),
            (printer.jam_cutter, printer.free_cutter, "failed", "receipt_printer.cutter"),
            (printer.near_end, printer.fill_paper, "degraded", "receipt_printer.paper_low"),
        ):
            since = len(running.told)
            wrong()
            await running.until_state(state, code, since)
            test = await running.act("self_test")
            assert test["body"]["passed"] is (state == "degraded")
            since = len(running.told)
            mend()
            await running.until_state("ready", since=since)


async def test_a_printer_that_is_switched_off_in_the_middle_loses_the_slip_and_says_so(
    testbed: Testbed, tmp_path: Path
) -> None:
    async with printer_process("tcp", testbed, tmp_path) as (printer, running):
        await running.until_state("ready")
        printer.run_out_after(10)
        assert (await running.act("print", order("q-1")))["body"]["state"] == "processing"
        await printer.unplug()
        failed = await running.until_event("job.failed")
        assert failed["body"]["reason"]["code"] == "receipt_printer.job_lost"
        await running.until_state("failed", "receipt_printer.offline")
        since = len(running.told)
        printer.fill_paper()
        await printer.plug()
        await running.until_state("ready", since=since)
        again = await running.act("print", order("q-1"))
        assert again["body"]["state"] == "aborted", "what may have come out is not printed again by itself"
        assert (await running.act("print", order("q-1-again")))["body"]["state"] == "completed"


@pytest.mark.parametrize(
    ("mode", "code"),
    [("silent", "no_answer"), ("garbage", "garbage"), ("hang", "no_answer")],
)
async def test_a_line_without_proper_answers_is_named_and_heals(
    testbed: Testbed, tmp_path: Path, mode: Any, code: str
) -> None:
    async with printer_process("tcp", testbed, tmp_path) as (printer, running):
        await running.until_state("ready")
        printer.misbehave(mode)
        await running.until_state("failed", f"receipt_printer.{code}")
        refused = await running.act("print", order("q-1"))
        assert code_of(refused).startswith("receipt_printer.")
        since = len(running.told)
        printer.misbehave("none")
        await running.until_state("ready", since=since)
        assert (await running.act("print", order("q-2")))["body"]["state"] == "completed"


async def test_usb_that_is_pulled_out_is_gone(testbed: Testbed, tmp_path: Path) -> None:
    async with printer_process("usb", testbed, tmp_path) as (printer, running):
        await running.until_state("ready")
        await printer.unplug()
        end = await running.until_end()
        assert end["t"] == "gone" or code_of(end) == "receipt_printer.offline"


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"key": "k", "lines": []},
        {"key": "k", "lines": [{"line": "picture"}]},
        {"key": "名", "lines": [{"line": "rule"}]},
        {"key": "k", "lines": [{"line": "text", "text": "x" * 401}]},
        {"key": "k", "lines": [{"line": "rule"}] * 201},
    ],
)
async def test_what_is_no_slip_is_refused(
    testbed: Testbed, tmp_path: Path, parameters: dict[str, Any]
) -> None:
    async with printer_process("tcp", testbed, tmp_path) as (printer, running):
        await running.until_state("ready")
        assert code_of(await running.act("print", parameters)) == "receipt_printer.bad_parameters"
        assert printer.slips == []
