"""The centre's staff: accounts, and who may log in."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central_sync.centre.accounts.passwords import Passwords, complaints
from central_sync.centre.accounts.patience import Patience
from central_sync.centre.api.models import ROLES, Role
from central_sync.centre.database import Database
from central_sync.centre.tables.staff import StaffRow
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.session import UserName

NOBODY = "?"
"""Names that are not there share one counter, so that memory stays bounded."""

_USER_NAME: TypeAdapter[str] = TypeAdapter(UserName)


@dataclass(frozen=True)
class StaffMember:
    """A staff member of the centre (中心工作人员)."""

    username: str
    name: str
    roles: tuple[Role, ...]
    active: bool
    must_change_password: bool
    last_login: datetime | None
    password_version: int


class Staff:
    """The accounts of the centre. Methods open their own transactions and belong on a thread."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        passwords: Passwords | None = None,
        *,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords or Passwords()
        self._patience = Patience(seconds)

    def all(self) -> list[StaffMember]:
        """Return all accounts by user name."""
        with self._database.begin() as session:
            return [member_of(row) for row in session.scalars(select(StaffRow).order_by(StaffRow.username))]

    def authenticate(self, username: str, password: str, address: str) -> StaffMember:
        """Return whose name and password these are, and note the log-in.

        An unknown name takes as long as a wrong password. Raises Problem login.wrong,
        login.disabled, login.wait (429).
        """
        member = self._checked(username, password, address)
        if not member.active:
            raise Problem(
                "denied",
                "login.disabled",
                "该账户已停用，请联系中心管理员",
                "this account is disabled; ask an administrator of the centre",
            )
        with self._database.begin() as session:
            row = _held(session, member.username)
            row.last_login = self._clock()
            return member_of(row)

    def confirm_second(
        self, first: StaffMember, username: str, password: str, address: str, roles: Iterable[Role]
    ) -> StaffMember:
        """Return the second person of a two-person action: another one, with one of the roles.

        Raises Problem second.same, second.wrong, second.role, login.wait; never 401.
        """
        if username == first.username:
            raise Problem(
                "denied", "second.same", "须由另一名工作人员确认", "another person than yourself must confirm"
            )
        try:
            member = self._checked(username, password, address)
        except Problem as problem:
            if problem.reason == "login.wait":
                raise
            raise Problem(
                "denied",
                "second.wrong",
                "第二人的用户名或密码不正确",
                "the second person's user name or password is wrong",
            ) from problem
        if not member.active or not set(roles) & set(member.roles):
            raise Problem(
                "denied",
                "second.role",
                "第二人没有此操作的权限，请换一名工作人员",
                "the second person's role does not allow this; ask another",
            )
        return member

    def create(
        self,
        username: str,
        name: str,
        roles: Sequence[Role],
        password: str,
        *,
        must_change_password: bool = True,
    ) -> StaffMember:
        """Make an account. Raises Problem account.name, account.exists, password.weak."""
        try:
            _USER_NAME.validate_python(username)
        except ValidationError as error:
            raise Problem(
                "invalid",
                "account.name",
                "用户名为 3 至 32 位小写字母、数字和 . _ -，以字母开头",
                "a user name has 3 to 32 lower-case letters, digits, . _ - and begins with a letter",
            ) from error
        _refuse_weak(password, username)
        password_hash = self._passwords.hash(password)
        try:
            with self._database.begin() as session:
                row = StaffRow(
                    username=username,
                    name=name,
                    roles=" ".join(role for role in ROLES if role in roles),
                    active=True,
                    must_change_password=must_change_password,
                    password_hash=password_hash,
                    password_version=1,
                    created_at=self._clock(),
                )
                session.add(row)
                session.flush()
                return member_of(row)
        except IntegrityError as error:
            raise Problem(
                "conflict",
                "account.exists",
                f"用户名 {username} 已存在，请换一个",
                f"the user name {username} is taken; choose another",
            ) from error

    def change(
        self,
        actor: str,
        username: str,
        *,
        name: str | None = None,
        roles: Sequence[Role] | None = None,
        active: bool | None = None,
        password: str | None = None,
    ) -> StaffMember:
        """Change an account; what is None stays. A password given here must be changed at log-in.

        Raises Problem account.unknown, account.own, account.last, password.weak.
        """
        password_hash = None
        if password is not None:
            _refuse_weak(password, username)
            password_hash = self._passwords.hash(password)
        with self._database.begin() as session:
            row = _held(session, username)
            before = member_of(row)
            if name is not None:
                row.name = name
            if roles is not None:
                row.roles = " ".join(role for role in ROLES if role in roles)
            if active is not None:
                row.active = active
            if password_hash is not None:
                row.password_hash = password_hash
                row.password_version += 1
                row.must_change_password = True
            after = member_of(row)
            if actor == username and (before.roles, before.active) != (after.roles, after.active):
                raise Problem(
                    "conflict",
                    "account.own",
                    "不能更改自己的角色或停用自己，请由另一名管理员操作",
                    "nobody changes the own roles or disables the own account; ask another administrator",
                )
            session.flush()
            if _manages(before) and not _manages(after):
                _require_manager(session)
            return after

    def set_password(self, username: str, old: str, new: str, address: str) -> StaffMember:
        """Change one's own password; all log-ins of the account end. Raises Problem password.*."""
        _refuse_weak(new, username)
        if new == old:
            raise Problem(
                "invalid",
                "password.same",
                "新密码须与原密码不同",
                "the new password must differ from the old",
            )
        try:
            self._checked(username, old, address)
        except Problem as problem:
            if problem.reason == "login.wait":
                raise
            raise Problem(
                "invalid",
                "password.old",
                "原密码不正确",
                "the old password is wrong",
                fields=(("old", "原密码不正确", "the old password is wrong"),),
            ) from problem
        password_hash = self._passwords.hash(new)
        with self._database.begin() as session:
            row = _held(session, username)
            row.password_hash = password_hash
            row.password_version += 1
            row.must_change_password = False
            return member_of(row)

    def _checked(self, username: str, password: str, address: str) -> StaffMember:
        with self._database.begin() as session:
            row = session.get(StaffRow, username)
            member = None if row is None else member_of(row)
            password_hash = None if row is None else row.password_hash
        counted = NOBODY if member is None else username
        wait = self._patience.try_s(counted, address)
        if wait > 0:
            whole = math.ceil(wait)
            raise Problem(
                "busy",
                "login.wait",
                f"登录失败次数过多，请 {whole} 秒后再试",
                f"too many failed log-ins; try again in {whole} seconds",
                status=429,
                more={"wait_s": whole},
            )
        if not self._passwords.fits(password_hash, password) or member is None:
            raise Problem(
                "denied", "login.wrong", "用户名或密码不正确", "the user name or the password is wrong"
            )
        self._patience.succeeded(counted, address)
        return member


def _held(session: Session, username: str) -> StaffRow:
    row = session.get(StaffRow, username)
    if row is None:
        raise Problem(
            "missing", "account.unknown", f"没有账户 {username[:32]}", f"there is no account {username[:32]}"
        )
    return row


def member_of(row: StaffRow) -> StaffMember:
    """Return a row of the accounts without its secret."""
    return StaffMember(
        row.username,
        row.name,
        tuple(role for role in ROLES if role in row.roles.split()),
        row.active,
        row.must_change_password,
        row.last_login,
        row.password_version,
    )


def _manages(member: StaffMember) -> bool:
    return member.active and "admin" in member.roles


def _require_manager(session: Session) -> None:
    if not any(_manages(member_of(row)) for row in session.scalars(select(StaffRow))):
        raise Problem(
            "conflict",
            "account.last",
            "这是最后一名管理员，请先添加另一名管理员",
            "this is the last administrator; add another one first",
        )


def _refuse_weak(password: str, username: str) -> None:
    found = complaints(password, username)
    if found:
        raise Problem(
            "invalid",
            "password.weak",
            "密码须：" + "；".join(zh for zh, _ in found),
            "the password needs: " + "; ".join(en for _, en in found),
            fields=tuple(("password", zh, en) for zh, en in found),
        )
