"""When candidates of each session are let in (入场), and who is on the rosters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from exam_appliance.exam.hall import Hall, SessionContents
from exam_appliance.exam.states import SessionState
from exam_appliance.queue.finding import Arranged, Standing
from exam_appliance.queue.ordering import EntryWindow

_BEGUN = (SessionState.RUNNING, SessionState.PAUSED)
_OVER = (SessionState.ENDED, SessionState.SIGNED_OFF, SessionState.CANCELLED)


class Entry:
    """The sessions of a hall as somebody stands at the door."""

    def __init__(
        self,
        hall: Hall,
        late_minutes: int | None,
        opens_minutes: int,
        now: Callable[[], datetime],
    ) -> None:
        self._hall = hall
        self._late_minutes = late_minutes
        self._opens = timedelta(minutes=opens_minutes)
        self._now = now

    def windows(self) -> dict[str, EntryWindow]:
        """Return when candidates of each session are let in."""
        return {session: self._window(session, contents) for session, contents in self._hall.contents.items()}

    def arranged(self) -> list[Arranged]:
        """Return everybody on a roster, with how the session stands now."""
        found = []
        for session, window in self.windows().items():
            contents = self._hall.contents[session]
            standing = self._standing(session, window)
            found += [
                Arranged(session, contents.plan.title, candidate, window, standing)
                for candidate in contents.roster.values()
            ]
        return found

    def taking(self) -> list[tuple[str, str, EntryWindow]]:
        """Return (session, title, window) of the sessions for which numbers are given now."""
        found = [
            (session, self._hall.contents[session].plan.title, window)
            for session, window in self.windows().items()
            if self._standing(session, window) is Standing.ENTERING
        ]
        return sorted(found, key=lambda one: (one[2].starts_at, one[0]))

    def rooms(self) -> set[str]:
        """Return the rooms of all sessions."""
        return {room.name for contents in self._hall.contents.values() for room in contents.plan.rooms}

    def titles(self) -> dict[str, str]:
        """Return the titles of the sessions on this server."""
        return {session: contents.plan.title for session, contents in self._hall.contents.items()}

    def _window(self, session: str, contents: SessionContents) -> EntryWindow:
        record, plan, now = self._hall.projection.sessions[session], contents.plan, self._now()
        late = timedelta(minutes=plan.late_minutes if self._late_minutes is None else self._late_minutes)
        if record.state in _BEGUN and record.started_t:
            gone = timedelta(milliseconds=self._hall.clock.t() - record.started_t)
            return EntryWindow(plan.starts_at, now - gone + late)
        # Nobody is late before the start bell, however late that is itself.
        return EntryWindow(plan.starts_at, max(plan.starts_at, now) + late)

    def _standing(self, session: str, window: EntryWindow) -> Standing:
        now = self._now()
        if self._hall.projection.sessions[session].state in _OVER:
            return Standing.OVER
        if now > window.closes_at:
            return Standing.CLOSED
        if now < window.starts_at - self._opens:
            return Standing.EARLY
        return Standing.ENTERING
