"""The sessions that a proposal may fill: which rooms and seats are free in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.api.plan_models import SlotRequest
from central_sync.centre.arrangement.allocation import FreeRoom
from central_sync.centre.sites.sites import Sites, UsableRoom
from central_sync.centre.tables.arrangement import SessionRoomRow, SessionRow, TicketRow
from central_sync.centre.tables.plans import PlanRow
from central_sync.centre.tables.rosters import CandidateRow
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.session import local_text


@dataclass(frozen=True)
class Slot:
    """A session to be filled: an existing one, or one that will be made."""

    site: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    exam: str | None
    """Id of the existing session."""
    all_rooms: tuple[UsableRoom, ...]
    rooms: tuple[FreeRoom, ...]
    arranged: Mapping[str, int]
    """Seats given already, by room."""


def read_slots(
    session: Session, sites: Sites, plan: PlanRow, asked: Sequence[SlotRequest], now: datetime
) -> list[Slot]:
    """Return the slots by start, then in the order they were asked for.

    Raises Problem arrangement.slots that names each wrong slot and what is wrong with it.
    """
    wrong: list[tuple[str, str, str]] = []
    slots: list[Slot] = []
    seen: set[tuple[str, datetime]] = set()
    for at, slot in enumerate(asked):
        try:
            if (slot.site, slot.starts_at) in seen:
                raise _Wrong("与前面的场次重复", "is there twice")
            seen.add((slot.site, slot.starts_at))
            made = _slot(session, sites, plan, slot, now)
            _refuse_shared_rooms(made, slots)
            slots.append(made)
        except _Wrong as error:
            wrong.append((f"slots.{at}", error.zh, error.en))
        except Problem as problem:
            wrong.append((f"slots.{at}", problem.zh, problem.en))
    if wrong:
        raise Problem(
            "invalid",
            "arrangement.slots",
            "场次有误：" + "；".join(f"第 {int(where[6:]) + 1} 个：{zh}" for where, zh, _ in wrong),
            "slots are wrong: " + "; ".join(f"number {int(where[6:]) + 1}: {en}" for where, _, en in wrong),
            fields=tuple(wrong),
        )
    return sorted(slots, key=lambda slot: slot.starts_at)


def taken_seats(session: Session, exam: str) -> dict[tuple[str, int], str]:
    """Return the employer of who sits there by room and seat, for every ticket of a session."""
    rows = session.execute(
        select(TicketRow.room, TicketRow.seat, CandidateRow.employer)
        .join(CandidateRow, CandidateRow.id_number == TicketRow.candidate)
        .where(TicketRow.session == exam)
    )
    return {(room, seat): employer for room, seat, employer in rows}


def free_room(room: UsableRoom, taken: Mapping[tuple[str, int], str]) -> FreeRoom:
    """Return the seats of a room that nobody has."""
    return FreeRoom(
        room.name,
        tuple(seat for seat in room.seats if (room.name, seat) not in taken),
        {seat: employer for (name, seat), employer in taken.items() if name == room.name},
    )


class _Wrong(Exception):
    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


def _slot(session: Session, sites: Sites, plan: PlanRow, asked: SlotRequest, now: datetime) -> Slot:
    site = sites.get(session, asked.site)
    if not site.active:
        raise _Wrong(f"考点 {site.code} 已停用", f"site {site.code} is not in use")
    if asked.starts_at <= now:
        raise _Wrong("开考时间已过", "the start is in the past")
    if not plan.window_from <= asked.starts_at <= plan.window_until:
        first, last = (
            local_text(plan.window_from, site.time_zone),
            local_text(plan.window_until, site.time_zone),
        )
        raise _Wrong(
            f"开考时间不在计划窗口（{first} 至 {last}）内",
            f"the start lies outside the plan's window ({first} to {last})",
        )
    rooms = _rooms(sites.rooms(session, asked.site), asked.rooms)
    ends_at = asked.starts_at + timedelta(minutes=plan.duration_minutes)
    existing = session.scalar(
        select(SessionRow).where(
            SessionRow.plan == plan.id,
            SessionRow.site == asked.site,
            SessionRow.starts_at == asked.starts_at,
            SessionRow.state != "cancelled",
        )
    )
    if existing is not None:
        if existing.state != "arranged":
            raise _Wrong(
                f"场次 {existing.id} 已打包，不能再补充；请另加场次",
                f"session {existing.id} is packaged and cannot be filled up; add another",
            )
        named = set(session.scalars(select(SessionRoomRow.room).where(SessionRoomRow.session == existing.id)))
        rooms = [room for room in rooms if room.name in named]
    _refuse_used_rooms(session, asked.site, rooms, (asked.starts_at, ends_at), existing)
    taken = taken_seats(session, existing.id) if existing is not None else {}
    arranged: dict[str, int] = {}
    for room, _ in taken:
        arranged[room] = arranged.get(room, 0) + 1
    return Slot(
        asked.site,
        site.time_zone,
        asked.starts_at,
        ends_at,
        existing.id if existing is not None else None,
        tuple(rooms),
        tuple(free_room(room, taken) for room in rooms),
        arranged,
    )


def _rooms(held: Sequence[UsableRoom], named: Sequence[str]) -> list[UsableRoom]:
    unknown = [name for name in named if name not in {room.name for room in held}]
    if unknown:
        raise _Wrong(f"没有考场“{'、'.join(unknown)}”", f"there is no room '{', '.join(unknown)}'")
    return [room for room in held if not named or room.name in named]


def _refuse_shared_rooms(slot: Slot, others: Sequence[Slot]) -> None:
    """No room may serve two of the slots that are asked for at the same time."""
    names = {room.name for room in slot.all_rooms}
    for other in others:
        shared = names.intersection(room.name for room in other.all_rooms)
        if (
            shared
            and other.site == slot.site
            and other.starts_at < slot.ends_at
            and slot.starts_at < other.ends_at
        ):
            told = "、".join(sorted(shared))
            raise _Wrong(
                f"与 {local_text(other.starts_at, slot.zone)} 的场次时间重叠，考场相同（{told}）",
                f"overlaps the session of {local_text(other.starts_at, slot.zone)} in the same room ({told})",
            )


def _refuse_used_rooms(
    session: Session,
    site: str,
    rooms: Sequence[UsableRoom],
    span: tuple[datetime, datetime],
    own: SessionRow | None,
) -> None:
    starts_at, ends_at = span
    used = session.execute(
        select(SessionRow.id, SessionRoomRow.room)
        .join(SessionRoomRow, SessionRoomRow.session == SessionRow.id)
        .where(
            SessionRow.site == site,
            SessionRow.state.in_(("arranged", "packaged", "released")),
            SessionRow.starts_at < ends_at,
            SessionRow.ends_at > starts_at,
            SessionRoomRow.room.in_([room.name for room in rooms]),
        )
    )
    for exam, room in used:
        if own is None or exam != own.id:
            raise _Wrong(
                f"考场“{room}”此时由场次 {exam} 使用", f"room '{room}' is used by session {exam} then"
            )
