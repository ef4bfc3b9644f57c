"""Credits, absences, scores, log, closing."""

from __future__ import annotations

from playwright.async_api import expect

from exam_appliance.exam.states import SeatState, SessionState
from tests.browser.console_browser import console
from tests.browser.console_double import PASSWORD


async def test_credit_for_the_room_is_one_click_from_the_board() -> None:
    async with console() as desk:
        await desk.go("session/S-RUN/board")
        await desk.page.click(".credit-notice")
        card = await desk.sees(".proposal[data-credit=C-1]")
        await expect(card).to_contain_text("服务器中断")
        await expect(card).to_contain_text("0:01:30")
        await card.locator(".accept").click()
        await expect(desk.find(".proposal")).to_have_count(0)
        await expect(desk.find(".decided-lines li").first).to_contain_text("补时 90 秒")
        await expect(desk.find(".tab-badge")).to_have_count(0)
        (sent,) = desk.sent("/credits/C-1")
        assert sent == {"accept": True, "reason": "", "tickets": None}


async def test_declining_a_credit_needs_a_reason_and_can_leave_people_out() -> None:
    async with console() as desk:
        await desk.go("session/S-RUN/credits")
        card = await desk.sees(".proposal")
        await card.locator("summary").click()
        await card.locator(".proposal-people input").first.uncheck()
        await expect(card.locator(".accept")).to_contain_text("为 19 人")
        await card.locator(".decline").click()
        await desk.page.click(".confirm-decline")
        await desk.sees(".problem-box", "请填写原因")
        await desk.page.get_by_role("button", name="考生未受影响").click()
        await desk.page.click(".confirm-decline")
        await expect(desk.find(".proposal")).to_have_count(0)
        (sent,) = desk.sent("/credits/C-1")
        tickets = sent["tickets"]
        assert isinstance(tickets, list)
        assert (sent["accept"], sent["reason"], len(tickets)) == (False, "考生未受影响", 19)


async def test_roll_marks_all_who_have_not_come_and_takes_one_back() -> None:
    async with console() as desk:
        await desk.go("session/S-RUN/absences")
        await desk.sees(".roll-total", "应到 30，实到 26")
        await desk.page.click(".mark-all")
        dialog = await desk.sees(".action-dialog")
        await expect(dialog).to_contain_text("将把 3 名未到考生登记为缺考")
        await dialog.get_by_role("button", name="未到考点").click()
        await dialog.locator(".confirm-action").click()
        await expect(desk.find(".take-back")).to_have_count(4)
        await desk.page.click("tr[data-ticket='261123000026'] .take-back")
        await desk.page.click(".confirm-action")
        await expect(desk.find(".take-back")).to_have_count(3)
        absent, present = desk.sent("/actions")
        assert absent["tickets"] == ["261123000025", "261123000026", "261123000027"]
        assert (present["action"], present["tickets"]) == ("present", ["261123000026"])


async def test_scores_show_totals_histogram_and_sort_by_points() -> None:
    async with console() as desk:
        await desk.go("session/S-END/scores")
        await desk.sees(".points-chart")
        await expect(desk.find(".score-numbers")).to_contain_text("42.3%")
        bars = await desk.find(".points-chart rect").count()
        assert bars == 10
        await desk.page.get_by_role("button", name="成绩 Points").click()
        points = await desk.find(".plain-table tbody td.strong").all_inner_texts()
        numbers = [int(text) for text in points if text.isdigit()]
        assert numbers == sorted(numbers, reverse=True)
        assert len(numbers) == 26


async def test_printed_score_list_has_title_and_signatures_and_no_menu() -> None:
    async with console() as desk:
        await desk.go("session/S-END/scores")
        await desk.sees(".points-chart")
        await desk.page.emulate_media(media="print")
        await expect(desk.find(".print-head")).to_contain_text("考试成绩单")
        await expect(desk.find(".print-foot")).to_contain_text("主考签字")
        await expect(desk.find(".top-bar")).to_be_hidden()
        await expect(desk.find(".tabs")).to_be_hidden()


async def test_log_reads_as_sentences_follows_the_session_and_can_be_searched() -> None:
    async with console() as desk:
        await desk.go("session/S-RUN/log")
        await desk.sees(".log", "开考：24 名考生")
        desk.double.site.hall.write(
            "attempt.messaged", "261123000002", "li.na", "消息：请保持安静", "message"
        )
        desk.double.site.hall.change("S-RUN", "261123000002", note="请保持安静")
        await desk.sees(".log", "消息：请保持安静")
        await desk.page.fill(".search input", "孙俊")
        await expect(desk.find(".log tbody tr")).to_have_count(1)


async def test_session_is_ended_explained_and_signed_off_by_two_people() -> None:
    async with console() as desk:
        await desk.go("session/S-END/closing")
        await desk.sees(".checklist li[data-point=explained].stop", "28 号座")
        await expect(desk.find(".sign")).to_be_disabled()
        desk.double.site.hall.change("S-END", "261123200028", state=SeatState.ABSENT, reason="未到考点")
        await desk.sees(".checklist li[data-point=explained].ok")
        await desk.page.get_by_role("button", name="考试正常，无异常情况").click()
        await desk.page.click(".sign")
        await desk.sees(".problem-box", "请由第二人填写用户名和密码")
        await desk.page.fill("#second-username", "li.na")
        await desk.page.fill("#second-password", PASSWORD)
        await desk.page.click(".sign")
        await desk.sees(".el-alert", "本场已签结")
        await desk.sees(".way", "已签结")
        (sent,) = desk.sent("/sign-off")
        assert sent["remarks"] == "考试正常，无异常情况"
        assert desk.double.site.hall.sessions["S-END"].state is SessionState.SIGNED_OFF


async def test_ending_says_whose_papers_will_be_taken_and_needs_a_reason() -> None:
    async with console() as desk:
        await desk.go("session/S-RUN/board")
        await desk.page.click(".step-end")
        dialog = await desk.sees(".step-dialog")
        await expect(dialog).to_contain_text("尚有 21 名考生在作答")
        await dialog.locator(".confirm-step").click()
        await expect(dialog.locator(".problem-box")).to_contain_text("请填写原因")
        await dialog.get_by_role("button", name="考试时间到").click()
        await dialog.locator(".confirm-step").click()
        await desk.sees(".way li[aria-current=step]", "已结束")
        assert desk.sent("/end") == [{"reason": "考试时间到"}]
