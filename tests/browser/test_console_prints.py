"""Printing at the console as staff use it: a room's documents, what waits and why, reprints."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.async_api import expect

from tests.browser.devices_browser import DeviceDesk, device_desk
from tests.device_daemon_double import PRINTER
from tests.exchange_parts import until
from tests.pdf_reading import text_of
from tests.printing_parts import PaperTray

PICTURES = os.environ.get("KAODIAN_SCREENSHOTS", "")
"""Folder for pictures of the pages, where a person wants to look at them."""


async def pictured(desk: DeviceDesk, name: str) -> None:
    """Check that nothing runs out of the page to the right, and keep a picture where one is wanted."""
    assert await desk.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if PICTURES:
        await desk.page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


async def test_a_rooms_documents_are_looked_at_printed_sent_elsewhere_and_reprinted(tmp_path: Path) -> None:
    async with device_desk(tmp_path, "wujk", candidates=3) as desk:
        assert desk.exam is not None
        appliance, session = desk.exam.appliance, desk.exam.package.plan.session
        await desk.go(f"session/{session}/papers")
        room = await desk.sees(".paper-room")
        await expect(room.locator("[data-kind='room_record'] .paper-print")).to_be_disabled()

        async with desk.page.expect_popup() as shown:
            await room.locator("[data-kind='room_list'] .paper-look").click()
        preview = await shown.value

        def viewed() -> list[str]:
            entries = appliance.journal.entries()
            return [one["actor"] for one in entries if one["kind"] == "document.viewed"]

        await until(lambda: viewed() == ["wujk"])
        await preview.wait_for_url("blob:**")
        await preview.close()

        # No printer is bound yet: it waits, and says why.
        await room.locator("[data-kind='admission_ticket'] .paper-print").click()
        job = await desk.sees(".job[data-state='waiting']")
        await expect(job).to_contain_text("还没有绑定打印机")
        await pictured(desk, "papers-waiting")
        await desk.go("prints")
        await desk.sees(".printer-list li.not-ready")
        await pictured(desk, "prints-waiting")

        # One comes for another role, and a person sends it there.
        tray = PaperTray(desk.daemon, "p1")
        tray.plug(PRINTER)
        await until(lambda: appliance.devices.live.there("p1"))
        await appliance.devices.assigning.bind("zhou", "room-1.printer", "p1")
        await desk.sees("[data-role='room-1.printer'].ready")
        await desk.page.click(".deed-redirect")
        await desk.page.click(".printer-dialog [data-role='room-1.printer']")
        await pictured(desk, "prints-redirect")
        await desk.page.click(".confirm-printer")
        await desk.sees(".print-none")
        assert desk.exam.package.tickets[2] in text_of(tray.pdf())

        await desk.go("prints/history")
        await desk.sees(".job[data-state='printed']")
        await desk.page.click(".deed-reprint")
        await desk.page.click(".confirm-printer")
        await until(lambda: len(tray.tray) == 2)
        assert "补打（第 1 次）" in text_of(tray.pdf())
        await expect(desk.find(".job[data-state='printed']")).to_have_count(2)
        await desk.page.click(".chip[data-only='printed']")
        await expect(desk.find(".job[data-state='printed']")).to_have_count(2)
        await desk.sees(".job", "补打第 1 次")
        await pictured(desk, "prints-history")

        # The same again is not printed by accident.
        await desk.go(f"session/{session}/papers")
        await desk.page.click("[data-kind='admission_ticket'] .paper-print")
        await desk.sees(".el-message", "已经打印过")
        await pictured(desk, "papers-printed")
        assert len(tray.tray) == 2


async def test_a_failed_print_and_a_broken_template_stand_out_and_a_technician_cancels_it(
    tmp_path: Path,
) -> None:
    async with device_desk(tmp_path, candidates=2) as desk:
        assert desk.exam is not None
        appliance, session = desk.exam.appliance, desk.exam.package.plan.session
        templates = desk.exam.settings.state_dir / "templates"
        templates.mkdir()
        (templates / "room-list.html").write_text("<p>本省门贴</p>\n{{ no_such_field }}\n")
        tray = PaperTray(desk.daemon, "p1")
        tray.plug(PRINTER)
        await until(lambda: appliance.devices.live.there("p1"))
        await appliance.devices.assigning.bind("zhou", "office.reports", "p1")
        tray.holds = True
        invigilator = await desk.exam.staff("wujk")
        (room,) = (await invigilator.get(f"/prints/papers/{session}"))["rooms"]
        order = {"kind": "room_list", "room": room["name"], "role": "office.reports"}
        job = (await invigilator.post(f"/prints/papers/{session}", order))["job"]
        key = appliance.printing.job(job["id"]).key
        await until(lambda: key in tray.jobs)
        reason = {"code": "printer.job_aborted", "zh": "打印任务因出错中止", "en": "the job was aborted"}
        tray.jobs[key]["state"] = "aborted"
        desk.daemon.happen("p1", "job.failed", {"key": key, "state": "aborted", "reason": reason})
        await desk.go("prints")
        await desk.sees(".job[data-state='failed'] .print-reason", "打印任务因出错中止")
        await desk.sees(".template-faults", "no_such_field")
        await desk.sees(".template-faults", "第 2 行")
        # Whatever page is open says so.
        await expect(desk.find(".main-menu .tab-badge")).to_have_text("1", timeout=20_000)
        await pictured(desk, "prints-failed")
        # A technician sees to printers; papers with people's data are for the exam's staff.
        await desk.page.click(".deed-cancel")
        await desk.page.click(".el-message-box .el-button--primary")
        await desk.sees(".print-none")
        await desk.go("prints/history")
        await desk.sees(".job[data-state='cancelled']")
        await expect(desk.find(".deed-reprint")).to_have_count(0)
