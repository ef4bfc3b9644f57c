"""The running demo in Chromium: the program of `make demo`, its consoles, pictures for the READMEs."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import Browser, Page, expect

from tests.browser.console_browser import SCREEN, WAIT_MS

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "provisioning" / "workstation" / "demo.py"
PICTURES = os.environ.get("PICTURES") == "1"
"""Whether the pictures of the READMEs are taken anew."""
READY_WITHIN_S, ENDS_WITHIN_S = 120, 60
SHEET_DPI = 60
COLOURS = 128


@asynccontextmanager
async def running_demo(folder: Path) -> AsyncIterator[dict[str, Any]]:
    """Run `make demo` and give what it prints once it is ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(DEMO),
        *("--folder", str(folder), "--console-port", "0", "--site-port", "0", "--json"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            ready = json.loads(await process.stdout.readline())
        yield ready
    finally:
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(ENDS_WITHIN_S):
            await process.wait()


async def page_of(browser: Browser, url: str, errors: list[str]) -> Page:
    """Open a browser of its own at a page."""
    context = await browser.new_context(viewport=SCREEN, locale="zh-CN", timezone_id="Asia/Shanghai")
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(url)
    return page


async def staff_at(browser: Browser, url: str, username: str, password: str, errors: list[str]) -> Page:
    """Open a console and log in."""
    page = await page_of(browser, url, errors)
    await page.fill("#username", username)
    await page.fill("#password", password)
    await page.click("button[type=submit]")
    await page.wait_for_selector(".user-button")
    return page


async def go(page: Page, path: str) -> None:
    """Go to a page of a console as if its address were typed in."""
    await page.evaluate("hash => { window.location.hash = hash; }", f"#/{path}")


def camera(folder: str) -> Callable[[Page, str], Awaitable[None]]:
    """Return what takes a picture for the README where wanted; nothing may run out of the page."""

    async def take(page: Page, name: str) -> None:
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        if PICTURES:
            # The mouse out of the way, and what still moves at rest: buttons fade for a moment.
            await page.mouse.move(0, 0)
            await expect(page.locator(".el-message")).to_have_count(0)
            keep_picture(folder, name, await page.screenshot(scale="css", animations="disabled"))

    return take


def keep_first_sheet(folder: str, name: str, pdf: Path) -> None:
    """Keep a picture of the first page of a PDF for the README, when pictures are wanted."""
    if PICTURES:
        draw = ["pdftoppm", "-png", "-r", str(SHEET_DPI), "-f", "1", "-singlefile", str(pdf)]
        drawn = subprocess.run(draw, capture_output=True, check=True)
        keep_picture(folder, name, drawn.stdout)


def keep_picture(folder: str, name: str, png: bytes) -> None:
    """Keep a picture in the folder of a part, with few colours: it goes into the repository."""
    target = ROOT / folder / "pictures"
    target.mkdir(exist_ok=True)
    with Image.open(io.BytesIO(png)) as picture:
        # Without dithering: flat areas stay flat, and the file small.
        few = picture.convert("RGB").quantize(COLOURS, kmeans=1, dither=Image.Dither.NONE)
        few.save(target / f"{name}.png", optimize=True)
