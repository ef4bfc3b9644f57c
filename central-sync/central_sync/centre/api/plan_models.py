"""What the console and the centre say on blueprints, plans, sessions and the arrangement.

The list of routes stands at the head of `models`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from central_sync.centre.api.models import Asked, Category, Number, PersonName, Title
from central_sync.protocol.dates import AskedDay, AskedMoment
from central_sync.protocol.items import Blueprint, ItemType, Words
from central_sync.protocol.roster import SeatNumber, TicketNumber
from central_sync.protocol.session import SessionId, SiteCode

SessionState = Literal["arranged", "packaged", "released", "closed", "cancelled"]
Outcome = Literal["", "passed", "failed", "absent", "voided"]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


# Blueprints


class SectionFacts(Asked):
    """A section of a paper: so many items of a type and topic at so many points each."""

    type: Annotated[ItemType, Field(strict=False)]
    topic: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    """null: any topic."""
    count: Annotated[int, Field(ge=1, le=200)]
    points: Annotated[int, Field(ge=1, le=100)]


class BlueprintRequest(Asked):
    """How papers are put together from a bank (组卷蓝图)."""

    name: Title
    bank: Number
    sections: Annotated[tuple[SectionFacts, ...], Field(min_length=1, max_length=40)]
    shuffle_items: bool = True
    shuffle_choices: bool = True


class SectionVerdict(Words):
    """A section against the bank."""

    type: ItemType
    topic: str | None
    wanted: int
    held: int
    """Items of the bank that the section may draw from."""
    enough: bool
    """Also when other sections draw from the same items."""


class FindingView(Words):
    """A sentence about something that is wrong, in both languages."""

    code: str
    zh: str
    en: str


class BlueprintVerdict(Words):
    """A blueprint checked against the newest version of its bank."""

    ok: bool
    points: int
    items: int
    bank_version: int
    sections: tuple[SectionVerdict, ...]
    findings: tuple[FindingView, ...]


class BlueprintView(Words):
    """A blueprint and how it stands against its bank now."""

    blueprint: str
    name: str
    bank: str
    bank_name: str
    category: str
    body: Blueprint
    verdict: BlueprintVerdict
    updated_at: AwareDatetime


class Blueprints(Words):
    """All blueprints, by number."""

    blueprints: tuple[BlueprintView, ...]


# Plans


class PlanRequest(Asked):
    """An exam plan (考试计划): what is sat, by which rules, and in which days."""

    name: Title
    category: Category
    blueprint: Number
    duration_minutes: Annotated[int, Field(ge=1, le=600)] = 120
    points: Annotated[int, Field(ge=1, le=1000)] = 100
    """Must be what the blueprint adds up to."""
    pass_points: Annotated[int, Field(ge=0, le=1000)] = 80
    resits: Annotated[int, Field(ge=0, le=9)] = 1
    """How often who failed may sit again."""
    late_minutes: Annotated[int, Field(ge=0, le=240)] = 30
    show_result: bool = True
    window_from: AskedMoment
    """Sessions start from here ..."""
    window_until: AskedMoment
    """... until here."""
    unlock_before_minutes: Annotated[int, Field(ge=0, le=1440)] = 60
    """Keys may be released this long before a session starts."""
    start_within_minutes: Annotated[int, Field(ge=1, le=1440)] = 120
    """A session may start this long after its planned time at the latest; then its window is closed."""


class PlanView(PlanRequest):
    """An exam plan and what is arranged for it."""

    plan: str
    bank: str
    bank_name: str
    blueprint_name: str
    sessions: int
    arranged: int
    updated_at: AwareDatetime
    findings: tuple[FindingView, ...]
    """What no longer fits, such as a bank that became too small."""


class Plans(Words):
    """All plans, newest window first."""

    plans: tuple[PlanView, ...]


# Sessions


class RoomFill(Words):
    """How full a room is in a session."""

    room: str
    capacity: int
    """Usable seats."""
    arranged: int


class SessionView(Words):
    """An exam session (场次): a plan at a site at a time."""

    session: SessionId
    title: str
    plan: str
    plan_name: str
    category: str
    site: SiteCode
    site_name: str
    time_zone: str
    starts_at: AwareDatetime
    unlock_from: AwareDatetime
    closes_at: AwareDatetime
    duration_minutes: int
    points: int
    pass_points: int
    state: SessionState
    reason: str
    """Why it was cancelled."""
    rooms: tuple[RoomFill, ...]
    candidates: int
    capacity: int


class SessionsQuery(Words):
    """Which sessions; what is left out does not matter."""

    plan: str | None = None
    site: str | None = None
    day: AskedDay | None = None
    """Day at the site, 2026-11-24."""
    state: SessionState | None = None


class Sessions(Words):
    """Sessions by start and site."""

    sessions: tuple[SessionView, ...]


class TicketView(Words):
    """An admission ticket (准考证)."""

    ticket: TicketNumber
    session: SessionId
    room: str
    seat: SeatNumber
    name: str
    sex: Literal["M", "F"]
    id_number: str
    """Masked for viewers."""
    employer: str
    photo: str | None
    extra_minutes: int
    resit: int
    outcome: Outcome
    score: int | None


class Tickets(Words):
    """Tickets of a session by room and seat, with what a printed ticket says besides."""

    session: SessionView
    site_address: str
    tickets: tuple[TicketView, ...]


class CancelRequest(Asked):
    """Why a session is cancelled."""

    reason: Reason


# Arrangement


class SlotRequest(Asked):
    """A session to be made, or to be filled up when there is one of the plan at this site and time."""

    site: SiteCode
    starts_at: AwareDatetime
    rooms: Annotated[tuple[PersonName, ...], Field(max_length=100)] = ()
    """Rooms of the site; empty: all of them."""


class ProposalRequest(Asked):
    """Whom to arrange for a plan, and to which sessions."""

    plan: Number
    rosters: Annotated[tuple[Number, ...], Field(min_length=1, max_length=50)]
    slots: Annotated[tuple[SlotRequest, ...], Field(min_length=1, max_length=200)]
    together: Literal["employer", "roster", "none"] = "employer"
    """Whom to keep in one session where that is possible."""
    order: Literal["mixed", "roster"] = "mixed"
    """Seats: mixed so that colleagues do not sit side by side, or as the roster lists them."""


class ProposedRoom(RoomFill):
    """A room as it would be: `arranged` counts old and new."""

    fresh: int
    """Newly arranged by this proposal."""


class ProposedSlot(Words):
    """A session as proposed."""

    site: SiteCode
    site_name: str
    starts_at: AwareDatetime
    session: SessionId | None
    """The session that is filled up, null for a new one."""
    rooms: tuple[ProposedRoom, ...]


class ProposedSeat(Words):
    """Where a candidate would sit."""

    name: str
    id_number: str
    employer: str
    slot: int
    """Place in `slots`, from 0."""
    room: str
    seat: SeatNumber
    extra_minutes: int
    resit: int


class LeftOut(Words):
    """A candidate who cannot be arranged, and why."""

    name: str
    id_number: str
    code: str
    """Such as arrangement.no_seat, arrangement.resits_used, arrangement.passed, arrangement.same_time."""
    zh: str
    en: str


class ProposalView(Words):
    """A proposal: nothing is arranged until it is confirmed."""

    proposal: str
    plan: str
    plan_name: str
    made_at: AwareDatetime
    by: str
    state: Literal["open", "confirmed"]
    slots: tuple[ProposedSlot, ...]
    seats: tuple[ProposedSeat, ...]
    left_out: tuple[LeftOut, ...]


class ArrangementView(Words):
    """What a confirmed proposal made."""

    change: int
    """Number of the change, to undo it."""
    sessions: tuple[SessionView, ...]
    arranged: int


class MoveRequest(Asked):
    """Another place for a ticket: seat, room or session of the same plan. seat null: the next free one."""

    session: SessionId
    room: PersonName
    seat: SeatNumber | None = None
    reason: Reason


class RemoveRequest(Asked):
    """Why a candidate is taken out of a session."""

    reason: Reason


class ChangeView(Words):
    """A change of the arrangement."""

    change: int
    at: AwareDatetime
    by: str
    kind: Literal["confirm", "move", "remove", "cancel", "undo"]
    zh: str
    en: str
    reason: str
    sessions: tuple[SessionId, ...]
    undone: bool
    undoable: bool
    """True while it is not undone and none of its sessions has its key released."""


class ChangesQuery(Words):
    """Which changes."""

    session: str | None = None
    page: Annotated[int, Field(ge=1, le=100_000)] = 1


class Changes(Words):
    """Changes, newest first, 50 on a page."""

    total: int
    page: int
    changes: tuple[ChangeView, ...]
