"""A rehearsal against a running site, over real HTTP; the tables rebuilt after a session."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from exam_appliance.exam.rebuild import put_in_place, rebuild
from exam_appliance.rehearsal.line import Line, Refused, line_to, log_in
from exam_appliance.rehearsal.measures import Measures, percentile
from exam_appliance.rehearsal.rehearsal import Rehearsal
from tests.site_app import PASSWORD, SiteApp, site_app

CANDIDATES = 12


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[SiteApp]:
    async with site_app(tmp_path) as running:
        yield running


async def rehearsed(site: SiteApp, monkeypatch: pytest.MonkeyPatch) -> tuple[Measures, list[int]]:
    """Play a rehearsal whose candidates think for a second in all."""
    monkeypatch.setattr("exam_appliance.rehearsal.rehearsal.PLAY_SHARE", 1 / 60)
    percents: list[int] = []
    async with line_to(site.url) as line:
        token = await log_in(line, "zhou", PASSWORD)
        played = Rehearsal(line, token, CANDIDATES, 1, lambda percent, zh, en: percents.append(percent))
        await played.run()
    return played.measures, percents


async def test_a_rehearsal_plays_everybody_loses_nothing_and_never_touches_the_real_hall(
    site: SiteApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = site.appliance.journal.head
    measures, percents = await rehearsed(site, monkeypatch)
    report = measures.report()
    assert (report.candidates, report.lost, report.errors) == (CANDIDATES, 0, 0), measures.troubles
    assert report.saves >= CANDIDATES * 80
    assert report.start_bell_s > 0
    assert 0 < report.save_ms.p50 <= report.save_ms.p99
    assert set(report.model_dump()) == {"candidates", "saves", "lost", "save_ms", "start_bell_s", "errors"}
    assert percents == sorted(percents)
    since = {entry["kind"] for entry in site.appliance.journal.entries(head)}
    assert since <= {"staff.login", "site.heartbeat"}
    practice = site.appliance.practice.floor().hall
    assert [record.state for record in practice.projection.sessions.values()] == ["ended"]
    # The hall is free again for the next one.
    await rehearsed(site, monkeypatch)


async def test_a_rehearsal_needs_a_technician_and_an_empty_hall(site: SiteApp) -> None:
    async with line_to(site.url) as line:
        with pytest.raises(Refused) as refused:
            await Rehearsal(line, "nobody", 2, 1, lambda *_: None).run()
        assert refused.value.reason == "login.required"
        token = await log_in(line, "zhou", PASSWORD)
        with pytest.raises(Refused) as refused:
            await Rehearsal(line, token, 1500, 1, lambda *_: None).run()
        assert refused.value.reason == "rehearsal.too_many"


class ForgetfulLine(Line):
    """A line behind which every second save is acknowledged but not kept, as by a broken disk."""

    kept = None
    saves = 0
    forgotten = 0

    async def ask_for_cookie(
        self, method: str, path: str, cookie: str, body: object = None
    ) -> tuple[str, Any]:
        if path.endswith("/responses") and method == "POST":
            self.saves += 1
            if self.saves % 2 == 0 and self.kept is not None:
                self.forgotten += 1
                return "", self.kept
            self.kept = (await super().ask_for_cookie(method, path, cookie, body))[1]
            return "", self.kept
        return await super().ask_for_cookie(method, path, cookie, body)


async def test_an_acknowledged_answer_that_is_not_kept_is_counted_as_lost(
    site: SiteApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exam_appliance.rehearsal.rehearsal.PLAY_SHARE", 1 / 60)
    monkeypatch.setattr("exam_appliance.rehearsal.candidate.CHANGED_MIND", 1000)
    monkeypatch.setattr("exam_appliance.rehearsal.line.Line", ForgetfulLine)
    async with line_to(site.url) as line:
        assert isinstance(line, ForgetfulLine)
        token = await log_in(line, "zhou", PASSWORD)
        played = Rehearsal(line, token, 2, 1, lambda *_: None)
        await played.run()
    assert played.measures.lost == line.forgotten > 50


async def test_tables_are_rebuilt_from_the_journal_and_what_was_altered_is_named(
    site: SiteApp,
) -> None:
    people = await site.candidates()
    staff = await site.staff("wujk")
    await staff.step("start")
    items = [item["item"] for item in await people[0].paper()]
    for item in items[:5]:
        await people[0].answer(item, ["A"])
    await staff.act("message", text="请保持安静")
    path = site.appliance.journal.path
    await site.stop()
    assert rebuild(path).differences == ()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE response SET choices = 'B' WHERE item = ?", (items[0],))
        connection.execute("DELETE FROM response WHERE item = ?", (items[1],))
        connection.execute("INSERT INTO credit VALUES ('nobody', 'S', '{}')")
    found = rebuild(path)
    assert {(one.table, one.what) for one in found.differences} == {
        ("response", "differs"),
        ("response", "missing"),
        ("credit", "extra"),
    }
    put_in_place(path, found.rows)
    assert rebuild(path).differences == ()
    await site.start()


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([], 99) == 0.0
    assert percentile([3.0], 50) == 3.0
    assert percentile([float(value) for value in range(1, 101)], 99) == 99.0
    assert percentile([5.0, 1.0, 3.0], 50) == 3.0
