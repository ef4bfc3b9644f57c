"""Log-ins of the centre's staff: a secret in a cookie, bound to an address, ended by silence or age."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from central_sync.centre.accounts.staff import StaffMember, member_of
from central_sync.centre.database import Database
from central_sync.centre.tables.staff import StaffLoginRow, StaffRow

log = logging.getLogger(__name__)

IDLE = timedelta(minutes=60)
ABSOLUTE = timedelta(hours=12)
NOTED_EVERY = timedelta(seconds=60)
"""Signs of life are written this often: not every request needs a write."""
MOST_PER_ACCOUNT = 8


class Logins:
    """All log-ins, also over a restart. Methods open their own transactions and belong on a thread."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def open(self, member: StaffMember, address: str) -> str:
        """Return the token of a new log-in; it is kept nowhere."""
        token = secrets.token_urlsafe(32)
        now = self._clock()
        with self._database.begin() as session:
            session.execute(
                delete(StaffLoginRow).where(
                    (StaffLoginRow.heard_at < now - IDLE) | (StaffLoginRow.opened_at < now - ABSOLUTE)
                )
            )
            own = list(
                session.scalars(
                    select(StaffLoginRow)
                    .where(StaffLoginRow.username == member.username)
                    .order_by(StaffLoginRow.heard_at.desc())
                )
            )
            for oldest in own[MOST_PER_ACCOUNT - 1 :]:
                session.delete(oldest)
            session.add(
                StaffLoginRow(
                    token_sha256=_digest(token),
                    username=member.username,
                    password_version=member.password_version,
                    address=address,
                    opened_at=now,
                    heard_at=now,
                )
            )
        return token

    def find(self, token: str, address: str) -> StaffMember | None:
        """Return whose log-in this is; None when it does not hold here or any more.

        A token that comes from another address than it was opened at is refused there and goes
        on at its own, so that a stolen one cannot throw its owner out.
        """
        now = self._clock()
        with self._database.begin() as session:
            login = session.get(StaffLoginRow, _digest(token))
            if login is None:
                return None
            if login.address != address:
                log.warning(
                    "%s 的登录凭据出现在另一地址 %s，已拒绝 / a log-in came from another address, refused",
                    login.username,
                    address,
                )
                return None
            row = session.get(StaffRow, login.username)
            member = None if row is None else member_of(row)
            if (
                member is None
                or not member.active
                or member.password_version != login.password_version
                or not timedelta(0) <= now - login.heard_at <= IDLE
                or not timedelta(0) <= now - login.opened_at <= ABSOLUTE
            ):
                session.delete(login)
                return None
            if now - login.heard_at >= NOTED_EVERY:
                login.heard_at = now
            return member

    def close(self, token: str) -> None:
        """End a log-in; an unknown token is nothing."""
        with self._database.begin() as session:
            session.execute(delete(StaffLoginRow).where(StaffLoginRow.token_sha256 == _digest(token)))

    def close_all(self, username: str) -> None:
        """End all log-ins of an account."""
        with self._database.begin() as session:
            session.execute(delete(StaffLoginRow).where(StaffLoginRow.username == username))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
