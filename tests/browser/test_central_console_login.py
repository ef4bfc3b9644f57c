"""Log-in at the centre's console, the forced change of the password, and what roles may see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.central_parts import CentralConsole, central_console
from tests.centre_parts import PASSWORD

FRESH_PASSWORD = "Liu-wan-2026#ks"


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[CentralConsole]:
    """A browser before a running centre."""
    async with central_console(tmp_path) as opened:
        yield opened


async def test_who_logs_in_first_sets_an_own_password_before_anything_else(console: CentralConsole) -> None:
    staff = console.here.centre.staff
    await asyncio.to_thread(
        lambda: staff.create("gumy", "顾明远", ("planner",), PASSWORD, must_change_password=True)
    )
    await console.page.goto(f"{console.here.centre.console_url}/console/#/banks")
    await console.page.fill("#username", "gumy")
    await console.page.fill("#password", "wrong-Password-1")
    await console.page.keyboard.press("Enter")
    await console.sees(".problem-box")
    await expect(console.find("#password")).to_have_value("")
    await console.page.fill("#password", PASSWORD)
    await console.page.keyboard.press("Enter")
    await console.sees("#new-password")
    await expect(console.find(".side-menu")).to_have_count(0)
    await console.page.fill("#old-password", PASSWORD)
    await console.page.fill("#new-password", FRESH_PASSWORD)
    await console.page.fill("#new-password-again", FRESH_PASSWORD + "x")
    await console.click("button[type=submit]")
    await console.sees(".problem-box", "两次输入的新密码不一致")
    await console.page.fill("#new-password-again", FRESH_PASSWORD)
    await console.click("button[type=submit]")
    await console.sees(".page-head h1", "题库")
    await console.sees(".user-button", "顾明远")


async def test_an_ended_login_asks_again_and_comes_back_to_the_same_page(console: CentralConsole) -> None:
    await console.log_in("planner")
    await console.go("rosters")
    await console.sees(".empty-note", "还没有名册")
    await console.page.context.clear_cookies()
    await console.go("plans")
    await console.sees(".el-alert", "登录已失效")
    await console.page.fill("#username", "planner")
    await console.page.fill("#password", PASSWORD)
    await console.page.keyboard.press("Enter")
    await console.sees(".page-head h1", "考试计划")


async def test_the_menu_shows_only_what_a_role_may_open(console: CentralConsole) -> None:
    await console.log_in("admin")
    await console.sees(".side-menu a", "账户")
    for hidden in ("题库", "考生名册", "成绩", "U 盘传递"):
        await expect(console.find(".side-menu a", hidden)).to_have_count(0)
    await console.go("banks")
    await console.sees(".empty-note", "您的角色不能使用此页面")
    await console.log_in("viewer")
    await console.sees(".side-menu a", "成绩")
    await expect(console.find(".side-menu a", "账户")).to_have_count(0)
    await console.go("plans")
    await console.sees(".empty-note", "还没有考试计划")
    await expect(console.find(".page-head button")).to_have_count(0)


async def test_an_administrator_makes_an_account_that_can_log_in(console: CentralConsole) -> None:
    await console.log_in("admin")
    await console.go("accounts")
    await console.click(".page-head button", "新建账户")
    await console.click("button[form=account-form]")
    await console.sees("#account-form .problem-box")
    await console.page.fill("#account-username", "qiaorl")
    await console.page.fill("#account-name", "乔若兰")
    await console.click("#account-form .el-checkbox", "密钥发放员")
    await console.page.fill("#account-password", PASSWORD)
    await console.click("button[form=account-form]")
    row = await console.sees("[data-account=qiaorl]", "密钥发放员")
    await expect(row).to_contain_text("待改密码")
    await console.log_in("qiaorl")
    await console.sees("#new-password")
