"""Simulated devices in the running demo: from the plug to the list, a role and a self-test, and out again.

With PICTURES=1 the pictures of the READMEs are taken anew on the way.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests.browser.console_browser import CHROMIUM, FLAGS, WAIT_MS
from tests.browser.demo_browser import camera, go, keep_first_sheet, running_demo, staff_at
from tests.readiness_parts import pdf_text

pytestmark = pytest.mark.asyncio(loop_scope="module")

SITE = "MC0101"
SLOW_MS = 3 * WAIT_MS
TRIES = 3
"""What has to be fast is measured so often: the best counts, for the machine has other work too."""
NUMBER_SEEN = "1101**********"


@dataclass
class Demo:
    """The demo's site with the dock: the technician at two pages, the lead at one."""

    browser: Browser
    url: str
    dock: Page
    """Always at the dock."""
    technician: Page
    lead: Page
    errors: list[str]

    async def simulators(self) -> dict[str, dict[str, Any]]:
        """Return the simulators of the dock by their ids."""
        answer = await self.dock.request.get(f"{self.url}/api/console/devices/dock")
        return {one["id"]: one for one in (await answer.json())["simulators"]}

    def simulator(self, simulator: str) -> Locator:
        """Return the card of a simulator."""
        return self.dock.locator(f".simulator[data-simulator='{simulator}']")

    async def plug(self, simulator: str) -> str:
        """Plug a simulator in with a click and return the device that it is, once it is ready."""
        card = self.simulator(simulator)
        await card.locator(".turn").click()
        await expect(card.locator(".simulator-line [data-state=ready]")).to_be_visible()
        device = (await self.simulators())[simulator]["device"]
        assert isinstance(device, str)
        return device

    async def unplug(self, simulator: str) -> None:
        """Pull a simulator out with a click."""
        card = self.simulator(simulator)
        await card.locator(".turn").click()
        await expect(card).not_to_have_class(re.compile(r"\bplugged\b"))

    async def act(self, simulator: str, act: str, **fields: str) -> None:
        """Use a simulator as a person does: fill the form of an act in and press its button."""
        form = self.simulator(simulator).locator(f"form[data-act={act}]")
        for name, value in fields.items():
            field = form.locator(f"[id$='-{act}-{name}']")
            if await field.evaluate("field => field.tagName") == "SELECT":
                await field.select_option(value)
            else:
                await field.fill(value)
        await form.locator("button").click()

    def row(self, device: str) -> Locator:
        """Return the row of a device in the technician's list."""
        return self.technician.locator(f".device-row[data-device='{device}']")

    async def open(self, device: str) -> Locator:
        """Open the details of a device on the technician's page."""
        await go(self.technician, "devices/list")
        await self.row(device).click()
        drawer = self.technician.locator(f".drawer-device[data-device='{device}']")
        await expect(drawer).to_be_visible()
        return drawer

    async def bind(self, role: str, device: str) -> None:
        """Bind a device to a role on the technician's page."""
        await go(self.technician, "devices/roles")
        entry = self.technician.locator(f".role-entry[data-role='{role}']")
        await entry.locator(".bind-role").click()
        await self.technician.click(f".bind-choice[data-choice='{device}']")
        await self.technician.click(".confirm-bind")
        await expect(entry.locator(f".bound-device[data-device='{device}']")).to_be_visible()

    async def close_drawer(self) -> None:
        """Close the details."""
        await self.technician.keyboard.press("Escape")
        await expect(self.technician.locator(".drawer-device")).to_be_hidden()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """The running demo, the same for all tests here."""
    errors: list[str] = []
    folder = tmp_path_factory.mktemp("demo")
    expect.set_options(timeout=SLOW_MS)
    async with running_demo(folder / "d") as ready, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        console, password = f"{ready['sites'][SITE]}/console/", ready["password"]
        pages = [
            await staff_at(browser, console, username, password, errors)
            for username in ("tech-dongling", "tech-dongling", "lead-dongling")
        ]
        dock, technician, lead = pages
        await dock.goto(ready["dock"])
        await dock.wait_for_selector(".simulator")
        await go(technician, "devices/list")
        yield Demo(browser, ready["sites"][SITE], dock, technician, lead, errors)
        await browser.close()
    expect.set_options(timeout=None)
    assert errors == []


async def test_a_reader_is_shown_bound_and_tested_and_its_card_is_read_within_the_limits(demo: Demo) -> None:
    device = await demo.plug("id_card.usb")
    row = demo.row(device)
    await expect(row).to_contain_text("05.01-20230508-0001234567-08901234")
    shown, gone = [], []
    turn = demo.simulator("id_card.usb").locator(".turn")
    for _ in range(TRIES):
        begun = time.monotonic()
        await turn.click()
        await demo.technician.wait_for_selector(f".device-row.is-absent[data-device='{device}']")
        gone.append(time.monotonic() - begun)
        await expect(turn).to_contain_text("插入")
        begun = time.monotonic()
        await turn.click()
        await demo.technician.wait_for_selector(f".device-row.is-ready[data-device='{device}']")
        shown.append(time.monotonic() - begun)
        await expect(turn).to_contain_text("拔出")
    # Issue 3: plug to shown and unplug to gone within a second.
    assert min(shown) < 1.0, shown
    assert min(gone) < 1.0, gone

    await demo.bind("gate-1.reader", device)
    drawer = await demo.open(device)
    await expect(drawer.locator(".device-roles")).to_contain_text("入口 1 · 身份证阅读器")
    await drawer.locator(".run-test").click()
    result = drawer.locator(".test-result").first
    await expect(result).to_contain_text("通过")
    await expect(result.locator("[data-step=sam_id] .measured")).to_contain_text("05.01-20230508-0001234567")
    read = []
    for _ in range(TRIES):
        seen = await drawer.locator("[data-event='card.read']").count()
        begun = time.monotonic()
        await demo.act("id_card.usb", "lay_card", card="resident")
        await expect(drawer.locator("[data-event='card.read']")).to_have_count(seen + 1)
        read.append(time.monotonic() - begun)
        await demo.act("id_card.usb", "remove_card")
        await expect(drawer.locator("[data-event='card.removed']")).to_have_count(seen + 1)
    # Issue 3: card laid to data shown within 1.5 s.
    assert min(read) < 1.5, read
    await expect(drawer.locator("[data-event='card.read']").first).to_contain_text(NUMBER_SEEN)

    # What was found is kept, on the page and over a reload of it.
    await demo.technician.reload()
    drawer = await demo.open(device)
    await expect(drawer.locator(".test-result").first).to_contain_text("通过")
    await expect(demo.row(device)).to_contain_text("入口 1 · 身份证阅读器")
    await demo.close_drawer()


async def test_a_test_with_a_card_waits_for_it_and_keeps_what_was_read(demo: Demo) -> None:
    device = await demo.plug("id_card.serial")
    drawer = await demo.open(device)
    await drawer.locator(".run-test-with-person").click()
    await expect(drawer.locator(".run-hint")).to_contain_text("请在 30 秒内把一张证件放上阅读器")
    await demo.act("id_card.serial", "lay_card", card="permit-taiwan")
    result = drawer.locator(".test-result").first
    await expect(result).to_contain_text("通过")
    # What kind of document it was, and nothing of the person: the result is kept.
    await expect(result.locator("[data-step=reads_card]")).to_contain_text("港澳台居民居住证")
    await demo.act("id_card.serial", "remove_card")
    await demo.close_drawer()


async def test_a_camera_keeps_the_picture_of_its_test_and_goes_when_it_is_unplugged(demo: Demo) -> None:
    take = camera("appliance")
    device = await demo.plug("camera.first")
    await demo.act("camera.first", "show_person")
    await demo.bind("desk-1.camera", device)
    drawer = await demo.open(device)
    await drawer.locator(".run-test").click()
    picture = drawer.locator(".test-result .blob-picture img").first
    await expect(picture).to_be_visible()
    await expect(drawer.locator(".test-result").first.locator("[data-step=megapixels]")).to_contain_text("MP")
    assert await picture.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 600
    await take(demo.technician, "device-test")
    await demo.close_drawer()
    await demo.unplug("camera.first")
    await expect(demo.row(device)).to_contain_text("未接入")
    await expect(demo.technician.locator(".summary")).to_contain_text("1 台需要处理")
    await demo.plug("camera.first")
    await expect(demo.technician.locator(".summary")).to_contain_text("全部正常")


async def test_a_jam_is_said_in_a_sentence_and_over_when_it_is_cleared(demo: Demo) -> None:
    device = await demo.plug("printer.network")
    await demo.bind("office.reports", device)
    await go(demo.technician, "devices/list")
    await demo.act("printer.network", "jam")
    row = demo.row(device)
    await expect(row).to_contain_text("卡纸")
    await expect(row.locator("[data-state=failed], [data-state=degraded]")).to_be_visible()
    await camera("appliance")(demo.technician, "devices")
    await demo.act("printer.network", "clear_jam")
    await expect(row.locator("[data-state=ready]")).to_be_visible()
    await go(demo.technician, "devices/history")
    history = demo.technician.locator(".device-history tbody tr")
    await expect(history.first).to_contain_text("恢复")
    await expect(history.filter(has_text="故障").first).to_contain_text("卡纸")
    await expect(history.filter(has_text="自检").first).to_contain_text("通过")


async def test_a_cut_of_the_mains_stands_above_every_page_until_they_are_back(demo: Demo) -> None:
    device = await demo.plug("power.ups")
    await go(demo.technician, "devices/list")
    await demo.act("power.ups", "cut_power")
    banner = demo.lead.locator(".power-banner")
    await expect(banner).to_contain_text("市电中断，服务器由 UPS 供电")
    await expect(banner).to_contain_text("电量")
    await expect(demo.row(device)).to_contain_text("市电")
    await demo.act("power.ups", "low_battery")
    await expect(banner).to_contain_text("UPS 电量低，服务器即将断电")
    await demo.dock.evaluate("window.scrollTo(0, 0)")
    await camera("appliance")(demo.dock, "dock")
    await demo.act("power.ups", "restore_power")
    await expect(banner).to_be_hidden()


async def test_readiness_pre_flight_and_form_4_are_made_of_the_devices_and_printed(
    demo: Demo, tmp_path: Path
) -> None:
    take = camera("appliance")
    page = demo.technician
    await go(page, "readiness")
    await page.click(".run-readiness")
    await page.wait_for_selector(".standard-table", timeout=60_000)
    await expect(page.locator(".standard-row")).to_have_count(46)
    printer = page.locator("[data-row='site.printer']")
    await expect(printer).to_contain_text("600×600 dpi")
    await take(page, "readiness")
    async with page.expect_download(timeout=60_000) as saved:
        await page.click(".readiness-pdf")
    report = await (await saved.value).path()
    assert "考试点（盖章）" in pdf_text(report.read_bytes(), tmp_path)
    keep_first_sheet("appliance", "readiness-report", report)

    await go(page, "readiness/preflight")
    await page.click(".run-preflight")
    await page.wait_for_selector(".preflight-items", timeout=60_000)
    await expect(page.locator("[data-item=printing]")).to_have_attribute("data-state", "pass")
    await expect(page.locator("[data-item=power]")).to_contain_text("市电供电；电量")
    await take(page, "preflight")

    await go(page, "readiness/form")
    fields = {
        "unit_name": "明川市安全技能培训学校",
        "credit_code": "91110000600037341L",
        "province": "示范省",
        "city": "明川市",
        "county": "东岭区",
        "person_in_charge": "沈明远",
        "phone": "0100-5550100",
        "address": "东岭区实训路 8 号",
        "deputy.name": "顾安平",
        "deputy.mobile": "13800000000",
    }
    for field, value in fields.items():
        await page.fill(f"[data-field='{field}']", value)
    await page.click(".save-form")
    await expect(page.locator(".form-empty")).not_to_contain_text("统一社会信用代码")
    async with page.expect_download(timeout=60_000) as saved:
        await page.click(".form-pdf")
    form = await (await saved.value).path()
    told = pdf_text(form.read_bytes(), tmp_path)
    assert "明川市安全技能培训学校" in told
    assert "东岭一号服务器" in told
    keep_first_sheet("appliance", "form-4", form)
