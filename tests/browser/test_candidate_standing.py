"""What invigilator and clock do, as the candidate's page shows it; the server's clock is moved by hand."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from tests.browser.candidate_browser import Seat, room
from tests.site_parts import HandClock

MINUTE_MS = 60_000


async def shows(seat: Seat, left: str) -> None:
    """Wait until the page shows this time left."""
    await expect(seat.find(".time-digits")).to_have_text(left)


async def test_pause_lock_message_and_extension_reach_the_page_and_its_time_stays_the_servers(
    tmp_path: Path,
) -> None:
    time = HandClock()
    async with room(tmp_path, time=time) as hall:
        seat = await hall.sitting()
        await seat.hold_time()
        await shows(seat, "2:00:00")
        time.pass_ms(10 * MINUTE_MS)
        await hall.staff.step("pause", "停电")
        await seat.sees(".cover.paused", "停电")
        await seat.sees(".time-label", "时间暂停")
        await expect(seat.find(".choice")).to_have_count(0)
        time.pass_ms(30 * MINUTE_MS)
        await seat.page.clock.run_for(30 * MINUTE_MS)
        await shows(seat, "1:50:00")
        await hall.staff.step("resume", "来电")
        await seat.sees(".exam .choice")
        await shows(seat, "1:50:00")
        assert await seat.find("#notice-added").count() == 0

        await hall.staff.act("extend", [seat.ticket], minutes=5, reason="设备故障")
        await seat.sees("#notice-added", "剩余时间增加了 5 分钟")
        await shows(seat, "1:55:00")
        await hall.staff.act("lock", [seat.ticket], reason="核对身份")
        await seat.sees(".cover.locked", "核对身份")
        await expect(seat.find(".choice")).to_have_count(0)
        await hall.staff.act("unlock", [seat.ticket], reason="核对无误")
        await seat.sees(".exam .choice")
        await hall.staff.act("message", [seat.ticket], text="请保持安静 <b>")
        await seat.sees("#notice-message", "请保持安静 <b>")
        await seat.find("#notice-message .button").click()
        await expect(seat.find("#notice-message")).to_have_count(0)
        assert seat.errors == []


async def test_a_page_that_slept_neither_gains_nor_loses_time(tmp_path: Path) -> None:
    time = HandClock()
    async with room(tmp_path, time=time) as hall:
        seat = await hall.sitting()
        await seat.hold_time()
        await shows(seat, "2:00:00")
        # The machine slept: ten minutes of the exam went by, and not one timer of the page ran.
        time.pass_ms(10 * MINUTE_MS)
        await shows(seat, "2:00:00")
        await seat.look_again()
        await shows(seat, "1:50:00")
        # Its own clock leaps by an hour, as after a change of the machine's time: the server's counts.
        await seat.page.clock.fast_forward(60 * MINUTE_MS)
        await shows(seat, "1:50:00")
        assert await seat.find("#notice-added").count() == 0
        await seat.page.keyboard.press("1")
        await seat.sees(".saved-mark.saved")
        assert seat.errors == []


async def test_a_frozen_page_comes_back_to_the_servers_time_and_the_invigilators_word(tmp_path: Path) -> None:
    time = HandClock()
    async with room(tmp_path, time=time) as hall:
        seat = await hall.sitting()
        tap = await seat.context.new_cdp_session(seat.page)
        await tap.send("Page.setWebLifecycleState", {"state": "frozen"})
        time.pass_ms(20 * MINUTE_MS)
        await hall.staff.step("pause", "停电")
        await tap.send("Page.setWebLifecycleState", {"state": "active"})
        await seat.sees(".cover.paused", "停电")
        await shows(seat, "1:40:00")
        assert seat.errors == []


async def test_when_the_time_is_up_the_paper_is_handed_in_and_the_result_comes_by_itself(
    tmp_path: Path,
) -> None:
    time = HandClock()
    async with room(tmp_path, time=time) as hall:
        seat = await hall.sitting()
        await seat.page.keyboard.press("1")
        await seat.sees(".saved-mark.saved")
        time.pass_ms(120 * MINUTE_MS - 30_000)
        await seat.look_again()
        await seat.sees("#notice-time", "距考试结束还有 1 分钟")
        await seat.sees(".time-left.very-soon")
        time.pass_ms(60_000)
        await seat.sees(".result-card", "考试成绩")
        await expect(seat.find(".choice")).to_have_count(0)
        assert seat.errors == []


async def test_a_candidate_moved_to_another_seat_logs_in_there_and_goes_on_with_every_answer(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as hall:
        seat = await hall.sitting()
        await seat.page.keyboard.press("2")
        await seat.sees(".saved-mark.saved")
        await hall.staff.act("move", [seat.ticket], seat=9, reason="显示器故障")
        there = await hall.seat(1, query="?seat=9", enter=False)
        await there.enter()
        await there.sees(".exam .choice.chosen")
        await expect(there.find(".head-seat")).to_have_text("9")
        await expect(there.find(".card-progress")).to_have_text("1 / 20")
        await seat.sees("#login-ended", "登录已失效")
        await expect(seat.find(".choice")).to_have_count(0)
        assert seat.errors == there.errors == []
