"""The queue in Debian's Chromium: number at the ticket machine, call at the console, display and its voice.

With PICTURES=1 the pictures of the README are taken anew on the way.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from tests.browser.console_browser import CHROMIUM, FLAGS, SCREEN, WAIT_MS
from tests.browser.demo_browser import camera
from tests.browser.devices_browser import console_at
from tests.queue_parts import enrolled
from tests.site_app import PASSWORD, SiteApp, site_app

SHOTS = os.environ.get("KAODIAN_SCREENSHOTS", "")
"""Folder for pictures of the pages, where a person wants to look at them."""
TV = ViewportSize(width=1920, height=1080)
at_site = camera("appliance")
COUNT_SOUNDS = """
window.sounds = { now: 0, most: 0, over: 0 };
const Plain = window.Audio;
window.Audio = function (url) {
  const sound = new Plain(url);
  sound.addEventListener("playing", () => {
    sounds.now += 1;
    sounds.most = Math.max(sounds.most, sounds.now);
  });
  sound.addEventListener("ended", () => { sounds.now -= 1; sounds.over += 1; });
  return sound;
};
"""
"""Counts the sounds of a page: how many play at once at most, and how many have ended."""


@dataclass
class QueueHall:
    """A site with a browser, and what its pages complained of."""

    site: SiteApp
    browser: Browser
    errors: list[str] = field(default_factory=list)

    async def page(self, path: str, size: ViewportSize) -> Page:
        """Open a page in a context of its own."""
        context = await self.browser.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai")
        await context.add_init_script(COUNT_SOUNDS)
        page = await context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        await page.goto(f"{self.site.url}{path}")
        return page


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[QueueHall]:
    async with queue_hall(tmp_path) as hall:
        yield hall


@asynccontextmanager
async def queue_hall(folder: Path) -> AsyncIterator[QueueHall]:
    """Give a site with an open session and a browser that may make sounds unasked, as the TV's does."""
    flags = [*FLAGS, "--autoplay-policy=no-user-gesture-required", "--mute-audio"]
    async with (
        site_app(folder, candidates=24, devices={"run": "none"}) as site,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            hall = QueueHall(site, browser)
            yield hall
            assert hall.errors == []
        finally:
            await browser.close()


async def pictured(page: Page, name: str) -> None:
    """Check that nothing runs out of the page to the right, and keep a picture where one is wanted."""
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if SHOTS:
        await page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), animations="disabled")


async def test_a_number_is_taken_by_touch_called_at_the_console_and_shown_and_spoken(
    hall: QueueHall,
) -> None:
    site = hall.site
    technician = await site.staff("zhou")
    machine = await hall.page(f"/queue/#key={await enrolled(technician, 'tickets')}", SCREEN)
    await machine.wait_for_selector(".way.hand")
    assert "key=" not in machine.url
    await pictured(machine, "queue-start")
    await machine.click(".way.hand")
    for sign in site.package.id_numbers[0][-6:]:
        await machine.get_by_role("button", name=sign, exact=True).click()
    await pictured(machine, "queue-pad")
    await machine.click(".take")
    await expect(machine.locator(".number")).to_have_text("A001")
    await expect(machine.locator(".before")).to_contain_text("您是下一位")
    await expect(machine.locator(".expected")).to_contain_text("暂时无法估计")
    await pictured(machine, "queue-number")
    await at_site(machine, "queue-number")
    # By keyboard alone: back to the start, type, take; a stranger is told where to go.
    await machine.keyboard.press("Enter")
    await expect(machine.locator(".way.hand")).to_be_visible()
    await machine.locator(".way.hand").focus()
    await machine.keyboard.press("Enter")
    await expect(machine.locator("#typed")).to_be_focused()
    await machine.keyboard.type("999999999999")
    await machine.keyboard.press("Enter")
    await expect(machine.locator(".why")).to_contain_text("考务办公室")
    await pictured(machine, "queue-stranger")
    invigilator = await site.staff("wujk")
    for ticket in site.package.tickets[1:]:
        await invigilator.post("/queue/tickets", {"identity": ticket})

    display = await hall.page(f"/display/#key={await enrolled(technician, 'display')}", TV)
    await expect(display.locator(".waiting-count")).to_have_text("24 人")
    console = await console_at(hall.browser, site.url, "wujk", PASSWORD, hall.errors)
    await console.click(".main-menu a[href='#/queue']")
    await console.locator(".waiting-table tr[data-number='A003'] .line-priority").click()
    await console.get_by_role("option", name="孕妇").last.click()
    await expect(console.locator(".waiting-table tbody tr").first).to_have_attribute("data-number", "A003")
    await console.click(".call-next")
    await expect(console.locator(".current-number")).to_have_text("A003")
    await expect(display.locator("[data-counter='1'] .number")).to_have_text("A003")
    await expect(display.locator("[data-counter='1'] .name")).to_have_text("考*3")
    await display.wait_for_function("document.querySelectorAll('.last li b').length === 1")
    async with display.expect_response(lambda answer: "/sound" in answer.url):
        await console.click(".queue-recall")
    await expect(display.locator(".last em")).to_have_text("重呼")
    await console.click(".queue-transfer")
    await console.locator(".transfer-dialog .to-counter").click()
    await console.get_by_role("option", name="2 号窗口").last.click()
    await console.click(".confirm-transfer")
    await expect(console.locator(".waiting-table tr[data-number='A003']")).to_contain_text("仅 2 号窗口")
    await console.click(".call-next")
    await expect(console.locator(".current-number")).to_have_text("A001")
    await invigilator.post("/queue/counters/2/call")
    await console.click(".queue-skip")
    await expect(console.locator(".waiting-table tr").last).to_contain_text("过号 1 次")
    await console.click(".call-next")
    await expect(console.locator(".current-number")).to_have_text("A002")
    await console.click(".queue-served")
    await expect(console.locator(".settled .served")).to_contain_text("A002")
    await console.click(".call-next")
    await expect(display.locator("[data-counter='1'] .number")).to_have_text("A004")
    await expect(display.locator("[data-counter='2'] .number")).to_have_text("A003")
    await expect(console.locator(".el-message")).to_have_count(0, timeout=2 * WAIT_MS)
    await pictured(console, "console-queue")
    await at_site(console, "queue-console")
    await pictured(display, "display-tv")
    await at_site(display, "queue-display")
    await display.set_viewport_size(SCREEN)
    await pictured(display, "display-small")
    await console.evaluate("() => { window.location.hash = '#/queue/record'; }")
    await expect(console.locator(".queue-record tbody tr")).to_contain_text("24")
    await pictured(console, "console-record")


async def test_the_display_says_that_the_line_is_lost_and_comes_back_with_the_calls_it_missed(
    hall: QueueHall,
) -> None:
    site = hall.site
    technician, invigilator = await site.staff("zhou"), await site.staff("wujk")
    for ticket in site.package.tickets[:3]:
        await invigilator.post("/queue/tickets", {"identity": ticket})
    display = await hall.page(f"/display/#key={await enrolled(technician, 'display')}", SCREEN)
    await expect(display.locator(".waiting-count")).to_have_text("3 人")
    await site.stop()
    await expect(display.locator(".line-lost")).to_be_visible(timeout=2 * WAIT_MS)
    await pictured(display, "display-lost")
    await site.start()
    async with display.expect_response(lambda answer: "/sound" in answer.url, timeout=4 * WAIT_MS):
        called = await site.appliance.queue.call("1", "wujk")
    # Called again at once: said twice, one after the other.
    await site.appliance.queue.recall(called.id, "wujk")
    await expect(display.locator("[data-counter='1'] .number")).to_have_text("A001")
    await expect(display.locator(".line-lost")).to_have_count(0, timeout=4 * WAIT_MS)
    await display.wait_for_function("sounds.over === 2", timeout=4 * WAIT_MS)
    assert await display.evaluate("sounds.most") == 1


async def test_a_technician_makes_and_revokes_a_link_and_the_machine_is_cut_off(hall: QueueHall) -> None:
    console = await console_at(hall.browser, hall.site.url, "zhou", PASSWORD, hall.errors)
    await pictured(console, "console-menu")
    await console.evaluate("() => { window.location.hash = '#/queue/screens'; }")
    await console.fill(".screen-name input", "大厅电视")
    await console.click(".make-link")
    link = await console.locator(".screen-link").inner_text()
    await expect(console.locator(".link-code")).to_be_visible()
    await pictured(console, "console-link")
    await console.click(".link-dialog .el-button--primary")
    display = await hall.page(link.removeprefix(hall.site.url), SCREEN)
    await display.wait_for_selector(".counter")
    await display.reload()
    await display.wait_for_selector(".counter")
    await console.click(".revoke-screen")
    await console.click(".el-message-box .el-button--primary")
    await expect(display.locator(".locked")).to_be_visible(timeout=3 * WAIT_MS)
    await pictured(display, "display-locked")
