"""Rows of the front door: terminals enrolled and silent ones by name; the queue's screens and voice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from exam_appliance.journal.database import create
from exam_appliance.journal.writing import connect
from exam_appliance.queue.speech import Speech
from exam_appliance.readiness.checks import identity_terminal, queue_calling
from exam_appliance.readiness.finding import State
from exam_appliance.readiness.front_door import stored_queue, stored_terminals_facts
from exam_appliance.readiness.sources import QueueFacts, ScreenFacts, TerminalFacts, TerminalsFacts
from exam_appliance.terminals.standing import Standing
from exam_appliance.terminals.store import FILE, Contact, Terminal, TerminalStore
from tests.readiness_parts import NOW, device, row, sources
from tests.site_app import site_settings

TERMINAL = row("site.identity.terminal")
QUEUE = row("site.queue")


def terminal(name: str, state: Standing, minutes: int = 0, **more: Any) -> TerminalFacts:
    last = None if state is Standing.NEVER_HEARD else NOW - timedelta(minutes=minutes)
    return TerminalFacts(name, more.pop("place", ""), state, last, **more)


def held(*terminals: TerminalFacts, listening: bool = True) -> TerminalsFacts:
    return TerminalsFacts(listening, terminals)


async def test_terminals_are_counted_and_the_silent_and_faulty_ones_named(tmp_path: Path) -> None:
    facts = held(
        terminal("一号", Standing.ONLINE),
        terminal("二号", Standing.SILENT, 12, place="二楼大厅"),
        terminal("三号", Standing.FAULTY, faults=("补光灯故障",)),
        terminal("四号", Standing.NEVER_HEARD),
    )
    finding = await identity_terminal.check(TERMINAL, sources(tmp_path, terminals=facts))
    assert finding.state is State.PASS
    assert finding.measured.zh == (
        "已登记 4 台，在线 1 台；失联：二号（二楼大厅，最近联系 12 分钟前）；"
        "自报故障：三号（补光灯故障）；尚未联系：四号"
    )
    assert "silent: 二号 (二楼大厅, last heard 12 min ago)" in finding.measured.en


@pytest.mark.parametrize(
    ("facts", "state", "todo"),
    [
        (held(terminal("一号", Standing.SILENT, 200)), State.FAIL, "电源"),
        (held(terminal("一号", Standing.FAULTY, faults=("坏",))), State.FAIL, "电源"),
        (held(terminal("一号", Standing.NEVER_HEARD)), State.UNKNOWN, "密钥"),
        (held(terminal("一号", Standing.SILENT), listening=False), State.UNKNOWN, "启动服务"),
        (held(), State.UNKNOWN, "登记"),
        (None, State.UNKNOWN, "登记"),
    ],
)
async def test_a_site_whose_terminals_do_not_answer_is_told_what_to_do(
    tmp_path: Path, facts: TerminalsFacts | None, state: State, todo: str
) -> None:
    finding = await identity_terminal.check(TERMINAL, sources(tmp_path, terminals=facts))
    assert finding.state is state
    assert finding.todo is not None
    assert todo in finding.todo.zh


async def test_many_silent_terminals_are_named_up_to_a_number(tmp_path: Path) -> None:
    facts = held(*(terminal(f"{n} 号", Standing.SILENT, 60 * n) for n in range(60)))
    finding = await identity_terminal.check(TERMINAL, sources(tmp_path, terminals=facts))
    assert "等 60 台" in finding.measured.zh
    assert "7 小时前" in finding.measured.zh
    assert "59 号" not in finding.measured.zh


async def test_a_terminal_that_is_a_device_still_counts(tmp_path: Path) -> None:
    here = sources(tmp_path, terminals=held(), devices=(device("terminal", "desk-1.terminal"),))
    assert (await identity_terminal.check(TERMINAL, here)).state is State.PASS


MACHINE = ScreenFacts(("取号机",), ("取号机",))
DISPLAY = ScreenFacts(("大屏", "二楼屏"), ("大屏",))
NONE = ScreenFacts((), ())


def queue(**more: Any) -> QueueFacts:
    usual: dict[str, Any] = {
        "counters": 2,
        "machines": MACHINE,
        "displays": DISPLAY,
        "voice": "auto",
        "server_voice": True,
    }
    return QueueFacts(**{**usual, **more})


def test_a_queue_passes_with_screens_that_are_connected_and_a_voice() -> None:
    finding = queue_calling.judge(QUEUE, queue())
    assert finding.state is State.PASS
    assert "显示屏已登记 2 台，已连接 1 台（未连接：二楼屏）" in finding.measured.zh
    assert "语音由服务器合成可用" in finding.measured.zh


@pytest.mark.parametrize(
    ("facts", "state", "todo"),
    [
        (None, State.UNKNOWN, "queue.enabled"),
        (queue(machines=NONE, displays=NONE), State.UNKNOWN, "“叫号”页登记"),
        (queue(machines=NONE), State.UNKNOWN, "登记取号机"),
        (queue(displays=ScreenFacts(("大屏",), ())), State.FAIL, "打开显示屏"),
        (queue(displays=ScreenFacts(("大屏",), None)), State.UNKNOWN, "“就绪”页"),
        (queue(voice="none"), State.FAIL, "auto"),
        (queue(voice="server", server_voice=False), State.FAIL, "espeak-ng"),
        (queue(server_voice=False), State.UNKNOWN, "espeak-ng"),
    ],
)
def test_a_queue_that_lacks_something_is_told_what_to_do(
    facts: QueueFacts | None, state: State, todo: str
) -> None:
    finding = queue_calling.judge(QUEUE, facts)
    assert finding.state is state
    assert finding.todo is not None
    assert todo in finding.todo.zh
    assert finding.todo.en


def test_from_the_files_alone_enrolled_is_known_and_connected_is_not(tmp_path: Path) -> None:
    settings = site_settings(tmp_path)
    speech = Speech(tmp_path, program="no-such-voice")
    assert stored_queue(settings, speech) is None
    settings.state_dir.mkdir()
    connection = connect(settings.state_dir / "journal.db")
    create(connection)
    screen = (
        '{"id": "q-1", "use": "display", "name": "大屏", "station": "", "key_sha256": "", "active": true, '
        '"enrolled_at": "2026-11-26T01:00:00Z"}'
    )
    connection.execute("INSERT INTO screen VALUES ('q-1', 1, ?)", (screen,))
    connection.close()
    facts = stored_queue(settings, speech)
    assert facts is not None
    assert (facts.displays, facts.machines.enrolled) == (ScreenFacts(("大屏",), None), ())
    assert not facts.server_voice

    assert stored_terminals_facts(settings, NOW, running=True) == TerminalsFacts(True, ())
    store = TerminalStore(settings.state_dir / FILE)
    for name, active in (("一号", True), ("二号", True), ("旧机", False)):
        store.put(Terminal(name, name, "", "", active, 0), b"")
    store.heard("一号", Contact(round((NOW - timedelta(minutes=5)).timestamp() * 1000), "10.0.0.8"))
    store.close()
    told = stored_terminals_facts(settings, NOW, running=True)
    assert told is not None
    assert {one.name: one.state for one in told.terminals} == {
        "一号": Standing.SILENT,
        "二号": Standing.NEVER_HEARD,
    }
    (settings.state_dir / FILE).write_bytes(b"no database" * 100)
    assert stored_terminals_facts(settings, NOW, running=True) is None
