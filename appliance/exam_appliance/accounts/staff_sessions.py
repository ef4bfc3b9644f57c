"""Log-in sessions of staff: bound to an address, ended by silence, by age, or by a new password."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import sqlite3
from dataclasses import replace

from exam_appliance.accounts.accounts import Accounts
from exam_appliance.accounts.store import Moment, StaffAccount, StoredSession

log = logging.getLogger(__name__)

STORED_EVERY_MS = 60_000
"""Signs of life reach the file this often: a restart takes at most this much of the idle limit."""
SESSIONS_PER_ACCOUNT = 8
"""The longest silent one ends when one more is opened."""


class StaffSessions:
    """All log-in sessions of one server, also after a restart. Methods belong to the event loop's thread."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._store = accounts.store
        self._clock = accounts.clock
        self._boot = accounts.clock.boot()
        self._idle_ms = accounts.settings.idle_minutes * 60_000
        self._absolute_ms = accounts.settings.absolute_hours * 3_600_000
        self._held: dict[str, StoredSession] = {}
        self._stored_heard: dict[str, Moment] = {}
        self._storing: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Take up the sessions of before the restart."""
        self._held = {one.token_sha256: one for one in self._store.sessions()}
        self._stored_heard = {digest: one.heard for digest, one in self._held.items()}

    async def stop(self) -> None:
        """Store the last signs of life."""
        await asyncio.gather(*self._storing)
        await asyncio.to_thread(self._store.keep_sessions, list(self._held.values()), [])

    async def open(self, account: StaffAccount, address: str) -> str:
        """Open a session and return its token, which is kept nowhere; on disk when this returns."""
        now = self._now()
        token = secrets.token_urlsafe(32)
        digest = _digest(token)
        version = self._accounts.password_version(account.username)
        session = StoredSession(digest, account.username, version, address, now, now)
        gone = [known for known, one in self._held.items() if not self._holds(one, now)]
        own = [one for one in self._held.values() if one.username == account.username]
        own.sort(key=lambda one: one.heard.until_ms(now))
        gone += [one.token_sha256 for one in own[SESSIONS_PER_ACCOUNT - 1 :]]
        await self._forget(gone, [session])
        self._held[digest] = session
        self._stored_heard[digest] = now
        return token

    def find(self, token: str, address: str) -> StaffAccount | None:
        """Return whose session this is and note the sign of life; None when it does not hold (any more).

        A token that comes from another address than it was opened at is of no use there; it goes on
        at its own desk, so that a stolen one cannot log an invigilator out.
        """
        digest = _digest(token)
        session = self._held.get(digest)
        if session is None:
            return None
        now = self._now()
        if session.address != address:
            log.warning(
                "%s 的登录凭据出现在另一地址 %s（应为 %s），已拒绝 / a login came from another address",
                session.username,
                address,
                session.address,
            )
            return None
        if not self._holds(session, now):
            self._drop(digest)
            return None
        heard = replace(session, heard=now)
        self._held[digest] = heard
        stored = self._stored_heard.get(digest)
        if stored is None or stored.until_ms(now) >= STORED_EVERY_MS:
            self._stored_heard[digest] = now
            self._store_later([heard], [])
        return self._accounts.get(session.username)

    async def close(self, token: str) -> None:
        """End a session; unknown tokens are nothing."""
        digest = _digest(token)
        if digest in self._held:
            await self._forget([digest])

    async def close_all(self, username: str) -> None:
        """End all sessions of an account."""
        await self._forget([known for known, one in self._held.items() if one.username == username])

    def _holds(self, session: StoredSession, now: Moment) -> bool:
        account = self._accounts.get(session.username)
        return (
            account is not None
            and account.active
            and self._accounts.password_version(session.username) == session.password_version
            and 0 <= session.heard.until_ms(now) <= self._idle_ms
            and 0 <= session.opened.until_ms(now) <= self._absolute_ms
        )

    async def _forget(self, gone: list[str], kept: list[StoredSession] | None = None) -> None:
        for digest in gone:
            self._held.pop(digest, None)
            self._stored_heard.pop(digest, None)
        await asyncio.gather(*self._storing)
        await asyncio.to_thread(self._store.keep_sessions, kept or [], gone)

    def _drop(self, digest: str) -> None:
        self._held.pop(digest, None)
        self._stored_heard.pop(digest, None)
        self._store_later([], [digest])

    def _store_later(self, kept: list[StoredSession], gone: list[str]) -> None:
        task = asyncio.get_running_loop().create_task(self._store_now(kept, gone))
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)

    async def _store_now(self, kept: list[StoredSession], gone: list[str]) -> None:
        try:
            await asyncio.to_thread(self._store.keep_sessions, kept, gone)
        except sqlite3.Error as error:
            # The session goes on in memory; only a restart would make its desk log in again.
            log.error("登录状态未能保存 / staff sessions could not be stored: %s", error)

    def _now(self) -> Moment:
        return Moment(self._boot, self._clock.boottime_ms(), self._clock.wall_ms())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
