"""The identity desk's page: a card laid on the reader, the camera of the desk, decisions of people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

from tests.browser.console_browser import CHROMIUM, FLAGS, SCREEN, WAIT_MS
from tests.browser.devices_browser import console_at
from tests.identity_parts import TWO_FACES
from tests.identity_site import DeskSite, desk_site
from tests.site_app import PASSWORD

FAKE_CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@dataclass
class DeskPage:
    """The page of the first desk with the site behind it."""

    page: Page
    desk: DeskSite

    async def verdict(self, verdict: str, text: str) -> None:
        """Wait for a verdict."""
        await expect(self.page.locator(f".verdict[data-verdict={verdict}]")).to_contain_text(
            text, timeout=WAIT_MS
        )


@asynccontextmanager
async def desk_page(folder: Path, *, camera: bool) -> AsyncIterator[DeskPage]:
    """Open the desk's page as an invigilator, in a Chromium whose own camera is a simulated one."""
    async with desk_site(folder, camera=camera) as desk, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *FAKE_CAMERA])
        errors: list[str] = []
        try:
            page = await console_at(browser, desk.site.url, "wujk", PASSWORD, errors)
            await page.set_viewport_size(SCREEN)
            await page.goto(f"{desk.site.url}/console/#/identity")
            await expect(page.locator(".desk-waiting")).to_be_visible(timeout=WAIT_MS)
            yield DeskPage(page, desk)
            assert errors == []
        finally:
            await browser.close()


async def test_a_card_on_the_reader_brings_faces_scores_decision_seat_and_slip(tmp_path: Path) -> None:
    async with desk_page(tmp_path, camera=True) as at:
        await expect(at.page.locator(".desk-waiting")).to_contain_text("请考生将身份证放在阅读器上")
        await expect(at.page.locator(".desk-live img")).to_be_visible(timeout=WAIT_MS)
        # No service finds faces at this site, and the desk says who compares instead.
        await expect(at.page.locator(".face-hint")).to_contain_text("人工", timeout=WAIT_MS)
        at.desk.lays()
        await at.verdict("pass", "核验通过")
        await expect(at.page.locator(".verdict-seat")).to_contain_text("第一考场 1 号")
        for what in ("live", "card", "registration"):
            await expect(at.page.locator(f"[data-picture={what}] img")).to_be_visible(timeout=WAIT_MS)
        bar = at.page.locator("[data-pair=card]")
        await expect(bar).to_contain_text("71")
        await expect(bar).to_contain_text("一致")
        await expect(at.page.locator(".slip-sent")).to_be_visible(timeout=WAIT_MS)
        assert at.desk.number not in await at.page.locator("body").inner_text()
        wide = await at.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= SCREEN["width"]
        await at.page.click(".next")
        await expect(at.page.locator(".desk-waiting")).to_be_visible(timeout=WAIT_MS)


async def test_this_computer_s_camera_is_used_where_the_server_has_none_and_a_question_is_settled(
    tmp_path: Path,
) -> None:
    async with desk_page(tmp_path, camera=False) as at:
        await at.page.wait_for_function("document.querySelector('.live-view video').videoWidth > 0")
        at.desk.faces.answer = TWO_FACES
        at.desk.lays()
        await at.verdict("ask", "请人工判定")
        await expect(at.page.locator("[data-rule='face.card_not_compared']")).to_contain_text(
            "画面中有多张脸", timeout=WAIT_MS
        )
        await at.page.click(".let-in")
        await at.page.fill("#settle-reason", "证件照片与本人一致")
        await at.page.click(".confirm-settle")
        await at.verdict("pass", "第一考场 1 号")
        await expect(at.page.locator(".settled")).to_contain_text("证件照片与本人一致")


async def test_a_refusal_names_its_rule_and_takes_a_second_person_to_overturn(tmp_path: Path) -> None:
    async with desk_page(tmp_path, camera=True) as at:
        gone = (datetime.now(UTC) - timedelta(days=40)).date().isoformat()
        at.desk.lays(valid_to=gone, long_term=False)
        await at.verdict("refuse", "拒绝入场")
        rule = at.page.locator("[data-rule='document.expired']")
        await expect(rule).to_contain_text(f"证件须在有效期内：已于 {gone} 到期", timeout=WAIT_MS)
        await expect(at.page.locator("[data-picture=live] img")).to_be_visible(timeout=WAIT_MS)
        await at.page.click(".let-in")
        await at.page.fill("#settle-reason", "持有效临时身份证")
        await at.page.fill("#second-username", "wang")
        await at.page.fill("#second-password", "not-the-password-1")
        await at.page.click(".confirm-settle")
        await expect(at.page.locator(".settle-dialog .problem-box")).to_contain_text("第二人的用户名或密码")
        await at.page.fill("#second-password", PASSWORD)
        await at.page.click(".confirm-settle")
        await at.verdict("pass", "第一考场 1 号")
        await at.page.click("[data-tab=record]")
        line = at.page.locator(".record-line[data-verdict=pass]")
        await expect(line).to_contain_text(f"证件须在有效期内：已于 {gone} 到期", timeout=WAIT_MS)
        await expect(line.locator(".record-by")).to_contain_text("持有效临时身份证")
        await expect(line.locator(".record-by")).to_contain_text("wang")
        await line.locator(".record-look").click()
        for what in ("live", "card", "registration"):
            kept = at.page.locator(f".record-pictures [data-picture={what}] img")
            await expect(kept).to_be_visible(timeout=WAIT_MS)
        viewed = [e for e in at.desk.site.appliance.journal.entries() if e["kind"] == "identity.viewed"]
        assert {e["body"]["what"] for e in viewed} >= {"live", "card"}
        assert {e["actor"] for e in viewed} == {"wujk"}
        assert at.desk.number not in await at.page.locator("body").inner_text()


async def test_a_document_is_typed_in_where_no_reader_reads_it(tmp_path: Path) -> None:
    async with desk_page(tmp_path, camera=True) as at:
        await at.page.click(".by-hand")
        await at.page.fill("#hand-number", at.desk.number)
        await at.page.fill("#hand-name", "考生1")
        await at.page.click(".save-hand")
        await at.verdict("ask", "请人工判定")
        await expect(at.page.locator("[data-rule='document.typed']")).to_be_visible()
