"""Documents of a session, room by room, made from its roster, its attempts and the journal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.package_errors import PackageError
from central_sync.protocol.roster import ArrangedCandidate
from central_sync.protocol.session import SessionPlan
from exam_appliance.documents.kinds import (
    AdmissionTicket,
    DocumentData,
    DocumentKind,
    QueueFigures,
    RecordLine,
    RecordPerson,
    RoomList,
    RoomListRow,
    RoomRecord,
    ScoreReport,
    ScoreSection,
    SignInRow,
    SignInSheet,
)
from exam_appliance.documents.names import masked_id, masked_name
from exam_appliance.documents.photo import photo_text
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.floor import SiteFacts
from exam_appliance.exam.hall import Hall, SessionContents
from exam_appliance.exam.states import SeatState, SessionState
from exam_appliance.invigilation.log_lines import sentence

log = logging.getLogger(__name__)

SESSION_KINDS = (
    DocumentKind.ADMISSION_TICKET,
    DocumentKind.ROOM_LIST,
    DocumentKind.SIGN_IN_SHEET,
    DocumentKind.ROOM_RECORD,
    DocumentKind.SCORE_REPORT,
)
"""What is printed for a whole room."""
RECORDED = (
    "session.started",
    "session.paused",
    "session.resumed",
    "session.ended",
    "attempt.paused",
    "attempt.extended",
    "attempt.credited",
    "attempt.moved",
    "attempt.terminated",
    "attempt.reopened",
    "attempt.present",
    "receipt.missing",
)
"""Entries that a room's record tells."""
LINES_LIMIT = 200
READ_LIMIT = 5000
"""Entries that are read for a record: what befalls a whole room comes once for each seat."""
ALIKE = 3
"""So many seats to which the same befalls at once are one line."""
_SECTIONS = {"single": "单选题", "multiple": "多选题", "true_false": "判断题"}
_AFTER = (SessionState.ENDED, SessionState.SIGNED_OFF)
_ABSENT = (SeatState.ABSENT, SeatState.ARRANGED)


@dataclass(frozen=True, slots=True)
class Paper:
    """Documents of one room, ready to be printed as one job."""

    kind: DocumentKind
    subject: str
    """SESSION/room, or the ticket where it is about one candidate."""
    title: str
    documents: tuple[DocumentData, ...]


class SessionPapers:
    """Makes the documents of one hall's sessions."""

    def __init__(
        self,
        hall: Hall,
        site: Callable[[], SiteFacts],
        staff_names: Callable[[], Mapping[str, str]],
        queue_figures: Callable[[str], QueueFigures | None] = lambda session: None,
    ) -> None:
        self._hall = hall
        self._site = site
        self._staff_names = staff_names
        self._queue_figures = queue_figures

    def rooms(self, session: str) -> list[tuple[str, int, int]]:
        """Return the rooms of a session with how many candidates and how many scores each has."""
        _, plan = self._hall.planned(session)
        attempts = self._hall.attempts_of(session)
        names = [room.name for room in plan.rooms]
        names += sorted({attempt.room for attempt in attempts} - set(names))
        return [
            (
                name,
                sum(attempt.room == name for attempt in attempts),
                sum(attempt.room == name and attempt.state is SeatState.SCORED for attempt in attempts),
            )
            for name in names
        ]

    async def paper(self, kind: DocumentKind, session: str, room: str, ticket: str = "") -> Paper:
        """Return a room's documents of a kind, or those of one candidate.

        Photos are read and made small on a thread. Raises Problem `session.*`, `paper.*`.
        """
        record, plan = self._hall.planned(session)
        contents = self._hall.unlocked(session)
        attempts = self._in_room(session, room, ticket)
        if kind is DocumentKind.ROOM_LIST:
            documents: tuple[DocumentData, ...] = (self._room_list(plan, room, attempts, contents),)
        elif kind is DocumentKind.SIGN_IN_SHEET:
            photos = await self._photos(contents, attempts)
            documents = (self._sign_in_sheet(plan, room, attempts, contents, photos),)
        elif kind is DocumentKind.ADMISSION_TICKET:
            photos = await self._photos(contents, attempts)
            documents = tuple(
                self._ticket(plan, one, contents.roster[one.ticket], photos) for one in attempts
            )
        elif kind is DocumentKind.ROOM_RECORD:
            if record.state not in _AFTER:
                raise Problem(
                    "not_ready",
                    "paper.too_early",
                    "考试结束后才能打印考场记录单，请先结束考试",
                    "the room record is printed once the session has ended",
                )
            documents = (await self._record(plan, room, attempts),)
        elif kind is DocumentKind.SCORE_REPORT:
            scored = [one for one in attempts if one.state is SeatState.SCORED]
            if not scored:
                raise Problem("not_ready", "paper.no_scores", "还没有成绩", "there are no scores yet")
            photos = await self._photos(contents, scored)
            documents = tuple(self._score(plan, one, contents.roster[one.ticket], photos) for one in scored)
        else:
            raise Problem(
                "invalid", "paper.kind", "这种单据不能按考场打印", "this document is not printed by room"
            )
        if ticket:
            candidate = contents.roster[ticket]
            return Paper(kind, ticket, f"{candidate.name} {ticket}", documents)
        return Paper(kind, f"{session}/{room}", f"{plan.title} {room}"[:120], documents)

    def _in_room(self, session: str, room: str, ticket: str) -> list[Attempt]:
        attempts = [
            one
            for one in self._hall.attempts_of(session)
            if one.room == room and (not ticket or one.ticket == ticket)
        ]
        if not attempts:
            raise Problem("missing", "paper.nobody", "该考场没有考生", "there are no candidates in this room")
        return sorted(attempts, key=lambda one: (one.seat, one.ticket))

    async def _photos(self, contents: SessionContents, attempts: Sequence[Attempt]) -> dict[str, str]:
        wanted = {one.ticket: contents.roster[one.ticket].photo for one in attempts}

        def read() -> dict[str, str]:
            photos = {}
            for ticket, sha256 in wanted.items():
                if sha256 is None:
                    continue
                try:
                    photos[ticket] = photo_text(contents.photo(sha256))
                except (KeyError, OSError, PackageError) as error:
                    log.warning("照片无法读取 / a photo cannot be read: %s: %s", ticket, error)
            return photos

        return await asyncio.to_thread(read)

    def _room_list(
        self, plan: SessionPlan, room: str, attempts: Sequence[Attempt], contents: SessionContents
    ) -> RoomList:
        site = self._site()
        return RoomList(
            site=site.name,
            time_zone=site.time_zone,
            session=plan.title,
            category=plan.category,
            room=room,
            starts_at=plan.starts_at,
            duration_minutes=plan.duration_minutes,
            late_minutes=plan.late_minutes,
            rows=tuple(
                RoomListRow(
                    seat=one.seat,
                    ticket=one.ticket,
                    name=masked_name(contents.roster[one.ticket].name),
                    id_number=masked_id(contents.roster[one.ticket].id_number),
                )
                for one in attempts
            ),
        )

    def _sign_in_sheet(
        self,
        plan: SessionPlan,
        room: str,
        attempts: Sequence[Attempt],
        contents: SessionContents,
        photos: Mapping[str, str],
    ) -> SignInSheet:
        site = self._site()
        return SignInSheet(
            site=site.name,
            time_zone=site.time_zone,
            session=plan.title,
            code=plan.session,
            category=plan.category,
            room=room,
            starts_at=plan.starts_at,
            duration_minutes=plan.duration_minutes,
            rows=tuple(
                _sign_in_row(one, contents.roster[one.ticket], photos.get(one.ticket, "")) for one in attempts
            ),
        )

    def _ticket(
        self,
        plan: SessionPlan,
        attempt: Attempt,
        candidate: ArrangedCandidate,
        photos: Mapping[str, str],
    ) -> AdmissionTicket:
        site = self._site()
        return AdmissionTicket(
            site=site.name,
            time_zone=site.time_zone,
            session=plan.title,
            category=plan.category,
            ticket=attempt.ticket,
            name=candidate.name,
            sex="M" if candidate.sex == "M" else "F",
            id_number=candidate.id_number,
            employer=candidate.employer,
            room=attempt.room,
            seat=attempt.seat,
            starts_at=plan.starts_at,
            duration_minutes=plan.duration_minutes,
            late_minutes=plan.late_minutes,
            resit=candidate.resit,
            extra_minutes=candidate.extra_minutes,
            photo=photos.get(attempt.ticket, ""),
        )

    def _score(
        self,
        plan: SessionPlan,
        attempt: Attempt,
        candidate: ArrangedCandidate,
        photos: Mapping[str, str],
    ) -> ScoreReport:
        site = self._site()
        return ScoreReport(
            site=site.name,
            time_zone=site.time_zone,
            session=plan.title,
            category=plan.category,
            ticket=attempt.ticket,
            name=candidate.name,
            sex="M" if candidate.sex == "M" else "F",
            id_number=masked_id(candidate.id_number),
            employer=candidate.employer,
            room=attempt.room,
            seat=attempt.seat,
            starts_at=plan.starts_at,
            points=attempt.points or 0,
            of=attempt.of,
            pass_points=plan.pass_points,
            passed=attempt.passed,
            resit=candidate.resit,
            sections=tuple(_section(one) for one in attempt.sections),
            photo=photos.get(attempt.ticket, ""),
        )

    async def _record(self, plan: SessionPlan, room: str, attempts: Sequence[Attempt]) -> RoomRecord:
        hall, site, names = self._hall, self._site(), self._staff_names()
        by_ticket = {one.ticket: one for one in attempts}
        entries = await asyncio.to_thread(
            hall.journal.newest_of_kinds,
            [plan.session, *by_ticket],
            (*RECORDED, "session.signed_off"),
            READ_LIMIT,
        )
        entries.reverse()
        moments = {entry["kind"]: entry for entry in entries if entry["kind"].startswith("session.")}
        started, ended, signed = (
            moments.get(f"session.{step}") for step in ("started", "ended", "signed_off")
        )
        lines = self._lines([entry for entry in entries if entry["kind"] in RECORDED], by_ticket, names)
        absent = [one for one in attempts if one.state in _ABSENT]
        voided = [one for one in attempts if one.state is SeatState.VOIDED]
        return RoomRecord(
            site=site.name,
            time_zone=site.time_zone,
            session=plan.title,
            code=plan.session,
            category=plan.category,
            room=room,
            starts_at=plan.starts_at,
            duration_minutes=plan.duration_minutes,
            started_at=_at(started),
            ended_at=_at(ended),
            arranged=len(attempts),
            present=len(attempts) - len(absent),
            absent=tuple(self._person(one) for one in absent),
            voided=tuple(self._person(one) for one in voided),
            handed_in=sum(one.state in (SeatState.SCORED, SeatState.SUBMITTED) for one in attempts),
            queue=self._queue_figures(plan.session),
            lines=tuple(lines[-LINES_LIMIT:]),
            more_lines=max(0, len(lines) - LINES_LIMIT),
            remarks=signed["body"]["remarks"] if signed else "",
            signed_off_at=_at(signed),
            signed_by=_named(names, signed["actor"]) if signed else "",
            second=_named(names, signed["body"]["second"]) if signed else "",
            journal_head=entries[-1]["hash"] if entries else "",
        )

    def _person(self, attempt: Attempt) -> RecordPerson:
        name = self._hall.candidate(attempt).name
        return RecordPerson(seat=attempt.seat, ticket=attempt.ticket, name=name, reason=attempt.reason)

    def _lines(
        self,
        entries: Sequence[Mapping[str, Any]],
        by_ticket: Mapping[str, Attempt],
        names: Mapping[str, str],
    ) -> list[RecordLine]:
        """Return what is told; the same at many seats in one moment is one line."""
        told = [
            (entry["kind"], self._line(entry, by_ticket, names))
            for entry in entries
            # The session's own entry says it for all.
            if not (entry["kind"] == "attempt.paused" and entry["body"]["scope"] == "session")
        ]
        lines: list[RecordLine] = []
        for _, alike in groupby(told, key=lambda one: (one[0], one[1].zh, one[1].by, one[1].at)):
            same = [line for _, line in alike]
            if len(same) >= ALIKE:
                first = same[0]
                zh = f"{first.zh}（{len(same)} 人）"[:500]
                lines.append(RecordLine(at=first.at, zh=zh, by=first.by))
            else:
                lines += same
        return lines

    def _line(
        self, entry: Mapping[str, Any], by_ticket: Mapping[str, Attempt], names: Mapping[str, str]
    ) -> RecordLine:
        attempt = by_ticket.get(entry["subject"])
        by = entry["actor"]
        zh = sentence(entry["kind"], entry["body"])[0]
        return RecordLine(
            at=datetime.fromisoformat(entry["at"]),
            seat=attempt.seat if attempt is not None else None,
            name=self._hall.candidate(attempt).name if attempt is not None else "",
            zh=zh[:500],
            by="" if by in by_ticket or by in ("site", "clock") else _named(names, by),
        )


def _sign_in_row(attempt: Attempt, candidate: ArrangedCandidate, photo: str) -> SignInRow:
    remarks = [f"加时 {candidate.extra_minutes} 分钟"] if candidate.extra_minutes else []
    remarks += [f"第 {candidate.resit} 次补考"] if candidate.resit else []
    return SignInRow(
        seat=attempt.seat,
        ticket=attempt.ticket,
        name=candidate.name,
        sex="M" if candidate.sex == "M" else "F",
        id_number=masked_id(candidate.id_number),
        photo=photo,
        remark="，".join(remarks),
    )


def _section(section: Mapping[str, Any]) -> ScoreSection:
    kind = _SECTIONS.get(section["type"], section["type"])
    name = f"{kind}（{section['topic']}）" if section.get("topic") else kind
    return ScoreSection(
        name=name[:120],
        items=section["items"],
        right=section["right"],
        points=section["points"],
        of=section["of"],
    )


def _at(entry: Mapping[str, Any] | None) -> datetime | None:
    return None if entry is None else datetime.fromisoformat(entry["at"])


def _named(names: Mapping[str, str], username: str) -> str:
    return names.get(username, username)[:60]
