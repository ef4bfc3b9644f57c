"""The devices' pages in Debian's Chromium: a real site server, a device daemon behind its socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from exam_appliance.app import Appliance, running
from tests.browser.console_browser import CHROMIUM, FLAGS, SCREEN, WAIT_MS
from tests.device_daemon_double import DaemonDouble, daemon_double
from tests.exchange_parts import until
from tests.site_app import PASSWORD, SiteApp, make_staff, site_app, site_settings


@dataclass
class DeviceDesk:
    """A console page at the devices, the site behind it and the daemon behind that."""

    page: Page
    url: str
    daemon: DaemonDouble
    browser: Browser
    exam: SiteApp | None
    """The site with its open session, where the test asked for candidates."""
    errors: list[str] = field(default_factory=list)

    def find(self, selector: str, text: str | None = None) -> Locator:
        """Return a locator on the page, narrowed to what holds `text` when given."""
        return self.page.locator(selector, has_text=text)

    async def sees(self, selector: str, text: str | None = None) -> Locator:
        """Wait until the selector is visible, with the text when given."""
        found = self.find(selector, text)
        await expect(found.first).to_be_visible(timeout=WAIT_MS)
        return found.first

    async def go(self, path: str) -> None:
        """Go to a page of the console, such as devices/roles."""
        await self.page.evaluate("hash => { window.location.hash = hash; }", f"#/{path}")

    def row(self, device: str) -> Locator:
        """Return the row of a device in the list."""
        return self.find(f".device-row[data-device='{device}']")

    def role(self, role: str) -> Locator:
        """Return the line of a role."""
        return self.find(f".role-entry[data-role='{role}']")


async def console_at(browser: Browser, url: str, username: str, password: str, errors: list[str]) -> Page:
    """Open a console in a context of its own and log in."""
    context = await browser.new_context(viewport=SCREEN, locale="zh-CN", timezone_id="Asia/Shanghai")
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: (
            errors.append(message.text)
            if message.type in ("error", "warning") and "Failed to load resource" not in message.text
            else None
        ),
    )
    await page.goto(f"{url}/console/")
    await page.fill("#username", username)
    await page.fill("#password", password)
    await page.click("button[type=submit]")
    await page.wait_for_selector(".user-button")
    return page


@asynccontextmanager
async def site_with(daemon: DaemonDouble, folder: Path, *, dock: bool) -> AsyncIterator[Appliance]:
    """Run a site server that knows no centre, with its staff."""
    section: dict[str, object] = {"run": "service", "socket": str(daemon.socket), "dock": dock}
    async with running(site_settings(folder / "site", devices=section)) as appliance:
        await make_staff(appliance)
        yield appliance


@asynccontextmanager
async def device_desk(
    folder: Path, username: str = "zhou", *, dock: bool = False, candidates: int = 0
) -> AsyncIterator[DeviceDesk]:
    """Open the devices' page, logged in as `username`; with candidates there is an open session too."""
    async with daemon_double(folder) as daemon, AsyncExitStack() as stack:
        exam = None
        if candidates:
            section: dict[str, object] = {"run": "service", "socket": str(daemon.socket), "dock": dock}
            exam = await stack.enter_async_context(site_app(folder, candidates=candidates, devices=section))
            appliance = exam.appliance
        else:
            appliance = await stack.enter_async_context(site_with(daemon, folder, dock=dock))
        playwright = await stack.enter_async_context(async_playwright())
        await until(lambda: appliance.devices.live.line == "live")
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        errors: list[str] = []
        try:
            page = await console_at(browser, appliance.address(), username, PASSWORD, errors)
            desk = DeviceDesk(page, appliance.address(), daemon, browser, exam, errors)
            await desk.go("devices")
            await desk.sees(".devices-page")
            yield desk
            assert errors == []
        finally:
            await browser.close()
