"""The readiness page as a technician uses it: rows, a declaration, pre-flight, form 4."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.async_api import FilePayload, expect

from exam_appliance.readiness.standard import standard
from tests.browser.devices_browser import DeviceDesk, device_desk
from tests.device_daemon_double import PRINTER
from tests.exchange_parts import until
from tests.site_app import picture

PICTURES = os.environ.get("KAODIAN_SCREENSHOTS", "")
"""Folder for pictures of the pages, where a person wants to look at them."""


async def pictured(desk: DeviceDesk, name: str, *, whole: bool = False) -> None:
    """Check that nothing runs out of the page to the right, and keep a picture where one is wanted."""
    assert await desk.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if PICTURES:
        await desk.page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=whole)


async def test_a_technician_checks_declares_looks_over_and_fills_the_form_in(tmp_path: Path) -> None:
    async with device_desk(tmp_path) as desk:
        desk.daemon.plug("p1", PRINTER, serial="P 1")
        await desk.go("readiness")
        await desk.sees(".el-empty", "还没有检查过")
        await pictured(desk, "readiness-empty")
        await desk.page.click(".run-readiness")
        await desk.page.wait_for_selector(".standard-table", timeout=60_000)
        await expect(desk.find(".standard-row")).to_have_count(len(standard().rows))
        await expect(desk.find(".head-verdict")).to_contain_text("项必备项不符合或待确认")
        await expect(desk.find("[data-row='site.server.exam_system']")).to_contain_text("未登记到中心")
        await pictured(desk, "readiness-rows")
        await pictured(desk, "readiness-rows-whole", whole=True)

        router = desk.find("[data-row='site.router']")
        await router.locator(".declare-row").click()
        await desk.page.click(".confirm-declare")
        await desk.sees(".declare-dialog .problem-box", "请写明实际情况并选择证明材料")
        await desk.page.fill("#declare-note", "H3C MSR 2600，2WAN+4LAN，机柜 A")
        wrong: FilePayload = {"name": "铭牌.png", "mimeType": "image/png", "buffer": b"<svg/>"}
        await desk.page.set_input_files("#declare-file", files=wrong)
        await desk.page.click(".confirm-declare")
        await desk.sees(".declare-dialog .problem-box", "只接受能打开的")
        await pictured(desk, "readiness-declare")
        right: FilePayload = {"name": "铭牌.png", "mimeType": "image/png", "buffer": picture()}
        await desk.page.set_input_files("#declare-file", files=right)
        await desk.page.click(".confirm-declare")
        await expect(router).to_have_attribute("data-state", "declared")
        await expect(router).to_contain_text("周技术")
        async with desk.page.expect_download() as saved:
            await router.get_by_role("button", name="铭牌.png").click()
        assert (await (await saved.value).path()).read_bytes() == picture()
        await router.scroll_into_view_if_needed()
        await pictured(desk, "readiness-declared")
        async with desk.page.expect_download(timeout=60_000) as saved:
            await desk.page.click(".readiness-pdf")
        assert (await (await saved.value).path()).read_bytes().startswith(b"%PDF-")
        await router.locator(".withdraw-row").click()
        await desk.page.fill("#declare-note", "设备已更换")
        await desk.page.click(".confirm-declare")
        await expect(router).to_have_attribute("data-state", "unknown")
        await desk.page.get_by_text("待处理", exact=True).click()
        await expect(desk.find(".standard-row[data-state=pass]")).to_have_count(0)

        await desk.page.click("[data-tab=preflight]")
        await desk.sees(".el-empty", "还没有做过考前检查")
        await desk.page.click(".run-preflight")
        await desk.page.wait_for_selector(".preflight-items", timeout=60_000)
        await expect(desk.find(".preflight-items li")).to_have_count(10)
        line = desk.find("[data-item=line]")
        await expect(line).to_have_attribute("data-state", "fail")
        await expect(line).to_contain_text("登记码")
        await expect(desk.find(".preflight-verdict")).to_contain_text("项未通过")
        await pictured(desk, "preflight", whole=True)

        await desk.page.click("[data-tab=form]")
        await desk.sees(".form-empty", "统一社会信用代码")
        await desk.page.fill("[data-field=unit_name]", "示范市安全生产考试中心")
        await desk.page.fill("[data-field=credit_code]", "91110000600037341A")
        await desk.page.click(".save-form")
        await desk.sees(".problem-box", "校验位不对")
        await desk.page.fill("[data-field=credit_code]", "91110000600037341L")
        await desk.page.click(".own-rooms")
        await desk.page.click(".add-room")
        await desk.page.locator(".theory-room input").first.fill("第一考场")
        await pictured(desk, "form-4", whole=True)
        await desk.page.click(".save-form")
        await expect(desk.find(".problem-box")).to_have_count(0)
        await expect(desk.find(".form-empty")).not_to_contain_text("单位名称")
        async with desk.page.expect_download(timeout=60_000) as saved:
            await desk.page.click(".form-docx")
        assert (await (await saved.value).path()).read_bytes().startswith(b"PK")


async def test_the_console_says_what_machine_it_runs_on(tmp_path: Path) -> None:
    async with device_desk(tmp_path) as desk:
        heard = tmp_path / "site" / "state" / "readiness" / "machines.db"
        await until(heard.is_file, 30)
        await desk.go("readiness")
        await desk.page.click(".run-readiness")
        await desk.page.wait_for_selector(".standard-table", timeout=60_000)
        browser = desk.find("[data-row='site.invigilator.browser']")
        await expect(browser).to_contain_text("上报 1 台")
