"""Candidates at seats with a camera: Chromium whose camera plays a picture that the test made."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from exam_appliance.exam.seat_pictures import SeatPictureMode
from tests.browser.console_browser import CHROMIUM, FLAGS, SCREEN, WAIT_MS
from tests.seat_parts import SeatSite, seat_site
from tests.site_app import PASSWORD

FRAMES = 3
COUNTDOWN_MS = 3_100
LOOK_MS = 20_000
"""A camera opens, a countdown runs, a picture is compared: on a slow machine too, milliseconds."""


def film(picture: bytes, path: Path, size: tuple[int, int] = (640, 480)) -> Path:
    """Write a picture as the film (MJPEG) that Chromium's camera plays: its upper middle, undistorted."""
    with Image.open(io.BytesIO(picture)) as opened:
        frame = ImageOps.fit(opened.convert("RGB"), size, centering=(0.5, 0.2))
    data = io.BytesIO()
    frame.save(data, "JPEG", quality=90)
    path.write_bytes(data.getvalue() * FRAMES)
    return path


def portrait(shade: int) -> bytes:
    """Return a drawn face before a wall of one shade."""
    picture = Image.new("RGB", (640, 480), (shade, shade, min(255, shade + 12)))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((215, 330, 425, 640), fill=(40, 70, 110))
    draw.ellipse((235, 90, 405, 320), fill=(226, 180, 150))
    draw.pieslice((225, 70, 415, 280), 180, 360, fill=(45, 35, 30))
    for x in (280, 345):
        draw.ellipse((x, 195, x + 20, 207), fill=(30, 25, 25))
    draw.arc((285, 240, 355, 285), 20, 160, fill=(150, 60, 60), width=4)
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


@dataclass
class SeatPage:
    """A candidate's page at a seat."""

    page: Page
    ticket: str
    errors: list[str]

    def find(self, selector: str) -> Locator:
        """Return a locator on the page."""
        return self.page.locator(selector)

    async def sees(self, selector: str, text: str | None = None) -> None:
        """Wait until the selector is visible, with the text when given."""
        await expect(self.page.locator(selector, has_text=text).first).to_be_visible(timeout=LOOK_MS)

    async def enter(self) -> None:
        """Log in and confirm who it is."""
        await self.page.fill("#identity", self.ticket)
        await self.page.keyboard.press("Enter")
        await self.page.locator(".identity-card .button.primary").click()

    async def take(self) -> None:
        """Take a picture by the keyboard alone and send it."""
        await self.sees(".picture-box[data-camera=live][data-step=look]")
        await self.page.keyboard.press("Enter")
        await self.counted_down()
        await self.page.keyboard.press("Enter")

    async def counted_down(self) -> None:
        """Let the countdown run out at once; the picture taken waits to be sent."""
        await self.sees(".picture-count")
        await self.page.clock.run_for(COUNTDOWN_MS)
        await expect(self.find(".picture-send")).to_be_focused(timeout=LOOK_MS)


@dataclass
class SeatRoom:
    """A site that asks for pictures, with a browser whose camera is a film."""

    at: SeatSite
    browser: Browser

    async def seat(self, number: int, *, camera: bool = True) -> SeatPage:
        """Open the page of a verified candidate, who may use the camera or not."""
        context = await self.context()
        if camera:
            await context.grant_permissions(["camera"], origin=self.at.site.url)
        page = await context.new_page()
        page.set_default_timeout(WAIT_MS)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                errors.append(message.text)
                if message.type in ("error", "warning") and "Failed to load resource" not in message.text
                else None
            ),
        )
        await page.clock.install()
        await page.goto(f"{self.at.site.url}/exam/")
        seat = SeatPage(page, self.at.site.package.tickets[number - 1], errors)
        await seat.sees("#identity")
        await seat.enter()
        return seat

    async def board(self) -> Page:
        """Open the room board as an invigilator."""
        context = await self.context()
        page = await context.new_page()
        page.set_default_timeout(LOOK_MS)
        await page.goto(f"{self.at.site.url}/console/#/session/{self.at.site.package.plan.session}/board")
        await page.fill("#username", "wujk")
        await page.fill("#password", PASSWORD)
        await page.click("button[type=submit]")
        await page.wait_for_selector(".seat-tile")
        return page

    async def context(self) -> BrowserContext:
        """Return a browser of its own on the small screen."""
        return await self.browser.new_context(viewport=SCREEN, locale="zh-CN", timezone_id="Asia/Shanghai")


@asynccontextmanager
async def seat_room(
    folder: Path,
    camera: Sequence[str],
    mode: SeatPictureMode = "required",
    *,
    candidates: int = 2,
    **sections: dict[str, object],
) -> AsyncIterator[SeatRoom]:
    """Run a site and a Chromium with flags for its camera; pages get it only where a seat says so."""
    async with (
        seat_site(folder, mode, candidates=candidates, **sections) as at,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *camera])
        try:
            yield SeatRoom(at, browser)
        finally:
            await browser.close()


def playing(path: Path) -> tuple[str, ...]:
    """Return the flags of a Chromium whose camera plays a film."""
    return ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={path}")
