"""The technician's pages: sync, courier, rehearsal, accounts, journal."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.console_browser import console


async def test_sync_page_shows_what_is_unsent_and_sends_it_at_once() -> None:
    async with console("wang.qiang") as desk:
        await desk.go("sync")
        await desk.sees(".sync-state", "还有 120 条待上报")
        await desk.sees(".transfers", "PKG-S-NEW 45%")
        await desk.page.get_by_role("button", name="立即同步").click()
        await desk.sees(".sync-state", "全部已上报")


async def test_site_is_enrolled_with_address_and_claim_code() -> None:
    async with console("wang.qiang") as desk:
        desk.double.site.sync = desk.double.site.sync.model_copy(update={"enrolled": False})
        await desk.go("sync")
        await desk.page.fill("#centre", "https://centre.example:8443")
        await desk.page.fill("#claim", "CLAIM-0")
        await desk.page.click(".enrol button")
        await desk.sees(".problem-box", "登记码无效或已使用")
        await desk.page.fill("#claim", "CLAIM-1")
        await desk.page.click(".enrol button")
        await desk.sees(".sync-state", "https://centre.example:8443")


async def test_bundle_is_saved_to_a_file_and_one_is_read_in() -> None:
    async with console("wang.qiang") as desk:
        await desk.go("sync")
        async with desk.page.expect_download() as coming:
            await desk.page.get_by_role("button", name="导出到文件").click()
        download = await coming.value
        assert download.suggested_filename.startswith("kaodian-SX0101-")
        files = desk.find(".courier input[type=file]")
        await files.set_input_files(
            {"name": "x.bin", "mimeType": "application/octet-stream", "buffer": b"noise"}
        )
        await desk.sees(".courier .problem-box", "不是传递文件或已损坏")
        await files.set_input_files(
            {"name": "b.bin", "mimeType": "application/octet-stream", "buffer": b"bundle" * 100_000}
        )
        await desk.sees(".courier .el-alert", "文档 3 份，文件 1 个，中心已确认到第 4120 条")


async def test_rehearsal_runs_with_progress_and_reports_losses_and_latency() -> None:
    async with console("wang.qiang") as desk:
        await desk.go("rehearsal")
        await desk.page.fill("#rehearsal-candidates", "60")
        await desk.page.get_by_role("button", name="开始演练").click()
        await desk.sees(".rehearsal-state[data-state=running]", "考生正在登录")
        report = await desk.sees(".rehearsal-report", "无丢失、无错误")
        for name, text in (("lost", "0"), ("p50", "4 ms"), ("p99", "31 ms"), ("bell", "0.42 s")):
            await expect(report.locator(f"[data-number={name}] dd")).to_have_text(text)
        assert desk.sent("/rehearsal") == [{"candidates": 60, "minutes": 2}]


async def test_running_rehearsal_can_be_stopped() -> None:
    async with console("wang.qiang") as desk:
        await desk.go("rehearsal")
        await desk.page.get_by_role("button", name="开始演练").click()
        await desk.page.get_by_role("button", name="停止").click()
        await desk.sees(".rehearsal-state[data-state=failed]", "已停止")


async def test_account_is_added_disabled_and_given_a_new_password() -> None:
    async with console("wang.qiang") as desk:
        await desk.go("accounts")
        await desk.page.get_by_role("button", name="添加账户").click()
        await desk.page.fill("#account-username", "sun.yan")
        await desk.page.fill("#account-name", "孙燕")
        await desk.find(".account-dialog .el-checkbox", "主考").click()
        await desk.page.fill("#account-password", "First#2026")
        await desk.page.get_by_role("button", name="保存").click()
        row = await desk.sees("tr[data-account='sun.yan']", "待改密")
        assert desk.double.site.staff["sun.yan"].roles == ("invigilator", "lead")
        await row.locator(".toggle").click()
        await desk.sees(".account-dialog", "将停用 孙燕 的账户")
        await desk.find(".account-dialog").get_by_role("button", name="停用").click()
        await expect(row).to_contain_text("已停用")
        await row.locator(".reset").click()
        await desk.page.fill("#account-password", "Second#2026")
        await desk.find(".account-dialog").get_by_role("button", name="重置密码").click()
        await expect(desk.find(".account-dialog")).to_be_hidden()
        assert desk.double.site.passwords["sun.yan"] == "Second#2026"
        assert desk.sent("/accounts/sun.yan")[0]["active"] is False
        assert await desk.find("tr[data-account='zhou.hui'] button").count() == 0


async def test_journal_is_verified_and_the_verdict_shown() -> None:
    async with console("wang.qiang") as desk:
        await desk.go("journal")
        await desk.page.get_by_role("button", name="开始校验").click()
        verdict = await desk.sees(".verdict-panel", "日志完整")
        await expect(verdict).to_contain_text("4,120")
