"""Rows of devices: what is plugged in, works and has its role; and rows that only a person can answer for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exam_appliance.readiness.checks import (
    agency_devices,
    by_word,
    cctv,
    face_comparison,
    identity_desk,
    identity_terminal,
    printer,
)
from exam_appliance.readiness.device_points import best_dpi, largest_picture
from exam_appliance.readiness.finding import Finding, State, Text
from exam_appliance.readiness.sources import DeviceFacts, ServiceFacts, SiteRoom
from tests.readiness_parts import NOT_THERE, device, row, sources

FACE = ServiceFacts(Text("人像对比服务（测试）", "face comparison (test)"), works=True)
BROKEN = {"state": "failed", "reason": Text("阅读器没有应答，请重新插拔", "silent: replug it")}


def points(finding: Finding) -> dict[str, State]:
    return {point.name.en: point.state for point in finding.points}


@pytest.mark.parametrize("row_id", agency_devices.ROWS)
def test_a_device_of_the_office_passes_and_one_elsewhere_is_left_to_a_declaration(row_id: str) -> None:
    role = {"agency.id_reader": "office.reader", "agency.qr_scanner": "office.scanner"}[row_id]
    assert agency_devices.judge(row(row_id), (device("any", role),)).state is State.PASS
    assert agency_devices.judge(row(row_id), (device("any", "desk-1.reader"),)).state is State.UNKNOWN
    assert agency_devices.judge(row(row_id), NOT_THERE).state is State.UNKNOWN
    broken = agency_devices.judge(row(row_id), (device("any", role, **BROKEN),))
    assert broken.state is State.FAIL
    assert "重新插拔" in broken.measured.zh


def test_an_identity_desk_needs_a_reader_a_camera_of_three_megapixels_and_faces() -> None:
    reader = device("id_card", "desk-1.reader")
    camera = device("camera", "desk-1.camera", facts={"best_still": "2304x1536"})
    here = row("site.identity.desk")
    finding = identity_desk.judge(here, (reader, camera), FACE)
    assert points(finding) == {
        "ID-card reader": State.PASS,
        "camera": State.PASS,
        "face comparison": State.PASS,
        "computer of the desk": State.UNKNOWN,
    }
    small = device("camera", "desk-1.camera", facts={"best_still": "1280x720", "formats": ["9999x9999"]})
    assert points(identity_desk.judge(here, (reader, small), FACE))["camera"] is State.FAIL
    silent = device("camera", "desk-1.camera")
    assert points(identity_desk.judge(here, (reader, silent), FACE))["camera"] is State.UNKNOWN
    assert points(identity_desk.judge(here, (reader, camera), None))["face comparison"] is State.UNKNOWN
    assert identity_desk.judge(here, NOT_THERE, None).state is State.UNKNOWN


def test_a_printer_must_be_bound_and_as_fine_as_600_dpi() -> None:
    here = row("site.printer")
    fine = device("printer", "office.reports", facts={"resolutions_dpi": [[600, 600], [300, 300]]})
    coarse = device("printer", "office.reports", facts={"resolutions_dpi": ["300x300dpi"]})
    silent = device("printer", "office.reports")
    unbound = device("printer", facts={"resolutions_dpi": [[600, 600]]})
    states = [printer.judge(here, [one]).state for one in (fine, coarse, silent, unbound)]
    assert states == [State.PASS, State.FAIL, State.UNKNOWN, State.UNKNOWN]
    assert printer.judge(here, []).state is State.UNKNOWN
    assert printer.judge(here, NOT_THERE).state is State.UNKNOWN


async def test_rooms_say_how_many_cameras_they_need(tmp_path: Path) -> None:
    rooms = (SiteRoom("第一考场", 30, ""), SiteRoom("第二考场", 30, ""))
    finding = await cctv.check(row("site.cctv"), sources(tmp_path, rooms=rooms))
    assert finding.state is State.UNKNOWN
    assert finding.todo is not None
    assert "至少 4 个摄像头" in finding.todo.zh
    bound = device("cctv", "room-1.cctv")
    assert (await cctv.check(row("site.cctv"), sources(tmp_path, devices=(bound,)))).state is State.PASS


async def test_an_identity_terminal_counts_when_it_is_connected(tmp_path: Path) -> None:
    here = row("site.identity.terminal")
    assert (await identity_terminal.check(here, sources(tmp_path))).state is State.UNKNOWN
    bound = device("terminal", "desk-1.terminal")
    assert (await identity_terminal.check(here, sources(tmp_path, devices=(bound,)))).state is State.PASS


def test_face_comparison_passes_while_it_works() -> None:
    here = row("site.face_comparison")
    assert face_comparison.judge(here, None).state is State.UNKNOWN
    assert face_comparison.judge(here, FACE).state is State.PASS
    down = ServiceFacts(FACE.name, works=False, trouble=Text("请重启服务", "restart it"))
    assert face_comparison.judge(here, down).state is State.FAIL


async def test_rows_of_word_ask_for_a_declaration_and_say_of_what(tmp_path: Path) -> None:
    for row_id in by_word.ROWS:
        finding = await by_word.check(row(row_id), sources(tmp_path))
        assert finding.state is State.UNKNOWN
        assert finding.todo is not None
        assert "申报" in finding.todo.zh


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["width", "height", "a"]), inner)
    ),
    max_leaves=8,
)


@given(JSON)
@settings(max_examples=120)
def test_whatever_a_device_says_of_itself_is_taken(told: Any) -> None:
    facts = {"best_still": told, "formats": told, "resolutions_dpi": told}
    picture, dpi = largest_picture(facts), best_dpi(facts)
    assert picture is None or (2 <= picture.width <= 20_000 and 2 <= picture.height <= 20_000)
    assert dpi is None or (min(dpi) >= 50 and max(dpi) <= 20_000)
    one: DeviceFacts = device("printer", "office.reports", facts=facts)
    assert printer.judge(row("site.printer"), [one]).state in (State.PASS, State.FAIL, State.UNKNOWN)
