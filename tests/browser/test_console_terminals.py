"""The terminals' page: a technician enrols one, notes its key, sees it come, fall silent and shut out."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from playwright.async_api import async_playwright, expect

from firmware_adapters.simulators.terminal import SimulatedTerminal
from tests.browser.console_browser import CHROMIUM, FLAGS, SCREEN, WAIT_MS
from tests.browser.devices_browser import console_at
from tests.site_app import PASSWORD, site_app

PICTURES = Path("appliance/pictures") if os.environ.get("PICTURES") else None


async def test_a_terminal_is_enrolled_seen_and_shut_out(tmp_path: Path) -> None:
    async with (
        site_app(tmp_path, devices={"run": "none"}, terminals={"silent_seconds": 8.0}) as site,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        errors: list[str] = []
        try:
            page = await console_at(browser, site.url, "zhou", PASSWORD, errors)
            await page.set_viewport_size(SCREEN)
            await page.goto(f"{site.url}/console/#/devices/terminals")
            await expect(page.locator(".el-empty")).to_contain_text("还没有登记一体机", timeout=WAIT_MS)
            await page.click(".enrol")
            await page.click(".terminal-dialog .el-dialog__footer .el-button--primary")
            await expect(page.locator(".terminal-dialog [role=alert]")).to_contain_text("请填写名称")
            await page.fill("#terminal-name", "一楼 1 号一体机")
            await page.fill("#terminal-place", "一楼大厅")
            await page.click(".terminal-dialog .el-dialog__footer .el-button--primary")
            shown = page.locator(".terminal-key dd code")
            await expect(shown.nth(2)).to_be_visible(timeout=WAIT_MS)
            terminal_id, key, address = [await shown.nth(number).inner_text() for number in range(3)]
            await page.click(".terminal-key .el-button--primary")
            row = page.locator(f"tr[data-terminal='{terminal_id}']")
            await expect(row).to_contain_text("尚未联系")

            terminal = SimulatedTerminal(address, terminal_id, base64.b64decode(key))
            assert (await terminal.heartbeat(fault="补光灯故障")).status == 200
            await expect(row).to_contain_text("自报故障", timeout=WAIT_MS)
            await expect(row).to_contain_text("补光灯故障")
            quiet, _ = await site.appliance.terminals.enrol("备用机", "", "", "zhou")
            await expect(row).to_contain_text("失联", timeout=3 * WAIT_MS)
            # A session is open, so every page tells of it, not this list alone.
            await page.evaluate("window.location.hash = '#/sessions'")
            banner = page.locator(".terminal-banner")
            await expect(banner).to_contain_text("一楼 1 号一体机（一楼大厅）", timeout=WAIT_MS)
            await expect(banner).to_contain_text("考生改到人工核验台")
            # One that never called was not at work, so nobody misses it.
            await expect(banner.locator("[data-terminal]")).to_have_count(1)
            assert (await terminal.heartbeat()).status == 200
            await expect(banner).to_have_count(0, timeout=WAIT_MS)
            await page.evaluate("window.location.hash = '#/devices/terminals'")
            await expect(page.locator(f"tr[data-terminal='{quiet.id}']")).to_contain_text("尚未联系")
            if PICTURES is not None:
                await page.screenshot(path=PICTURES / "terminals.png")
            await row.locator(".change").click()
            await page.click(".terminal-dialog .el-checkbox")
            await page.click(".terminal-dialog .el-dialog__footer .el-button--primary")
            await expect(row).to_contain_text("已停用", timeout=WAIT_MS)
            assert (await terminal.heartbeat()).status == 401
            assert errors == []
        finally:
            await browser.close()
