"""Preparing and holding the practice hall: own journal file, own identity, sample items and people."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.roster import ArrangedCandidate
from central_sync.protocol.session import Room, SessionPlan
from central_sync.samples.banks import sample_bank
from central_sync.samples.blueprints import sample_blueprint
from central_sync.samples.candidates import sample_candidates
from central_sync.samples.categories import SampleCategory
from exam_appliance.exam.clock import TimeSources
from exam_appliance.exam.floor import Floor, FloorRules, build_floor
from exam_appliance.exam.hall import Hall, SessionContents
from exam_appliance.exam.paper import ItemPool
from exam_appliance.exam.states import SessionState
from exam_appliance.exam.timekeeping import clock_from_journal
from exam_appliance.journal.journal import Draft, Journal
from exam_appliance.web.candidate.events import CandidateEvents
from exam_appliance.web.console.board import Boards

ROOM_SEATS = 100
"""Seats of one practice room; more candidates get more rooms."""
SESSION = "PRACTICE-1"
FILE = "practice.db"


@dataclass(frozen=True)
class _Held:
    journal: Journal
    floor: Floor
    events: CandidateEvents
    boards: Boards


class PracticeGround:
    """The one practice hall of a server, made anew for every rehearsal."""

    def __init__(
        self,
        state: Path,
        key: Ed25519PrivateKey,
        appliance: str,
        rules: FloorRules,
        time: TimeSources,
        site_code: Callable[[], str],
        version: str,
    ) -> None:
        self._state = state
        self._key = key
        # Receipts of practice must never be taken for real ones: another identity signs them.
        self._appliance = str(uuid.uuid5(uuid.UUID(appliance), "practice"))
        self._rules = rules
        self._time = time
        self._site_code = site_code
        self._version = version
        self._held: _Held | None = None
        self._one_at_a_time = asyncio.Lock()

    def floor(self) -> Floor:
        """Return the practice hall; raises Problem `practice.none` until one is prepared."""
        return self._present().floor

    def events(self) -> CandidateEvents:
        """Return the practice hall's streams."""
        return self._present().events

    def boards(self) -> Boards:
        """Return the practice hall's boards."""
        return self._present().boards

    async def prepare(self, candidates: int, minutes: int) -> tuple[str, tuple[str, ...]]:
        """Make a new practice hall in the place of the old one; return session and tickets.

        Raises Problem `practice.busy` while somebody sits in the old one.
        """
        async with self._one_at_a_time:
            held = self._held
            if held is not None and any(
                record.state in (SessionState.RUNNING, SessionState.PAUSED)
                for record in held.floor.hall.projection.sessions.values()
            ):
                raise Problem(
                    "conflict",
                    "practice.busy",
                    "练习考场正在使用，请先结束",
                    "the practice hall is in use: end its session first",
                )
            await self._close()
            contents = await asyncio.to_thread(
                _practice_contents, candidates, minutes, self._site_code() or "PRACTICE"
            )
            for suffix in ("", "-wal", "-shm"):
                (self._state / f"{FILE}{suffix}").unlink(missing_ok=True)
            self._held = await self._open(contents)
            return contents.plan.session, tuple(contents.roster)

    async def close(self) -> None:
        """Close the practice hall in order."""
        async with self._one_at_a_time:
            await self._close()

    async def _open(self, contents: SessionContents) -> _Held:
        journal = Journal(self._state / FILE, self._appliance, self._key)
        journal.start()
        hall = Hall(journal, clock_from_journal(journal, self._time), practice=True)
        hall.install(contents)
        floor = build_floor(hall, self._rules)
        held = _Held(journal, floor, CandidateEvents(hall), Boards(floor))
        plan = contents.plan
        body = {
            "package": "PRACTICE",
            "package_sha256": "0" * 64,
            "title": plan.title,
            "starts_at": plan.starts_at.isoformat(),
            "candidates": plan.candidates,
        }
        unlocked = {"by": "online", "candidates": plan.candidates, "items": len(contents.items)}
        await hall.commit(
            [
                Draft("session.downloaded", plan.session, "site", body),
                Draft("session.unlocked", plan.session, "site", unlocked),
            ]
        )
        await floor.timekeeper.start(self._version)
        return held

    async def _close(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.events.close()
            held.boards.close()
            await held.floor.timekeeper.stop()
            held.journal.close()

    def _present(self) -> _Held:
        if self._held is None:
            raise Problem(
                "not_ready",
                "practice.none",
                "练习考场尚未准备，请技术人员先准备",
                "there is no practice hall now; the technician prepares one",
            )
        return self._held


def _practice_contents(candidates: int, minutes: int, site: str) -> SessionContents:
    category = SampleCategory.LOW_VOLTAGE
    bank, media = sample_bank(category)
    blueprint = sample_blueprint(category)
    now = datetime.now(UTC)
    rooms = tuple(
        Room(name=f"练习考场{number}", capacity=ROOM_SEATS)
        for number in range(1, (candidates + ROOM_SEATS - 1) // ROOM_SEATS + 1)
    )
    roster = {}
    for place, person in enumerate(sample_candidates(candidates, "practice")):
        ticket = f"99{place + 1:010d}"
        roster[ticket] = ArrangedCandidate(
            ticket=ticket,
            id_number=person.id_number,
            name=person.name,
            sex=person.sex,
            employer=person.employer,
            room=rooms[place // ROOM_SEATS].name,
            seat=place % ROOM_SEATS + 1,
        )
    plan = SessionPlan(
        session=SESSION,
        title="练习考场（非正式考试）",
        plan="PRACTICE",
        category=category.value,
        site=site,
        rooms=rooms,
        starts_at=now,
        unlock_from=now,
        closes_at=now + timedelta(hours=12),
        duration_minutes=minutes,
        points=blueprint.points,
        candidates=candidates,
    )
    items = {item.id: item for item in bank.items}
    return SessionContents(
        plan=plan,
        roster=roster,
        pool=ItemPool(bank.items, blueprint),
        items=items,
        photo=_no_photo,
        media=lambda sha256: media[sha256],
        media_types={one.sha256: one for item in items.values() for one in item.all_media()},
    )


def _no_photo(sha256: str) -> bytes:
    raise KeyError(sha256)
