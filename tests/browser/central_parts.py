"""A member of staff at the centre's console: Debian's Chromium before a real, running centre."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
from PIL import Image, ImageDraw
from playwright.async_api import Locator, Page, async_playwright, expect

from central_sync.centre.files.bank_xlsx import write_bank_xlsx, write_media_zip
from central_sync.samples.banks import sample_bank
from central_sync.samples.blueprints import sample_blueprint
from central_sync.samples.candidates import SampleCandidate, sample_candidates
from central_sync.samples.categories import SampleCategory
from central_sync.samples.city import sample_city
from tests.browser.console_browser import CHROMIUM, FLAGS, SCREEN, WAIT_MS
from tests.centre_parts import PASSWORD, RunningCentre, running_centre

LOW_VOLTAGE = SampleCategory.LOW_VOLTAGE
OTHER_SITE = "MC0201"


@dataclass
class CentralConsole:
    """An open page of the centre's console, with the centre behind it."""

    page: Page
    here: RunningCentre
    errors: list[str] = field(default_factory=list)
    """What scripts of the page threw or Vue warned of."""

    async def log_in(self, username: str, password: str = PASSWORD) -> None:
        """Open the console and log in; whoever was logged in is logged out."""
        await self.page.context.clear_cookies()
        await self.page.goto(f"{self.here.centre.console_url}/console/")
        await self.page.fill("#username", username)
        await self.page.fill("#password", password)
        await self.page.click("button[type=submit]")
        await self.sees(".user-button, #new-password")

    async def go(self, path: str) -> None:
        """Go to a page, such as banks/B0001/items, as if its address were typed in."""
        await self.page.evaluate("hash => { window.location.hash = hash; }", f"#/{path}")

    def find(self, selector: str, text: str | None = None) -> Locator:
        """Return a locator on the page, narrowed to what holds `text` when given."""
        return self.page.locator(selector, has_text=text)

    async def sees(self, selector: str, text: str | None = None) -> Locator:
        """Wait until the selector is visible, with the text when given."""
        found = self.find(selector, text).first
        await expect(found).to_be_visible(timeout=WAIT_MS)
        return found

    async def click(self, selector: str, text: str | None = None) -> None:
        """Click the first that fits, once it is there."""
        await (await self.sees(selector, text)).click()

    async def choose(self, field_id: str, option: str) -> None:
        """Choose an entry of a select by what it shows."""
        await self.page.locator(f".el-select:has(#{field_id})").click()
        await self.page.locator(".el-select-dropdown__item:visible", has_text=option).first.click()


@asynccontextmanager
async def central_console(folder: Path) -> AsyncIterator[CentralConsole]:
    """Run a centre in the folder and open a browser before it; nobody is logged in."""
    async with running_centre(folder) as here, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(viewport=SCREEN, locale="zh-CN", timezone_id="Asia/Shanghai")
        page = await context.new_page()
        page.set_default_timeout(WAIT_MS)
        opened = CentralConsole(page, here)
        page.on("pageerror", lambda error: opened.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                opened.errors.append(message.text)
                if message.type in ("error", "warning") and "Failed to load resource" not in message.text
                else None
            ),
        )
        try:
            yield opened
            assert opened.errors == []
        finally:
            await browser.close()


async def open_sites(here: RunningCentre) -> None:
    """Register the sample city's exam sites."""
    for site in sample_city().sites:
        facts = site.model_dump(mode="json", exclude={"code", "staff"})
        await here.planner.put(f"sites/{site.code}", facts)


def bank_file() -> tuple[bytes, bytes]:
    """Return the low-voltage sample bank as the office writes it: workbook and zip of media."""
    bank, media = sample_bank(LOW_VOLTAGE)
    return write_bank_xlsx(bank.items), write_media_zip(bank.items, media)


def portrait(number: int) -> bytes:
    """Return a drawn photo of nobody, of the size that rosters ask for."""
    drawn = Image.new("RGB", (150, 200), (207, 224, 240))
    pen = ImageDraw.Draw(drawn)
    pen.ellipse((45, 35, 105, 105), fill=(242, 211, 181))
    pen.ellipse((15, 115, 135, 290), fill=(40 + number * 37 % 120, 70 + number * 53 % 90, 120))
    data = io.BytesIO()
    drawn.save(data, "JPEG")
    return data.getvalue()


async def roster_file(here: RunningCentre, people: Sequence[SampleCandidate]) -> tuple[bytes, bytes]:
    """Return the centre's roster template filled in, and a zip with photos of every second person."""
    answer = await here.planner.ask("GET", "rosters/template.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.body))
    photos = io.BytesIO()
    with zipfile.ZipFile(photos, "w") as packed:
        for row, person in enumerate(people, 2):
            sex = {"M": "男", "F": "女"}[person.sex]
            for column, text in enumerate((person.name, sex, person.id_number, person.employer), 1):
                book.worksheets[0].cell(row, column, text)
            if row % 2 == 0:
                packed.writestr(f"{person.id_number}.jpg", portrait(row))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue(), photos.getvalue()


async def imported(here: RunningCentre, path: str, parts: dict[str, tuple[str, bytes]], **query: str) -> None:
    """Import files and see that it went well."""
    job = await here.planner.ended(await here.planner.upload(path, parts, **query))
    assert job["state"] == "done", job


async def bank_and_blueprint(here: RunningCentre) -> str:
    """Import the sample bank and make its blueprint; return the blueprint's number."""
    named = {"name": "低压电工题库", "category": LOW_VOLTAGE.value}
    bank = (await here.planner.post("banks", named))["bank"]
    book, media = bank_file()
    files = {"file": ("低压电工题库.xlsx", book), "media": ("media.zip", media)}
    await imported(here, f"banks/{bank}/import", files, format="xlsx")
    body = sample_blueprint(LOW_VOLTAGE).model_dump(mode="json")
    made = await here.planner.post("blueprints", {"name": "低压电工理论试卷", "bank": bank, **body})
    return str(made["blueprint"])


async def planned(here: RunningCentre, candidates: int = 30) -> tuple[str, str]:
    """Register the city, import bank and roster, make blueprint and plan; return plan and roster."""
    await open_sites(here)
    blueprint = await bank_and_blueprint(here)
    named = {"name": "十一月低压电工名册", "category": LOW_VOLTAGE.value}
    roster = (await here.planner.post("rosters", named))["roster"]
    people = sample_candidates(60, category=LOW_VOLTAGE)[:candidates]
    book, photos = await roster_file(here, people)
    files = {"file": ("名册.xlsx", book), "photos": ("照片.zip", photos)}
    await imported(here, f"rosters/{roster}/import", files)
    now = datetime.now(UTC)
    plan = await here.planner.post(
        "plans",
        {
            "name": "低压电工作业（初训）十一月",
            "category": LOW_VOLTAGE.value,
            "blueprint": blueprint,
            "window_from": (now - timedelta(hours=1)).isoformat(),
            "window_until": (now + timedelta(days=30)).isoformat(),
        },
    )
    return plan["plan"], roster
