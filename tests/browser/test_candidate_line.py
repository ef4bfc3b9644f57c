"""What the candidate's page does when line, server or page go away: no click is lost."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Response, expect

from tests.browser.candidate_browser import room

HANG = """IDBDatabase.prototype.transaction = () => ({
  objectStore: () => ({ get: () => ({}), put: () => ({}), getAll: () => ({}) }),
})"""
"""The browser's IndexedDB does not answer any more, as on a failing disk."""


def save(response: Response) -> bool:
    """True for the answer to a saved response."""
    return response.request.method == "POST" and response.url.endswith("/responses")


async def test_an_answer_leaves_with_the_click_before_any_timer_of_the_page_runs(tmp_path: Path) -> None:
    async with room(tmp_path) as hall:
        seat = await hall.sitting()
        await seat.hold_time()
        for at in (0, 1):
            async with seat.page.expect_response(save) as coming:
                await seat.find(".choice").nth(at).click()
            assert (await coming.value).ok
        first, second = (body for path, body in seat.posted if path == "/responses")
        assert first["choices"] != second["choices"]
        assert first["n"] < second["n"]
        await seat.saved(second["item"], second["choices"])
        assert await seat.waits() == []
        assert seat.errors == []


async def test_an_answer_leaves_within_a_second_also_when_the_browsers_database_hangs(tmp_path: Path) -> None:
    async with room(tmp_path) as hall:
        seat = await hall.sitting()
        await seat.hold_time()
        await seat.page.evaluate(HANG)
        async with seat.page.expect_response(save) as coming:
            await seat.find(".choice").first.click()
            await seat.page.clock.run_for(1000)
        assert (await coming.value).ok
        await seat.sees(".saved-mark.saved")
        await seat.sees("#notice-memory", "本机存储不可用")
        assert seat.errors == []


async def test_clicks_while_the_server_is_away_wait_on_disk_and_go_up_when_it_is_back(tmp_path: Path) -> None:
    async with room(tmp_path) as hall:
        seat = await hall.sitting()
        keys = seat.page.keyboard
        await keys.press("1")
        await seat.sees(".saved-mark.saved")
        await hall.site.stop()
        await keys.press("2")
        await keys.press("PageDown")
        await keys.press("1")
        await keys.press("f")
        await seat.sees(".saved-mark.kept", "未上传 2 条，本机已保留")
        await seat.sees("#notice-away", "请继续答题")
        # Cells that wait stand in their row like all others.
        await expect(seat.find(".cells .cell.waiting")).to_have_count(2)
        tops = (
            await seat.find(".cells")
            .first.locator(".cell")
            .evaluate_all("cells => cells.slice(0, 3).map((cell) => [cell.offsetTop, cell.offsetWidth])")
        )
        assert tops[0] == tops[1] == tops[2], tops
        rows = {row["item"]: row for row in await seat.waits()}
        assert sorted(row["flagged"] for row in rows.values()) == [False, True]
        await seat.find("#open-submit").click()
        await seat.sees("#submit-sending")
        await expect(seat.find("#hand-in")).to_be_disabled()
        await keys.press("Escape")

        await hall.site.start()
        await seat.sees(".saved-mark.saved")
        await expect(seat.find("#notice-away")).to_have_count(0)
        held = hall.site.appliance.hall.responses(seat.ticket)
        for item, row in rows.items():
            assert (list(held[item].choices), held[item].flagged) == (row["choices"], row["flagged"])
        assert await seat.waits() == []
        assert seat.errors == []


async def test_a_page_closed_while_the_server_was_away_goes_on_where_it_was_with_every_click(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as hall:
        seat = await hall.sitting()
        keys = seat.page.keyboard
        await keys.press("1")
        await seat.sees(".saved-mark.saved")
        await hall.site.stop()
        await keys.press("PageDown")
        await keys.press("2")
        await seat.sees(".saved-mark.kept")
        (waiting,) = await seat.waits()
        await seat.page.close()
        await hall.site.start()
        await seat.open()
        await seat.sees(".saved-mark.saved")
        held = hall.site.appliance.hall.responses(seat.ticket)
        assert list(held[waiting["item"]].choices) == waiting["choices"]
        await expect(seat.find(".card-progress")).to_have_text("2 / 20")

        await seat.page.reload()
        await seat.sees(".exam .choice")
        await expect(seat.find(".card-progress")).to_have_text("2 / 20")
        assert await seat.waits() == []
        assert seat.errors == []


async def test_what_waits_for_one_candidate_is_never_sent_under_anothers_log_in(tmp_path: Path) -> None:
    # Who left a seat without a word could else come back to it only after a while.
    async with room(tmp_path, exam={"seat_takeover_seconds": 0.001}) as hall:
        seat = await hall.sitting()
        keys = seat.page.keyboard
        await keys.press("1")
        await seat.sees(".saved-mark.saved")
        await hall.site.stop()
        await keys.press("2")
        await seat.sees(".saved-mark.kept")
        (waiting,) = await seat.waits()
        assert waiting["ticket"] == seat.ticket
        await seat.page.close()
        await hall.site.start()

        # Another candidate sits down at this machine.
        await seat.context.clear_cookies()
        await seat.open()
        other = hall.site.package.tickets[1]
        await seat.log_in(other)
        await (await seat.sees(".identity-card .button.primary")).click()
        await seat.sees(".lobby")
        await (await hall.site.staff("wujk")).act("start", [other])
        await seat.sees(".exam .choice")
        await expect(seat.find(".card-progress")).to_have_text("0 / 20")
        await seat.page.keyboard.press("1")
        await seat.sees(".saved-mark.saved")
        responses = hall.site.appliance.hall.responses
        assert len(responses(other)) == 1
        assert await seat.waits() == [waiting]

        await seat.page.close()
        await seat.context.clear_cookies()
        await seat.open()
        await seat.enter()
        await seat.sees(".saved-mark.saved")
        assert list(responses(seat.ticket)[waiting["item"]].choices) == waiting["choices"]
        assert await seat.waits() == []
        assert seat.errors == []
