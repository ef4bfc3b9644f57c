"""`accounts`: the first technician, and a way back in when all passwords are lost."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar, get_args

import click
from rich.table import Table

from exam_appliance.accounts.accounts import Accounts
from exam_appliance.accounts.passwords import weaknesses
from exam_appliance.accounts.store import AccountStore, Role, StaffAccount
from exam_appliance.cli.site import (
    config_option,
    existing_folder,
    json_option,
    opened_folder,
    say,
    say_json,
    site_settings,
    stopped_appliance,
    told,
)
from exam_appliance.config import Settings

ACTOR = "command-line"
ROLES = {"technician": "技术人员", "invigilator": "监考员", "lead": "主考"}
GROUP = 4
SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
"""Signs of a random password: those that nobody takes for another."""

Made = TypeVar("Made")


@click.group(short_help="工作人员账户 / staff accounts")
def accounts() -> None:
    """工作人员账户 / staff accounts."""


password_option = click.option(
    "--password-stdin", is_flag=True, help="从标准输入读取密码 / read the password from standard input"
)
generate_option = click.option(
    "--generate", is_flag=True, help="生成随机密码并显示一次 / make a random password and show it once"
)


@accounts.command(short_help="新建账户 / make an account")
@click.argument("username")
@click.option("--name", required=True, help="姓名 / the person's name")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(get_args(Role)),
    help="角色，可重复 / role, may be repeated",
)
@click.option(
    "--keep-password",
    is_flag=True,
    help="首次登录不必改密码 / no new password is asked for",
)
@password_option
@generate_option
@config_option
def create(
    username: str,
    name: str,
    roles: tuple[Role, ...],
    keep_password: bool,
    password_stdin: bool,
    generate: bool,
    file: Path | None,
) -> None:
    """新建本考点的账户；服务须先停止（运行中请在控制台办理）。

    Make an account of the site. The server must be stopped; while it runs use the console.
    """
    settings = site_settings(file)
    opened_folder(settings)
    password = _password(settings, username, stdin=password_stdin, generate=generate)

    async def make(held: Accounts) -> StaffAccount:
        return await held.create(
            ACTOR, username, name, roles, password, must_change_password=not keep_password
        )

    made = asyncio.run(_with_accounts(settings, make))
    say(f"已新建账户 {made.username}（{_roles(made)}） / account {made.username} was made")
    if generate:
        say(f"密码 / password: {password}")


@accounts.command("list", short_help="列出账户 / list the accounts")
@config_option
@json_option
def list_accounts(file: Path | None, as_json: bool) -> None:
    """列出账户；服务运行时也可使用 / list the accounts, also while the server runs."""
    folder = existing_folder(site_settings(file))
    with closing(AccountStore(folder.path / "accounts.db")) as store:
        held = [stored.account for stored in store.accounts()]
    if as_json:
        say_json(
            [
                {
                    "username": one.username,
                    "name": one.name,
                    "roles": one.roles,
                    "active": one.active,
                    "origin": one.origin,
                    "last_login": one.last_login,
                }
                for one in held
            ]
        )
        return
    if not held:
        say("还没有账户，用 accounts create 新建 / there are no accounts; accounts create makes one")
        return
    table = Table("用户名\nuser name", "姓名\nname", "角色\nroles", "状态\nstate", "来源\nfrom")
    for one in held:
        state = "启用 active" if one.active else "停用 disabled"
        origin = "中心 centre" if one.origin == "centre" else "考点 site"
        table.add_row(one.username, one.name, _roles(one), state, origin)
    with told.capture() as shown:
        told.print(table)
    say(shown.get().rstrip())


@accounts.command(short_help="重设密码 / set a new password")
@click.argument("username")
@password_option
@generate_option
@config_option
def passwd(username: str, password_stdin: bool, generate: bool, file: Path | None) -> None:
    """重设本考点账户的密码，首次登录须修改；服务须先停止。

    Set a new password for an account of the site, to be changed at log-in. The server must be stopped.
    """
    settings = site_settings(file)
    existing_folder(settings)
    password = _password(settings, username, stdin=password_stdin, generate=generate)

    async def change(held: Accounts) -> StaffAccount:
        return await held.change(ACTOR, username, password=password)

    changed = asyncio.run(_with_accounts(settings, change))
    say(f"已重设 {changed.username} 的密码，登录后须修改 / {changed.username} must change it at log-in")
    if generate:
        say(f"密码 / password: {password}")


async def _with_accounts(settings: Settings, act: Callable[[Accounts], Awaitable[Made]]) -> Made:
    async with stopped_appliance(settings) as appliance:
        return await act(appliance.accounts)


def _password(settings: Settings, username: str, *, stdin: bool, generate: bool) -> str:
    if generate:
        shortest = settings.accounts.password_min_length
        groups = max(4, shortest // GROUP)
        while True:
            given = "-".join("".join(secrets.choice(SIGNS) for _ in range(GROUP)) for _ in range(groups))
            if not weaknesses(given, username, shortest):
                return given
    if stdin:
        return sys.stdin.readline().rstrip("\n")
    again = "再输一次 / once more"
    return str(click.prompt("密码 / password", hide_input=True, confirmation_prompt=again, err=True))


def _roles(account: StaffAccount) -> str:
    return "、".join(ROLES[role] for role in account.roles)
