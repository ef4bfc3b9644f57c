"""The roster as terminals pull it: everybody of the sessions that are unlocked and not over."""

from __future__ import annotations

from central_sync.protocol.canonical import digest
from exam_appliance.exam.hall import Hall, SessionContents
from exam_appliance.exam.states import SessionState
from exam_appliance.terminals.models import TerminalCandidate, TerminalRoster

AWAITED = (SessionState.UNLOCKED, SessionState.OPEN, SessionState.RUNNING, SessionState.PAUSED)


class TerminalRosters:
    """Builds the roster when what it is made of changed, and not at every heartbeat."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._of: tuple[tuple[str, SessionContents], ...] | None = None
        self._roster = TerminalRoster(version="", candidates=())

    def roster(self) -> TerminalRoster:
        """Return the roster of now; its version is a digest of all that is in it."""
        sessions = self._hall.projection.sessions
        awaited = sorted(
            session
            for session in self._hall.contents
            if session in sessions and sessions[session].state in AWAITED
        )
        made_of = tuple((session, self._hall.contents[session]) for session in awaited)
        if made_of != self._of:
            candidates = tuple(one for session in awaited for one in self._candidates(session))
            told = [one.model_dump(mode="json") for one in candidates]
            version = digest(told)[:16]
            self._roster, self._of = TerminalRoster(version=version, candidates=candidates), made_of
        return self._roster

    def _candidates(self, session: str) -> list[TerminalCandidate]:
        contents = self._hall.contents[session]
        return [
            TerminalCandidate(
                ticket=one.ticket,
                name=one.name,
                sex="M" if one.sex == "M" else "F",
                document_number=one.id_number,
                session=session,
                room=one.room,
                seat=one.seat,
                starts_at=contents.plan.starts_at,
                has_photo=one.photo is not None,
            )
            for one in sorted(contents.roster.values(), key=lambda one: (one.room, one.seat))
        ]
