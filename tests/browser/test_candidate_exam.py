"""A whole exam at the candidate's page: mouse, keys, pictures, large text, contrast, screen readers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.browser.candidate_browser import Seat, room

CONTROLS = {"button", "checkbox", "link", "radio", "textbox", "image", "dialog", "navigation", "radiogroup"}
CONTROLS |= {"group", "progressbar", "timer", "region", "complementary", "form"}
SILENT = {"complementary", "form"}
"""Roles that may stand without a name when there is one of them."""

LEAST_CONTRAST = """() => {
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, below) => ({
    r: top.r * top.a + below.r * (1 - top.a), g: top.g * top.a + below.g * (1 - top.a),
    b: top.b * top.a + below.b * (1 - top.a), a: 1,
  });
  const light = ({ r, g, b }) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || element.closest(".kd-unseen, .skip, noscript, :disabled")) continue;
    if (!element.getClientRects().length) continue;
    const chain = [];
    for (let at = element; at; at = at.parentElement) chain.unshift(at);
    let ground = { r: 255, g: 255, b: 255, a: 1 };
    let opacity = 1;
    for (const one of chain) {
      const style = getComputedStyle(one);
      opacity *= Number(style.opacity);
      ground = over(parse(style.backgroundColor), ground);
    }
    const ink = parse(getComputedStyle(element).color);
    const [one, two] = [light(over({ ...ink, a: ink.a * opacity }, ground)), light(ground)];
    found.push([(Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05), text]);
  }
  return found.sort((one, two) => one[0] - two[0])[0];
}"""


async def unnamed(seat: Seat) -> list[str]:
    """Return the roles of controls and landmarks that a screen reader could not name."""
    tap = await seat.context.new_cdp_session(seat.page)
    tree: list[dict[str, Any]] = (await tap.send("Accessibility.getFullAXTree"))["nodes"]
    return [
        node["role"]["value"]
        for node in tree
        if not node["ignored"]
        and node["role"]["value"] in CONTROLS - SILENT
        and not node.get("name", {}).get("value", "").strip()
    ]


async def judge(seat: Seat) -> None:
    """Fail unless the view fits the screen, all is named, and text stands out enough (WCAG 2.1 AA)."""
    overflow = "() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    width, height = await seat.page.evaluate(overflow)
    assert (width, height) == (1366, 768)
    assert await unnamed(seat) == []
    ratio, text = await seat.page.evaluate(LEAST_CONTRAST)
    high = await seat.page.evaluate("document.documentElement.dataset.contrast === 'high'")
    assert ratio >= (7 if high else 4.5), f"{text!r} has a contrast of {ratio:.2f}"


async def test_a_candidate_answers_flags_and_goes_about_with_the_mouse_and_is_warned_of_blanks(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as hall:
        seat = await hall.sitting()
        paper = (await (await seat.page.request.get(f"{seat.site.url}/api/candidate/paper")).json())["items"]
        await seat.find(".choice").nth(1).click()
        await seat.saved(paper[0]["item"], [paper[0]["choices"][1]["id"]])
        await seat.find("#flag").click()
        await expect(seat.find("[data-number='1']")).to_have_class("cell kd-number answered flagged current")
        await seat.find("#next").click()
        await seat.sees(".item-number", "第 2 题")
        await seat.find("#previous").click()
        await expect(seat.find(".choice.chosen")).to_have_count(1)
        await seat.find("[data-number='20']").click()
        await seat.sees(".item-type", "多选题")
        for at in (0, 2, 3, 2):
            await seat.find(".choice").nth(at).click()
        last = paper[19]
        await expect(seat.find(".choice.chosen")).to_have_count(2)
        await seat.saved(last["item"], [last["choices"][0]["id"], last["choices"][3]["id"]])
        await expect(seat.find(".card-progress")).to_have_text("2 / 20")

        await seat.find("#open-submit").click()
        await seat.sees(".submit-warn", "还有 18 题未作答")
        await expect(seat.find(".submit-flags")).to_contain_text("还有 1 题带标记")
        await seat.find("#blank-numbers .cell", "7").first.click()
        await seat.sees(".item-number", "第 7 题")
        await seat.find("#open-submit").click()
        await seat.find("#hand-in").click()
        await seat.sees(".result-card", "不合格")
        assert seat.posted[-1] == ("/submit", {"blanks": 18})
        await seat.find(".button", "完成并退出").click()
        await expect(seat.find("#identity")).to_be_focused()
        assert seat.errors == []


async def test_the_whole_exam_can_be_sat_with_keys_alone(tmp_path: Path) -> None:
    async with room(tmp_path) as hall:
        seat = await hall.seat(1, enter=False)
        keys = seat.page.keyboard

        async def to(selector: str) -> None:
            for _ in range(60):
                if await seat.find(selector).first.evaluate("one => one === document.activeElement"):
                    return
                await keys.press("Tab")
            pytest.fail(f"the Tab key does not reach {selector}")

        await keys.type(seat.ticket)
        await keys.press("Enter")
        await seat.sees(".identity-card")
        await to(".identity-card .button.primary")
        await keys.press("Enter")
        await seat.sees(".lobby")
        await to(".steps li:nth-child(3) button")
        await keys.press("Enter")
        await seat.sees(".waiting")
        await hall.staff.step("start")
        await expect(seat.find(".choice input").first).to_be_focused()
        for number in range(1, 21):
            await expect(seat.find(".item-number")).to_contain_text(f"第 {number} 题")
            await keys.press("1" if number % 2 else "b")
            if number == 3:
                await keys.press("f")
            await keys.press("PageDown")
        await expect(seat.find(".card-progress")).to_have_text("20 / 20")
        await to(".cells .cell.current")
        await keys.press("Home")
        for arrow in ("ArrowRight", "ArrowRight", "ArrowDown"):
            await keys.press(arrow)
        await keys.press("Enter")
        await seat.sees(".item-number", "第 11 题")
        await expect(seat.find(".choice.chosen input")).to_be_focused()
        await keys.press("ArrowDown")
        await expect(seat.find(".choice").nth(1)).to_have_class("choice chosen")
        await to("#open-submit")
        await keys.press("Enter")
        await seat.sees(".submit-good", "全部 20 题均已作答")
        await to("#hand-in")
        await keys.press("Enter")
        await seat.sees(".result-card")
        assert len(seat.site.appliance.hall.responses(seat.ticket)) == 20
        assert seat.errors == []


async def test_pictures_are_fetched_when_their_item_is_shown_and_open_large(tmp_path: Path) -> None:
    async with room(tmp_path) as hall:
        seat = await hall.seat(1)
        assert not any("/media/" in path for path in seat.fetched)
        async with seat.page.expect_response("**/api/candidate/media/*") as coming:
            await hall.staff.step("start")
        assert (await (await coming.value).body()) == seat.site.package.picture
        assert seat.fetched.index("/paper") < next(
            at for at, path in enumerate(seat.fetched) if "/media/" in path
        )
        await expect(seat.find(".picture img")).to_have_attribute("alt", "接线图")
        await seat.find(".picture").click()
        await seat.sees("dialog[open] img")
        await seat.page.keyboard.press("Escape")
        await expect(seat.find("dialog")).to_have_count(0)
        await expect(seat.find(".picture")).to_be_focused()
        assert seat.errors == []


async def test_clips_are_fetched_when_they_are_played_and_one_that_fails_can_be_loaded_again(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as hall:
        seat = await hall.seat(1)
        clip = f"/media/{'0' * 64}"

        async def with_clip(route: Route) -> None:
            paper = await (answer := await route.fetch()).json()
            shown = {"url": f"/api/candidate{clip}", "type": "audio/wav", "alt": "报警声"}
            paper["items"][0]["media"].append(shown)
            await route.fulfill(response=answer, json=paper)

        await seat.context.route("**/api/candidate/paper", with_clip)
        await hall.staff.step("start")
        await expect(seat.find("audio")).to_have_attribute("aria-label", "报警声")
        await seat.sees(".picture img")
        assert clip not in seat.fetched
        await seat.find("audio").evaluate("one => { one.play().catch(() => {}); }")
        await seat.sees(".media-failed", "报警声 未能载入")
        assert clip in seat.fetched
        await seat.find(".media-failed .button").click()
        await seat.sees("audio")
        assert seat.errors == []


async def test_every_view_fits_the_screen_names_its_controls_and_stands_out_in_every_size_and_contrast(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as hall:
        seat = await hall.seat(1, enter=False)

        async def judged() -> None:
            for size in ("largest", "large", "normal"):
                await seat.find(f".letter-{size}").click()
                await judge(seat)
            await seat.find(".comfort-button").last.click()
            await judge(seat)
            await seat.find(".comfort-button").last.click()

        await seat.log_in("123")
        await seat.sees(".note-box.bad")
        await judged()
        await seat.log_in()
        await seat.sees(".identity-card")
        await judged()
        await seat.find(".identity-card .button.primary").click()
        for step in (1, 2, 3):
            await seat.find(f".steps li:nth-child({step}) button").click()
            await seat.sees((".facts", ".practice .choice", ".countdown")[step - 1])
            await judged()
        await hall.staff.step("start")
        await seat.sees(".exam .choice")
        await seat.page.keyboard.press("1")
        await seat.page.keyboard.press("f")
        await hall.staff.act("message", None, text="请保持安静")
        await seat.sees("#notice-message")
        await judged()
        await seat.find("#open-submit").click()
        await judge(seat)
        await seat.page.keyboard.press("Escape")
        await hall.staff.step("pause", "停电")
        await seat.sees(".cover.paused")
        await judged()
        await hall.staff.step("resume", "来电")
        await seat.find(".comfort-button").last.click()
        await seat.find("#open-submit").click()
        await judge(seat)
        await seat.find("#hand-in").click()
        await seat.sees(".result-card")
        await judge(seat)
        assert seat.errors == []
