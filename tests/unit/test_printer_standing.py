"""What a look at a printer and its queue comes to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.adapter import DeviceState, Reason
from firmware_adapters.printer import reasons
from firmware_adapters.printer.healing import FIRST_WAIT_S, WINDOW_S, Healer
from firmware_adapters.printer.ipp_message import Resolution
from firmware_adapters.printer.standing import PrinterLook, standing, stopped_by_itself

READY, BUSY, DEGRADED, FAILED = (
    DeviceState.READY,
    DeviceState.BUSY,
    DeviceState.DEGRADED,
    DeviceState.FAILED,
)
DPI = {"printer-resolution-supported": [Resolution(600, 600)]}


def queue(state: int = 3, message: str = "", **more: Any) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    told = {"printer-state": [state], "printer-state-message": [message]}
    return {**told, "printer-is-accepting-jobs": [True], "printer-state-reasons": ["none"], **named}


def printer(state: int = 3, *keywords: str, **more: Any) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {"printer-state": [state], "printer-state-reasons": list(keywords) or ["none"], **DPI, **named}


PAUSED = "Paused"
BACKEND = "Printer stopped due to backend errors; please consult the error_log file for details."


@pytest.mark.parametrize(
    ("look", "state", "reason"),
    [
        (PrinterLook(queue(), printer()), READY, None),
        (PrinterLook(queue(4), printer()), BUSY, None),
        (PrinterLook(queue(), printer(4)), BUSY, None),
        (PrinterLook(queue(), printer(5, "media-jam")), FAILED, reasons.MEDIA_JAM),
        (PrinterLook(queue(), printer(5)), FAILED, reasons.STOPPED),
        (PrinterLook(queue(), printer(3, "toner-low")), DEGRADED, reasons.TONER_LOW),
        (PrinterLook(queue(), printer(3, "media-empty-report")), READY, None),
        (PrinterLook(queue(), None, reasons.OFFLINE), FAILED, reasons.OFFLINE),
        (PrinterLook(queue(5, PAUSED), printer()), FAILED, reasons.PAUSED_BY_HAND),
        (PrinterLook(queue(5, BACKEND), printer()), FAILED, reasons.QUEUE_PAUSED),
        # What the printer suffers from comes first: the queue cannot go on before.
        (PrinterLook(queue(5, BACKEND), printer(5, "door-open")), FAILED, reasons.DOOR_OPEN),
        (PrinterLook(queue(printer_is_accepting_jobs=[False]), printer()), FAILED, reasons.NOT_ACCEPTING),
        (
            PrinterLook(queue(printer_state_reasons=["hold-new-jobs"]), printer()),
            DEGRADED,
            reasons.HOLDS_JOBS,
        ),
        # A printer that only CUPS can reach: the queue's word is all there is.
        (PrinterLook(queue(printer_state_reasons=["media-jam-error"]), None), FAILED, reasons.MEDIA_JAM),
        (
            PrinterLook(queue(5, PAUSED, printer_state_reasons=["paused"]), None),
            FAILED,
            reasons.PAUSED_BY_HAND,
        ),
        (
            PrinterLook(queue(printer_state_reasons=["cups-missing-filter-warning"]), printer()),
            DEGRADED,
            reasons.FILTER_MISSING,
        ),
        (
            PrinterLook(None, printer(printer_resolution_default=[Resolution(1200, 1200)])),
            DEGRADED,
            reasons.RESOLUTION_CONTRADICTS,
        ),
    ],
)
def test_one_look_has_one_state_and_the_reason_that_matters_most(
    look: PrinterLook, state: DeviceState, reason: Reason | None
) -> None:
    judged = standing(look)
    assert (judged.state, judged.reason) == (state, reason)


def test_a_queue_is_to_be_healed_only_when_cups_stopped_it_and_the_printer_is_well() -> None:
    assert standing(PrinterLook(queue(5, BACKEND), printer())).paused_by_itself
    assert not standing(PrinterLook(queue(5, BACKEND), printer(5, "media-jam"))).paused_by_itself
    assert not standing(PrinterLook(queue(5, BACKEND), None, reasons.OFFLINE)).paused_by_itself
    assert not standing(PrinterLook(queue(5, PAUSED), printer())).paused_by_itself
    assert not standing(PrinterLook(queue(3, BACKEND), printer())).paused_by_itself


@pytest.mark.parametrize(
    ("message", "by_itself"),
    [
        (BACKEND, True),
        ("Job stopped due to filter errors; please consult the error_log file for details.", True),
        ("Filter failed", True),
        ("Unable to add document to print job.", True),
        ("The printer is not responding.", True),
        ("Print job was not accepted.", True),
        (PAUSED, False),
        ("", False),
        ("换硒鼓，请找李老师", False),
        ("Printer stopped: ask the office", False),
        ("do not print before 9:00", False),
    ],
)
def test_who_stopped_a_queue_is_told_by_its_message(message: str, by_itself: bool) -> None:
    assert stopped_by_itself(queue(5, message)) is by_itself


def test_healing_waits_twice_as_long_each_time_gives_up_and_is_restored_by_a_person() -> None:
    healer, now = Healer(at_most=3), 100.0
    assert healer.due(now)
    for wait in (FIRST_WAIT_S, 2 * FIRST_WAIT_S):
        healer.healed(now)
        assert not healer.due(now + wait - 0.1)
        now += wait
        assert healer.due(now)
    healer.healed(now)
    assert healer.gives_up(now)
    assert not healer.due(now + 10 * WINDOW_S)
    healer.forget()
    assert healer.due(now)


def test_healings_long_ago_do_not_count() -> None:
    healer = Healer(at_most=2)
    healer.healed(0.0)
    assert healer.due(WINDOW_S + 1)
    healer.healed(WINDOW_S + 1)
    assert not healer.gives_up(WINDOW_S + 1)


_NAMES = [
    "printer-state",
    "printer-state-reasons",
    "printer-state-message",
    "printer-is-accepting-jobs",
    "queued-job-count",
    "media-ready",
    "printer-input-tray",
    "printer-supply",
    "marker-levels",
    "printer-resolution-supported",
]
_VALUE: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**31), 2**31 - 1),
    st.text(max_size=30),
    st.binary(max_size=30),
    st.builds(Resolution, st.integers(-10, 5000), st.integers(-10, 5000)),
    st.just({"nested": [1]}),
)
_TOLD = st.dictionaries(st.sampled_from(_NAMES), st.lists(_VALUE, max_size=4))


@given(asked=st.one_of(st.none(), _TOLD), told=st.one_of(st.none(), _TOLD))
@settings(max_examples=200)
def test_whatever_is_told_there_is_a_state_and_a_fault_has_a_sentence(
    asked: dict[str, Any] | None, told: dict[str, Any] | None
) -> None:
    judged = standing(PrinterLook(asked, told))
    assert (judged.reason is not None) == (judged.state in (FAILED, DEGRADED))
