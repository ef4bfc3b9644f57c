"""A member of staff at the console: Debian's Chromium against the console double."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Locator, Page, ViewportSize, async_playwright, expect

from tests.browser.console_double import PASSWORD, ConsoleDouble, console_double

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 10_000
SCREEN = ViewportSize(width=1366, height=768)


@dataclass
class Console:
    """An open console page with the double behind it."""

    page: Page
    double: ConsoleDouble
    errors: list[str] = field(default_factory=list)
    """What scripts of the page threw or Vue warned of."""

    def find(self, selector: str, text: str | None = None) -> Locator:
        """Return a locator on the page, narrowed to what holds `text` when given."""
        return self.page.locator(selector, has_text=text)

    async def log_in(self, username: str, password: str = PASSWORD) -> None:
        """Fill in the log-in form and send it."""
        await self.page.fill("#username", username)
        await self.page.fill("#password", password)
        await self.page.click("button[type=submit]")

    async def go(self, path: str) -> None:
        """Go to a page of the console, such as session/S-RUN/board."""
        await self.page.goto(f"{self.double.url}#/{path}")

    async def sees(self, selector: str, text: str | None = None) -> Locator:
        """Wait until the selector is visible, with the text when given."""
        found = self.find(selector, text)
        await expect(found.first).to_be_visible(timeout=WAIT_MS)
        return found.first

    def tile(self, seat: int) -> Locator:
        """Return the tile of a seat of the running session."""
        return self.find(f".seat-tile[data-ticket='2611230{seat:05d}']")

    def sent(self, path_end: str) -> list[dict[str, object]]:
        """Return the bodies that came for paths with this end."""
        return [
            body.model_dump(mode="json") for path, body in self.double.requests if path.endswith(path_end)
        ]


@asynccontextmanager
async def console(username: str | None = "chen.ming", many: int = 30) -> AsyncIterator[Console]:
    """Open the console in a fresh browser, logged in as `username` unless None."""
    async with console_double(many) as double, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(viewport=SCREEN, locale="zh-CN", timezone_id="UTC")
        page = await context.new_page()
        opened = Console(page, double)
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: opened.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                opened.errors.append(message.text)
                if message.type in ("error", "warning") and "Failed to load resource" not in message.text
                else None
            ),
        )
        try:
            await page.goto(double.url)
            await page.wait_for_selector("#username")
            if username is not None:
                await opened.log_in(username)
            yield opened
            assert opened.errors == []
        finally:
            await browser.close()
