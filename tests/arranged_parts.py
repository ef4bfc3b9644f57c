"""An arranged session in a centre's tables, for tests of what comes after the arrangement."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stdnum.cn import ric

from central_sync.centre.app import Centre
from central_sync.centre.tables.arrangement import SessionRoomRow, SessionRow, TicketRow
from central_sync.centre.tables.banks import BankItemRow, BankRow
from central_sync.centre.tables.plans import BlueprintRow, PlanRow
from central_sync.centre.tables.rosters import CandidateRow, RosterRow
from central_sync.centre.tables.sites import SiteRoomRow, SiteRow
from central_sync.protocol.items import Media
from tests.exchange_parts import SITE
from tests.site_app import picture
from tests.site_parts import SESSION, bank, blueprint

ROOM = "第一考场"
CATEGORY = "低压电工作业"


@dataclass(frozen=True)
class Arranged:
    """A session with its tickets in order of seat."""

    session: str
    tickets: tuple[str, ...]
    id_numbers: tuple[str, ...]


def id_number(number: int) -> str:
    """Return a valid ID number of an invented person."""
    body = f"14010519900101{number:03d}"
    return body + ric.calc_check_digit(body + "0")


def arrange(
    centre: Centre,
    *,
    candidates: int = 4,
    session: str = SESSION,
    first: int = 1,
    starts_in: timedelta = timedelta(),
    window: timedelta = timedelta(hours=2),
) -> Arranged:
    """Write a site, a bank with a picture, a plan and a session with candidates into the tables.

    The first candidate's number is `first`; site, bank and plan are shared by several sessions.
    """
    now = datetime.now(UTC)
    photo, drawing = picture(90), picture(200)
    photo_sha, drawing_sha = (hashlib.sha256(data).hexdigest() for data in (photo, drawing))
    shown = Media(name="t-000.png", type="image/png", sha256=drawing_sha, size=len(drawing), alt="接线图")
    starts_at = now + starts_in
    numbers = range(first, first + candidates)
    tickets = tuple(f"260001{number:06d}" for number in numbers)
    with centre.database.begin() as held:
        centre.files.keep(held, {photo_sha: ("image/png", photo), drawing_sha: ("image/png", drawing)}, now)
        if held.get(SiteRow, SITE) is None:
            held.add(SiteRow(code=SITE, name="明川市第一考点", city="明川市", updated_at=now))
            held.add(BankRow(id="B0001", name="低压电工题库", category=CATEGORY, version=1, updated_at=now))
            held.add(
                RosterRow(id="R0001", name="十一月名册", category=CATEGORY, created_at=now, by="planner")
            )
            held.flush()
            held.add(SiteRoomRow(site=SITE, name=ROOM, position=0, capacity=30, server="", closed_seats="[]"))
            for position, item in enumerate(bank()):
                body = item.model_copy(update={"media": (shown,)}).model_dump_json()
                held.add(
                    BankItemRow(
                        bank="B0001",
                        item=item.id,
                        from_version=1,
                        position=position,
                        type=item.type.value,
                        topic=item.topic,
                        body=body,
                    )
                )
            held.add(
                BlueprintRow(
                    id="M0001",
                    name="低压电工试卷",
                    bank="B0001",
                    body=blueprint().model_dump_json(),
                    updated_at=now,
                )
            )
            held.flush()
            held.add(
                PlanRow(
                    id="P0001",
                    name="低压电工作业（初训）",
                    category=CATEGORY,
                    blueprint="M0001",
                    duration_minutes=120,
                    points=100,
                    pass_points=80,
                    resits=1,
                    late_minutes=30,
                    show_result=True,
                    window_from=now - timedelta(days=1),
                    window_until=now + timedelta(days=30),
                    unlock_before_minutes=60,
                    start_within_minutes=120,
                    updated_at=now,
                )
            )
            held.flush()
        held.add(
            SessionRow(
                id=session,
                plan="P0001",
                site=SITE,
                title="低压电工作业（初训）2026年11月24日上午场",
                starts_at=starts_at,
                unlock_from=starts_at - timedelta(hours=1),
                closes_at=starts_at + window,
                ends_at=starts_at + timedelta(minutes=120),
                state="arranged",
            )
        )
        held.flush()
        held.add(SessionRoomRow(session=session, room=ROOM, position=0, capacity=30, server=""))
        for seat, (number, ticket) in enumerate(zip(numbers, tickets, strict=True), 1):
            held.add(
                CandidateRow(
                    id_number=id_number(number),
                    name=f"考生{number}",
                    sex="MF"[number % 2],
                    employer="明川电力安装有限公司",
                    mobile="13900000000",
                    photo=photo_sha if number % 2 else None,
                    updated_at=now,
                )
            )
            held.flush()
            held.add(
                TicketRow(
                    ticket=ticket,
                    session=session,
                    room=ROOM,
                    seat=seat,
                    candidate=id_number(number),
                    roster="R0001",
                    extra_minutes=0,
                    resit=0,
                )
            )
    return Arranged(session, tickets, tuple(id_number(number) for number in numbers))
