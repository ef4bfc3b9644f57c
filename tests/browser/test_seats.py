"""A first boot in Chromium: code on the screen, seat number typed at the console, the exam's page.

With PICTURES=1 the pictures of the README are taken anew on the way.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright, expect
from playwright.async_api import Error as PlaywrightError

from tests.bound_seat_parts import SeatMachine
from tests.browser.console_browser import CHROMIUM, FLAGS, SCREEN
from tests.browser.demo_browser import camera
from tests.browser.devices_browser import console_at
from tests.readiness_parts import kiosk
from tests.site_app import PASSWORD, Caller, SiteApp, site_app

SHOTS = os.environ.get("KAODIAN_SCREENSHOTS", "")
"""Folder for pictures of the pages, where a person wants to look at them."""
WAIT_MS = 30_000
at_site = camera("appliance")


@dataclass
class Room:
    """A site whose exam pages answer to bound seats alone, with a browser."""

    site: SiteApp
    browser: Browser
    errors: list[str] = field(default_factory=list)
    leave: asyncio.Event = field(default_factory=asyncio.Event)
    """Until then no page leaves for the exam, which it does by itself, however slow the test is."""

    async def machine(self, path: str = "/seat/") -> Page:
        """Open a page on a machine of its own."""
        context = await self.browser.new_context(viewport=SCREEN, locale="zh-CN", timezone_id="Asia/Shanghai")
        page = await context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        await page.route("**/exam/?seat=*", self._held_back)
        await page.goto(f"{self.site.url}{path}")
        return page

    async def _held_back(self, route: Route) -> None:
        await self.leave.wait()
        with suppress(PlaywrightError):
            await route.continue_()


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    settings = {"binding": "required", "rooms": [{"room": "", "first": 1, "last": 30}]}
    async with (
        site_app(tmp_path, candidates=2, seats=settings, devices={"run": "none"}) as site,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield Room(site, browser)
        finally:
            await browser.close()


async def pictured(page: Page, name: str) -> None:
    """Check that nothing runs out of the page to the right, and keep a picture where one is wanted."""
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if SHOTS:
        await page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), animations="disabled")


@asynccontextmanager
async def kiosk_at(room: Room, number: int) -> AsyncIterator[Caller]:
    """Bind a machine with an agent that reports what falls short; gives the agent."""
    technician = await room.site.staff("zhou")
    machine = SeatMachine(macs=(f"52:54:00:10:00:{number:02x}",))
    async with Caller(room.site.url, "/api/seat") as agent:
        challenge = (await agent.get("/challenge"))["challenge"]
        entered = await agent.post("/enter", machine.body(challenge, certificate=True))
        await technician.post("/seats/bind", {"code": entered["code"], "number": number})
        await agent.post("/machine", kiosk(number, memory_mb=1900).model_dump(mode="json"))
        yield agent


async def test_the_code_on_a_machine_typed_at_the_console_gives_it_its_seat_and_the_exam(room: Room) -> None:
    async with kiosk_at(room, 2) as agent:
        await first_boot(room, agent)


async def first_boot(room: Room, agent: Caller) -> None:
    # The exam's page of a machine without seat leads to the seat page, which shows a code.
    machine = await room.machine("/exam/")
    await expect(machine.locator(".code span")).to_have_count(4, timeout=WAIT_MS)
    code = "".join(await machine.locator(".code span").all_text_contents())
    await pictured(machine, "seat-code")
    await at_site(machine, "seat-code")
    console = await console_at(room.browser, room.site.url, "zhou", PASSWORD, room.errors)
    await console.goto(f"{room.site.url}/console/#/devices/seats")
    line = console.locator(f".waiting-machine[data-code='{code}']")
    await expect(line).to_be_visible(timeout=WAIT_MS)
    await pictured(console, "console-seats-waiting")
    # Seat 2 has a machine: refused, with the reason and a way on; seat 1 is free.
    await line.locator("input").fill("2")
    await line.locator("button[type=submit]").click()
    await expect(line.locator(".problem-zh")).to_contain_text("已绑定另一台机器", timeout=WAIT_MS)
    await expect(line.locator(".replace")).to_be_visible(timeout=WAIT_MS)
    await pictured(console, "console-seats-taken")
    await line.locator("input").fill("1")
    await line.locator("button[type=submit]").click()
    await expect(console.locator(".machine-tile[data-seat='1']")).to_contain_text("在线", timeout=WAIT_MS)
    await expect(line).to_have_count(0, timeout=WAIT_MS)
    await expect(machine.locator(".seat-number")).to_have_text("1", timeout=WAIT_MS)
    await expect(machine.locator(".session-state")).to_contain_text("已开放登录", timeout=WAIT_MS)
    await pictured(machine, "seat-number")
    # By itself after a while, or at once by any key.
    room.leave.set()
    await machine.keyboard.press("Space")
    await machine.wait_for_url("**/exam/?seat=1", timeout=WAIT_MS)
    await expect(machine.locator("#identity")).to_be_visible(timeout=WAIT_MS)

    # What falls short at seat 2, and the next machines by touch.
    await expect(console.locator("[data-short='2']")).to_contain_text("内存", timeout=WAIT_MS)
    await console.click(".machine-tile[data-seat='2']")
    first_point = console.locator(".seat-detail .hardware-table tr").first
    await expect(first_point).to_contain_text("不足", timeout=WAIT_MS)
    await pictured(console, "console-seat")
    await at_site(console, "seats")
    await console.click(".seat-detail .close-seat")
    # The whole room is started anew, but for seat 1, where no agent runs.
    await agent.get("/orders?nonce=nonce-of-agent")
    await console.click("[data-power='reboot']")
    await console.click(".el-message-box .el-button--primary")
    await expect(console.locator(".power-answer")).to_contain_text("已向 1 个座位发出", timeout=WAIT_MS)
    await expect(console.locator(".power-answer")).to_contain_text("1 号（该机没有运行座位代理")
    mark = console.locator(".machine-tile[data-seat='2'] .order-mark")
    await expect(mark).to_contain_text("重启 等待该机接受", timeout=WAIT_MS)
    order = (await agent.get("/orders?nonce=nonce-of-agent"))["order"]
    await agent.post(f"/orders/{order['id']}", {"outcome": "taken"})
    await expect(mark).to_contain_text("重启 已接受", timeout=WAIT_MS)
    await console.fill("#order-from", "3")
    await console.click(".begin-order")
    await expect(console.locator(".order-next")).to_contain_text("3 号", timeout=WAIT_MS)
    room.leave.clear()
    second = await room.machine()
    await expect(second.locator(".turn")).to_contain_text("3 号", timeout=WAIT_MS)
    await pictured(second, "seat-turn")
    await second.keyboard.press("Enter")
    await expect(second.locator(".seat-number")).to_have_text("3", timeout=WAIT_MS)
    await expect(console.locator(".order-next")).to_contain_text("4 号", timeout=WAIT_MS)
    await console.click(".end-order")
    await expect(console.locator(".begin-order")).to_be_visible(timeout=WAIT_MS)
    await pictured(console, "console-seats")
    # Unbound again, the machine shows a code anew.
    await console.click(".machine-tile[data-seat='3']")
    await console.click(".seat-detail .unbind")
    await console.click(".el-message-box .el-button--primary")
    await expect(second.locator(".code")).to_be_visible(timeout=WAIT_MS)
    assert room.errors == []
