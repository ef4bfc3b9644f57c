"""Code scanners on the real evdev and serial paths: keyboard, USB-serial bridge and CDC-ACM of a testbed."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import subprocess
import sys
import termios
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from firmware_adapters.simulators.scanner import (
    SimulatedAcmScanner,
    SimulatedKeyboardScanner,
    SimulatedScanner,
    SimulatedSerialScanner,
)
from firmware_adapters.simulators.testbed import Testbed
from firmware_adapters.simulators.testbed_tree import UsbFacts
from tests.device_process import DeviceProcess, device_process

ADAPTERS: dict[type[SimulatedScanner], str] = {
    SimulatedKeyboardScanner: "scanner.keyboard",
    SimulatedSerialScanner: "scanner.serial",
    SimulatedAcmScanner: "scanner.serial",
}
TICKET = "140108250017"
EVERY_WIRE = pytest.mark.parametrize(
    "scanner",
    [SimulatedKeyboardScanner, SimulatedSerialScanner, SimulatedAcmScanner],
    ids=["keyboard", "serial", "acm"],
    indirect=True,
)


@pytest.fixture
def testbed() -> Iterator[Testbed]:
    with Testbed() as made:
        yield made


@pytest.fixture
async def scanner(testbed: Testbed, request: pytest.FixtureRequest) -> AsyncIterator[SimulatedScanner]:
    made: SimulatedScanner = request.param(testbed)
    await made.plug()
    yield made
    await made.unplug()


@pytest.fixture
async def keyboard(testbed: Testbed) -> AsyncIterator[SimulatedKeyboardScanner]:
    made = SimulatedKeyboardScanner(testbed)
    await made.plug()
    yield made
    await made.unplug()


@pytest.fixture
async def line(testbed: Testbed) -> AsyncIterator[SimulatedAcmScanner]:
    made = SimulatedAcmScanner(testbed)
    await made.plug()
    yield made
    await made.unplug()


def run(
    scanner: SimulatedScanner, options: Mapping[str, Any] | None = None
) -> AbstractAsyncContextManager[DeviceProcess]:
    # Patient: on a machine at work on other things a simulated scanner may stop for a moment.
    given = {"idle_s": 0.8, **(options or {})}
    return device_process(
        ADAPTERS[type(scanner)], scanner.sighting, given, environment=scanner.testbed.environment()
    )


async def next_scan(running: DeviceProcess, since: int) -> dict[str, Any]:
    told = await running.until(lambda one: one.get("name") in ("code.scanned", "code.unreadable"), since)
    body: dict[str, Any] = told["body"]
    return body


@EVERY_WIRE
async def test_a_ticket_is_told_once_as_it_was_read(scanner: SimulatedScanner) -> None:
    async with run(scanner) as running:
        await running.until_state("ready")
        scanner.scan(TICKET)
        body = await next_scan(running, 0)
        assert body == {
            "text": TICKET,
            "symbology": "",
            "source": "scanner",
            "repeated": False,
            "ended_by": "terminator",
        }
        since = len(running.told)
        scanner.scan("https://example.cn/t?a=1&B=~{X}")
        assert (await next_scan(running, since))["text"] == "https://example.cn/t?a=1&B=~{X}"
        assert running.names() == ["code.scanned"] * 2


@EVERY_WIRE
async def test_chinese_comes_through(scanner: SimulatedScanner) -> None:
    async with run(scanner) as running:
        await running.until_state("ready")
        scanner.scan("准考证：张三𠮷T1")
        assert (await next_scan(running, 0))["text"] == "准考证：张三𠮷T1"


@EVERY_WIRE
async def test_the_same_code_again_at_once_is_marked_as_repeated(scanner: SimulatedScanner) -> None:
    async with run(scanner, {"repeat_window_s": 30.0}) as running:
        await running.until_state("ready")
        for code in ("A1", "A1", "B2", "A1"):
            scanner.scan(code)
        await running.until(lambda one: running.names().count("code.scanned") == 4)
        bodies = [one["body"] for one in running.told if one.get("name") == "code.scanned"]
        assert [(body["text"], body["repeated"]) for body in bodies] == [
            ("A1", False),
            ("A1", True),
            ("B2", False),
            ("A1", True),
        ]


@EVERY_WIRE
async def test_a_scanner_without_terminator_is_cut_at_silence(scanner: SimulatedScanner) -> None:
    scanner.terminator = ""
    async with run(scanner) as running:
        await running.until_state("ready")
        scanner.scan(TICKET)
        body = await next_scan(running, 0)
        assert (body["text"], body["ended_by"]) == (TICKET, "idle")


@EVERY_WIRE
async def test_prefix_and_kind_of_code_are_taken_off(scanner: SimulatedScanner) -> None:
    scanner.prefix = "%]Q1"
    async with run(scanner, {"prefix": "%", "aim_identifier": True}) as running:
        await running.until_state("ready")
        scanner.scan(TICKET)
        body = await next_scan(running, 0)
        assert (body["text"], body["symbology"]) == (TICKET, "qr_code")


@EVERY_WIRE
async def test_a_slow_scanner_is_waited_for(scanner: SimulatedScanner) -> None:
    async with run(scanner) as running:
        await running.until_state("ready")
        scanner.misbehave("slow")
        scanner.scan("T1401")
        assert (await next_scan(running, 0))["text"] == "T1401"


@EVERY_WIRE
async def test_half_a_code_is_refused_and_the_next_one_is_whole(scanner: SimulatedScanner) -> None:
    async with run(scanner) as running:
        await running.until_state("ready")
        scanner.scan(TICKET)
        await next_scan(running, 0)
        since = len(running.told)
        scanner.misbehave("hang")
        scanner.scan(TICKET)
        body = await next_scan(running, since)
        assert body["reason"]["code"] == "scanner.incomplete"
        assert body["shown"] == TICKET[:6]
        scanner.misbehave("none")
        since = len(running.told)
        scanner.scan(TICKET)
        assert (await next_scan(running, since))["text"] == TICKET


@EVERY_WIRE
async def test_garbage_never_ends_the_process_and_a_good_code_is_read_after_it(
    scanner: SimulatedScanner,
) -> None:
    async with run(scanner) as running:
        await running.until_state("ready")
        scanner.misbehave("garbage")
        for _ in range(5):
            scanner.scan("x")
        await running.until(lambda one: one.get("name") == "code.unreadable")
        scanner.misbehave("none")
        await until_read(running, scanner)
        assert [one for one in running.told if one["t"] in ("fault", "gone", "error")] == []


async def until_read(running: DeviceProcess, scanner: SimulatedScanner) -> None:
    """Scan codes until one is read: what was sent before may have spoilt the first."""
    for number in range(10):
        wanted = f"GOOD{number}"
        scanner.scan(wanted)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await running.until(lambda one: one.get("body", {}).get("text") == wanted)  # noqa: B023
                return
    raise AssertionError(f"nothing was read after garbage: {running.told[-5:]}")


@EVERY_WIRE
async def test_unplugged_in_the_middle_of_a_code_it_is_gone_and_comes_back(
    testbed: Testbed, scanner: SimulatedScanner
) -> None:
    async with run(scanner) as running:
        await running.until_state("ready")
        scanner.misbehave("slow")
        scanner.scan(TICKET * 20)
        reading = asyncio.create_task(running.act("read_one", {"wait_s": 30.0}))
        await asyncio.sleep(0.1)
        await scanner.unplug()
        end = await running.until_end()
        assert end["t"] == "gone"
        assert running.names() == []
        reading.cancel()
    scanner.misbehave("none")
    await scanner.plug()
    async with run(scanner) as running:
        await running.until_state("ready")
        scanner.scan(TICKET)
        assert (await next_scan(running, 0))["text"] == TICKET


@EVERY_WIRE
async def test_a_scanner_that_is_not_there_is_gone(testbed: Testbed, scanner: SimulatedScanner) -> None:
    sighting = scanner.sighting
    await scanner.unplug()
    async with device_process(
        ADAPTERS[type(scanner)], sighting, environment=testbed.environment()
    ) as running:
        assert (await running.until_end())["t"] == "gone"


@EVERY_WIRE
async def test_one_code_is_read_on_demand_and_a_silent_scanner_is_a_reason(
    scanner: SimulatedScanner,
) -> None:
    async with run(scanner) as running:
        await running.until_state("ready")
        scanner.misbehave("silent")
        scanner.scan(TICKET)
        refused = await running.act("read_one", {"wait_s": 0.2})
        assert refused["reason"]["code"] == "scanner.nothing_scanned"
        scanner.misbehave("none")
        reading = asyncio.create_task(running.act("read_one", {"wait_s": 20.0}))
        await running.until(lambda one: one["t"] == "opened")
        await asyncio.sleep(0.05)
        scanner.scan(TICKET)
        answer = await reading
        assert answer["body"] == {"text": TICKET, "symbology": "", "ended_by": "terminator"}
        wrong = await running.act("read_one", {"wait_s": 3600})
        assert wrong["reason"]["code"] == "scanner.bad_parameters"


@EVERY_WIRE
async def test_a_self_test_reads_a_code_and_keeps_nothing_of_it(scanner: SimulatedScanner) -> None:
    async with run(scanner) as running:
        await running.until_state("ready")
        alone = await running.act("self_test")
        assert alone["body"]["passed"] is True
        testing = asyncio.create_task(running.act("self_test", {"code": True, "wait_s": 20.0}))
        await asyncio.sleep(0.05)
        scanner.scan(TICKET)
        answer = await testing
        assert answer["body"]["passed"] is True
        assert answer["body"]["steps"][-1]["name"] == "reads_code"
        assert TICKET not in str(answer["body"])


async def test_two_scanners_of_the_same_kind_keep_apart(testbed: Testbed) -> None:
    first, second = SimulatedKeyboardScanner(testbed), SimulatedKeyboardScanner(testbed)
    await first.plug()
    await second.plug()
    try:
        async with run(first) as one, run(second) as other:
            await one.until_state("ready")
            await other.until_state("ready")
            first.scan("FIRST")
            second.scan("SECOND")
            assert (await next_scan(one, 0))["text"] == "FIRST"
            assert (await next_scan(other, 0))["text"] == "SECOND"
            await first.unplug()
            await one.until_end()
            since = len(other.told)
            second.scan("STILL HERE")
            assert (await next_scan(other, since))["text"] == "STILL HERE"
    finally:
        await first.unplug()
        await second.unplug()


async def test_another_scanner_on_the_same_port_is_read_as_itself(testbed: Testbed) -> None:
    port = UsbFacts(
        "0c2e", "0b61", maker="Honeywell", model="A", serial="A1", interfaces=("030101",), port="1-3"
    )
    other = UsbFacts(
        "1eab", "1d03", maker="Newland", model="B", serial="B1", interfaces=("030101",), port="1-3"
    )
    first = SimulatedKeyboardScanner(testbed, port)
    await first.plug()
    async with run(first) as running:
        identity = await running.until(lambda one: one["t"] == "identity")
        assert (identity["serial"], identity["model"]) == ("A1", "A")
        await first.unplug()
        await running.until_end()
    second = SimulatedKeyboardScanner(testbed, other)
    await second.plug()
    async with run(second) as running:
        identity = await running.until(lambda one: one["t"] == "identity")
        assert (identity["serial"], identity["model"]) == ("B1", "B")
    await second.unplug()


async def test_a_keyboard_scanner_is_grabbed_while_it_runs_and_given_back_after(
    testbed: Testbed, keyboard: SimulatedKeyboardScanner
) -> None:
    async with run(keyboard) as running:
        await running.until_state("ready")
        assert keyboard.node.grabbed_by is not None
        # Another program, as the console is one, hears nothing.
        assert grabs(testbed, keyboard) == errno.EBUSY
    async with asyncio.timeout(5):
        while keyboard.node.grabbed_by is not None:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    assert grabs(testbed, keyboard) == 0


async def test_a_keyboard_that_another_program_holds_is_a_fault_with_what_to_do(
    testbed: Testbed, keyboard: SimulatedKeyboardScanner
) -> None:
    holding = subprocess.Popen(  # noqa: ASYNC220 - starts in a few milliseconds
        [sys.executable, "-c", HOLD, keyboard.sighting.node],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(testbed),
    )
    assert holding.stdin is not None
    assert holding.stdout is not None
    try:
        assert await asyncio.to_thread(holding.stdout.readline) == b"held\n"
        async with run(keyboard) as running:
            end = await running.until_end()
            assert (end["t"], end["reason"]["code"]) == ("fault", "scanner.grab_taken")
    finally:
        holding.communicate()


HOLD = """
import sys, evdev
device = evdev.InputDevice(sys.argv[1])
device.grab()
print("held", flush=True)
sys.stdin.read()
"""
GRAB = """
import sys, evdev
try:
    evdev.InputDevice(sys.argv[1]).grab()
except OSError as error:
    sys.exit(error.errno)
"""


def environment(testbed: Testbed) -> dict[str, str]:
    return {**os.environ, **testbed.environment()}


def grabs(testbed: Testbed, keyboard: SimulatedKeyboardScanner) -> int:
    """Have another program grab the keyboard; return its errno."""
    return subprocess.run(
        [sys.executable, "-c", GRAB, keyboard.sighting.node], env=environment(testbed), check=False
    ).returncode


async def test_keys_that_the_kernel_dropped_spoil_that_scan_only(keyboard: SimulatedKeyboardScanner) -> None:
    keyboard.hurried = True
    async with run(keyboard) as running:
        await running.until_state("ready")
        # So fast that no reader keeps up: the kernel's 64 events overflow.
        keyboard.scan("x" * 600)
        told = await running.until(
            lambda one: (
                one.get("name") == "code.unreadable" and one["body"]["reason"]["code"] == "scanner.keys_lost"
            )
        )
        assert told["body"]["reason"]["zh"]
        keyboard.hurried = False
        await until_read(running, keyboard)


async def test_three_refused_scans_make_the_scanner_degraded_until_a_good_one(
    line: SimulatedAcmScanner,
) -> None:
    async with run(line) as running:
        await running.until_state("ready")
        for _ in range(3):
            line.scan("bad\x07code")
        degraded = await running.until_state("degraded")
        assert degraded["reason"]["code"] == "scanner.control_characters"
        since = len(running.told)
        line.scan(TICKET)
        await running.until_state("ready", since=since)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"9" * 10_240 + b"\r", "scanner.too_long"),
        (b"9" * 200_000 + b"\r", "scanner.too_long"),
        (b"12\x0034\r", "scanner.control_characters"),
        (b"12\x1b[2J\r", "scanner.control_characters"),
        (b"\xff\xfe\x80\x80\r", "scanner.not_text"),
        ("\ue000\r".encode(), "scanner.not_text"),
    ],
    ids=["10 kB", "200 kB", "NUL", "escape", "no text", "private use"],
)
async def test_what_is_no_code_becomes_a_reason_with_a_sentence(
    line: SimulatedAcmScanner, sent: bytes, code: str
) -> None:
    async with run(line) as running:
        await running.until_state("ready")
        line.send(sent)
        body = await next_scan(running, 0)
        assert body["reason"]["code"] == code
        assert len(body["shown"]) <= 61
        assert body["shown"].isprintable()
        since = len(running.told)
        line.scan(TICKET)
        assert (await next_scan(running, since))["text"] == TICKET


async def test_gb_18030_is_read_where_it_is_no_utf_8(line: SimulatedAcmScanner) -> None:
    line.encoding = "gb18030"
    async with run(line) as running:
        await running.until_state("ready")
        line.scan("山西省太原市")
        assert (await next_scan(running, 0))["text"] == "山西省太原市"


async def test_a_line_is_set_as_the_options_say_and_nobody_else_may_have_it(
    testbed: Testbed, line: SimulatedAcmScanner
) -> None:
    options = {"baud": 19200, "data_bits": 7, "parity": "even", "stop_bits": 2}
    async with run(line, options) as running:
        await running.until_state("ready")
        baud, flags = line.line_settings()
        assert baud == 19200
        assert flags & termios.CSTOPB
        assert (await running.act("self_test"))["body"]["steps"][0]["measured"] == "19200 7E2"
        async with run(line) as second:
            end = await second.until_end()
            assert (end["t"], end["reason"]["code"]) == ("fault", "scanner.port_busy")


async def test_a_code_is_told_within_a_second_of_being_scanned(keyboard: SimulatedKeyboardScanner) -> None:
    loop = asyncio.get_running_loop()
    took_s = []
    async with run(keyboard) as running:
        await running.until_state("ready")
        # The best of five: the machine may be at work on other things.
        for number in range(5):
            begun, since = loop.time(), len(running.told)
            keyboard.scan(f"{TICKET}{number}")
            assert (await next_scan(running, since))["text"] == f"{TICKET}{number}"
            took_s.append(loop.time() - begun)
    assert min(took_s) < 1.0, took_s


async def test_ten_replugs_leave_the_scanner_working(testbed: Testbed, line: SimulatedAcmScanner) -> None:
    for number in range(10):
        async with run(line) as running:
            await running.until_state("ready")
            line.scan(f"N{number}")
            assert (await next_scan(running, 0))["text"] == f"N{number}"
            await line.unplug()
            assert (await running.until_end())["t"] == "gone"
        await line.plug()
