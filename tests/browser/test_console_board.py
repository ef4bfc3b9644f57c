"""The room board: live seats, picking, actions, details."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import expect

from exam_appliance.exam.states import SeatState
from exam_appliance.web.console.models import Connection
from tests.browser.console_browser import WAIT_MS, Console, console
from tests.browser.console_double import PASSWORD


async def open_board(desk: Console, session: str = "S-RUN") -> None:
    await desk.go(f"session/{session}/board")
    await desk.sees(".seat-tile")


def change(desk: Console, seat: int, **fields: object) -> None:
    desk.double.site.hall.change("S-RUN", f"2611230{seat:05d}", **fields)


async def test_thirty_seats_stand_on_one_small_screen() -> None:
    async with console() as desk:
        await open_board(desk)
        await expect(desk.find(".seat-tile")).to_have_count(30)
        height = await desk.page.evaluate("document.documentElement.scrollHeight")
        width = await desk.page.evaluate("document.documentElement.scrollWidth")
        assert (width, height) == (1366, 768)
        last = await desk.find(".act-button").last.bounding_box()
        assert last is not None
        assert last["x"] + last["width"] <= 1366


async def test_change_at_the_server_shows_on_its_tile_and_in_the_counts() -> None:
    async with console() as desk:
        await open_board(desk)
        await expect(desk.find(".chip[data-state=sitting] b")).to_have_text("20")
        change(desk, 1, answered=77, connection=Connection.LOST, contact_age_ms=33_000)
        await expect(desk.tile(1)).to_contain_text("77/100")
        await expect(desk.tile(1)).to_contain_text(re.compile(r"3\d 秒前"))
        await expect(desk.tile(1)).to_have_class(re.compile("look"))
        change(desk, 1, state=SeatState.SCORED, points=91, passed=True)
        await expect(desk.tile(1)).to_contain_text("已评分")
        await expect(desk.find(".chip[data-state=sitting] b")).to_have_text("19")


async def test_a_change_draws_its_own_tile_and_no_other() -> None:
    async with console() as desk:
        await open_board(desk)
        await desk.page.evaluate(
            """() => {
                window.touched = new Set();
                const grid = document.querySelector('.seat-grid');
                new MutationObserver((found) => found.forEach((one) => {
                    const node = one.target.nodeType === 1 ? one.target : one.target.parentElement;
                    if (!node.closest('.remaining, .tile-contact')) {
                        const tile = node.closest('[data-ticket]');
                        window.touched.add(tile ? tile.dataset.ticket : 'grid');
                    }
                })).observe(grid, { subtree: true, childList: true, characterData: true, attributes: true });
            }"""
        )
        change(desk, 6, answered=99)
        await expect(desk.tile(6)).to_contain_text("99/100")
        assert await desk.page.evaluate("[...window.touched]") == ["261123000006"]


async def test_remaining_time_counts_down_between_events_and_stands_still_while_paused() -> None:
    async with console() as desk:
        await open_board(desk)
        first = await desk.tile(1).locator(".remaining").inner_text()
        still = await desk.tile(7).locator(".remaining").inner_text()
        await expect(desk.tile(1).locator(".remaining")).not_to_have_text(first, timeout=WAIT_MS)
        assert await desk.tile(7).locator(".remaining").inner_text() == still


async def test_filters_show_problems_states_and_found_names_only() -> None:
    async with console() as desk:
        await open_board(desk)
        await desk.page.click(".chip.problems")
        await expect(desk.find(".seat-tile")).to_have_count(4)
        await desk.page.click(".chip.problems")
        await desk.page.click(".chip[data-state=scored]")
        await expect(desk.find(".seat-tile")).to_have_count(3)
        await desk.page.click(".chip[data-state=scored]")
        await desk.page.fill(".board-search input", "12")
        await expect(desk.find(".seat-tile")).to_have_count(1)
        await expect(desk.find(".action-target")).to_contain_text("筛选出的 1 人")


async def test_extending_picked_seats_asks_minutes_and_reason_and_names_who() -> None:
    async with console() as desk:
        await open_board(desk)
        await desk.tile(1).click()
        await desk.tile(4).click(modifiers=["Shift"])
        await desk.tile(25).click()
        await expect(desk.find(".action-target")).to_contain_text("已选 5 人")
        await desk.page.click(".act-button[data-action=extend]")
        dialog = await desk.sees(".action-dialog")
        await expect(dialog).to_contain_text("涉及考生 4 人")
        await expect(dialog).to_contain_text("另有 1 人当前状态不适用")
        await dialog.locator(".confirm-action").click()
        await expect(dialog.locator(".problem-box")).to_contain_text("1 至 240 分钟")
        await dialog.get_by_role("button", name="10", exact=True).click()
        await dialog.locator(".confirm-action").click()
        await expect(dialog.locator(".problem-box")).to_contain_text("请填写原因")
        await dialog.get_by_role("button", name="网络中断耽误").click()
        await expect(dialog.locator(".consequence")).to_contain_text("将为 4 名考生延长 10 分钟")
        await dialog.locator(".confirm-action").click()
        await expect(desk.tile(1)).to_contain_text("补 10 分")
        (sent,) = desk.sent("/actions")
        assert sent["minutes"] == 10
        assert sent["reason"] == "网络中断耽误"
        assert sent["tickets"] == [f"2611230{seat:05d}" for seat in (1, 2, 3, 4)]
        await expect(desk.find(".action-target")).to_contain_text("全部 30 人")


async def test_terminating_needs_another_person_with_the_right_password() -> None:
    async with console() as desk:
        await open_board(desk)
        await expect(desk.find(".act-button[data-action=terminate]")).to_be_disabled()
        await desk.tile(5).click()
        await desk.page.click(".act-button[data-action=terminate]")
        dialog = await desk.sees(".action-dialog")
        await dialog.get_by_role("button", name="夹带资料").click()
        for username, password, told in (
            ("chen.ming", PASSWORD, "第二人不能是您本人"),
            ("li.na", "wrong", "用户名或密码不正确"),
        ):
            await desk.page.fill("#second-username", username)
            await desk.page.fill("#second-password", password)
            await dialog.locator(".confirm-action").click()
            await expect(dialog.locator(".problem-box")).to_contain_text(told)
        await desk.page.fill("#second-password", PASSWORD)
        await dialog.locator(".confirm-action").click()
        await expect(desk.tile(5)).to_contain_text("已作废")
        (sent,) = desk.sent("/actions")
        assert sent["action"] == "terminate"
        assert sent["second"] == {"username": "li.na", "password": PASSWORD}


async def test_what_the_server_refuses_is_reported_with_seat_and_reason() -> None:
    async with console() as desk:
        await open_board(desk)
        await desk.tile(1).click()
        await desk.tile(2).click()
        await desk.page.click(".act-button[data-action=pause]")
        dialog = await desk.sees(".action-dialog")
        await dialog.get_by_role("button", name="设备故障").click()
        # The candidate hands in at the very moment; the page has not heard of it yet.
        seats = desk.double.site.hall.seats["S-RUN"]
        seats["261123000002"] = seats["261123000002"].model_copy(update={"state": SeatState.SCORED})
        await dialog.locator(".confirm-action").click()
        report = await desk.sees(".action-report")
        await expect(report).to_contain_text("已执行 1 人")
        await expect(report).to_contain_text("孙俊")
        await expect(report).to_contain_text("当前状态不能进行此操作")


async def test_keyboard_walks_the_seats_picks_and_opens_details() -> None:
    async with console() as desk:
        await open_board(desk)
        await desk.tile(1).focus()
        await desk.page.keyboard.press("ArrowRight")
        await expect(desk.tile(2)).to_be_focused()
        await desk.page.keyboard.press("ArrowDown")
        await expect(desk.tile(10)).to_be_focused()
        await desk.page.keyboard.press("Space")
        await expect(desk.tile(10)).to_have_attribute("aria-selected", "true")
        await desk.page.keyboard.press("Enter")
        drawer = await desk.sees(".seat-drawer")
        await expect(drawer).to_contain_text("261123000010")
        await expect(drawer).to_contain_text("无照片")


async def test_details_show_photo_log_and_act_on_that_seat_alone() -> None:
    async with console() as desk:
        await open_board(desk)
        await desk.tile(8).click()
        await desk.tile(5).hover()
        await desk.tile(8).locator("[data-details]").click()
        drawer = await desk.sees(".seat-drawer")
        await expect(drawer.locator(".seat-photo img")).to_be_visible()
        await drawer.locator("[data-action=lock]").click()
        dialog = await desk.sees(".action-dialog")
        await expect(dialog).to_contain_text("将锁定 1 名考生")
        await dialog.get_by_role("button", name="离开座位").click()
        await dialog.locator(".confirm-action").click()
        await expect(desk.tile(8)).to_contain_text("锁定")
        await expect(drawer.locator(".seat-log")).to_contain_text("离开座位")


async def test_list_view_picks_the_same_seats() -> None:
    async with console() as desk:
        await open_board(desk)
        await desk.tile(2).click()
        await desk.page.click("button[aria-label='列表']")
        await expect(desk.find(".seat-list tr.picked")).to_have_count(1)
        await desk.page.click(".seat-list tbody tr:nth-child(3) td:nth-child(4)")
        await expect(desk.find(".action-target")).to_contain_text("已选 2 人")


async def test_start_bell_says_how_many_wait_and_how_many_have_not_come() -> None:
    async with console() as desk:
        await open_board(desk, "S-OPEN")
        await desk.page.click(".step-start")
        await expect(desk.find(".bell-number.go b")).to_have_text("28")
        await expect(desk.find(".bell-number.alarm b")).to_have_text("4")
        await desk.page.click(".big-bell")
        await expect(desk.find(".chip[data-state=sitting] b")).to_have_text("28")
        await desk.sees(".way li[aria-current=step]", "考试中")


async def test_release_code_unlocks_when_the_key_has_not_come() -> None:
    async with console() as desk:
        await desk.go("session/S-NEW/board")
        await desk.page.click(".step-unlock")
        await desk.page.click(".confirm-step")
        await desk.sees(".problem-box", "中心尚未下发密钥")
        await desk.page.get_by_text("输入解密码（线路中断时）").click()
        await desk.sees(".unlock-code", "用电话联系考试机构值班人员")
        await desk.page.fill("#release-code", "guang xi yun hai")
        await desk.page.click(".confirm-step")
        await desk.sees(".problem-box", "解密码不正确")
        await desk.page.fill("#release-code", " guang xi yun shan ")
        await desk.page.click(".confirm-step")
        await desk.sees(".way li[aria-current=step]", "已解密")
        await expect(desk.find(".seat-tile")).to_have_count(28)


async def test_board_says_when_the_server_is_gone_and_catches_up_when_it_is_back() -> None:
    async with console() as desk:
        await open_board(desk)
        desk.double.away = True
        await desk.double.cut_streams()
        await desk.sees(".line-banner.lost", "与服务器的连接中断")
        change(desk, 1, answered=88)
        desk.double.away = False
        await expect(desk.find(".line-banner")).to_have_count(0, timeout=20_000)
        await expect(desk.tile(1)).to_contain_text("88/100")
        change(desk, 1, answered=89)
        await expect(desk.tile(1)).to_contain_text("89/100")


async def test_board_asks_every_few_seconds_while_only_the_stream_is_refused() -> None:
    async with console() as desk:
        await open_board(desk)
        opens = desk.double.stream_opens
        desk.double.streams_refused = True
        await desk.double.cut_streams()
        await desk.sees(".line-banner.asking", "每 3 秒刷新一次")
        change(desk, 4, answered=66)
        await expect(desk.tile(4)).to_contain_text("66/100")
        desk.double.streams_refused = False
        await expect(desk.find(".line-banner")).to_have_count(0, timeout=20_000)
        assert desk.double.stream_opens > opens


async def test_two_hundred_changing_seats_leave_the_page_answering_clicks() -> None:
    async with console(many=200) as desk:
        await open_board(desk)
        await expect(desk.find(".seat-tile")).to_have_count(200)
        done = asyncio.Event()

        async def churn() -> None:
            turn = 0
            while not done.is_set():
                turn += 1
                for seat in range(31, 201):
                    change(desk, seat, answered=turn % 100)
                await asyncio.sleep(0.5)

        work = asyncio.create_task(churn())
        for seat in (31, 60, 90, 120, 150, 180):
            await desk.tile(seat).click(timeout=2000)
        await expect(desk.find(".action-target")).to_contain_text("已选 6 人")
        done.set()
        await work


async def test_moving_tells_whether_the_new_seat_is_free_and_asks_for_a_reason() -> None:
    async with console() as desk:
        await open_board(desk)
        await desk.tile(3).click()
        await desk.page.click(".act-button[data-action=move]")
        dialog = await desk.sees(".action-dialog")
        await desk.page.fill("#action-seat", "4")
        await desk.page.keyboard.press("Tab")
        await expect(dialog).to_contain_text("该座位已安排给 周文博")
        await desk.page.fill("#action-seat", "33")
        await desk.page.keyboard.press("Tab")
        await expect(dialog).to_contain_text("该座位空闲")
        await dialog.get_by_role("button", name="显示器故障").click()
        await dialog.locator(".confirm-action").click()
        await expect(desk.tile(3)).to_contain_text("原 3 座")
        (sent,) = desk.sent("/actions")
        assert (sent["seat"], sent["tickets"]) == (33, ["261123000003"])
