"""The devices' pages as technicians, leads and invigilators use them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from playwright.async_api import expect

from tests.browser.console_browser import WAIT_MS
from tests.browser.devices_browser import DeviceDesk, console_at, device_desk
from tests.device_daemon_double import CAMERA, PRINTER, SCANNER, SDT, UPS, Json, steps
from tests.site_app import PASSWORD, picture

NUMBER = "14010519900101001X"


async def bound(desk: DeviceDesk, role: str, device: str) -> None:
    """Bind a device from the roles page."""
    await desk.role(role).locator(".bind-role").click()
    await desk.page.click(f".bind-choice[data-choice='{device}']")
    await desk.page.click(".confirm-bind")
    await expect(desk.role(role).locator(f".bound-device[data-device='{device}']")).to_be_visible()


async def test_a_device_shows_within_a_second_with_its_state_and_what_to_do_and_goes_as_fast(
    tmp_path: Path,
) -> None:
    async with device_desk(tmp_path) as desk:
        await desk.sees(".el-empty", "还没有设备")
        begun = time.monotonic()
        desk.daemon.plug("r1", SDT, serial="SN 0001", port="1-1.2")
        await desk.page.wait_for_selector(".device-row[data-device=r1][class*=is-ready]", timeout=5000)
        assert time.monotonic() - begun < 1.0
        row = desk.row("r1")
        for text in ("华视电子 CVR-100UC", "SN 0001", "05.01", "1-1.2", "未绑定", "未做"):
            await expect(row).to_contain_text(text)
        await expect(desk.find("tbody[data-kind=id_card] .kind-head")).to_contain_text("身份证阅读器")
        desk.daemon.fault("r1", "id_card.silent", "阅读器没有应答，请重新插拔", "silent: unplug and plug in")
        await expect(row).to_contain_text("故障")
        await expect(row).to_contain_text("阅读器没有应答，请重新插拔")
        await expect(desk.find(".summary")).to_contain_text("1 台需要处理")
        begun = time.monotonic()
        desk.daemon.unplug("r1")
        await desk.page.wait_for_selector(".device-row[data-device=r1][class*=is-absent]", timeout=5000)
        assert time.monotonic() - begun < 1.0
        # Nobody misses a device that has no role.
        await expect(desk.find(".summary")).to_contain_text("全部正常")


async def test_details_are_opened_and_closed_by_keyboard_and_show_what_a_card_says_as_it_is_laid(
    tmp_path: Path,
) -> None:
    async with device_desk(tmp_path) as desk:
        desk.daemon.plug("r1", SDT, serial="SN 0001", port="1-1.2", node="/dev/bus/usb/001/004")
        button = desk.page.get_by_role("button", name="华视电子 CVR-100UC 的详情")
        await button.focus()
        await desk.page.keyboard.press("Enter")
        drawer = await desk.sees(".drawer-device[data-device=r1]")
        for text in ("SN 0001", "/dev/bus/usb/001/004", "0400:c35a", "sdt-usb-0400-c35a", "插入"):
            await expect(drawer).to_contain_text(text)
        desk.daemon.happen("r1", "card.laid", {})
        desk.daemon.happen("r1", "card.read", {"document": {"name": "张三", "number": NUMBER}}, picture())
        read = drawer.locator("[data-event='card.read']")
        await expect(read).to_contain_text("张三")
        await expect(read).to_contain_text("1401**********001X")
        assert NUMBER not in await drawer.inner_text()
        await expect(read.locator("img")).to_be_visible()
        await desk.page.keyboard.press("Escape")
        await expect(desk.find(".drawer-device")).to_be_hidden()
        # Another device, while the drawer still slides away.
        desk.daemon.plug("s1", SCANNER)
        await desk.row("r1").click()
        await desk.sees(".drawer-device[data-device=r1]")
        await desk.page.keyboard.press("Escape")
        await desk.row("s1").click()
        await desk.sees(".drawer-device[data-device=s1]")
        await expect(desk.find(".device-drawer")).to_be_in_viewport(ratio=0.99)
        await desk.page.click(".bind-device")
        await desk.sees(".bind-choice")


async def test_a_self_test_is_run_and_kept_and_a_camera_is_looked_through(tmp_path: Path) -> None:
    shades = iter(range(20, 250))
    good = asyncio.Event()

    async def tested(_: Json) -> tuple[Json, bytes, str]:
        size: Json = {"name": "size", "zh": "不低于 300 万像素", "en": "at least 3 megapixels"}
        size |= {"passed": good.is_set(), "measured": "2304x1536" if good.is_set() else "640x480"}
        return steps(good.is_set(), size), picture(), "image/png"

    async def live(_: Json) -> tuple[Json, bytes, str]:
        return {}, picture(next(shades)), "image/png"

    async with device_desk(tmp_path) as desk:
        desk.daemon.deeds |= {("cam", "self_test"): tested, ("cam", "live"): live, ("cam", "still"): live}
        desk.daemon.plug("cam", CAMERA, serial="6F2A11")
        await desk.row("cam").click()
        await desk.page.click(".run-test")
        result = desk.find(".test-result").first
        await expect(result).to_contain_text("未通过")
        await expect(result.locator("[data-step=size]")).to_contain_text("640x480")
        await expect(result.locator("img")).to_be_visible()
        await expect(desk.row("cam")).to_contain_text("未通过")
        good.set()
        await desk.page.click(".run-test")
        await expect(desk.find(".test-result").first.locator("[data-step=size]")).to_contain_text("2304x1536")
        await expect(desk.row("cam")).to_contain_text("通过")
        await desk.page.click(".self-tests summary")
        await expect(desk.find(".test-result").nth(1)).to_contain_text("未通过")
        await desk.page.click(".toggle-live")
        frame = desk.find(".live-picture img")
        first = await frame.get_attribute("src")
        await expect(frame).not_to_have_attribute("src", str(first), timeout=WAIT_MS)
        await desk.page.click(".toggle-live")
        await expect(frame).to_be_hidden()
        await desk.page.click("[data-action=still]")
        await expect(desk.find(".action-answer img")).to_be_visible()


async def test_what_a_device_cannot_do_is_said_in_its_own_words(tmp_path: Path) -> None:
    async with device_desk(tmp_path) as desk:
        desk.daemon.plug("hp", PRINTER)
        desk.daemon.refusal = {
            "status": 409,
            "code": "not_ready",
            "reason": "printer.jammed",
            "zh": "打印机卡纸，请打开前盖取出纸张",
            "en": "paper jam: open the front cover",
        }
        await desk.row("hp").click()
        await desk.page.click("[data-action=print_test]")
        await desk.sees(".device-actions .problem-box", "打印机卡纸，请打开前盖取出纸张")


async def test_roles_are_filled_changed_moved_and_emptied(tmp_path: Path) -> None:
    async with device_desk(tmp_path) as desk:
        for number in (1, 2):
            desk.daemon.plug(f"r{number}", SDT, serial=f"SN {number}", port=f"1-1.{number}")
        desk.daemon.plug("hp", PRINTER)
        await desk.go("devices/roles")
        await desk.sees(".free-devices", "3 台设备尚未绑定")
        await expect(desk.role("gate-1.reader")).to_contain_text("必需，未绑定")
        await bound(desk, "gate-1.reader", "r1")
        await expect(desk.role("gate-1.reader")).to_contain_text("SN 1")
        # From the device's side: what would be lost is said before.
        await desk.go("devices/list")
        await desk.row("r1").click()
        await desk.page.click(".bind-device")
        await desk.page.click(".bind-choice[data-choice='desk-1.reader']")
        await desk.sees(".bind-dialog .consequence", "该设备将不再用于 入口 1 · 身份证阅读器")
        await desk.page.click(".confirm-bind")
        await expect(desk.row("r1")).to_contain_text("核验台 1 · 身份证阅读器")
        await desk.page.keyboard.press("Escape")
        await desk.go("devices/roles")
        await expect(desk.role("gate-1.reader")).to_contain_text("必需，未绑定")
        await desk.role("desk-1.reader").locator(".change-device").click()
        await desk.page.click(".bind-choice[data-choice=r2]")
        await desk.page.click(".confirm-bind")
        await expect(desk.role("desk-1.reader").locator("[data-device=r2]")).to_be_visible()
        # One printer serves the office and the room.
        await bound(desk, "office.reports", "hp")
        await bound(desk, "room-1.printer", "hp")
        await expect(desk.role("office.reports").locator("[data-device=hp]")).to_be_visible()
        await desk.role("desk-1.reader").locator(".unbind-device").click()
        await expect(desk.role("desk-1.reader")).to_contain_text("必需，未绑定")


async def test_a_broken_reader_is_replaced_with_one_click(tmp_path: Path) -> None:
    async with device_desk(tmp_path) as desk:
        desk.daemon.plug("old", SDT, serial="SN old")
        await desk.go("devices/roles")
        await bound(desk, "gate-1.reader", "old")
        desk.daemon.unplug("old")
        line = desk.role("gate-1.reader")
        await expect(line).to_contain_text("未接入")
        assert await line.locator(".replace-device").count() == 0
        desk.daemon.plug("new", SDT, serial="SN new")
        await expect(line.locator(".replace-offer")).to_contain_text("SN new")
        await line.locator(".replace-device").click()
        await expect(line.locator("[data-device=new]")).to_be_visible()
        await expect(line).to_contain_text("就绪")
        await expect(line.locator("[data-device=old]")).to_be_hidden()


async def test_stations_are_added_named_and_taken_away(tmp_path: Path) -> None:
    async with device_desk(tmp_path) as desk:
        await desk.go("devices/roles")
        await desk.page.fill(".station-name input", "东门")
        await desk.find(".add-station button[type=submit]").click()
        card = desk.find(".station-card[data-station=gate-2]")
        await expect(card).to_contain_text("东门")
        await card.locator(".rename-station").click()
        await card.locator(".station-naming input").fill("西门")
        await desk.page.keyboard.press("Enter")
        await expect(card).to_contain_text("西门")
        await card.locator(".remove-station").click()
        await desk.find(".el-message-box").get_by_role("button", name="撤销点位").click()
        await expect(card).to_be_hidden()
        assert await desk.find(".station-card[data-station=server] .remove-station").count() == 0


async def test_history_is_narrowed_and_an_unknown_device_comes_with_an_entry_to_paste(tmp_path: Path) -> None:
    async with device_desk(tmp_path) as desk:
        desk.daemon.plug("r1", SDT)
        desk.daemon.plug("s1", SCANNER)
        desk.daemon.fault("r1", "id_card.silent", "没有应答，请重新插拔", "silent")
        await desk.go("devices/history")
        rows = desk.find(".device-history tbody tr")
        await expect(rows).to_have_count(3)
        await expect(rows.first).to_contain_text("没有应答，请重新插拔")
        await desk.page.click("[data-only=fault]")
        await expect(rows).to_have_count(1)
        desk.daemon.unplug("s1")
        await desk.page.click("[data-only=unplugged]")
        await expect(rows).to_have_count(1)
        desk.daemon.unknown.append(
            {
                "key": "usb1/1-3",
                "maker": "Acme",
                "model": "Reader 9",
                "keys": {"usb": "dead:beef"},
                "suggestion": "- id: acme-dead-beef\n  kind: id_card\n",
            }
        )
        await expect(desk.find(".tabs [data-tab=unknown] .tab-badge")).to_have_text("1")
        await desk.go("devices/unknown")
        unknown = await desk.sees(".unknown-device", "Acme Reader 9")
        await expect(unknown).to_contain_text("dead:beef")
        await expect(unknown.locator("pre")).to_have_text("- id: acme-dead-beef\n  kind: id_card\n")


async def test_the_room_board_shows_the_battery_and_the_lead_pauses_with_one_click(tmp_path: Path) -> None:
    async with device_desk(tmp_path, "wujk", candidates=2) as desk:
        assert desk.exam is not None
        session = desk.exam.package.plan.session
        await desk.exam.candidate(1)
        await (await desk.exam.staff("wujk")).step("start")
        await desk.go(f"session/{session}/board")
        lead = await console_at(desk.browser, desk.url, "wang", PASSWORD, desk.errors)
        desk.daemon.plug("ups", UPS)
        desk.daemon.happen("ups", "power.on_battery", {"charge_percent": 95, "runtime_s": 1500})
        banner = await desk.sees(".power-banner.is-battery", "市电中断")
        await expect(banner).to_contain_text("电量 95%")
        await expect(banner).to_contain_text("约可供电 25 分钟")
        # The lead need not wait until the battery is nearly empty.
        await expect(lead.locator(".power-banner.is-battery .pause-all")).to_contain_text("暂停全部 1 场考试")
        desk.daemon.happen("ups", "power.low", {"charge_percent": 15, "runtime_s": 200})
        await desk.sees(".power-banner.is-low", "请主考决定是否暂停考试")
        assert await desk.find(".pause-all").count() == 0
        await lead.click(".power-banner .pause-all")
        await desk.sees(".session-head", "UPS 电量低，保护性暂停")
        await expect(desk.find(".ask-lead")).to_be_hidden()
        desk.daemon.happen("ups", "power.restored", {})
        await expect(desk.find(".power-banner")).to_be_hidden()


async def test_a_daemon_that_is_away_is_said_and_what_was_known_stays(tmp_path: Path) -> None:
    async with device_desk(tmp_path) as desk:
        desk.daemon.plug("r1", SDT)
        await expect(desk.row("r1")).to_be_visible()
        await desk.daemon.stop()
        await desk.sees(".device-line", "设备服务没有运行，正在自动重连")
        await expect(desk.row("r1")).to_be_visible()
        await desk.row("r1").click()
        await desk.page.click(".run-test")
        await desk.sees(".self-tests .problem-box", "设备服务没有运行")
        await desk.daemon.restart()
        await expect(desk.find(".device-line")).to_be_hidden(timeout=WAIT_MS)


async def test_an_invigilator_reads_and_is_offered_nothing_to_change(tmp_path: Path) -> None:
    async with device_desk(tmp_path, "wujk", dock=True) as desk:
        desk.daemon.plug("cam", CAMERA)
        await desk.row("cam").click()
        drawer = await desk.sees(".drawer-device")
        await expect(drawer.locator(".device-plugs li")).to_have_count(1)
        for selector in (".run-test", ".bind-device", ".toggle-live", ".device-events"):
            assert await drawer.locator(selector).count() == 0
        assert [tab.split()[0] for tab in await desk.find(".tabs a").all_inner_texts()] == [
            "设备列表",
            "岗位绑定",
            "一体机",
            "考生机",
            "插拔与故障记录",
        ]
        await desk.go("devices/roles")
        await desk.sees(".station-card")
        for selector in (".bind-role", ".add-station", ".rename-station", ".remove-station"):
            assert await desk.find(selector).count() == 0
