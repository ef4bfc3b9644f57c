"""The day of the exam at the centre's console: keys, ledger, results, site servers, sticks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.async_api import expect

from central_sync.centre.exchange.tables import ApplianceRow, EvidenceRow
from exam_appliance.intake.offering import FilesForCentre
from tests.arranged_parts import ROOM, arrange
from tests.browser.central_parts import CentralConsole, central_console
from tests.exchange_parts import APPLIANCE, SITE, hold_session, site_server
from tests.received_parts import (
    Said,
    absent,
    checked_in,
    opened,
    receive,
    sat,
    signed_off,
    started,
    terminated,
)
from tests.site_parts import SESSION

MACHINE, CLONE = "a" * 64, "b" * 64


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[CentralConsole]:
    """A browser before a running centre; nobody is logged in."""
    async with central_console(tmp_path) as opened:
        yield opened


def enrol(console: CentralConsole, *, state: str = "active", reason: str = "") -> None:
    """Write a site server into the centre's tables as enrolment leaves it."""
    now = datetime.now(UTC)
    with console.here.centre.database.begin() as held:
        held.add(
            ApplianceRow(
                id=APPLIANCE,
                site=SITE,
                journal_key="j" * 44,
                sealing_key="s" * 44,
                machine=MACHINE,
                state=state,
                reason=reason,
                enrolled_at=now - timedelta(days=3),
                last_contact=now,
                head_hash="0" * 64,
                software="0.1.0",
            )
        )


async def report(console: CentralConsole, said: list[Said]) -> None:
    """Let entries arrive at the centre as the site's upload brings them."""
    receive(console.here.centre, said)
    await asyncio.to_thread(console.here.centre.ledger.catch_up)


async def build(console: CentralConsole, session: str) -> None:
    """Build a session's package."""
    job = await console.here.planner.post(f"sessions/{session}/package", expect=202)
    await console.here.planner.ended(job)


async def test_a_releaser_gives_the_key_as_words_within_the_window(console: CentralConsole) -> None:
    session = arrange(console.here.centre, candidates=2).session
    await build(console, session)
    await console.log_in("planner")
    await console.go(f"sessions/{session}/release")
    await console.sees(".release", "只有密钥发放员可以放密钥")
    await expect(console.find(".release-code")).to_have_count(0)
    await console.log_in("releaser")
    await console.go(f"sessions/{session}/release")
    await console.click(".release-code")
    await console.click("button[form=reason-form]")
    await console.sees("#reason-form .problem-box", "请填写原因")
    await console.click("#reason-form .quick-reason", "考点断网")
    await console.click("button[form=reason-form]")
    await expect(console.find(".code-words li")).to_have_count(11)
    first = await console.find(".code-words b").first.inner_text()
    assert first.isascii()
    assert first.isalpha()
    await console.click(".el-dialog__footer:visible button", "关闭")
    await console.sees("td", "考点断网")
    release = await console.here.viewer.get(f"sessions/{session}/release")
    assert [(event["way"], event["by"], event["reason"]) for event in release["events"]] == [
        ("code", "releaser", "考点断网")
    ]


async def test_before_the_window_nothing_can_be_released_and_the_page_says_from_when(
    console: CentralConsole,
) -> None:
    session = arrange(console.here.centre, candidates=2, starts_in=timedelta(days=2)).session
    await build(console, session)
    await console.log_in("releaser")
    await console.go(f"sessions/{session}/release")
    await console.sees(".why-not")
    await expect(console.find(".release-online")).to_be_disabled()
    await expect(console.find(".release-code")).to_be_disabled()


async def test_the_ledger_follows_the_site_without_a_reload_and_names_what_is_wrong(
    console: CentralConsole,
) -> None:
    tickets = arrange(console.here.centre, candidates=6).tickets
    enrol(console)
    await console.log_in("viewer")
    await console.go(f"ledger/{SESSION}")
    await console.sees(".balance.good", "目前为止台账平")
    await report(console, [opened(), *sat(tickets[0], 92), *sat(tickets[1], 64)])
    await console.sees(f"[data-ticket='{tickets[0]}']", "92")
    await console.sees(f"[data-ticket='{tickets[1]}']", "不合格")
    more = [absent(tickets[2]), checked_in(tickets[3]), started(tickets[3]), terminated(tickets[3])]
    await report(console, [*more, checked_in(tickets[4]), started(tickets[4])])
    await console.sees(f"[data-ticket='{tickets[3]}']", "夹带资料")
    await console.click(".state-choice", "考试中")
    await expect(console.find("[data-ticket]")).to_have_count(1)
    await console.sees("[data-ticket]", "考生5")
    await console.click(".state-choice", "考试中")
    await report(console, [signed_off({"scored": 2, "absent": 1, "voided": 1})])
    await console.sees(".balance.wrong", "不平之处")
    await console.click(".tabs a", "日志")
    await console.sees(".entries td", "签到")
    await console.go("overview")
    await console.sees(".troubles a", "台账有")


async def test_results_are_read_filtered_and_taken_as_a_workbook(
    console: CentralConsole, tmp_path: Path
) -> None:
    tickets = arrange(console.here.centre, candidates=3).tickets
    enrol(console)
    said = [opened(), *sat(tickets[0], 92), *sat(tickets[1], 64), absent(tickets[2])]
    await report(console, [*said, signed_off({"scored": 2, "absent": 1})])
    await console.log_in("planner")
    await console.go(f"results/{SESSION}")
    await console.sees(".figures", "50.0%")
    await console.click(".el-radio-button", "不合格")
    await expect(console.find("[data-ticket]")).to_have_count(1)
    await console.sees("[data-ticket]", "64")
    async with console.page.expect_download() as download:
        await console.click(".page-head button", "下载成绩表")
    await (await download.value).save_as(tmp_path / "results.xlsx")
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    cells = [str(cell) for row in book.worksheets[0].iter_rows(values_only=True) for cell in row]
    assert {"考生1", "考生2", "考生3", "92", "64"} <= set(cells)


async def test_an_administrator_sees_the_evidence_and_readmits_a_server(console: CentralConsole) -> None:
    arrange(console.here.centre, candidates=1)
    enrol(console, state="quarantined", reason="clone")
    with console.here.centre.database.begin() as held:
        held.add(
            EvidenceRow(
                sha256="c" * 64,
                appliance=APPLIANCE,
                at=datetime.now(UTC),
                reason="clone",
                machine=CLONE,
                address="192.0.2.7",
                seq=18,
                body=b"",
            )
        )
    await console.log_in("viewer")
    await console.sees(".troubles a", "已隔离")
    await console.go("servers")
    await console.sees(f"[data-appliance='{APPLIANCE}']", "已隔离")
    # Who looks on may see the files that came up, and nothing else of it.
    await expect(console.find(f"[data-appliance='{APPLIANCE}'] button")).to_have_text(["文件 Files"])
    await console.log_in("admin")
    await console.go("servers")
    await console.click("td button", "证据")
    await console.sees(".evidence", "192.0.2.7")
    await console.page.keyboard.press("Escape")
    await console.click("td button", "解除隔离")
    await console.click("#reason-form .el-radio", CLONE[:16])
    await console.click("#reason-form .quick-reason", "主板更换")
    await console.click("button[form=reason-form]")
    await console.sees(f"[data-appliance='{APPLIANCE}']", "正常")
    await console.click("td button", "证据")
    await console.sees(".acts", "主板更换")


async def test_a_stick_carries_a_session_to_a_site_without_a_line_and_its_journal_back(
    console: CentralConsole, tmp_path: Path
) -> None:
    arrange(console.here.centre, candidates=3)
    await build(console, SESSION)
    await console.log_in("planner")
    await console.go("courier")
    outward, inward = console.page.locator(".panel").nth(0), console.page.locator(".panel").nth(1)
    await outward.locator("button", has_text="导出文件").click()
    await console.sees(".problem-box", "请先选择考试点")
    async with site_server(tmp_path / "site") as site:
        claim = await console.here.planner.post(f"sites/{SITE}/claims")
        await site.agent.enrol(claim["centre_url"], claim["code"])
        await console.choose("courier-site", "明川市第一考点")
        async with console.page.expect_download() as download:
            await outward.locator("button", has_text="导出文件").click()
        stick = tmp_path / "stick"
        await (await download.value).save_as(stick)
        await site.agent.import_bundle(stick)
        assert SESSION in site.desk.files
        await hold_session(site.journal, candidates=3, session=SESSION)
        report = b'{"ready":true}'
        await FilesForCentre(site.journal, site.agent.outbox).offer(
            report,
            subject=APPLIANCE,
            name="就绪报告 2026-11-25.json",
            media_type="application/json",
            purpose="readiness_report",
            by="zhou",
        )
        back = tmp_path / "back.kdbundle"
        await asyncio.to_thread(site.agent.export_bundle, back)
        await console.page.locator("#courier-file").set_input_files(back)
        await inward.locator("button", has_text="导入").click()
        await console.sees(".el-alert", f"新收日志 {site.journal.head} 条、文件 1 个")
    foreign = {"name": "x.kdbundle", "mimeType": "application/octet-stream", "buffer": b"no bundle" * 40}
    await console.page.locator("#courier-file").set_input_files(foreign)
    await inward.locator("button", has_text="导入").click()
    await expect(inward.locator(".problem-box")).to_be_visible()
    await console.go(f"ledger/{SESSION}")
    await console.sees(".state-choice", "已交卷 3")
    await console.go("servers")
    await console.click("td button", "文件")
    await console.sees(".site-files tbody tr", "就绪报告 2026-11-25.json")
    await console.sees(".site-files tbody tr", "已收到")
    async with console.page.expect_download() as download:
        await console.click(".site-files button", "下载")
    await (await download.value).save_as(tmp_path / "report.json")
    assert (tmp_path / "report.json").read_bytes() == report


async def test_the_overview_shows_what_waits_today(console: CentralConsole) -> None:
    arrange(console.here.centre, candidates=4, starts_in=timedelta(seconds=1))
    await console.log_in("planner")
    await console.sees(".session-card", "低压电工作业（初训）")
    await console.click(".troubles a", "即将开考，尚未组包")
    await console.click(".package button", "组包并下发")
    await console.sees(".job", "已完成")
    await console.go("overview")
    await console.sees(".troubles a", "可以放密钥，尚未放出")
    await console.sees(".job-list", "组包")
    await console.go(f"sessions/{SESSION}")
    await console.sees(".room-card", ROOM)
