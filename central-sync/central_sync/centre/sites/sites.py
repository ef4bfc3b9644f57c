"""Exam sites with servers, rooms and seats, kept for arranging and published to the site's servers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import orjson
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from central_sync.centre.api.models import RoomFacts, ServerFacts, SiteRequest, SiteView
from central_sync.centre.arrangement.turns import take_turn
from central_sync.centre.exchange.service import Exchange
from central_sync.centre.tables.arrangement import SessionRoomRow, SessionRow, TicketRow
from central_sync.centre.tables.sites import SiteRoomRow, SiteRow, SiteServerRow
from central_sync.protocol.advisories import AdvisoriesDocument
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.session import Room, SiteCode, SiteDocument

_SITE_CODE: TypeAdapter[str] = TypeAdapter(SiteCode)
_ADVISORIES = ("advisories", "packages")
"""Kind and name of the list of vulnerable packages, which every site has alike."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PLAIN = (
    "name",
    "province",
    "city",
    "county",
    "address",
    "credit_code",
    "founded",
    "site_type",
    "person_in_charge",
    "phone",
    "time_zone",
    "active",
)


@dataclass(frozen=True)
class UsableRoom:
    """A room with the seats that candidates may be given, in ascending order."""

    name: str
    server: str
    capacity: int
    """All its seats, closed ones too."""
    seats: tuple[int, ...]


class Sites:
    """The sites of the centre. Methods work in the caller's transaction."""

    def __init__(self, exchange: Exchange, clock: Callable[[], datetime]) -> None:
        self._exchange = exchange
        self._clock = clock

    def all(self, session: Session) -> list[SiteView]:
        """Return all sites by code."""
        return [_view(session, row) for row in session.scalars(select(SiteRow).order_by(SiteRow.code))]

    def get(self, session: Session, code: str) -> SiteView:
        """Return a site; raises Problem site.unknown."""
        return _view(session, _held(session, code))

    def put(self, session: Session, code: str, asked: SiteRequest) -> SiteView:
        """Make a site, or change it as a whole, and publish it to its servers.

        Raises Problem site.wrong that names each field, site.room_in_use when arranged candidates
        would lose their seat.
        """
        _check(code, asked)
        take_turn(session)
        row = session.get(SiteRow, code, with_for_update=True)
        now = self._clock()
        if row is None:
            row = SiteRow(code=code, updated_at=now)
            session.add(row)
        else:
            _refuse_lost_seats(session, code, asked.rooms, now)
        for name in _PLAIN:
            setattr(row, name, getattr(asked, name))
        row.updated_at = now
        session.flush()
        session.execute(delete(SiteServerRow).where(SiteServerRow.site == code))
        session.execute(delete(SiteRoomRow).where(SiteRoomRow.site == code))
        for position, server in enumerate(asked.servers):
            session.add(SiteServerRow(site=code, position=position, **server.model_dump()))
        for position, room in enumerate(asked.rooms):
            session.add(
                SiteRoomRow(
                    site=code,
                    position=position,
                    name=room.name,
                    capacity=room.capacity,
                    server=room.server,
                    closed_seats=orjson.dumps(sorted(room.closed_seats)).decode(),
                )
            )
        session.flush()
        document = site_document(row, asked.rooms)
        self._exchange.publish(session, "site", code, code, document.model_dump(mode="json"))
        # A site that came later knows the vulnerable packages that the others were told of.
        if (listed := self._exchange.body_of_any(session, *_ADVISORIES)) is not None:
            self._exchange.publish(session, *_ADVISORIES, code, listed)
        return _view(session, row)

    def send_advisories(self, session: Session, listed: AdvisoriesDocument) -> int:
        """Send the list of vulnerable packages to every site; returns how many there are."""
        sites = list(session.scalars(select(SiteRow.code).order_by(SiteRow.code)))
        body = listed.model_dump(mode="json")
        for code in sites:
            self._exchange.publish(session, *_ADVISORIES, code, body)
        return len(sites)

    def rooms(self, session: Session, code: str) -> list[UsableRoom]:
        """Return the rooms of a site in its order; raises Problem site.unknown."""
        return [
            UsableRoom(
                room.name,
                room.server,
                room.capacity,
                tuple(n for n in range(1, room.capacity + 1) if n not in room.closed_seats),
            )
            for room in self.get(session, code).rooms
        ]


def site_document(row: SiteRow, rooms: Sequence[RoomFacts]) -> SiteDocument:
    """Return a site as its servers are told of it."""
    return SiteDocument(
        code=row.code,
        name=row.name,
        city=row.city,
        time_zone=row.time_zone,
        rooms=tuple(Room(name=room.name, capacity=room.capacity, server=room.server) for room in rooms),
    )


def _held(session: Session, code: str) -> SiteRow:
    row = session.get(SiteRow, code)
    if row is None:
        raise Problem(
            "missing",
            "site.unknown",
            f"没有考点 {code[:20]}，请先登记",
            f"there is no site {code[:20]}; register it first",
        )
    return row


def _view(session: Session, row: SiteRow) -> SiteView:
    servers = session.scalars(
        select(SiteServerRow).where(SiteServerRow.site == row.code).order_by(SiteServerRow.position)
    )
    rooms = tuple(
        RoomFacts(
            name=room.name,
            capacity=room.capacity,
            server=room.server,
            closed_seats=tuple(orjson.loads(room.closed_seats)),
        )
        for room in session.scalars(
            select(SiteRoomRow).where(SiteRoomRow.site == row.code).order_by(SiteRoomRow.position)
        )
    )
    return SiteView.model_validate(
        {
            **{name: getattr(row, name) for name in _PLAIN},
            "code": row.code,
            "servers": tuple(
                ServerFacts.model_validate({name: getattr(server, name) for name in ServerFacts.model_fields})
                for server in servers
            ),
            "rooms": rooms,
            "seats": sum(room.capacity - len(room.closed_seats) for room in rooms),
            "updated_at": row.updated_at,
        }
    )


def _check(code: str, asked: SiteRequest) -> None:
    wrong: list[tuple[str, str, str]] = []
    try:
        _SITE_CODE.validate_python(code)
    except ValidationError:
        wrong.append(("code", "代码为 4 至 20 位大写字母和数字", "4 to 20 capital letters and digits"))
    if asked.founded:
        try:
            date.fromisoformat(asked.founded)
        except ValueError:
            wrong.append(("founded", "没有这一天", "there is no such day"))
    if asked.credit_code and not uscc.is_valid(asked.credit_code):
        wrong.append(
            ("credit_code", "统一社会信用代码校验位不符，请核对", "the check character is wrong (GB 32100)")
        )
    try:
        ZoneInfo(asked.time_zone)
    except (ValueError, OSError, KeyError):
        wrong.append(
            ("time_zone", "没有这个时区，如 Asia/Shanghai", "no such zone; use one as Asia/Shanghai")
        )
    wrong += [
        (name, "含有控制字符", "holds control characters")
        for name in ("address", "phone")
        if _CONTROL.search(getattr(asked, name))
    ]
    wrong += [
        (f"rooms.{name}", f"考场“{name}”重复", f"room '{name}' is there twice")
        for name in _doubles(room.name for room in asked.rooms)
    ]
    wrong += [
        (f"servers.{name}", f"服务器“{name}”重复", f"server '{name}' is there twice")
        for name in _doubles(server.name for server in asked.servers)
    ]
    servers = {server.name for server in asked.servers}
    for room in asked.rooms:
        where = f"rooms.{room.name}"
        if room.server and room.server not in servers:
            wrong.append(
                (where, f"考场“{room.name}”的服务器未登记", f"the server of room '{room.name}' is not listed")
            )
        if any(seat > room.capacity for seat in room.closed_seats):
            wrong.append(
                (
                    where,
                    f"停用座位号超过 {room.capacity}",
                    f"a closed seat is beyond the capacity {room.capacity}",
                )
            )
        if len(set(room.closed_seats)) != len(room.closed_seats):
            wrong.append((where, "停用座位号重复", "a closed seat is listed twice"))
    if wrong:
        raise Problem(
            "invalid",
            "site.wrong",
            "考点信息有误：" + "；".join(zh for _, zh, _ in wrong),
            "the site is not right: " + "; ".join(en for _, _, en in wrong),
            fields=tuple(wrong),
        )


def _doubles(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    doubles = []
    for name in names:
        if name.casefold() in seen:
            doubles.append(name)
        seen.add(name.casefold())
    return doubles


def _refuse_lost_seats(session: Session, code: str, rooms: Sequence[RoomFacts], now: datetime) -> None:
    """Sessions that are still to be held keep their rooms and every seat that somebody was given."""
    usable = {room.name: (room.capacity, set(room.closed_seats)) for room in rooms}
    taken = session.execute(
        select(SessionRow.id, TicketRow.room, TicketRow.seat)
        .join(TicketRow, TicketRow.session == SessionRow.id)
        .where(
            SessionRow.site == code,
            SessionRow.state.in_(("arranged", "packaged", "released")),
            SessionRow.ends_at > now,
        )
        .order_by(SessionRow.starts_at, TicketRow.room, TicketRow.seat)
    )
    for held, room, seat in taken:
        capacity, closed = usable.get(room, (0, set()))
        if seat > capacity or seat in closed:
            raise Problem(
                "conflict",
                "site.room_in_use",
                f"场次 {held} 已把“{room}”{seat} 号座位安排给考生，请先调整该考生",
                f"session {held} has given seat {seat} of '{room}' to a candidate; move that one first",
            )
    open_sessions = session.scalars(
        select(SessionRow.id).where(
            SessionRow.site == code, SessionRow.state == "arranged", SessionRow.ends_at > now
        )
    ).all()
    if not open_sessions:
        return
    facts = {room.name: room for room in rooms}
    for used in session.scalars(select(SessionRoomRow).where(SessionRoomRow.session.in_(open_sessions))):
        if used.room in facts:
            used.capacity, used.server = facts[used.room].capacity, facts[used.room].server
        else:
            session.delete(used)
