"""A session (场次) at the site: what documents and journal entries make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from central_sync.protocol.session import SessionPlan
from exam_appliance.exam.states import SessionState
from exam_appliance.journal.journal import Written


@dataclass(slots=True)
class SessionRecord:
    """State of one session; the plan comes with the package, all else from entries."""

    session: str
    plan: SessionPlan | None = None
    state: SessionState = SessionState.ANNOUNCED
    package: str = ""
    package_sha256: str = ""
    opened_t: int = 0
    started_t: int = 0
    paused_t: int = 0
    ended_t: int = 0
    reason: str = ""
    version: int = 0

    @property
    def active(self) -> bool:
        """True while candidates may be at their seats: time must be proven by heartbeats."""
        return self.state in (SessionState.OPEN, SessionState.RUNNING, SessionState.PAUSED)

    def apply(self, entry: Written) -> None:
        """Take one entry about this session."""
        change = _CHANGES.get(entry.kind)
        if change is not None:
            change(self, entry.body)
            self.version = entry.seq

    def row(self) -> tuple[str, str, str]:
        """Return the row of the `session` table; the plan is not part of it, it is in the package."""
        data = {
            "session": self.session,
            "state": self.state.value,
            "package": self.package,
            "package_sha256": self.package_sha256,
            "opened_t": self.opened_t,
            "started_t": self.started_t,
            "paused_t": self.paused_t,
            "ended_t": self.ended_t,
            "reason": self.reason,
            "version": self.version,
        }
        return (self.session, self.state.value, orjson.dumps(data).decode())

    @staticmethod
    def from_row(data: str) -> SessionRecord:
        """Return the session that a row's `data` holds, without its plan."""
        value = orjson.loads(data)
        value["state"] = SessionState(value["state"])
        return SessionRecord(**value)


def _downloaded(record: SessionRecord, body: dict[str, Any]) -> None:
    record.state = SessionState.DOWNLOADED
    record.package, record.package_sha256 = body["package"], body["package_sha256"]
    record.reason = ""


def _cancelled(record: SessionRecord, body: dict[str, Any]) -> None:
    record.state, record.reason = SessionState.CANCELLED, body["reason"]


def _unlocked(record: SessionRecord, body: dict[str, Any]) -> None:
    record.state = SessionState.UNLOCKED


def _opened(record: SessionRecord, body: dict[str, Any]) -> None:
    record.state, record.opened_t = SessionState.OPEN, body["t"]


def _started(record: SessionRecord, body: dict[str, Any]) -> None:
    record.state, record.started_t = SessionState.RUNNING, body["t"]


def _paused(record: SessionRecord, body: dict[str, Any]) -> None:
    record.state, record.paused_t, record.reason = SessionState.PAUSED, body["t"], body["reason"]


def _resumed(record: SessionRecord, body: dict[str, Any]) -> None:
    record.state, record.paused_t, record.reason = SessionState.RUNNING, 0, ""


def _ended(record: SessionRecord, body: dict[str, Any]) -> None:
    record.state, record.ended_t, record.reason = SessionState.ENDED, body["t"], body["reason"]


def _signed_off(record: SessionRecord, body: dict[str, Any]) -> None:
    record.state = SessionState.SIGNED_OFF


_CHANGES = {
    "session.downloaded": _downloaded,
    "session.cancelled": _cancelled,
    "session.unlocked": _unlocked,
    "session.opened": _opened,
    "session.started": _started,
    "session.paused": _paused,
    "session.resumed": _resumed,
    "session.ended": _ended,
    "session.signed_off": _signed_off,
}
