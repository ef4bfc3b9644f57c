"""The standard as data, and the runner that gives every row an answer."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

from exam_appliance.readiness.finding import Finding, State, Text
from exam_appliance.readiness.running import checks_by_row, run_checks
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row, standard
from tests.readiness_parts import rack_server, sources


def test_the_standard_has_its_46_rows_in_seven_tables_each_named_in_two_languages() -> None:
    rows = standard().rows
    assert len(rows) == len({row.id for row in rows}) == 46
    assert Counter(row.group for row in rows) == {
        "authority": 5,
        "agency": 7,
        "server": 10,
        "network": 9,
        "seat": 5,
        "invigilator": 4,
        "equipment": 6,
    }
    assert {row.group for row in rows} == {group.id for group in standard().groups}
    assert all(row.zh and row.en and row.need_zh and row.need_en for row in rows)
    assert {row.id for row in rows if row.level == "recommended"} == {
        "agency.id_reader",
        "agency.qr_scanner",
        "site.server.form",
        "site.security_software",
        "site.seat.authentication",
        "site.queue",
    }
    assert {row.id for row in rows if row.quantity == 30} == {
        "site.seat.pc",
        "site.seat.os",
        "site.seat.camera",
        "site.seat.authentication",
    }


def test_exactly_one_check_answers_for_each_row_and_none_for_any_other() -> None:
    assert set(checks_by_row()) == {row.id for row in standard().rows}


async def test_a_run_on_a_bare_machine_gives_every_row_a_state_and_what_to_do(tmp_path: Path) -> None:
    done: list[tuple[int, int]] = []
    findings = await run_checks(
        standard(), sources(tmp_path), progress=lambda now, of: done.append((now, of))
    )
    assert list(findings) == [row.id for row in standard().rows]
    assert done[-1] == (46, 46)
    for row_id, finding in findings.items():
        assert finding.measured.zh, row_id
        assert finding.measured.en, row_id
        if finding.state is not State.PASS:
            assert finding.todo is not None, row_id
            assert finding.todo.zh, row_id
            assert finding.todo.en, row_id


async def test_the_server_rows_of_a_good_rack_server_pass_in_a_whole_run(tmp_path: Path) -> None:
    findings = await run_checks(standard(), sources(rack_server(tmp_path)))
    states = {row_id: finding.state for row_id, finding in findings.items()}
    for name in ("cpu", "memory", "disk", "nic", "form", "os", "exam_system"):
        assert states[f"site.server.{name}"] is State.PASS, findings[f"site.server.{name}"]


async def test_a_check_that_raises_or_hangs_or_is_missing_costs_only_its_own_row(tmp_path: Path) -> None:
    async def raises(row: Row, sources: Sources) -> Finding:
        raise ZeroDivisionError

    async def hangs(row: Row, sources: Sources) -> Finding:
        await asyncio.Event().wait()
        raise AssertionError

    async def well(row: Row, sources: Sources) -> Finding:
        return Finding(State.PASS, Text("好", "well"))

    by_row = dict.fromkeys(checks_by_row(), well)
    by_row |= {"site.server.cpu": raises, "site.printer": hangs}
    del by_row["site.queue"]
    findings = await run_checks(standard(), sources(tmp_path), by_row, patience_s=0.1)
    assert len(findings) == 46
    broken = {
        row_id: found.measured.zh for row_id, found in findings.items() if found.state is not State.PASS
    }
    assert broken == {
        "site.server.cpu": "检查出错",
        "site.printer": "检查超时",
        "site.queue": "本版本没有此项检查",
    }
