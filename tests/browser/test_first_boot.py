"""The page of a flashed server's first start, in Debian's Chromium at 1366x768."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from exam_appliance.config.problems import ConfigError
from site_file.reading import parse_site
from site_setup import first_boot
from site_setup.first_boot import PORT, FirstBoot
from site_setup.hardware import Port
from site_setup.taking import Taken, Told
from tests.browser.console_browser import CHROMIUM, FLAGS, SCREEN, WAIT_MS

SHOTS = os.environ.get("KAODIAN_SCREENSHOTS", "")
PORTS = [
    Port("ens3", "52:54:00:00:00:0a", True, 1000, ("192.0.2.7",)),
    Port("ens4", "52:54:00:00:00:0b", True, 10000, ()),
    Port("ens5", "52:54:00:00:00:0c", False, None, ()),
]


class Server:
    """A first start whose hardware and whose last step are the test's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told: list[Told] = []
        self.go_on = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        monkeypatch.setattr(first_boot, "network_ports", lambda: PORTS)
        monkeypatch.setattr(first_boot, "sticks", dict)
        monkeypatch.setattr(first_boot, "mac_of", lambda _: "52:54:00:20:00:01")
        monkeypatch.setattr(first_boot, "take", self._take)
        self.boot = FirstBoot()

    def _take(self, told: Told, progress: Any) -> Taken:
        site = parse_site(told.site_file, "site.yaml", [port.name for port in PORTS])
        self.told.append(told)
        progress(0.4)
        asyncio.run_coroutine_threadsafe(self.go_on.wait(), self.loop).result(30)
        console = "https://exam.kaodian.internal:8443/"
        return Taken(site.site.code, site.site.name, console, "technician", "not-for-the-page")


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """A first start that serves its page."""
    made = Server(monkeypatch)
    run = asyncio.create_task(made.boot.run())
    yield made
    made.go_on.set()
    run.cancel()
    with suppress(asyncio.CancelledError):
        await run


@pytest.fixture
async def page(server: Server) -> AsyncIterator[Page]:
    """The page, opened."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(viewport=SCREEN, locale="zh-CN")
        context.set_default_timeout(WAIT_MS)
        opened = await context.new_page()
        for _ in range(100):
            with suppress(Exception):
                await opened.goto(f"http://127.0.0.1:{PORT}/")
                break
            await asyncio.sleep(0.1)
        yield opened
        await browser.close()


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


async def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        await page.locator(f"input[name={name}]").fill(value)


async def test_five_answers_set_the_server_up_and_the_password_is_not_on_the_page(
    server: Server, page: Page
) -> None:
    await expect(page.locator("#ports tr")).to_have_count(3)
    await expect(page.locator("input[name=staff_mac]")).to_have_value("52:54:00:20:00:01")
    assert await page.locator("input[name=wan]:checked").get_attribute("value") == "ens3"
    assert await page.locator("input[name=lan]:checked").get_attribute("value") == "ens4"
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= SCREEN["width"]
    await fill(page, code="KD3301", name="示例考点", centre="https://centre.example.org")
    await fill(page, addresses="203.0.113.20，2001:db8::20", claim="ABCD-EFGH", number="000000")
    await fill(page, wan_ipv4="203.0.113.10/24", gateway4="203.0.113.1")
    await shot(page, "first-boot-questions")
    wrong = "999999" if server.boot.number != "999999" else "999998"
    await fill(page, number=wrong)
    await page.get_by_role("button").click()
    await expect(page.locator("#problems li")).to_contain_text("数字与服务器屏幕所示不符")
    assert server.told == []
    await fill(page, number=server.boot.number)
    await page.get_by_role("button").click()
    await expect(page.locator("#progress")).to_be_visible()
    await shot(page, "first-boot-progress")
    server.go_on.set()
    await expect(page.locator("#taken")).to_contain_text("KD3301 示例考点")
    await shot(page, "first-boot-done")
    assert "not-for-the-page" not in await page.content()
    (told,) = server.told
    site = parse_site(told.site_file, "site.yaml")
    assert [str(address) for address in site.centre.addresses] == ["203.0.113.20", "2001:db8::20"]
    assert told.joining.centre.code == "ABCD-EFGH"


async def test_a_faulty_answer_is_named_and_can_be_mended(server: Server, page: Page) -> None:
    await expect(page.locator("#ports tr")).to_have_count(3)
    await fill(page, code="KD3301", name="示例考点", centre="https://centre.example.org")
    await fill(page, addresses="203.0.113.20", staff_mac="not a mac", number=server.boot.number)
    await page.get_by_role("button").click()
    await expect(page.locator("#problems li").first).to_contain_text("mac")
    await shot(page, "first-boot-fault")
    await fill(page, staff_mac="52:54:00:20:00:01")
    await page.get_by_role("button").click()
    await expect(page.locator("#progress")).to_be_visible()


async def test_five_wrong_numbers_change_the_number(server: Server, page: Page) -> None:
    first = server.boot.number
    wrong = "111111" if first != "111111" else "222222"
    for _ in range(5):
        answer = await page.request.post(
            f"http://127.0.0.1:{PORT}/api/set-up", data={"number": wrong, "answers": {}}
        )
        assert answer.status == 403
    assert server.boot.number != first


async def test_garbage_is_refused_in_words(server: Server, page: Page) -> None:
    for data in (b"", b"[]", b"{", b"\xff", b'{"number": 7}'):
        answer = await page.request.post(f"http://127.0.0.1:{PORT}/api/set-up", data=data)
        assert answer.status in (400, 403)
        assert (await answer.json())["detail"]


def test_problems_of_a_stick_are_told_as_text() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_site(b"site: {}\n", "kaodian-site.yaml")
    text = first_boot.told_text(None, caught.value.problems)
    assert "kaodian-site.yaml:1" in text
