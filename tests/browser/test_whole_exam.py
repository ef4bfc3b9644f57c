"""A whole exam as its people live it: `make demo`, Chromium at seats and consoles, results at the centre.

With PICTURES=1 the pictures of the READMEs are taken anew on the way.
"""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.console_browser import CHROMIUM, FLAGS, WAIT_MS
from tests.browser.demo_browser import camera, go, page_of, running_demo, staff_at

SITE = "MC0201"
ITEMS = 55
"""Items on a paper of the chemicals blueprint."""


async def step(page: Page, name: str, button: str = ".confirm-step", reason: str = "") -> None:
    """Take a step of the session and confirm it."""
    await page.click(f".step-{name}")
    if reason:
        await page.fill("#step-reason", reason)
    await page.click(f".step-dialog {button}")
    await expect(page.locator(".step-dialog")).to_be_hidden(timeout=WAIT_MS)


async def take_seat(browser: Browser, url: str, identity: str, errors: list[str]) -> Page:
    """Log a candidate in and confirm that it is they."""
    page = await page_of(browser, f"{url}/exam/", errors)
    await page.fill("#identity", identity)
    await page.keyboard.press("Enter")
    await page.click(".identity-card .button.primary")
    await page.wait_for_selector(".lobby")
    return page


async def submit(page: Page) -> None:
    """Hand in and wait for the result."""
    await page.click("#open-submit")
    await page.click("#hand-in")
    await page.wait_for_selector(".result-card")


async def test_an_exam_goes_from_the_centres_plan_through_both_consoles_to_the_centres_result(
    tmp_path: Path,
) -> None:
    errors: list[str] = []
    at_site, at_centre = camera("appliance"), camera("central-sync")
    async with running_demo(tmp_path / "demo") as demo, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        url, password = demo["sites"][SITE], demo["password"]
        seated = [ticket for ticket in demo["tickets"] if ticket["url"] == url]
        session = demo["sessions"][1]

        planner = await staff_at(browser, demo["centre"], "planner", password, errors)
        await planner.wait_for_selector(".overview .figures")
        await at_centre(planner, "overview")

        lead = await staff_at(browser, f"{url}/console/", "lead-liuwan", password, errors)
        await go(lead, f"session/{session}/board")
        await step(lead, "unlock")
        await step(lead, "open")

        first = await take_seat(browser, url, seated[0]["ticket"], errors)
        second = await take_seat(browser, url, seated[1]["id_number"], errors)
        await step(lead, "start", ".big-bell")
        for page in (first, second):
            await page.wait_for_selector(".exam .choice")

        pictured = False
        for number in range(1, ITEMS + 1):
            await first.click(f"[data-number='{number}']")
            await expect(first.locator(".item-number")).to_contain_text(f"第 {number} 题")
            await first.locator(".choice-label").first.click()
            await expect(first.locator(f"[data-number='{number}']")).to_have_class(
                re.compile(r"\banswered\b")
            )
            if await first.locator(".item-media img, figure img").count() and not pictured:
                pictured = True
                await expect(first.locator(".saved-mark.saved")).to_be_visible(timeout=WAIT_MS)
                await at_site(first, "exam")
        await expect(first.locator(".saved-mark.saved")).to_be_visible(timeout=WAIT_MS)
        await second.locator(".choice").first.click()
        await expect(second.locator(".saved-mark.saved")).to_be_visible(timeout=WAIT_MS)
        await expect(lead.locator(f".seat-tile[data-ticket='{seated[0]['ticket']}']")).to_contain_text(
            f"{ITEMS}/{ITEMS}", timeout=WAIT_MS
        )
        await at_site(lead, "board")

        await submit(first)
        shown = int(await first.locator(".score-points b").inner_text())
        await at_site(first, "result")
        await step(lead, "end", reason="考试时间到")
        await second.wait_for_selector(".result-card")

        await go(lead, f"session/{session}/absences")
        await lead.click(".mark-all")
        await lead.locator(".action-dialog").get_by_role("button", name="未到考点").click()
        await lead.click(".action-dialog .confirm-action")
        await expect(lead.locator(".take-back")).to_have_count(len(seated) - 2)
        await go(lead, f"session/{session}/closing")
        await lead.get_by_role("button", name="考试正常，无异常情况").click()
        await lead.fill("#second-username", "ning-liuwan")
        await lead.fill("#second-password", password)
        await lead.click(".sign")
        await expect(lead.locator(".way")).to_contain_text("已签结")

        await go(planner, f"ledger/{session}")
        await expect(planner.locator(".balance.good")).to_be_visible(timeout=3 * WAIT_MS)
        await expect(planner.locator(f"tr[data-ticket='{seated[0]['ticket']}']")).to_contain_text(str(shown))
        await expect(planner.locator("tr[data-ticket]")).to_have_count(len(seated))
        await expect(planner.locator(".balance.good .soft")).to_be_visible(timeout=3 * WAIT_MS)
        await at_centre(planner, "ledger")
        await go(planner, f"results/{session}")
        line = planner.locator(f"tr[data-ticket='{seated[0]['ticket']}']")
        await expect(line).to_contain_text(str(shown))
        await expect(planner.locator(".balance.good")).to_be_visible()
        await at_centre(planner, "results")
        await browser.close()
    assert errors == []
