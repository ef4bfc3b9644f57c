"""From the office's files to an arranged, packed session, by clicks alone at a real centre."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from central_sync.samples.candidates import SampleCandidate, sample_candidates
from tests.browser.central_parts import (
    LOW_VOLTAGE,
    OTHER_SITE,
    CentralConsole,
    bank_and_blueprint,
    bank_file,
    central_console,
    planned,
    roster_file,
)


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[CentralConsole]:
    """A browser before a running centre, the planner logged in."""
    async with central_console(tmp_path) as opened:
        await opened.log_in("planner")
        yield opened


async def test_a_site_is_registered_with_rooms_and_hands_out_a_claim_code(console: CentralConsole) -> None:
    await console.go("sites")
    await console.sees(".empty-note", "还没有考试点")
    await console.click(".page-head button", "新建考试点")
    await console.page.fill("#site-code", "MC0301")
    await console.page.fill("#site-name", "明川市南坪考试点")
    await console.click("button[type=submit]")
    await console.sees(".problem-box", "请填写代码、名称、地市")
    await console.page.fill("#site-city", "明川市")
    await console.click(".panel-head button", "增加考场")
    await console.find("tbody tr").nth(1).locator("input").first.fill("第二考场")
    await console.page.get_by_label("停用座位").first.fill("3, 十七")
    await console.click("button[type=submit]")
    await console.sees(".problem-box", "停用座位应为座号")
    await console.page.get_by_label("停用座位").first.fill("3, 17")
    await console.click("button[type=submit]")
    await console.sees(".page-head h1", "明川市南坪考试点")
    site = await console.here.planner.get("sites/MC0301")
    assert [(room["name"], room["closed_seats"]) for room in site["rooms"]] == [
        ("第一考场", [3, 17]),
        ("第二考场", []),
    ]
    assert site["seats"] == 58
    await console.click(".page-head button", "领取登记码")
    code = await console.sees(".big-code")
    assert re.fullmatch(r"([0-9A-Z]+-)+[0-9A-Z]+", await code.inner_text())


async def test_a_bank_is_imported_with_its_pictures_and_shown_by_topic(console: CentralConsole) -> None:
    book, media = bank_file()
    await console.go("banks")
    await console.click(".page-head button", "新建题库")
    await console.page.fill("#named-name", "低压电工题库")
    await console.page.fill("#named-category", LOW_VOLTAGE.value)
    await console.click("button[form=named-form]")
    xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    chosen = console.page.locator("#bank-file")
    await chosen.set_input_files({"name": "低压电工题库.xlsx", "mimeType": xlsx, "buffer": book})
    await console.click("button[type=submit]")
    # Without the zip of media the pictures are missing: every one is named, nothing goes in.
    await console.sees(".import-report", "没有导入任何内容")
    await console.sees(".import-report .finding-error")
    assert (await console.here.planner.get("banks/B0001"))["version"] == 0
    zipped = {"name": "media.zip", "mimeType": "application/zip", "buffer": media}
    await console.page.locator("#bank-media").set_input_files(zipped)
    await console.click("button[type=submit]")
    await console.sees(".import-report", "已导入 134 条")
    await console.click(".tabs a", "概况")
    await expect(console.find(".topic-chart tr")).to_have_count(7)
    await console.sees("td", "低压电工题库.xlsx")
    await console.click(".tabs a", "试题")
    await console.page.get_by_label("题号、题干或选项").fill("DY-207")
    await console.page.keyboard.press("Enter")
    await expect(console.find(".item img").first).to_have_js_property("complete", True)
    assert await console.find(".item img").first.evaluate("image => image.naturalWidth") > 0


async def test_a_blueprint_is_judged_while_it_is_written(console: CentralConsole) -> None:
    await bank_and_blueprint(console.here)
    await console.go("blueprints/new")
    await console.sees(".verdict-box", "题库满足此蓝图")
    await expect(console.find(".total-points")).to_have_text("100")
    await console.find(".section-row").nth(2).get_by_label("题数").fill("60")
    await console.page.keyboard.press("Tab")
    await expect(console.find(".total-points")).to_have_text("180")
    await console.sees(".verdict-box.wrong", "题库不能满足此蓝图")
    await console.find(".section-row").nth(2).get_by_label("题数").fill("20")
    await console.page.keyboard.press("Tab")
    await console.sees(".verdict-box:not(.wrong)", "题库满足此蓝图")
    await console.page.fill("#blueprint-name", "低压电工考前模拟卷")
    await console.click("button[type=submit]")
    await console.sees(".main-link", "低压电工考前模拟卷")


async def test_a_plan_starts_with_the_usual_rules_and_takes_the_blueprints_category(
    console: CentralConsole,
) -> None:
    await bank_and_blueprint(console.here)
    await console.go("plans")
    await console.click(".page-head button", "新建计划")
    for field, usual in (("duration_minutes", "120"), ("points", "100"), ("pass_points", "80")):
        await expect(console.find(f"#plan-{field}")).to_have_value(usual)
    await console.page.fill("#plan-name", "低压电工十二月")
    await console.choose("plan-blueprint", "低压电工理论试卷")
    await expect(console.find("#plan-category")).to_have_value(LOW_VOLTAGE.value)
    await console.click("button[form=plan-form]")
    await console.sees("td", "120 分钟，满分 100，80 分合格")


async def test_a_roster_with_a_wrong_id_number_is_refused_by_row_and_field(console: CentralConsole) -> None:
    await console.go("rosters")
    await console.click(".page-head button", "新建名册")
    await console.page.fill("#named-name", "十二月名册")
    await console.page.fill("#named-category", LOW_VOLTAGE.value)
    await console.click("button[form=named-form]")
    people = list(sample_candidates(12, category=LOW_VOLTAGE))
    wrong = people[1].id_number[:-1] + ("1" if people[1].id_number[-1] != "1" else "2")
    spoilt = [
        people[0],
        SampleCandidate(2, LOW_VOLTAGE, people[1].name, people[1].sex, wrong, people[1].employer),
    ]
    book, _ = await roster_file(console.here, spoilt)
    chosen = console.page.locator("#roster-file")
    await chosen.set_input_files({"name": "名册.xlsx", "mimeType": "application/zip", "buffer": book})
    await console.click("button[type=submit]")
    line = await console.sees(".import-report .finding-error", "第 3 行")
    await expect(line).to_contain_text("身份证")
    book, photos = await roster_file(console.here, people)
    await chosen.set_input_files({"name": "名册.xlsx", "mimeType": "application/zip", "buffer": book})
    zipped = {"name": "照片.zip", "mimeType": "application/zip", "buffer": photos}
    await console.page.locator("#roster-photos").set_input_files(zipped)
    await console.click("button[type=submit]")
    await console.sees(".import-report", f"已导入 {len(people)} 条")
    await console.click(".tabs a", "考生")
    await console.sees("td", people[0].name)
    assert await console.find(".person-photo img").count() == len(people) // 2


async def test_candidates_are_arranged_moved_removed_put_back_and_packed(console: CentralConsole) -> None:
    plan, _ = await planned(console.here, 24)
    await console.go(f"arrange/{plan}")
    await console.sees(".totals", "24 人，所选场次共 54 座")
    await console.find(".slot-row .el-select").first.click()
    await console.page.locator(".el-select-dropdown__item:visible", has_text="柳湾").click()
    await console.sees(".totals.bad", "所选场次共 20 座")
    await console.click("button[type=submit]")
    await console.sees(".slot-card", "20 / 20")
    await expect(console.find(".left-out tbody tr")).to_have_count(4)
    await console.click(".confirm-bar button", "返回修改")
    await console.click(".panel-head button", "增加场次")
    await console.click("button[type=submit]")
    await console.sees("p.good", "全部考生都已排入")
    await console.click(".confirm-bar button", "确认编排")
    await console.sees(".arranged", "已编排 24 人")

    sessions = (await console.here.planner.get("sessions"))["sessions"]
    assert [(each["site"], each["candidates"]) for each in sessions] == [(OTHER_SITE, 20), (OTHER_SITE, 4)]
    await console.click(".made-sessions a >> nth=1")
    await expect(console.find("[data-ticket]")).to_have_count(4)
    ticket = str(await console.find("[data-ticket]").first.get_attribute("data-ticket"))
    await console.click(f"[data-ticket='{ticket}'] button", "调整")
    await console.page.fill("#move-seat", "19")
    await console.click("button[form=move-form]")
    await console.sees("#move-form .problem-box", "请填写原因")
    await console.click("#move-form .quick-reason", "机位故障")
    await console.click("button[form=move-form]")
    await expect(console.find("#move-form")).to_have_count(0)
    await console.sees("[data-ticket] td:nth-child(2)", "19")
    await console.find("[data-ticket]").first.locator("button", has_text="移出").click()
    await console.click("#reason-form .quick-reason", "考生申请")
    await console.click("button[form=reason-form]")
    await expect(console.find("[data-ticket]")).to_have_count(3)
    await console.click(".tabs a", "变更")
    await console.find("[data-change]").first.locator("button", has_text="撤销").click()
    await console.page.locator(".el-popconfirm:visible .el-button--primary").click()
    await console.sees("[data-change] .soft", "已撤销")
    await console.click(".tabs a", "考场与准考证")
    await expect(console.find("[data-ticket]")).to_have_count(4)
    await console.click(".tabs a", "考试包")
    await console.click(".package button", "组包并下发")
    await console.sees(".package .facts", f"{sessions[1]['session']}.1")
    await console.sees(".state-mark", "已组包")


async def test_sessions_stand_by_day_and_one_is_cancelled_with_a_reason(console: CentralConsole) -> None:
    plan, _ = await planned(console.here, 6)
    await console.go(f"arrange/{plan}")
    await console.click("button[type=submit]")
    await console.click(".confirm-bar button", "确认编排")
    await console.click(".made-sessions a")
    await console.click(".page-head button", "取消场次")
    await console.click("button[form=reason-form]")
    await console.sees("#reason-form .problem-box", "请填写原因")
    await console.click("#reason-form .quick-reason", "考点停电")
    await console.click("button[form=reason-form]")
    await console.sees(".facts", "已取消")
    await console.go("sessions")
    await console.sees(".day-group h2", "（")
    row = await console.sees("[data-session]", "考点停电")
    await expect(row).to_contain_text("09:00")
