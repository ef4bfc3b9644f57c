"""What goes into a session's package, read from the tables, and whether a built one still says the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.file_store import FileStore
from central_sync.centre.tables.arrangement import SessionRoomRow, SessionRow, TicketRow
from central_sync.centre.tables.banks import BankItemRow, BankRow
from central_sync.centre.tables.packages import PackageRow
from central_sync.centre.tables.plans import BlueprintRow, PlanRow
from central_sync.centre.tables.rosters import CandidateRow
from central_sync.protocol.canonical import canonical
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.items import BankItems, Blueprint, Item, Words
from central_sync.protocol.roster import ArrangedCandidate
from central_sync.protocol.session import Room, Roster, SessionPlan


@dataclass(frozen=True)
class Arrangement:
    """Plan and roster of a session."""

    plan: SessionPlan
    roster: Roster

    @property
    def digest(self) -> str:
        """Digest of both."""
        return _digest(self.plan, self.roster)


class StoredFiles(Mapping[str, bytes]):
    """Files of the centre's store by SHA-256, each read when it is asked for: a package may be large."""

    def __init__(self, files: FileStore, digests: Iterable[str]) -> None:
        self._files = files
        self._digests = frozenset(digests)

    def __getitem__(self, sha256: str) -> bytes:
        """Return a file's content; raises KeyError, or Problem file.missing."""
        if sha256 not in self._digests:
            raise KeyError(sha256)
        return self._files.read(sha256)

    def __iter__(self) -> Iterator[str]:
        return iter(self._digests)

    def __len__(self) -> int:
        return len(self._digests)


def read_arrangement(session: Session, row: SessionRow) -> Arrangement:
    """Return plan and roster of a session as they stand now. Raises Problem package.unfit."""
    plan = session.get_one(PlanRow, row.plan)
    seats = session.execute(
        select(TicketRow, CandidateRow)
        .join(CandidateRow, CandidateRow.id_number == TicketRow.candidate)
        .where(TicketRow.session == row.id)
        .order_by(TicketRow.ticket)
    ).all()
    rooms = session.scalars(
        select(SessionRoomRow).where(SessionRoomRow.session == row.id).order_by(SessionRoomRow.position)
    )
    try:
        return Arrangement(
            SessionPlan(
                session=row.id,
                title=row.title,
                plan=plan.id,
                category=plan.category,
                site=row.site,
                rooms=tuple(
                    Room(name=room.room, capacity=room.capacity, server=room.server) for room in rooms
                ),
                starts_at=row.starts_at,
                unlock_from=row.unlock_from,
                closes_at=row.closes_at,
                duration_minutes=plan.duration_minutes,
                points=plan.points,
                pass_points=plan.pass_points,
                late_minutes=plan.late_minutes,
                show_result=plan.show_result,
                candidates=len(seats),
            ),
            Roster(session=row.id, candidates=tuple(_candidate(*seat) for seat in seats)),
        )
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise Problem(
            "conflict",
            "package.unfit",
            f"场次 {row.id} 的安排不合规则（{where}），请核对考生与考场资料",
            f"the arrangement of session {row.id} is not right ({where}): check candidates and rooms",
        ) from error


def read_blueprint(session: Session, row: SessionRow) -> tuple[Blueprint, BankRow]:
    """Return the blueprint of a session's plan and the bank that it draws from."""
    plan = session.get_one(PlanRow, row.plan)
    blueprint = session.get_one(BlueprintRow, plan.blueprint)
    return Blueprint.model_validate_json(blueprint.body), session.get_one(BankRow, blueprint.bank)


def questions_digest(blueprint: Blueprint, bank: BankRow) -> str:
    """Return the digest of what papers are drawn by and from."""
    return _digest(blueprint, {"bank": bank.id, "version": bank.version})


def read_items(session: Session, blueprint: Blueprint, bank: BankRow) -> BankItems:
    """Return the items that papers may be drawn from: no others leave the centre."""
    rows = session.scalars(
        select(BankItemRow)
        .where(BankItemRow.bank == bank.id, BankItemRow.until_version.is_(None))
        .order_by(BankItemRow.position)
    )
    wanted = {(section.type.value, section.topic) for section in blueprint.sections}
    return BankItems(
        name=bank.name,
        items=tuple(
            Item.model_validate_json(row.body)
            for row in rows
            if (row.type, row.topic) in wanted or (row.type, None) in wanted
        ),
    )


def is_outdated(session: Session, row: SessionRow, package: PackageRow) -> bool:
    """Tell whether the arrangement is no longer what a package says."""
    return read_arrangement(session, row).digest != package.arrangement


def _candidate(ticket: TicketRow, person: CandidateRow) -> ArrangedCandidate:
    return ArrangedCandidate(
        ticket=ticket.ticket,
        id_number=person.id_number,
        name=person.name,
        sex=person.sex,
        employer=person.employer,
        room=ticket.room,
        seat=ticket.seat,
        photo=person.photo,
        extra_minutes=ticket.extra_minutes,
        resit=ticket.resit,
    )


def _digest(*parts: Words | dict[str, object]) -> str:
    said = [part.model_dump(mode="json") if isinstance(part, Words) else part for part in parts]
    return hashlib.sha256(canonical(said)).hexdigest()
