"""The front door with all its running parts: site server, device daemon with simulated devices, pages."""

from __future__ import annotations

import asyncio
import base64
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from exam_appliance.documents.names import masked_name
from exam_appliance.identity.site_faces import SiteFaces
from firmware_adapters.adapter import DeviceKind
from firmware_adapters.interface import Device, DeviceEvent
from firmware_adapters.settings import DaemonSettings
from firmware_adapters.simulators.id_card import SimulatedHidReader
from firmware_adapters.simulators.id_card_module import SdtModule, sam_id
from firmware_adapters.simulators.receipt_paper import PrintedSlip
from firmware_adapters.simulators.receipt_printer import SimulatedTcpReceiptPrinter
from firmware_adapters.simulators.scanner import SimulatedKeyboardScanner
from firmware_adapters.simulators.terminal import Person, SimulatedTerminal
from firmware_adapters.simulators.testbed import Testbed
from tests.browser.console_browser import CHROMIUM, FLAGS, SCREEN
from tests.browser.devices_browser import console_at
from tests.browser.front_door_people import Applicant, arranged, ticket_of
from tests.browser.front_door_pictures import SEES_MARK, BrowserCamera, ByColour, Gallery, Scene
from tests.exchange_parts import until
from tests.queue_parts import enrolled
from tests.site_app import PASSWORD, SiteApp, Staff, site_app
from tests.watched_daemon import WatchedDaemon, watched_daemon

WAIT_MS = 30_000
TV = ViewportSize(width=1920, height=1080)
DESK, TERMINAL = "1", "2"
"""Counters of the queue: the desk is at the first, the terminal at the second."""
DECODER = [sys.executable, "-m", "firmware_adapters.simulators.id_card_photo"]


@dataclass
class Devices:
    """The simulated devices and the daemon that they are plugged into."""

    daemon: WatchedDaemon
    reader: SimulatedHidReader
    """Of the desk."""
    kiosk_reader: SimulatedHidReader
    scanner: SimulatedKeyboardScanner
    """Of the ticket machine."""
    seat_slips: SimulatedTcpReceiptPrinter
    queue_slips: SimulatedTcpReceiptPrinter
    ids: dict[str, str] = field(default_factory=dict)
    """Ids of the devices by the role that they get."""


@dataclass
class Spent:
    """What a pass at the desk took, seconds."""

    whole: float
    """From the card on the reader to the cut slip, simulated devices with it."""
    own: float
    """Without the reader: from the read card to the cut slip."""


@dataclass
class FrontDoor:
    """All of it; one candidate after the other goes through."""

    site: SiteApp
    devices: Devices
    pictures: Gallery
    applicants: Sequence[Applicant]
    camera: BrowserCamera
    browser: Browser
    staff: Staff
    terminal: SimulatedTerminal
    machine: Page
    display: Page
    desk: Page
    seat: Page
    spent: list[Spent] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)
    """Numbers of the queue by admission ticket."""
    errors: list[str] = field(default_factory=list)

    def ticket(self, who: Applicant) -> str:
        """Return somebody's admission ticket."""
        return ticket_of(self.applicants.index(who) + 1)

    def place(self, who: Applicant) -> int:
        """Return somebody's seat."""
        return self.applicants.index(who) + 1

    async def takes_number(self, who: Applicant) -> None:
        """Take a number at the ticket machine; a stranger is told where to go."""
        devices = self.devices
        if not who.listed:
            devices.kiosk_reader.lay_card(who.card(self.pictures))
            await expect(self.machine.locator(".why")).to_contain_text("名单中没有您的信息", timeout=WAIT_MS)
            devices.kiosk_reader.remove_card()
            return
        match who.takes:
            case "card":
                devices.kiosk_reader.lay_card(who.card(self.pictures))
            case "code":
                devices.scanner.scan(self.ticket(who))
            case "hand":
                if await self.machine.locator(".outcome").count():
                    await self.machine.keyboard.press("Enter")
                await self.machine.click(".way.hand")
                await self.machine.fill("#typed", who.number[-6:])
                await self.machine.keyboard.press("Enter")
        number = f"A{len(self.numbers) + 1:03d}"
        await expect(self.machine.locator(".number")).to_have_text(number, timeout=WAIT_MS)
        await expect(self.machine.locator(".whose b")).to_have_text(masked_name(who.name))
        devices.kiosk_reader.remove_card()
        self.numbers[self.ticket(who)] = number

    async def called(self, who: Applicant, counter: str) -> None:
        """Call the next one to a counter: it must be they; the display shows it."""
        told = await self.staff.post(f"/queue/counters/{counter}/call", {"ticket": "", "finish": ""})
        number = self.numbers[self.ticket(who)]
        assert told["number"] == number
        await expect(self.display.locator(f"[data-counter='{counter}'] .number")).to_have_text(
            number, timeout=WAIT_MS
        )

    async def leaves(self, who: Applicant) -> None:
        """Settle the number of somebody who did not pass, as staff do at the queue's page."""
        queue = self.site.appliance.queue
        held = queue.of_candidate(self.ticket(who))
        assert held is not None
        if held.live:
            await self.staff.post(f"/queue/tickets/{held.id}/served")

    async def before_camera(self, scene: Scene) -> None:
        """Have somebody stand before the camera of the desk."""
        mark = self.camera.show(self.pictures.view(scene))
        await self.desk.wait_for_function(SEES_MARK, arg=mark, timeout=WAIT_MS)

    async def faces_are_framed(self) -> None:
        """Look at the live picture: faces are framed where there is a service that finds them."""
        if self.pictures.models is None:
            await self.before_camera("first")
            await expect(self.desk.locator(".live-view .face-frame")).to_be_visible()
            return
        await self.before_camera("two")
        await expect(self.desk.locator(".face-frames:not(.good) rect")).to_have_count(2, timeout=WAIT_MS)
        await expect(self.desk.locator(".face-hint")).to_contain_text("多张人脸")
        await self.before_camera("first")
        await expect(self.desk.locator(".face-frames.good rect")).to_have_count(1, timeout=WAIT_MS)

    async def at_desk(self, who: Applicant, *, rules: Sequence[str], verdict: str, scene: Scene) -> None:
        """Lay the card at the desk and wait for the verdict with its rules."""
        await self.before_camera(scene)
        devices, desk = self.devices, self.desk
        printed = len(devices.seat_slips.slips)
        since = len(devices.daemon.told)
        laid = time.monotonic()
        devices.reader.lay_card(who.card(self.pictures))
        if verdict == "pass":
            await until(lambda: len(devices.seat_slips.slips) > printed, 60)
            cut = time.monotonic()
            read = await devices.daemon.until_told(
                lambda news: (
                    isinstance(news, DeviceEvent)
                    and (news.name, news.device) == ("card.read", devices.ids["desk-1.reader"])
                ),
                since,
            )
            self.spent.append(Spent(cut - laid, cut - read.at))
        await expect(desk.locator(f".verdict[data-verdict={verdict}]")).to_be_visible(timeout=WAIT_MS)
        for rule in rules:
            await expect(desk.locator(f"[data-rule='{rule}']")).to_be_visible(timeout=WAIT_MS)
        await expect(desk.locator("[data-rule]")).to_have_count(len(rules))
        devices.reader.remove_card()

    async def seat_given(self, who: Applicant) -> None:
        """Wait until the desk shows seat and slip, and look at the slip."""
        await expect(self.desk.locator(".verdict-seat")).to_contain_text(f"第一考场 {self.place(who)} 号")
        await expect(self.desk.locator(".slip-sent")).to_be_visible(timeout=WAIT_MS)
        await until(lambda: bool(self.slips(who)), 60)
        (slip,) = self.slips(who)
        assert slip.cut
        assert f"{self.place(who)} 号" in slip.text

    def slips(self, who: Applicant) -> list[PrintedSlip]:
        """Return the seat slips that came out for somebody."""
        return [one for one in self.devices.seat_slips.slips if self.ticket(who) in one.text]

    async def settles(self, who: Applicant) -> None:
        """Have a person decide at the desk, with a second one where a refusal is overturned."""
        desk = self.desk
        await desk.click(".refuse" if who.settled == "refused" else ".let-in")
        await desk.fill("#settle-reason", "已核对证件原件与本人")
        if who.settled == "let in by two":
            await desk.fill("#second-username", "wang")
            await desk.fill("#second-password", PASSWORD)
        await desk.click(".confirm-settle")
        verdict = "refuse" if who.settled == "refused" else "pass"
        await expect(desk.locator(f".verdict[data-verdict={verdict}]")).to_be_visible(timeout=WAIT_MS)
        await expect(desk.locator(".settled")).to_contain_text("已核对证件原件与本人")

    async def next_one(self) -> None:
        """Make the desk free."""
        await self.desk.click(".next")
        await expect(self.desk.locator(".desk-waiting")).to_be_visible(timeout=WAIT_MS)

    async def at_terminal(self, who: Applicant) -> dict[str, Any]:
        """Verify somebody at the terminal and return what it was answered."""
        until_day = who.valid_to
        answer = await self.terminal.verify(
            Person(
                who.number,
                who.on_card or who.name,
                who.kind,
                self.pictures.live(who.live),
                card=self.pictures.card("first") if who.chip else None,
                valid_from="20100301",
                valid_until=until_day,
            )
        )
        assert answer.status == 200, answer.body
        told: dict[str, Any] = answer.json()
        return told

    async def sits_down(self, who: Applicant) -> None:
        """Log in at the seat's page: the verified get their seat, the others are told why not."""
        page = self.seat
        await page.context.clear_cookies()
        await page.goto(f"{self.site.url}/exam/?seat={self.place(who)}")
        await page.fill("#identity", who.number)
        await page.keyboard.press("Enter")
        if who.sits:
            await expect(page.locator(".identity-card")).to_contain_text(who.name, timeout=WAIT_MS)
            await page.click(".identity-card .button.primary")
            await page.wait_for_selector(".lobby", timeout=WAIT_MS)
        else:
            why = "身份核验" if who.listed else "没有查到您的考试安排"
            await expect(page.locator(".note-box.bad")).to_contain_text(why, timeout=WAIT_MS)

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return the journal's entries of a kind."""
        return [entry for entry in self.site.appliance.journal.entries() if entry["kind"] == kind]


@asynccontextmanager
async def plugged_devices(folder: Path) -> AsyncIterator[Devices]:
    """Run a device daemon with readers, a scanner and slip printers, all simulated and plugged in."""
    async with AsyncExitStack() as stack:
        testbed = stack.enter_context(Testbed())
        seats, numbers = SimulatedTcpReceiptPrinter("seats"), SimulatedTcpReceiptPrinter("numbers")
        for printer in (seats, numbers):
            await printer.plug()
            stack.push_async_callback(printer.unplug)
        named = [{"host": "127.0.0.1", "port": one.port, "serial": one.name} for one in (seats, numbers)]
        settings = DaemonSettings(
            folder=folder / "devices",
            socket=testbed.root / "daemon",
            sources={"pcsc": None, "cups": None, "nut": None, "receipts": {"printers": named}},
            options={
                "escpos-network": {"book_folder": str(folder / "book")},
                "sdt-hid-0483-5652": {"photo_decoder": {"command": DECODER, "timeout_s": 20}},
            },
        )
        daemon = await stack.enter_async_context(watched_daemon(settings, testbed.environment()))
        made = Devices(
            daemon,
            SimulatedHidReader(testbed, module=SdtModule(sam_id=sam_id(1))),
            SimulatedHidReader(testbed, module=SdtModule(sam_id=sam_id(2))),
            SimulatedKeyboardScanner(testbed),
            seats,
            numbers,
        )
        made.ids["desk-1.slips"] = (await ready(daemon, DeviceKind.RECEIPT_PRINTER, "seats")).id
        made.ids["kiosk-1.slips"] = (await ready(daemon, DeviceKind.RECEIPT_PRINTER, "numbers")).id
        for role, simulator in (("desk-1.reader", made.reader), ("kiosk-1.reader", made.kiosk_reader)):
            stack.push_async_callback(simulator.unplug)
            await simulator.plug()
            made.ids[role] = (await ready(daemon, DeviceKind.ID_CARD, besides=made.ids.values())).id
        stack.push_async_callback(made.scanner.unplug)
        await made.scanner.plug()
        made.ids["kiosk-1.scanner"] = (await ready(daemon, DeviceKind.SCANNER)).id
        yield made


async def ready(daemon: WatchedDaemon, kind: DeviceKind, serial: str = "", besides: Any = ()) -> Device:
    """Return a device of a kind once it is ready."""

    def found() -> list[Device]:
        return [
            one
            for one in daemon.there()
            if one.kind is kind
            and one.state.value == "ready"
            and serial in ("", one.serial)
            and one.id not in besides
        ]

    await daemon.until(lambda: bool(found()), f"{kind} {serial} is not ready")
    return found()[0]


@asynccontextmanager
async def front_door(
    folder: Path, applicants: Sequence[Applicant], pictures: Gallery
) -> AsyncIterator[FrontDoor]:
    """Run all parts."""
    camera = BrowserCamera(folder / "camera.y4m")
    flags = [*FLAGS, *camera.flags, "--autoplay-policy=no-user-gesture-required", "--mute-audio"]
    async with AsyncExitStack() as stack:
        devices = await stack.enter_async_context(plugged_devices(folder))
        site = await stack.enter_async_context(
            site_app(
                folder,
                candidates=arranged(applicants, pictures),
                devices={"run": "service", "socket": str(devices.daemon.client.socket)},
                identity={"before_login": "required"},
                faces=pictures.settings(),
                queue={"voice": "none"},
            )
        )
        appliance = site.appliance
        if pictures.by_colour:
            appliance.verifying._faces = ByColour(SiteFaces(appliance.faces))
        if pictures.models is not None:
            async with asyncio.timeout(60):
                while not (await appliance.faces.health()).ready:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.05)
        for role, device in devices.ids.items():
            await until(partial(appliance.devices.live.there, device))
            await appliance.devices.assigning.bind("zhou", role, device)
        technician = await site.staff("zhou")
        told = await technician.post("/terminals", {"name": "一体机 1", "place": "一楼大厅", "mapping": ""})
        terminal = SimulatedTerminal(told["address"], told["terminal"]["id"], base64.b64decode(told["key"]))
        assert (await terminal.heartbeat()).status == 200
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        stack.push_async_callback(browser.close)
        errors: list[str] = []
        key = await enrolled(technician, "tickets", "kiosk-1")
        machine = await page_at(browser, f"{site.url}/queue/#key={key}", SCREEN, errors)
        key = await enrolled(technician, "display")
        display = await page_at(browser, f"{site.url}/display/#key={key}", TV, errors)
        desk = await console_at(browser, site.url, "wujk", PASSWORD, errors)
        desk.set_default_timeout(WAIT_MS)
        await desk.goto(f"{site.url}/console/#/identity")
        await expect(desk.locator(".desk-waiting")).to_be_visible(timeout=WAIT_MS)
        seat = await page_at(browser, f"{site.url}/exam/", SCREEN, errors)
        await machine.wait_for_selector(".way.hand")
        yield FrontDoor(
            site,
            devices,
            pictures,
            applicants,
            camera,
            browser,
            await site.staff("zheng"),
            terminal,
            machine,
            display,
            desk,
            seat,
            errors=errors,
        )
        assert errors == []


async def page_at(browser: Browser, url: str, size: ViewportSize, errors: list[str]) -> Page:
    """Open a page in a context of its own."""
    context = await browser.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai")
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(url)
    return page
