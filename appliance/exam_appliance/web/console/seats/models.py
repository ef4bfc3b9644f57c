"""What the console sees and asks of seats."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from central_sync.protocol.items import Words
from central_sync.protocol.roster import SeatNumber
from exam_appliance.seats.entering import Kept
from exam_appliance.seats.power import OrderKind, Outcome
from exam_appliance.web.seats.models import PlaceView

RoomName = Annotated[str, Field(max_length=60, pattern=r"^[^/\x00-\x1f]*$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=12, pattern=r"^[A-Za-z0-9 ]+$")]


class PlaceRequest(Words):
    """A seat."""

    room: RoomName = ""
    number: SeatNumber


class BindRequest(PlaceRequest):
    """The machine that shows a code gets a seat."""

    code: Code
    replace: bool = False
    """Takes the seat from the machine that has it."""


class MoveRequest(PlaceRequest):
    """A bound machine gets another seat."""

    to: PlaceRequest
    replace: bool = False


class PowerRequest(Words):
    """Power orders; None: every bound seat."""

    what: OrderKind
    seats: Annotated[tuple[PlaceRequest, ...], Field(min_length=1, max_length=999)] | None = None


class LeftOutView(Words):
    """A seat that got no order, and why."""

    place: PlaceView
    zh: str
    en: str


class PowerAnswer(Words):
    """How many were ordered, and who was left out."""

    given: int
    left_out: tuple[LeftOutView, ...]


class OrderStanding(Words):
    """The newest order of a seat and what became of it."""

    what: OrderKind
    outcome: Outcome
    detail: str


class HardwarePoint(Words):
    """One thing that the standard asks of a machine, as the machine reports it."""

    zh: str
    en: str
    measured_zh: str
    measured_en: str
    state: Literal["pass", "fail", "unknown"]
    todo_zh: str
    todo_en: str


class SeatView(Words):
    """A seat with its machine."""

    place: PlaceView
    state: Literal["free", "online", "silent"]
    machine: str
    """Eight signs of the machine's name, empty for a free seat."""
    kept: Kept | None
    macs: tuple[str, ...]
    board: str
    """Maker and product."""
    address: str
    bound_at: AwareDatetime | None
    bound_by: str
    admitted_until: AwareDatetime | None
    agent: bool
    sitting: bool
    order: OrderStanding | None
    reported: bool
    hardware: tuple[HardwarePoint, ...]
    faults: int
    """Points that fall short."""


class WaitingView(Words):
    """A machine without a seat."""

    code: str
    kept: Kept
    macs: tuple[str, ...]
    board: str
    address: str
    was: PlaceView | None
    """Seat of a bound machine with the same network card or mainboard: it lost its key."""


class InOrderView(Words):
    """Seats are given in order."""

    by: str
    next: PlaceView | None
    """None: no free seat is left in that room."""


class SeatsView(Words):
    """All seats of the site."""

    now: AwareDatetime
    required: bool
    safe_exam_browser: bool
    rooms: tuple[str, ...]
    seats: tuple[SeatView, ...]
    waiting: tuple[WaitingView, ...]
    in_order: InOrderView | None


class LockDownView(Words):
    """Safe Exam Browser for one session."""

    session: str
    title: str
    starts_at: AwareDatetime
    file: str
    """Where seats get the .seb file."""
    config_key: str
    quit_password: str


class LockDownsView(Words):
    """Safe Exam Browser at this site."""

    required: bool
    sessions: tuple[LockDownView, ...]
