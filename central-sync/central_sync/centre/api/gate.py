"""Who calls the centre's interface, and whether they may."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from central_sync.centre.accounts.logins import Logins
from central_sync.centre.accounts.staff import Staff, StaffMember
from central_sync.centre.api.models import BASE, ROLES, LoginRequest, Role
from central_sync.protocol.http.problems import Problem, unauthenticated

COOKIE = "kd_central"


@dataclass(frozen=True)
class Gate:
    """Finds out who calls and whether they may."""

    staff: Staff
    logins: Logins

    async def person(self, request: web.Request, *roles: Role, new_password_due: bool = False) -> StaffMember:
        """Return who calls; `roles` empty: any role. Raises Problem: 401 without log-in, `role.wrong`.

        Who must change the password first may do nothing else, unless `new_password_due`.
        """
        token = request.cookies.get(COOKIE, "")
        found = await asyncio.to_thread(self.logins.find, token, request.remote or "") if token else None
        if found is None:
            raise unauthenticated()
        if found.must_change_password and not new_password_due:
            raise Problem(
                "denied", "password.must_change", "请先修改初始密码", "change the initial password first"
            )
        if not set(found.roles).intersection(roles or ROLES):
            raise Problem(
                "denied",
                "role.wrong",
                "您的角色不能进行此操作，请联系中心管理员",
                f"this takes one of the roles: {', '.join(roles)}",
            )
        return found

    async def second(
        self, request: web.Request, first: StaffMember, asked: LoginRequest, roles: Iterable[Role]
    ) -> StaffMember:
        """Return the second person of a two-person action; a refusal is `denied`, never 401."""
        return await asyncio.to_thread(
            self.staff.confirm_second,
            first,
            asked.username,
            asked.password,
            request.remote or "",
            tuple(roles),
        )

    async def let_in(self, request: web.Request, member: StaffMember, answer: web.Response) -> web.Response:
        """Open a log-in and put its secret on the answer as a cookie."""
        token = await asyncio.to_thread(self.logins.open, member, request.remote or "")
        answer.set_cookie(COOKIE, token, path=BASE, httponly=True, samesite="Strict", secure=request.secure)
        return answer

    async def let_out(self, request: web.Request, answer: web.Response) -> web.Response:
        """End the caller's log-in."""
        token = request.cookies.get(COOKIE, "")
        if token:
            await asyncio.to_thread(self.logins.close, token)
        answer.del_cookie(COOKIE, path=BASE)
        return answer


def sees_masked(person: StaffMember) -> bool:
    """Tell whether a member of staff is shown masked ID numbers: all are but planners."""
    return "planner" not in person.roles
