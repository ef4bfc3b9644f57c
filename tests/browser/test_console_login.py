"""Log-in, passwords, roles and ended logins at the console."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.console_browser import console
from tests.browser.console_double import PASSWORD


async def test_wrong_password_is_told_in_words_and_right_one_opens_the_sessions() -> None:
    async with console(username=None) as desk:
        await desk.log_in("chen.ming", "wrong")
        await desk.sees(".problem-box", "用户名或密码不正确")
        await expect(desk.find("#password")).to_have_value("")
        await desk.log_in("chen.ming")
        await desk.sees(".session-card[data-session='S-RUN']")
        await desk.sees(".user-button", "陈明")


async def test_first_login_must_set_an_own_password_before_anything_else() -> None:
    async with console("new.hand") as desk:
        await desk.sees(".gate-card h1", "修改密码")
        assert await desk.find(".top-bar").count() == 0
        await desk.page.fill("#old-password", PASSWORD)
        await desk.page.fill("#new-password", "Fresh2026")
        await desk.page.fill("#new-password-again", "Fresh2027")
        await desk.page.click("button[type=submit]")
        await desk.sees(".problem-box", "两次输入的新密码不一致")
        await desk.page.fill("#new-password-again", "Fresh2026")
        await desk.page.click("button[type=submit]")
        await desk.sees(".problem-box", "新密码缺少特殊字符")
        await desk.page.fill("#new-password", "Fresh#2026")
        await desk.page.fill("#new-password-again", "Fresh#2026")
        await desk.page.click("button[type=submit]")
        await desk.sees(".session-card")
        assert desk.double.site.passwords["new.hand"] == "Fresh#2026"


async def test_ended_login_leads_back_to_the_same_tab_after_logging_in_again() -> None:
    async with console() as desk:
        await desk.go("session/S-RUN/absences")
        await desk.sees(".roll")
        desk.double.forget_logins()
        # By its address, not by a click: the page may notice the ended log-in by itself first.
        await desk.go("session/S-RUN/log")
        await desk.sees(".el-alert", "登录已失效")
        await desk.log_in("chen.ming")
        await desk.sees(".tabs a[data-tab=log][aria-current=page]")
        await desk.sees(".log", "开考：24 名考生")


async def test_logout_shows_the_login_page_and_ends_the_login_at_the_server() -> None:
    async with console() as desk:
        await desk.page.click(".user-button")
        await desk.page.get_by_text("退出登录").click()
        await desk.sees("#username")
        assert desk.double.logins == {}
        await desk.page.reload()
        await desk.sees("#username")


@pytest.mark.parametrize(
    ("username", "menu"),
    [
        ("li.na", ["场次", "叫号", "核验", "设备", "打印"]),
        ("chen.ming", ["场次", "练习", "叫号", "核验", "设备", "打印", "就绪", "账户"]),
        (
            "wang.qiang",
            ["场次", "练习", "叫号", "设备", "打印", "就绪", "同步", "压力演练", "账户", "日志校验"],
        ),
    ],
)
async def test_menu_offers_only_what_the_role_may_use(username: str, menu: list[str]) -> None:
    async with console(username) as desk:
        await desk.sees(".main-menu a")
        texts = await desk.find(".main-menu a").all_inner_texts()
        assert [text.split()[0] for text in texts] == menu


async def test_invigilator_may_pause_but_not_end_and_technician_may_not_act() -> None:
    async with console("li.na") as desk:
        await desk.go("session/S-RUN/board")
        await expect(desk.find(".step-pause")).to_be_enabled()
        await expect(desk.find(".step-end")).to_be_disabled()
        await desk.go("sync")
        await desk.sees("main", "您的角色不能使用此页面")
    async with console("wang.qiang") as desk:
        await desk.go("session/S-RUN/board")
        await desk.sees(".read-only", "您的角色只能查看")
        assert await desk.find(".act-button").count() == 0
        await desk.go("practice/session/PRACTICE/board")
        await desk.sees(".practice-ribbon", "不计入正式考试")
        await expect(desk.find(".act-button[data-action=pause]")).to_be_enabled()
