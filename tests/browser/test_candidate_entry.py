"""From the log-in to the start bell, as a candidate meets it."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from tests.browser.candidate_browser import room


async def test_wrong_numbers_are_told_in_words_and_the_id_number_leads_to_the_candidates_own_data(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as hall:
        seat = await hall.seat(1, query="?seat=2", enter=False)
        await expect(seat.find("#identity")).to_be_focused()
        await seat.page.keyboard.press("Enter")
        await seat.sees(".note-box.bad", "请输入身份证号或准考证号")
        for wrong in ("123", "140105199001019999", "260001999999"):
            await seat.log_in(wrong)
            box = await seat.sees(".note-box.bad", "没有查到您的考试安排")
            await expect(box).to_contain_text("no exam is arranged for this number")
        await expect(seat.find("#identity")).to_be_focused()
        id_number = seat.site.package.id_numbers[0]
        await seat.log_in(f"{id_number[:6]} {id_number[6:14]} {id_number[14:]}")
        await seat.sees(".identity-card", "考生1")
        await seat.sees("#other-seat", "您被安排在 1 号座位，而这里是 2 号")
        assert id_number not in await seat.bodies()
        await seat.find(".button", "不是我").click()
        await expect(seat.find("#identity")).to_be_focused()
        assert seat.errors == []


async def test_lobby_leads_from_instructions_over_practice_to_the_waiting_room_and_the_start_comes_by_itself(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as hall:
        seat = await hall.seat(1)
        await seat.sees(".facts", "120 分钟")
        await expect(seat.find(".sections tfoot")).to_contain_text("100")
        await seat.find(".button", "去练习").click()
        await seat.sees(".practice .stem", "一年有几个季节")
        await seat.page.keyboard.press("c")
        await expect(seat.find(".choice.chosen")).to_have_text("CC四个")
        await seat.page.keyboard.press("PageDown")
        await seat.sees(".practice .stem", "中国的传统节日")
        await seat.find(".button", "进入候考").click()
        await seat.sees(".waiting", "等待开考")
        assert [path for path, _ in seat.posted if path not in ("/login", "/confirm", "/contact")] == []
        told = await seat.bodies()
        assert "题干" not in told
        assert "/paper" not in seat.fetched

        await hall.staff.step("start")
        await seat.sees(".exam .stem", "题干")
        await expect(seat.find(".choice input").first).to_be_focused()
        assert seat.errors == []


async def test_practice_and_paper_come_without_keys_and_nobody_elses_data_reaches_the_browser(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as hall:
        seat = await hall.seat(1)
        other = await hall.seat(2)
        await seat.find(".button", "去练习").click()
        await seat.sees(".practice .choice")
        await hall.staff.step("start")
        for here in (seat, other):
            await here.sees(".exam .choice")
            await here.page.keyboard.press("a")
            await here.sees(".saved-mark.saved")
        told = await seat.bodies()
        assert "题干" in told
        assert other.ticket not in told
        assert "考生2" not in told
        for person in seat.site.package.id_numbers:
            assert person not in told
        fields = {"number", "item", "type", "points", "stem", "media", "choices"}
        for path in ("/practice", "/paper"):
            (answer,) = [one for one in seat.answers if one.url.endswith(path)]
            for item in (await answer.json())["items"]:
                assert set(item) == fields
                assert all(set(choice) == {"id", "text", "media"} for choice in item["choices"])
        assert seat.errors == other.errors == []
