"""Staff accounts: log-in, the second person, and changes, each with its entry in the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.session import AccountsDocument, UserName
from exam_appliance.accounts import refusals
from exam_appliance.accounts.backoff import Backoff, BackoffRules
from exam_appliance.accounts.passwords import Passwords, is_hash, weaknesses
from exam_appliance.accounts.refusals import SecondPersonRefused
from exam_appliance.accounts.store import AccountStore, Role, StaffAccount, StoredAccount, with_login
from exam_appliance.config.settings import AccountSettings
from exam_appliance.exam.clock import MachineTime, TimeSources
from exam_appliance.journal.journal import Draft, Journal

UNKNOWN = "?"
"""Subject of refused log-ins with an unknown name: people type passwords into the wrong field."""
MAY_MANAGE: tuple[Role, ...] = ("technician", "lead")
"""Who may change accounts."""

_USER_NAME: TypeAdapter[str] = TypeAdapter(UserName)
Refusal = Literal["login.wrong", "login.disabled", "login.wait", "second.wrong", "second.role"]


class Accounts:
    """The staff accounts of one server. Methods belong to the event loop's thread.

    `path` is the accounts file below the state folder. Who calls `create` and `change` has
    checked that the actor may.
    """

    def __init__(
        self,
        path: Path,
        journal: Journal,
        clock: TimeSources | None = None,
        *,
        settings: AccountSettings,
        passwords: Passwords | None = None,
    ) -> None:
        self.store = AccountStore(path)
        self.clock: TimeSources = MachineTime() if clock is None else clock
        self.settings = settings
        self._journal = journal
        self._passwords = Passwords() if passwords is None else passwords
        rules = BackoffRules(
            settings.failures_before_delay, settings.first_delay_seconds, settings.longest_delay_seconds
        )
        self._backoff = Backoff(rules, lambda: self.clock.boottime_ms() / 1000)
        self._held: dict[str, StoredAccount] = {}
        self._changing = asyncio.Lock()
        self._told_to_wait: dict[tuple[str, str], float] = {}

    def start(self) -> None:
        """Read the accounts; needs to be called once before all else."""
        self._held = {one.account.username: one for one in self.store.accounts()}

    def close(self) -> None:
        """Close the file and end the threads."""
        self._passwords.close()
        self.store.close()

    def all(self) -> list[StaffAccount]:
        """Return all accounts in order of user name."""
        return [self._held[username].account for username in sorted(self._held)]

    def get(self, username: str) -> StaffAccount | None:
        """Return an account."""
        stored = self._held.get(username)
        return None if stored is None else stored.account

    def password_version(self, username: str) -> int:
        """Return how often the password was set; log-in sessions hold for one version only."""
        return self._held[username].password_version

    async def authenticate(self, username: str, password: str, address: str) -> StaffAccount:
        """Return whose name and password these are, and note the log-in. Raises LoginRefused.

        An unknown name takes as long as a wrong password. After `failures_before_delay` failures
        of a name at an address each further one doubles the wait.
        """
        stored = await self._checked(username, password, address)
        now = self._now()
        async with self._changing:
            current = self._held.get(username, stored)
            if not current.account.active:
                raise refusals.disabled()
            updated = with_login(current, now)
            same = current.password_hash == stored.password_hash
            if same and current.account.origin == "site" and self._passwords.is_old(stored.password_hash):
                updated = replace(updated, password_hash=await self._passwords.hash(password))
            await self._write(
                [Draft("staff.login", username, username, {"address": address})],
                [updated],
            )
        return updated.account

    async def confirm_second(
        self, first: StaffAccount, username: str, password: str, address: str, *, roles: Iterable[Role]
    ) -> StaffAccount:
        """Return the second person of a two-person action (双人确认): another one, with one of the roles.

        Raises SecondPersonRefused, LoginRefused only for `login.wait`.
        """
        wanted = tuple(roles)
        if username == first.username:
            raise SecondPersonRefused(
                "second.same", "须由另一名工作人员确认", "another person than yourself must confirm"
            )
        try:
            stored = await self._checked(username, password, address)
        except refusals.LoginRefused as refused:
            if refused.slug == "login.wait":
                raise
            raise SecondPersonRefused(
                "second.wrong",
                "第二人的用户名或密码不正确",
                "the second person's user name or password is wrong",
            ) from refused
        if not set(wanted) & set(stored.account.roles):
            await self._record_refusal(username, address, "second.role")
            raise SecondPersonRefused(
                "second.role",
                "第二人没有此操作的权限，请换一名监考员或负责人",
                "the second person's role does not allow this; ask an invigilator or the lead",
            )
        return stored.account

    async def create(
        self,
        actor: str,
        username: str,
        name: str,
        roles: Sequence[Role],
        password: str,
        *,
        must_change_password: bool = True,
    ) -> StaffAccount:
        """Make an account of the site. Raises Problem `account.exists`, `account.name`, `password.weak`."""
        try:
            _USER_NAME.validate_python(username)
        except ValidationError as error:
            raise Problem(
                "invalid",
                "account.name",
                "用户名须以小写字母开头，3 至 32 位，只含小写字母、数字和 . _ -",
                "a user name has 3 to 32 lower-case letters, digits, . _ - and begins with a letter",
            ) from error
        self._refuse_weak(password, username)
        password_hash = await self._passwords.hash(password)
        async with self._changing:
            if username in self._held:
                raise Problem(
                    "conflict",
                    "account.exists",
                    f"用户名 {username} 已存在",
                    f"the user name {username} exists already",
                )
            account = StaffAccount(username, name, _ordered(roles), True, "site", must_change_password, None)
            await self._write([_account_draft(account, actor)], [StoredAccount(account, password_hash, 1)])
        return account

    async def change(
        self,
        actor: str,
        username: str,
        *,
        name: str | None = None,
        roles: Sequence[Role] | None = None,
        active: bool | None = None,
        password: str | None = None,
    ) -> StaffAccount:
        """Change an account of the site; what is None stays. A new password must be changed at log-in.

        Raises Problem `account.unknown`, `account.from_centre`, `account.own`, `account.last`,
        `password.weak`.
        """
        password_hash = None
        if password is not None:
            self._refuse_weak(password, username)
            password_hash = await self._passwords.hash(password)
        async with self._changing:
            stored = self._of_site(username)
            old = stored.account
            new = replace(
                old,
                name=old.name if name is None else name,
                roles=old.roles if roles is None else _ordered(roles),
                active=old.active if active is None else active,
                must_change_password=old.must_change_password or password is not None,
            )
            self._refuse_own(actor, old, new)
            self._refuse_last(old, new)
            updated = replace(stored, account=new)
            drafts = []
            if (old.name, old.roles, old.active) != (new.name, new.roles, new.active):
                drafts.append(_account_draft(new, actor))
            if password_hash is not None:
                updated = replace(
                    updated, password_hash=password_hash, password_version=stored.password_version + 1
                )
                drafts.append(Draft("staff.password", username, actor, {"by_self": actor == username}))
            if drafts:
                await self._write(drafts, [updated])
            return updated.account

    async def set_password(self, username: str, old: str, new: str, address: str) -> StaffAccount:
        """Change one's own password. Ends all log-in sessions of the account, this one too: open a new one.

        Raises Problem `account.from_centre`, `password.old`, `password.same`, `password.weak`, and
        LoginRefused `login.wait` after too many wrong old ones.
        """
        self._of_site(username)
        self._refuse_weak(new, username)
        if new == old:
            raise Problem(
                "invalid",
                "password.same",
                "新密码须与当前密码不同",
                "the new password must differ from the old",
            )
        try:
            await self._checked(username, old, address)
        except refusals.LoginRefused as refused:
            if refused.slug == "login.wait":
                raise
            raise Problem(
                "invalid", "password.old", "当前密码不正确", "the present password is wrong"
            ) from refused
        password_hash = await self._passwords.hash(new)
        async with self._changing:
            stored = self._of_site(username)
            updated = replace(
                stored,
                account=replace(stored.account, must_change_password=False),
                password_hash=password_hash,
                password_version=stored.password_version + 1,
            )
            await self._write([Draft("staff.password", username, username, {"by_self": True})], [updated])
        return updated.account

    async def take_centre(self, document: AccountsDocument) -> None:
        """Make the centre's accounts those of the site; what the centre no longer names is disabled.

        The centre wins a name that the site has given. Taking the same again changes nothing. A
        password hash that cannot be checked here disables its account.
        """
        async with self._changing:
            changed: list[StoredAccount] = []
            drafts: list[Draft] = []
            for wanted in document.accounts:
                held = self._held.get(wanted.username)
                stored = StoredAccount(
                    StaffAccount(
                        wanted.username,
                        wanted.name,
                        _ordered(wanted.roles),
                        wanted.active and is_hash(wanted.password_hash),
                        "centre",
                        False,
                        None if held is None else held.account.last_login,
                    ),
                    wanted.password_hash,
                    1 if held is None else held.password_version,
                )
                if held == stored:
                    continue
                new_secret = held is not None and held.password_hash != stored.password_hash
                if new_secret:
                    stored = replace(stored, password_version=stored.password_version + 1)
                if held is None or held.account != stored.account:
                    drafts.append(_account_draft(stored.account, "centre"))
                if new_secret:
                    drafts.append(Draft("staff.password", wanted.username, "centre", {"by_self": False}))
                changed.append(stored)
            named = {wanted.username for wanted in document.accounts}
            for username, held in self._held.items():
                if held.account.origin == "centre" and held.account.active and username not in named:
                    account = replace(held.account, active=False)
                    changed.append(replace(held, account=account))
                    drafts.append(_account_draft(account, "centre"))
            if changed:
                await self._write(drafts, changed)

    async def _checked(self, username: str, password: str, address: str) -> StoredAccount:
        stored = self._held.get(username)
        # Names that are not there share one counter for each address, so that memory stays bounded.
        counted = username if stored is not None else UNKNOWN
        wait_s = self._backoff.wait_s(counted, address)
        if wait_s > 0:
            await self._record_wait(counted, address, wait_s)
            raise refusals.wait(wait_s)
        self._backoff.failed(counted, address)
        fits = await self._passwords.fits(None if stored is None else stored.password_hash, password)
        if stored is None or not fits:
            await self._record_refusal(counted, address, "login.wrong")
            raise refusals.wrong()
        self._backoff.succeeded(counted, address)
        if not stored.account.active:
            await self._record_refusal(counted, address, "login.disabled")
            raise refusals.disabled()
        return stored

    async def _record_wait(self, username: str, address: str, wait_s: float) -> None:
        """Journal the first refusal of a wait: a flood of them would fill the disk."""
        now = self.clock.boottime_ms() / 1000
        for place in [place for place, until in self._told_to_wait.items() if until <= now]:
            del self._told_to_wait[place]
        if (username, address) not in self._told_to_wait:
            self._told_to_wait[username, address] = now + wait_s
            await self._record_refusal(username, address, "login.wait")

    async def _record_refusal(self, username: str, address: str, reason: Refusal) -> None:
        body = {"address": address, "reason": reason}
        await self._journal.append([Draft("staff.refused", username, username, body)])

    async def _write(self, drafts: list[Draft], changed: list[StoredAccount]) -> None:
        """Journal, then store, then use: a change without its entry must not be."""
        if drafts:
            await self._journal.append(drafts)
        await asyncio.to_thread(self.store.keep, changed)
        for stored in changed:
            self._held[stored.account.username] = stored

    def _of_site(self, username: str) -> StoredAccount:
        stored = self._held.get(username)
        if stored is None:
            raise refusals.unknown_account(username)
        if stored.account.origin == "centre":
            raise refusals.from_centre(username)
        return stored

    def _refuse_weak(self, password: str, username: str) -> None:
        found = weaknesses(password, username, self.settings.password_min_length)
        if found:
            raise refusals.weak_password(found)

    def _refuse_own(self, actor: str, old: StaffAccount, new: StaffAccount) -> None:
        if actor == old.username and (old.roles, old.active) != (new.roles, new.active):
            raise Problem(
                "conflict",
                "account.own",
                "不能更改自己的角色或停用自己，请由另一名管理人员操作",
                "nobody changes the own roles or disables the own account; ask another",
            )

    def _refuse_last(self, old: StaffAccount, new: StaffAccount) -> None:
        if not _manages(old) or _manages(new):
            return
        others = [one for one in self.all() if one.username != old.username and _manages(one)]
        if not others:
            raise Problem(
                "conflict",
                "account.last",
                "这是最后一个可管理账户的人员，请先添加另一名技术人员或负责人",
                "this is the last account that may manage accounts; add another technician or lead first",
            )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.wall_ms() / 1000, UTC)


def _manages(account: StaffAccount) -> bool:
    return account.active and bool(set(account.roles) & set(MAY_MANAGE))


def _ordered(roles: Sequence[Role]) -> tuple[Role, ...]:
    order: tuple[Role, ...] = ("technician", "invigilator", "lead")
    return tuple(role for role in order if role in roles)


def _account_draft(account: StaffAccount, actor: str) -> Draft:
    body = {
        "name": account.name,
        "roles": list(account.roles),
        "active": account.active,
        "origin": account.origin,
    }
    return Draft("staff.account", account.username, actor, body)
