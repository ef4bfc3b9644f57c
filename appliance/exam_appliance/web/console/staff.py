"""Who calls: staff log-in, roles, second persons; and the operations on accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from central_sync.protocol.http.problems import Problem, unauthenticated
from central_sync.protocol.http.routes import Routes
from exam_appliance.accounts.accounts import Accounts
from exam_appliance.accounts.staff_sessions import StaffSessions
from exam_appliance.accounts.store import StaffAccount
from exam_appliance.exam.floor import SiteFacts
from exam_appliance.web.candidate.routes import cookie_value
from exam_appliance.web.console.models import (
    AccountChange,
    AccountRequest,
    Me,
    PasswordChange,
    Role,
    SecondPerson,
    StaffLoginRequest,
    StaffView,
)
from exam_appliance.web.console.models import Accounts as AccountsView

COOKIE = "kd_staff"
BASE = "/api/console"
EVERYBODY: tuple[Role, ...] = ("invigilator", "lead", "technician")


@dataclass(frozen=True)
class StaffGate:
    """Finds out who calls and whether they may."""

    accounts: Accounts
    sessions: StaffSessions

    async def person(
        self, request: web.Request, roles: Sequence[Role], *, new_password_due: bool = False
    ) -> StaffAccount:
        """Return who calls. Raises Problem: 401 when nobody is logged in, `denied` for another role.

        Whoever must change the password first may do nothing else, unless `new_password_due`.
        """
        token = cookie_value(request.headers.get("Cookie", ""), COOKIE)
        found = self.sessions.find(token, request.remote or "") if token else None
        if found is None:
            raise unauthenticated()
        if found.must_change_password and not new_password_due:
            raise Problem(
                "denied",
                "password.must_change",
                "请先修改初始密码",
                "change the initial password first",
            )
        if not set(found.roles).intersection(roles):
            raise Problem(
                "denied",
                "role.wrong",
                "您的角色不能进行此操作",
                f"this takes one of the roles: {', '.join(roles)}",
            )
        return found

    async def second(
        self, request: web.Request, first: StaffAccount, second: SecondPerson, roles: Sequence[Role]
    ) -> StaffAccount:
        """Return the second person of a two-person action; a refusal is `denied`, never 401."""
        return await self.accounts.confirm_second(
            first, second.username, second.password, request.remote or "", roles=tuple(roles)
        )


def staff_view(account: StaffAccount) -> StaffView:
    """Return an account without its secrets."""
    return StaffView(
        username=account.username,
        name=account.name,
        roles=account.roles,
        active=account.active,
        origin=account.origin,
        must_change_password=account.must_change_password,
        last_login=account.last_login,
    )


def staff_routes(gate: StaffGate, routes: Routes, *, site: Callable[[], SiteFacts], version: str) -> None:
    """Declare log-in, own password and accounts."""

    def me_of(account: StaffAccount) -> Me:
        facts = site()
        return Me(
            staff=staff_view(account),
            site=facts.name,
            site_code=facts.code,
            time_zone=facts.time_zone,
            practice_available=bool({"lead", "technician"}.intersection(account.roles)),
            version=version,
        )

    async def with_cookie(request: web.Request, account: StaffAccount) -> web.Response:
        token = await gate.sessions.open(account, request.remote or "")
        answer = web.Response(
            body=me_of(account).model_dump_json().encode(),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )
        answer.set_cookie(COOKIE, token, path=BASE, httponly=True, samesite="Strict", secure=request.secure)
        return answer

    @routes.post(f"{BASE}/login", "登录", "log in", tag="staff", body=StaffLoginRequest, answer=Me)
    async def login(request: web.Request, body: StaffLoginRequest) -> web.StreamResponse:
        account = await gate.accounts.authenticate(body.username, body.password, request.remote or "")
        return await with_cookie(request, account)

    @routes.post(f"{BASE}/logout", "退出", "log out", tag="staff", access="staff")
    async def logout(request: web.Request) -> web.StreamResponse:
        token = cookie_value(request.headers.get("Cookie", ""), COOKIE)
        if token:
            await gate.sessions.close(token)
        answer = web.Response(status=204, headers={"Cache-Control": "no-store"})
        answer.del_cookie(COOKIE, path=BASE)
        return answer

    @routes.get(f"{BASE}/me", "当前用户", "who is logged in", tag="staff", access="staff", answer=Me)
    async def me(request: web.Request) -> Me:
        return me_of(await gate.person(request, EVERYBODY, new_password_due=True))

    @routes.post(
        f"{BASE}/password",
        "修改本人密码",
        "change one's own password",
        tag="staff",
        access="staff",
        body=PasswordChange,
        answer=Me,
    )
    async def password(request: web.Request, body: PasswordChange) -> web.StreamResponse:
        person = await gate.person(request, EVERYBODY, new_password_due=True)
        changed = await gate.accounts.set_password(person.username, body.old, body.new, request.remote or "")
        # Sessions opened with the old password end; this one goes on with a new secret.
        await gate.sessions.close_all(person.username)
        return await with_cookie(request, changed)

    @routes.get(
        f"{BASE}/accounts",
        "工作人员账户",
        "staff accounts",
        tag="accounts",
        access="technician, lead",
        answer=AccountsView,
    )
    async def accounts(request: web.Request) -> AccountsView:
        await gate.person(request, ("technician", "lead"))
        return AccountsView(accounts=tuple(staff_view(account) for account in gate.accounts.all()))

    @routes.post(
        f"{BASE}/accounts",
        "新建账户",
        "make an account",
        tag="accounts",
        access="technician, lead",
        body=AccountRequest,
        answer=StaffView,
    )
    async def create(request: web.Request, body: AccountRequest) -> StaffView:
        person = await gate.person(request, ("technician", "lead"))
        return staff_view(
            await gate.accounts.create(person.username, body.username, body.name, body.roles, body.password)
        )

    @routes.patch(
        f"{BASE}/accounts/{{username:[a-z][a-z0-9._-]{{2,31}}}}",
        "修改账户",
        "change an account",
        tag="accounts",
        access="technician, lead",
        body=AccountChange,
        answer=StaffView,
    )
    async def change(request: web.Request, body: AccountChange) -> StaffView:
        person = await gate.person(request, ("technician", "lead"))
        username = request.match_info["username"]
        changed = await gate.accounts.change(
            person.username,
            username,
            name=body.name,
            roles=body.roles,
            active=body.active,
            password=body.password,
        )
        if body.password is not None or body.active is False or body.roles is not None:
            await gate.sessions.close_all(username)
        return staff_view(changed)
