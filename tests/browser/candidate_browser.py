"""Candidates at their seats: Debian's Chromium against the real site server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, Response, async_playwright, expect

from exam_appliance.exam.clock import TimeSources
from tests.browser.console_browser import CHROMIUM, FLAGS, SCREEN, WAIT_MS
from tests.site_app import SiteApp, Staff, site_app

FAR_MS = 4_000_000_000_000
"""A moment that no clock has reached yet, milliseconds since 1970."""


@dataclass
class Seat:
    """A candidate's browser at a seat."""

    site: SiteApp
    number: int
    context: BrowserContext
    page: Page
    errors: list[str] = field(default_factory=list)
    """What scripts of the page threw or Vue warned of."""
    posted: list[tuple[str, Any]] = field(default_factory=list)
    """Path below /api/candidate and body of every POST, in the order in which they left."""
    answers: list[Response] = field(default_factory=list)
    """Every answer of the interface but the stream."""
    streamed: list[str] = field(default_factory=list)
    """Every event of the stream as it came."""
    fetched: list[str] = field(default_factory=list)
    """Path of every GET, in the order in which they left."""

    @property
    def ticket(self) -> str:
        """The candidate's admission ticket number."""
        return self.site.package.tickets[self.number - 1]

    def find(self, selector: str, text: str | None = None) -> Locator:
        """Return a locator on the page, narrowed to what holds `text` when given."""
        return self.page.locator(selector, has_text=text)

    async def sees(self, selector: str, text: str | None = None) -> Locator:
        """Wait until the selector is visible, with the text when given."""
        found = self.find(selector, text).first
        await expect(found).to_be_visible(timeout=WAIT_MS)
        return found

    async def open(self, query: str = "") -> None:
        """Open the page in a new tab of this browser and wait until it knows where the candidate stands."""
        page = self.page = await self.context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._left)
        page.on("response", self._came)
        page.on(
            "console",
            lambda message: (
                self.errors.append(message.text)
                if message.type in ("error", "warning") and "Failed to load resource" not in message.text
                else None
            ),
        )
        tap = await self.context.new_cdp_session(page)
        await tap.send("Network.enable")
        tap.on("Network.eventSourceMessageReceived", lambda event: self.streamed.append(event["data"]))
        await page.goto(f"{self.site.url}/exam/{query}")
        await page.wait_for_selector("#view-title")

    async def log_in(self, identity: str | None = None) -> None:
        """Type the number, by default the ticket's, and send it."""
        await self.page.fill("#identity", identity or self.ticket)
        await self.page.keyboard.press("Enter")

    async def enter(self) -> None:
        """Log in and confirm; the instructions stand there afterwards, or the paper."""
        await self.log_in()
        await (await self.sees(".identity-card .button.primary")).click()
        await self.sees(".lobby, .exam")

    async def hold_time(self) -> None:
        """Load the page anew and stop its clock and timers: they move by `page.clock` alone from now on."""
        await self.page.clock.install()
        await self.page.reload()
        await self.sees(".exam .choice")
        await self.page.clock.pause_at(FAR_MS)
        await self.look_again()

    async def look_again(self) -> None:
        """Tell the page that it is looked at again, as when a screen wakes."""
        await self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    async def saved(self, item: str, choices: list[str]) -> None:
        """Wait until the server holds these choices for the item."""
        held = self.site.appliance.hall.responses
        await expect(self.find(".saved-mark.saved")).to_be_visible(timeout=WAIT_MS)
        assert sorted(held(self.ticket)[item].choices) == sorted(choices)

    async def waits(self) -> list[dict[str, Any]]:
        """Return the responses that wait in the browser's database."""
        rows = await self.page.evaluate(
            """() => new Promise((done, failed) => {
              const opening = indexedDB.open("kaodian-exam");
              opening.onerror = () => failed(opening.error);
              opening.onsuccess = () => {
                const all = opening.result.transaction("queue").objectStore("queue").getAll();
                all.onsuccess = () => { opening.result.close(); done(all.result); };
              };
            })"""
        )
        return list(rows)

    async def bodies(self) -> str:
        """Return all that the server's interface has told this browser, as one text."""
        texts = [await answer.text() for answer in self.answers if "/media/" not in answer.url]
        return "\n".join([*texts, *self.streamed])

    def _left(self, request: Any) -> None:
        path = request.url.partition("/api/candidate")[2]
        if request.method == "POST":
            self.posted.append((path, json.loads(request.post_data or "null")))
        elif path:
            self.fetched.append(path)

    def _came(self, response: Response) -> None:
        path = response.url.partition("/api/candidate")[2]
        if path and path not in ("/events", "/photo"):
            self.answers.append(response)


@dataclass
class Room:
    """A site server with browsers at its seats."""

    site: SiteApp
    browser: Browser
    stack: AsyncExitStack
    staff: Staff

    async def seat(self, number: int = 1, *, query: str = "", enter: bool = True) -> Seat:
        """Open a browser of its own for the candidate of a number."""
        context = await self.browser.new_context(viewport=SCREEN, locale="zh-CN", timezone_id="UTC")
        self.stack.push_async_callback(context.close)
        seat = Seat(self.site, number, context, await context.new_page())
        await seat.page.close()
        await seat.open(query)
        if enter:
            await seat.enter()
        return seat

    async def sitting(self, number: int = 1) -> Seat:
        """Open a browser for a candidate whose exam has begun."""
        seat = await self.seat(number)
        await self.staff.step("start")
        await seat.sees(".exam .choice")
        return seat


@asynccontextmanager
async def room(
    folder: Path, *, candidates: int = 2, time: TimeSources | None = None, **sections: dict[str, object]
) -> AsyncIterator[Room]:
    """Give a site server with an open session, an invigilator, and a browser without pages.

    `sections` of the site's configuration name what differs.
    """
    async with (
        site_app(folder, candidates=candidates, time=time, **sections) as site,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        async with AsyncExitStack() as stack:
            try:
                yield Room(site, browser, stack, await site.staff("wujk"))
            finally:
                await stack.aclose()
                await browser.close()
