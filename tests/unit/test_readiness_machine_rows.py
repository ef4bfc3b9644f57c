"""Rows of candidate and invigilator machines, from what these report; and the file of reports."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from exam_appliance.readiness.checks import invigilator_machines, seats
from exam_appliance.readiness.finding import State
from exam_appliance.readiness.heard.machine_report import MachineReport
from exam_appliance.readiness.heard.machines import (
    MOST_AT_ADDRESS,
    MOST_MACHINES,
    HeardMachine,
    Machines,
    heard_machines,
)
from exam_appliance.readiness.heard.user_agent import browser_facts
from tests.readiness_parts import CHROME, NOW, heard, kiosk, room_of, row, sources

SEAT_ROWS = tuple(seats.ROWS)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "readiness" / "machines.db"


@pytest.fixture
def machines(file: Path) -> Iterator[Machines]:
    with closing(Machines(file)) as held:
        yield held


@pytest.mark.parametrize("row_id", SEAT_ROWS)
async def test_thirty_good_kiosks_pass_every_seat_row_and_nobody_leaves_it_unknown(
    tmp_path: Path, row_id: str
) -> None:
    full = await seats.check(row(row_id), sources(tmp_path, machines=room_of(30)))
    assert full.state is State.PASS, full
    nobody = await seats.check(row(row_id), sources(tmp_path))
    assert nobody.state is State.UNKNOWN


async def test_too_few_reports_leave_a_row_unknown_and_say_how_many_more(tmp_path: Path) -> None:
    finding = await seats.check(row("site.seat.pc"), sources(tmp_path, machines=room_of(12)))
    assert finding.state is State.UNKNOWN
    assert finding.todo is not None
    assert finding.todo.zh.startswith("还差 18 台未上报")


async def test_a_weak_machine_among_enough_fails_the_row_and_is_named_and_a_spare_one_heals_it(
    tmp_path: Path,
) -> None:
    weak = heard(kiosk(30, memory_mb=1900, cores=2))
    finding = await seats.check(row("site.seat.pc"), sources(tmp_path, machines=(*room_of(29), weak)))
    assert finding.state is State.FAIL
    assert finding.todo is not None
    assert "第一考场30号" in finding.todo.zh
    spare = heard(kiosk(31))
    healed = await seats.check(row("site.seat.pc"), sources(tmp_path, machines=(*room_of(29), weak, spare)))
    assert healed.state is State.PASS


@pytest.mark.parametrize(
    ("different", "state"),
    [
        ({"cameras": [{"width": 2304, "height": 1296}]}, State.PASS),
        ({"cameras": [{"width": 1920, "height": 1080}]}, State.FAIL),
        ({"cameras": []}, State.FAIL),
        ({"cameras": None}, State.UNKNOWN),
    ],
)
async def test_a_seat_camera_needs_three_megapixels(
    tmp_path: Path, different: dict[str, object], state: State
) -> None:
    one_needed = row("site.seat.camera").model_copy(update={"quantity": 1})
    finding = await seats.check(one_needed, sources(tmp_path, machines=(heard(kiosk(1, **different)),)))
    assert finding.state is state


async def test_a_page_in_a_browser_leaves_open_what_a_browser_cannot_tell(tmp_path: Path) -> None:
    page = MachineReport.model_validate(
        {
            "machine": "0123456789abcdef",
            "source": "page",
            "cores": 4,
            "display": {"width_px": 1366, "height_px": 768},
        }
    )
    told = (heard(page, "invigilator", address="10.0.0.50"),)
    pc = await invigilator_machines.check(row("site.invigilator.pc"), sources(tmp_path, machines=told))
    assert pc.state is State.UNKNOWN
    by_name = {point.name.en: point.state for point in pc.points}
    assert by_name["cores"] is State.PASS
    assert by_name["display aspect"] is State.PASS
    assert by_name["memory"] is State.UNKNOWN
    browser = await invigilator_machines.check(
        row("site.invigilator.browser"), sources(tmp_path, machines=told)
    )
    assert browser.state is State.PASS
    old = (heard(page, "invigilator", CHROME.replace("120", "86")),)
    browser = await invigilator_machines.check(
        row("site.invigilator.browser"), sources(tmp_path, machines=old)
    )
    assert browser.state is State.FAIL


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (CHROME, ("chromium", 120, "linux", 64)),
        (
            "Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0",
            ("firefox", 115, "windows", 64),
        ),
        (
            "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 Chrome/86.0 Safari",
            ("chromium", 86, "windows", 32),
        ),
        ("Mozilla/5.0 (X11; UOS; Linux x86_64) Chrome/109.0", ("chromium", 109, "uos", 64)),
        ("curl/7", ("", None, "", None)),
    ],
)
def test_a_browser_tells_its_engine_and_system(header: str, told: tuple[object, ...]) -> None:
    facts = browser_facts(header)
    assert (facts.engine, facts.version, facts.system_id, facts.bits) == told


@given(st.text(max_size=300))
@settings(max_examples=80)
def test_any_user_agent_is_taken(header: str) -> None:
    browser_facts(header)


def test_reports_of_an_odd_form_are_refused() -> None:
    good = kiosk(1).model_dump(mode="json")
    for bad in (
        {"machine": "../../etc"},
        {"cores": -1},
        {"room": "x\ny"},
        {"cameras": [{"width": 1, "height": 1}] * 9},
        {"more": 1},
        {"cpu_model": "x" * 200},
    ):
        with pytest.raises(ValidationError):
            MachineReport.model_validate({**good, **bad})


def test_the_newest_report_of_a_machine_counts_and_a_page_never_covers_an_agent(
    file: Path, machines: Machines
) -> None:
    machines.keep("seat", kiosk(1), "10.0.0.101", CHROME, NOW)
    machines.keep("seat", kiosk(1, cores=8), "10.0.0.101", CHROME, NOW + timedelta(minutes=1))
    machines.keep("seat", kiosk(1, source="page", cores=2), "10.0.0.102", CHROME, NOW + timedelta(minutes=2))
    (found,) = heard_machines(file, NOW + timedelta(minutes=3))
    assert (found.report.source, found.report.cores) == ("agent", 8)
    assert found.addresses == ("10.0.0.102", "10.0.0.101")
    assert found.named == "第一考场1号"


def test_two_reports_from_one_address_are_one_machine_and_an_old_one_is_forgotten(
    file: Path, machines: Machines
) -> None:
    first = kiosk(1, source="page", machine="first-browser")
    second = kiosk(1, source="page", machine="second-browser")
    machines.keep("invigilator", first, "10.0.0.50", CHROME, NOW)
    machines.keep("invigilator", second, "10.0.0.50", CHROME, NOW + timedelta(hours=1))
    found: tuple[HeardMachine, ...] = heard_machines(file, NOW + timedelta(hours=2))
    assert [one.report.machine for one in found] == ["second-browser"]
    assert heard_machines(file, NOW + timedelta(days=31)) == ()
    assert heard_machines(file.with_name("none.db"), NOW) == ()


def test_the_file_of_reports_stays_bounded(
    file: Path, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exam_appliance.readiness.heard.machines.MOST_MACHINES", 5)
    assert MOST_MACHINES == 2000
    for seat in range(1, 9):
        machines.keep("seat", kiosk(seat), f"10.0.0.{seat}", CHROME, NOW + timedelta(seconds=seat))
    found = heard_machines(file, NOW + timedelta(hours=1))
    assert [one.report.seat for one in found] == [4, 5, 6, 7, 8]


def test_machines_made_up_at_one_address_push_out_only_each_other(file: Path, machines: Machines) -> None:
    machines.keep("seat", kiosk(1), "10.0.0.101", CHROME, NOW)
    for number in range(50):
        invented = kiosk(9, source="page", machine=f"invented-{number:04d}")
        machines.keep("seat", invented, "10.0.0.9", CHROME, NOW + timedelta(seconds=number))
    with closing(sqlite3.connect(file)) as reading:
        (held,) = reading.execute("SELECT count(*) FROM machine").fetchone()
    assert held == 1 + MOST_AT_ADDRESS
    assert [one.address for one in heard_machines(file, NOW + timedelta(hours=1))] == [
        "10.0.0.101",
        "10.0.0.9",
    ]
