"""Take a picture of a console's page in Chromium: `python -m tests.images.console_page`.

It runs in the staff's network namespace and is told on standard input, as JSON: `origin`, `username`,
`password`, `page` (what follows `#/`), `shown` (a selector that has to be visible) and `file`.
"""

from __future__ import annotations

import asyncio
import json
import sys

from playwright.async_api import async_playwright

from tests.browser.console_browser import CHROMIUM, FLAGS, SCREEN

PATIENCE_MS = 90_000


async def main(told: dict[str, str]) -> None:
    """Log in, open the page, take the picture."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(ignore_https_errors=True, viewport=SCREEN, locale="zh-CN")
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        await page.goto(f"{told['origin']}/console/")
        await page.fill("#username", told["username"])
        await page.fill("#password", told["password"])
        await page.click("button[type=submit]")
        await page.wait_for_selector("#username", state="detached")
        await page.goto(f"{told['origin']}/console/#/{told['page']}")
        await page.locator(told["shown"]).first.wait_for()
        await page.screenshot(path=told["file"])
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(json.load(sys.stdin)))
