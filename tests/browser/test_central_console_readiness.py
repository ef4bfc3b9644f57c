"""The readiness of a site at the centre's console: a mark in the list, and what the server told last."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.async_api import expect

import central_sync
from exam_appliance.preflight.running import CHECKS
from exam_appliance.readiness.standard import standard
from tests.arranged_parts import arrange
from tests.browser.central_parts import central_console
from tests.exchange_parts import APPLIANCE, SITE
from tests.received_parts import Said, receive

PICTURES = os.environ.get("KAODIAN_SCREENSHOTS", "")
"""Folder for pictures of the pages, where a person wants to look at them."""


async def test_a_sites_readiness_is_marked_in_the_list_and_opened_from_there(tmp_path: Path) -> None:
    async with central_console(tmp_path) as console:
        arrange(console.here.centre, candidates=2)
        await console.log_in("viewer")
        await console.go("sites")
        await console.sees(".plain-table", "未检查")
        rows = {row.id: "pass" for row in standard().rows}
        rows |= {"site.router": "declared", "site.cctv": "unknown", "site.server.disk": "fail"}
        told = {"ready": False, "rows": rows, "software": "0.1.0", "report_sha256": "a" * 64}
        items = {check.id: "pass" for check in CHECKS} | {"line": "fail", "backup": "unknown"}
        looked = {"ready": False, "items": items, "report_sha256": "b" * 64}
        receive(
            console.here.centre,
            [
                Said("site.readiness", APPLIANCE, told, APPLIANCE, SITE, "zhou"),
                Said("site.preflight", APPLIANCE, looked, APPLIANCE, SITE, "zhou"),
            ],
        )
        await console.page.reload()
        await console.click(f".show-readiness[data-site={SITE}]", "待处理 2 项")
        dialog = await console.sees(".readiness-dialog")
        await expect(dialog.locator("[data-row]")).to_have_count(len(standard().rows))
        await expect(dialog.locator("[data-row='site.server.disk']")).to_contain_text("不合格")
        await expect(dialog.locator("[data-row='site.router']")).to_contain_text("申报")
        await expect(dialog.get_by_text("到中心的线路")).to_be_in_viewport()
        await expect(dialog).to_contain_text("有未通过项")
        if PICTURES:
            await console.page.wait_for_timeout(400)
            await console.page.screenshot(path=str(Path(PICTURES) / "centre-readiness.png"))


def test_the_centre_has_a_name_for_every_row_and_every_item() -> None:
    texts = (Path(central_sync.__file__).with_name("web") / "console/texts/readiness.js").read_text("utf-8")
    for row in standard().rows:
        assert f'"{row.id}":' in texts
    for check in CHECKS:
        assert f" {check.id}: " in texts
