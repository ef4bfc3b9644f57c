"""The checks before an exam day: what is green, what is red and what red says to do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from exam_appliance.accounts.store import StaffAccount
from exam_appliance.backup.report import BackupReport, BackupStanding, standing
from exam_appliance.backup.settings import Destination
from exam_appliance.devices.roles import STATION_KINDS, Role, Station, roles_of
from exam_appliance.practice.kept_rehearsal import KeptRehearsal, RehearsalFile
from exam_appliance.preflight.checks import (
    backup,
    clock,
    devices,
    disk,
    line,
    power,
    printing,
    rehearsal,
    sessions,
    staff,
)
from exam_appliance.preflight.looking import Copied, Looked, SessionFacts
from exam_appliance.preflight.running import CHECKS, PreflightCheck, run_preflight
from exam_appliance.readiness.finding import Finding, State, Text
from exam_appliance.readiness.gathering import Place
from exam_appliance.readiness.machine.commands import Told
from exam_appliance.readiness.sources import DeviceFacts, LineFacts, Missing
from exam_appliance.web.console.models import RehearsalReport, SaveMs
from tests.readiness_parts import NOT_THERE, NOW, REACHED, StandInLine, device, programs
from tests.site_app import site_settings
from tests.site_parts import APPLIANCE

ZONE = "Asia/Shanghai"
SILENT = Told(None, "")
CHRONY = (
    "A29FC87B,203.0.113.4,3,1764036000.1,0.000012,-0.00001,0.00002,-1.2,0.01,0.02,0.03,0.01,64.2,Normal\n"
)


class StandInDevices:
    """A device list whose printers print, or say why not."""

    def __init__(self, wrong: Text | None = None) -> None:
        self.wrong = wrong
        self.asked: list[tuple[str, str]] = []

    async def devices(self) -> tuple[DeviceFacts, ...] | Missing:
        """Return nothing: the checks were given devices."""
        return ()

    async def act(self, device: str, action: str, parameters: object) -> Text | None:
        """Note what was asked and return what went wrong."""
        self.asked.append((device, action))
        return self.wrong


def session(**different: Any) -> SessionFacts:
    given: dict[str, Any] = {
        "session": "S2026-0001",
        "title": "低压电工作业",
        "starts_at": NOW + timedelta(hours=20),
        "unlock_from": NOW + timedelta(hours=19),
        "candidates": 30,
        "state": "downloaded",
        "key": False,
        **different,
    }
    return SessionFacts(**given)


def person(username: str, *roles: Any, **different: Any) -> StaffAccount:
    held = StaffAccount(username, username, roles, True, "site", False, None)
    return replace(held, **different)


def rehearsed(**different: Any) -> KeptRehearsal:
    given: dict[str, Any] = {"candidates": 30, "saves": 900, "lost": 0, "errors": 0, **different}
    p99 = given.pop("p99", 40)
    report = RehearsalReport(save_ms=SaveMs(p50=9, p99=p99), start_bell_s=0.4, **given)
    return KeptRehearsal(at=NOW - timedelta(days=1), report=report)


def looked(folder: Path, **different: Any) -> Looked:
    given: dict[str, Any] = {
        "place": Place(site_settings(folder), APPLIANCE, "0.1.0", folder, programs({"chronyc": CHRONY})),
        "now": NOW,
        "time_zone": ZONE,
        "enrolled": True,
        "sessions": (session(),),
        "staff": (person("wang", "lead"), person("wujk", "invigilator")),
        "rehearsal": rehearsed(),
        "copied": Copied(900, 900),
        "backups": standing(site_settings(folder).backup, (), NOW),
        "roles": (),
        "devices": (),
        "device_list": StandInDevices(),
        "centre": StandInLine(),
        "exam_runs": False,
        **different,
    }
    (folder / "state").mkdir(exist_ok=True)
    return Looked(**given)


def said(finding: Finding) -> tuple[State, str]:
    return finding.state, "" if finding.todo is None else finding.todo.zh


def test_a_full_disk_and_a_slow_one_are_red() -> None:
    assert disk.space_point(50 * 10**9, 500 * 10**9).state is State.PASS
    assert disk.space_point(9 * 10**9, 100 * 10**9).state is State.FAIL
    assert disk.space_point(50 * 10**9, 2000 * 10**9).state is State.FAIL
    assert [point.state for point in disk.speed_points(4.0, 300)] == [State.PASS, State.PASS]
    assert [point.state for point in disk.speed_points(400.0, 3)] == [State.FAIL, State.FAIL]


def test_the_disk_is_measured_and_left_as_it_was(tmp_path: Path) -> None:
    sync_ms, mb_s = disk.measured(tmp_path)
    assert sync_ms > 0
    assert mb_s > 0
    assert list(tmp_path.iterdir()) == []


async def test_nothing_is_written_for_measuring_while_an_exam_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "measured", lambda folder: pytest.fail("measured"))
    finding = await disk.check(looked(tmp_path, exam_runs=True))
    assert len(finding.points) == 1


@pytest.mark.parametrize(
    ("tracking", "system", "reached", "state"),
    [
        (Told(0, CHRONY), SILENT, REACHED, State.PASS),
        (SILENT, Told(0, "yes\n"), NOT_THERE, State.PASS),
        (SILENT, SILENT, REACHED, State.PASS),
        (SILENT, SILENT, NOT_THERE, State.UNKNOWN),
        (Told(0, CHRONY.replace("Normal", "Not synchronised")), SILENT, NOT_THERE, State.UNKNOWN),
        (Told(0, CHRONY), SILENT, LineFacts(95_000, 20, ""), State.FAIL),
        (Told(0, "garbage,,,"), SILENT, LineFacts(-95_000, 20, ""), State.FAIL),
    ],
)
def test_the_clock_is_right_when_ntp_or_the_centre_says_so_and_wrong_when_the_centre_says_that(
    tracking: Told, system: Told, reached: LineFacts | Missing, state: State
) -> None:
    assert clock.judge(tracking, system, reached).state is state


def test_a_charged_ups_on_mains_is_green_and_one_on_battery_or_empty_red() -> None:
    good = device("power", "server.ups", facts={"charge_percent": 100, "runtime_s": 1800})
    battery = device("power", "server.ups", state="degraded", reason=Text("正在用电池", "on battery"))
    empty = device("power", "server.ups", facts={"charge_percent": 30, "runtime_s": 120})
    assert power.judge((good,)).state is State.PASS
    assert power.judge((battery,)).state is State.FAIL
    assert [point.state for point in power.judge((empty,)).points] == [State.PASS, State.FAIL, State.FAIL]
    assert power.judge(()).state is State.UNKNOWN
    assert power.judge(NOT_THERE).state is State.UNKNOWN


def test_a_bound_device_that_is_away_is_red_and_a_needed_role_without_one_is_open() -> None:
    desk: tuple[Role, ...] = roles_of(Station(STATION_KINDS["desk"], 1))
    reader = device("id_card", "desk-1.reader")
    camera = device("camera", "desk-1.camera")
    assert devices.judge(desk, (reader, camera)).state is State.PASS
    away = device("id_card", "desk-1.reader", state="absent", reason=Text("设备未接入", "absent"))
    state, todo = said(devices.judge(desk, (away, camera)))
    assert state is State.FAIL
    assert "设备" in todo
    open_ = devices.judge(desk, (reader,))
    assert open_.state is State.UNKNOWN
    assert "核验台 1 摄像头" in open_.measured.zh
    assert devices.judge(desk, NOT_THERE).state is State.UNKNOWN


async def test_a_page_is_printed_at_each_printer_with_a_role(tmp_path: Path) -> None:
    printer = device("printer", "office.reports", actions=("self_test", "print_test"))
    idle = device("printer", actions=("print_test",))
    working = StandInDevices()
    finding = await printing.check(looked(tmp_path, devices=(printer, idle), device_list=working))
    assert finding.state is State.PASS
    assert working.asked == [("printer-1", "print_test")]
    jammed = StandInDevices(Text("卡纸，请打开后盖取出", "paper jam"))
    finding = await printing.check(looked(tmp_path, devices=(printer,), device_list=jammed))
    assert finding.state is State.FAIL
    assert "卡纸" in finding.measured.zh
    mute = device("printer", "office.reports")
    assert (await printing.check(looked(tmp_path, devices=(mute,)))).state is State.UNKNOWN
    assert (await printing.check(looked(tmp_path, devices=()))).state is State.UNKNOWN
    dead = device("printer", "office.reports", state="failed", reason=Text("离线", "offline"))
    assert (await printing.check(looked(tmp_path, devices=(dead,)))).state is State.FAIL


def backed_up(folder: Path, hours: float, *, ok: bool = True, same_disk: bool = False) -> BackupStanding:
    disk = Destination(id="disk2", kind="disk", place="/mnt/b")
    settings = site_settings(folder).backup.model_copy(update={"destinations": (disk,)})
    report = BackupReport(
        id="b1",
        at=NOW - timedelta(hours=hours),
        destination="disk2",
        place="/mnt/b",
        ok=ok,
        same_disk=same_disk,
        zh="" if ok else "备份盘已满",
        en="" if ok else "the disk is full",
    )
    return standing(settings, (report,), NOW)


def test_the_journal_must_be_at_the_centre_and_a_backup_verified_lately(tmp_path: Path) -> None:
    none, good = standing(site_settings(tmp_path).backup, (), NOW), backed_up(tmp_path, 2)
    assert backup.judge(Copied(1000, 990), none, enrolled=True).state is State.UNKNOWN
    assert backup.judge(Copied(1000, 990), good, enrolled=True).state is State.PASS
    assert backup.judge(Copied(1000, 200), good, enrolled=True).state is State.FAIL
    assert backup.judge(Copied(10, 0), good, enrolled=False).state is State.FAIL
    for bad, why in (
        (backed_up(tmp_path, 27), "26 小时"),
        (backed_up(tmp_path, 2, ok=False), "备份盘已满"),
        (backed_up(tmp_path, 2, same_disk=True), "同一块硬盘"),
    ):
        judged = backup.judge(Copied(1000, 990), bad, enrolled=True)
        assert judged.state is State.FAIL
        todo = judged.points[-1].todo
        assert todo is not None
        assert why in todo.zh


def test_a_line_that_is_down_says_that_exams_work_without() -> None:
    assert line.judge(REACHED).state is State.PASS
    assert line.judge(LineFacts(0, 5000, "")).state is State.FAIL
    state, todo = said(line.judge(NOT_THERE))
    assert state is State.FAIL
    assert "解密码" in todo


@pytest.mark.parametrize(
    ("different", "state"),
    [
        ({}, State.PASS),
        ({"state": "announced"}, State.FAIL),
        ({"key": True}, State.PASS),
        ({"unlock_from": NOW - timedelta(minutes=5)}, State.FAIL),
        ({"unlock_from": NOW - timedelta(minutes=5), "key": True}, State.PASS),
        ({"unlock_from": NOW - timedelta(minutes=5), "state": "unlocked"}, State.PASS),
    ],
)
def test_a_session_needs_its_package_and_once_the_window_is_open_its_key(
    different: dict[str, Any], state: State
) -> None:
    assert sessions.judge((session(**different),), NOW, ZONE).state is state


def test_only_the_next_exam_day_counts_by_the_sites_calendar(tmp_path: Path) -> None:
    late = session(session="S-2", starts_at=NOW + timedelta(hours=26))
    here = looked(
        tmp_path, sessions=(session(), late, session(session="S-3", starts_at=NOW + timedelta(days=3)))
    )
    assert [one.session for one in here.day()] == ["S2026-0001", "S-2"]
    assert sessions.judge((), NOW, ZONE).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("kept", "state"),
    [
        (None, State.UNKNOWN),
        (rehearsed(), State.PASS),
        (rehearsed(candidates=10), State.UNKNOWN),
        (rehearsed(lost=1), State.FAIL),
        (rehearsed(errors=2), State.FAIL),
        (rehearsed(p99=4000), State.FAIL),
    ],
)
def test_a_rehearsal_must_be_whole_large_enough_and_without_loss(
    kept: KeptRehearsal | None, state: State
) -> None:
    assert rehearsal.judge(kept, NOW, 30, ZONE).state is state


def test_an_old_rehearsal_is_open_again_and_its_file_reads_back(tmp_path: Path) -> None:
    assert rehearsal.judge(rehearsed(), NOW + timedelta(days=8), 30, ZONE).state is State.UNKNOWN
    file = RehearsalFile(tmp_path)
    assert file.read() is None
    file.keep(rehearsed())
    assert file.read() == rehearsed()
    (tmp_path / "rehearsal.json").write_text("{")
    assert file.read() is None


@pytest.mark.parametrize(
    ("people", "state"),
    [
        ((person("wang", "lead"), person("wujk", "invigilator")), State.PASS),
        ((person("wang", "lead", "invigilator"),), State.FAIL),
        ((person("wujk", "invigilator"), person("zheng", "invigilator")), State.FAIL),
        ((person("wang", "lead"), person("wujk", "invigilator", active=False)), State.FAIL),
        ((person("wang", "lead"), person("wujk", "invigilator", must_change_password=True)), State.UNKNOWN),
    ],
)
def test_a_lead_an_invigilator_and_a_second_person_must_be_able_to_log_in(
    people: tuple[StaffAccount, ...], state: State
) -> None:
    assert staff.judge(people).state is state


async def test_a_pre_flight_gives_every_item_and_a_broken_check_costs_only_its_own(tmp_path: Path) -> None:
    async def breaks(looked: Looked) -> Finding:
        raise ZeroDivisionError

    async def hangs(looked: Looked) -> Finding:
        await asyncio.Event().wait()
        raise AssertionError

    broken = PreflightCheck("broken", Text("坏的", "broken"), breaks)
    hanging = PreflightCheck("hanging", Text("不动", "hanging"), hangs)
    done: list[int] = []
    result = await run_preflight(
        looked(tmp_path),
        "zhou",
        {"zhou": "周技术"},
        checks=(*CHECKS, broken, hanging),
        patience_s=2.0,
        progress=lambda now, of: done.append(now),
    )
    states = {item.id: item.state for item in result.items}
    assert list(states) == [check.id for check in CHECKS] + ["broken", "hanging"]
    assert states["broken"] == states["hanging"] == "unknown"
    assert states["clock"] == states["line"] == states["sessions"] == states["staff"] == "pass"
    assert result.by_name == "周技术"
    assert done[-1] == 12
    assert all(item.todo_zh for item in result.items if item.state != "pass")
    assert not set(result.brief()) ^ {"ready", "items", "report_sha256"}


async def test_one_red_item_holds_the_site_back_and_an_open_one_does_not(tmp_path: Path) -> None:
    people = tuple(check for check in CHECKS if check.id == "staff")
    assert not (await run_preflight(looked(tmp_path, staff=()), "zhou", {}, checks=people)).ready
    played = tuple(check for check in CHECKS if check.id == "rehearsal")
    assert (await run_preflight(looked(tmp_path, rehearsal=None), "zhou", {}, checks=played)).ready
