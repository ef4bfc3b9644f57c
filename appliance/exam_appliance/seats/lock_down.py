"""Configurations of Safe Exam Browser for the sessions of the site, and requests checked against them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from central_sync.protocol.http.problems import Problem
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.states import SessionState
from exam_appliance.seats.safe_exam_browser import (
    config_key,
    is_right,
    property_list,
    quit_password,
    session_settings,
)
from exam_appliance.seats.seats import Seats

_OVER = (SessionState.SIGNED_OFF, SessionState.CANCELLED)
_KEYS_KEPT = 200

Browser = Literal["off", "right", "missing", "wrong"]
"""Whether a request comes from Safe Exam Browser as configured; off: that is not asked for."""


@dataclass(frozen=True, slots=True)
class SessionLockDown:
    """The configuration of one session, for whoever prepares the room."""

    session: str
    title: str
    starts_at: datetime
    config_key: str
    quit_password: str


class LockDown:
    """Safe Exam Browser at this site."""

    def __init__(self, seats: Seats, hall: Hall) -> None:
        self._seats = seats
        self._hall = hall
        self._keys: dict[tuple[str, str], str] = {}

    @property
    def required(self) -> bool:
        """Whether the exam's pages answer to nothing else."""
        return self._seats.settings.safe_exam_browser == "required"

    def origin(self, asked: str) -> str:
        """Return where seats call the server: as configured, else as the asker called it."""
        return self._seats.settings.address or asked

    async def file(self, session: str, asked: str) -> bytes:
        """Return the .seb file of a session. Raises Problem `missing`."""
        if session not in self._sessions():
            raise Problem(
                "missing",
                "seb.no_session",
                f"没有场次 {session}，或已结束",
                f"there is no session {session}, or it is over",
            )
        return property_list(await self._settings(session, self.origin(asked)))

    async def all(self, asked: str) -> tuple[SessionLockDown, ...]:
        """Return the configurations of all sessions to come, in order of their start."""
        origin = self.origin(asked)
        found = []
        for session in self._sessions():
            plan = self._hall.projection.sessions[session].plan
            if plan is None:
                continue
            key = await self._key(session, origin)
            password = await self._password(session)
            found.append(SessionLockDown(session, plan.title, plan.starts_at, key, password))
        return tuple(sorted(found, key=lambda one: (one.starts_at, one.session)))

    async def browser(self, asked: str, path: str, sent: str) -> Browser:
        """Tell what sends a request: its origin, its path with query as sent, and SEB's header."""
        if not self.required:
            return "off"
        if not sent:
            return "missing"
        origin = self.origin(asked)
        for session in self._sessions():
            if is_right(f"{origin}{path}", sent, await self._key(session, origin)):
                return "right"
        return "wrong"

    def _sessions(self) -> list[str]:
        return [
            session
            for session, record in self._hall.projection.sessions.items()
            if record.plan is not None and record.state not in _OVER
        ]

    async def _key(self, session: str, origin: str) -> str:
        held = self._keys.get((session, origin))
        if held is None:
            held = config_key(await self._settings(session, origin))
            if len(self._keys) >= _KEYS_KEPT:
                self._keys.clear()
            self._keys[session, origin] = held
        return held

    async def _settings(self, session: str, origin: str) -> dict[str, Any]:
        return session_settings(origin, session, await self._password(session))

    async def _password(self, session: str) -> str:
        authority = await self._seats.authority()
        return quit_password(authority.derived(f"safe exam browser {session}"))
