"""Log-in, one's own password, and the accounts of the centre's staff."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from central_sync.centre.accounts.staff import StaffMember
from central_sync.centre.api.models import (
    BASE,
    AccountChange,
    AccountRequest,
    Accounts,
    AccountView,
    LoginRequest,
    Me,
    PasswordChange,
)
from central_sync.protocol.http.routes import Routes

if TYPE_CHECKING:
    from central_sync.centre.app import Centre

USERNAME = "{username:[a-z][a-z0-9._-]{2,31}}"


def add_routes(routes: Routes, centre: Centre) -> None:
    """Declare the routes of log-in and accounts."""
    gate, staff, logins = centre.gate, centre.staff, centre.logins

    def me_of(member: StaffMember) -> Me:
        settings = centre.settings
        return Me(
            staff=account_view(member),
            centre=settings.name,
            time_zone=settings.time_zone,
            version=centre.version,
        )

    def answer_of(member: StaffMember) -> web.Response:
        return web.Response(
            body=me_of(member).model_dump_json().encode(),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    @routes.post(f"{BASE}/login", "登录", "log in", tag="staff", body=LoginRequest, answer=Me)
    async def login(request: web.Request, body: LoginRequest) -> web.StreamResponse:
        member = await asyncio.to_thread(
            staff.authenticate, body.username, body.password, request.remote or ""
        )
        return await gate.let_in(request, member, answer_of(member))

    @routes.post(f"{BASE}/logout", "退出", "log out", tag="staff", access="any")
    async def logout(request: web.Request) -> web.StreamResponse:
        return await gate.let_out(request, web.Response(status=204, headers={"Cache-Control": "no-store"}))

    @routes.get(f"{BASE}/me", "当前用户", "who is logged in", tag="staff", access="any", answer=Me)
    async def me(request: web.Request) -> Me:
        return me_of(await gate.person(request, new_password_due=True))

    @routes.post(
        f"{BASE}/password",
        "修改本人密码",
        "change one's own password",
        tag="staff",
        access="any",
        body=PasswordChange,
        answer=Me,
    )
    async def password(request: web.Request, body: PasswordChange) -> web.StreamResponse:
        person = await gate.person(request, new_password_due=True)
        member = await asyncio.to_thread(
            staff.set_password, person.username, body.old, body.new, request.remote or ""
        )
        # Log-ins with the old password end; this one goes on with a new secret.
        await asyncio.to_thread(logins.close_all, member.username)
        return await gate.let_in(request, member, answer_of(member))

    @routes.get(f"{BASE}/accounts", "账户", "staff accounts", tag="accounts", access="admin", answer=Accounts)
    async def accounts(request: web.Request) -> Accounts:
        await gate.person(request, "admin")
        found = await asyncio.to_thread(staff.all)
        return Accounts(accounts=tuple(account_view(member) for member in found))

    @routes.post(
        f"{BASE}/accounts",
        "新建账户",
        "make an account",
        tag="accounts",
        access="admin",
        body=AccountRequest,
        answer=AccountView,
    )
    async def create(request: web.Request, body: AccountRequest) -> AccountView:
        await gate.person(request, "admin")
        return account_view(
            await asyncio.to_thread(staff.create, body.username, body.name, body.roles, body.password)
        )

    @routes.patch(
        f"{BASE}/accounts/{USERNAME}",
        "修改账户",
        "change an account",
        tag="accounts",
        access="admin",
        body=AccountChange,
        answer=AccountView,
    )
    async def change(request: web.Request, body: AccountChange) -> AccountView:
        person = await gate.person(request, "admin")
        username = request.match_info["username"]
        member = await asyncio.to_thread(
            lambda: staff.change(
                person.username,
                username,
                name=body.name,
                roles=body.roles,
                active=body.active,
                password=body.password,
            )
        )
        if body.password is not None or body.active is False or body.roles is not None:
            await asyncio.to_thread(logins.close_all, username)
        return account_view(member)


def account_view(member: StaffMember) -> AccountView:
    """Return an account as the console shows it."""
    return AccountView(
        username=member.username,
        name=member.name,
        roles=member.roles,
        active=member.active,
        must_change_password=member.must_change_password,
        last_login=member.last_login,
    )
