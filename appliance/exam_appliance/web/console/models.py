"""What the console and the server say to each other."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from central_sync.protocol.items import Words
from central_sync.protocol.kinds import Reason
from central_sync.protocol.roster import SeatNumber, TicketNumber
from central_sync.protocol.session import Room, UserName
from exam_appliance.exam.seat_pictures import SeatPictureState
from exam_appliance.exam.states import SeatState, SessionState

Role = Literal["technician", "invigilator", "lead"]


class Connection(StrEnum):
    """How long ago the seat's page was last heard: under 12 s, 12-30 s, longer, never."""

    LIVE = "live"
    SLOW = "slow"
    LOST = "lost"
    NONE = "none"


class StaffLoginRequest(Words):
    """User name and password."""

    username: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class SecondPerson(StaffLoginRequest):
    """The second person of a two-person action (双人确认), who must be another than the first."""


class StaffView(Words):
    """A staff account without secrets."""

    username: str
    name: str
    roles: tuple[Role, ...]
    active: bool
    origin: Literal["site", "centre"]
    must_change_password: bool
    last_login: AwareDatetime | None


class Me(Words):
    """Who is logged in, and where."""

    staff: StaffView
    site: str
    site_code: str
    time_zone: str
    practice_available: bool
    version: str


class PasswordChange(Words):
    """Own password: old and new."""

    old: Annotated[str, Field(max_length=200)]
    new: Annotated[str, Field(min_length=1, max_length=200)]


class AccountRequest(Words):
    """A new account of the site."""

    username: UserName
    name: Annotated[str, Field(min_length=1, max_length=60)]
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class AccountChange(Words):
    """A change of an account; what is None stays."""

    name: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    roles: Annotated[tuple[Role, ...], Field(min_length=1)] | None = None
    active: bool | None = None
    password: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class Accounts(Words):
    """All staff accounts of the site."""

    accounts: tuple[StaffView, ...]


class SessionView(Words):
    """A session as the console shows it."""

    session: str
    title: str
    category: str
    plan: str
    state: SessionState
    practice: bool
    starts_at: AwareDatetime
    unlock_from: AwareDatetime
    closes_at: AwareDatetime
    duration_minutes: int
    points: int
    pass_points: int
    rooms: tuple[Room, ...]
    package: str | None
    counts: dict[SeatState, int]
    """Arranged candidates by state; they add up to `candidates` once the package is unlocked."""
    candidates: int
    now: AwareDatetime
    steps: tuple[str, ...]
    """Session steps possible now: unlock, open, start, pause, resume, end, sign_off."""
    reason: str
    """Why paused, cancelled or ended."""
    open_credits: int
    """Credit proposals that wait for a decision."""


class Sessions(Words):
    """All sessions of the site, next one first."""

    sessions: tuple[SessionView, ...]


class SeatView(Words):
    """One candidate on the room board (考场看板)."""

    ticket: str
    name: str
    sex: str
    id_number: str
    """With the middle hidden."""
    room: str
    seat: int
    """Where the candidate is, or is arranged to be."""
    arranged_seat: int
    state: SeatState
    locked: bool
    reason: str
    answered: int
    flagged: int
    total: int
    remaining_ms: int | None
    credit_ms: int
    """Credits and extensions so far."""
    extra_minutes: int
    resit: int
    connection: Connection
    contact_age_ms: int | None
    """Since the page was last heard, ms; None when never."""
    address: str
    saves: int
    points: int | None
    passed: bool | None
    seat_picture: SeatPictureState | None = None
    """How the candidate stands with the picture at the seat, None where none is wanted."""
    seat_picture_zh: str = ""
    """What came of the last one."""
    seat_picture_en: str = ""
    seat_picture_check: str = ""
    """Id of the check that it comes from."""
    held_back: bool = False
    """Waits, and may not begin before the picture has passed or an invigilator has let the candidate."""
    note: str
    """Latest message, or how it was submitted (candidate, invigilator, clock)."""


class Board(Words):
    """The whole board at journal seq `seq`; follow from there by server-sent events."""

    seq: int
    session: SessionView
    seats: tuple[SeatView, ...]


class BoardChange(Words):
    """Data of a server-sent event of the board: what changed; id of the event is `seq`."""

    seq: int
    session: SessionView
    seats: tuple[SeatView, ...]


class LogLine(Words):
    """A journal entry as a sentence for people."""

    seq: int
    at: AwareDatetime
    kind: str
    subject: str
    actor: str
    zh: str
    en: str


class Log(Words):
    """Lines of the session's log, newest first."""

    lines: tuple[LogLine, ...]


class UnlockRequest(Words):
    """Unlock with the key that came from the centre, or with a release code."""

    release_code: Annotated[str, Field(max_length=400)] | None = None


class StepRequest(Words):
    """A session step with its reason (needed for pause and end)."""

    reason: Reason = ""


class SignOffRequest(Words):
    """Sign-off: remarks and the second person."""

    remarks: Reason = ""
    second: SecondPerson


Action = Literal[
    "start",
    "pause",
    "resume",
    "extend",
    "lock",
    "unlock",
    "message",
    "move",
    "submit",
    "terminate",
    "reopen",
    "absent",
    "present",
]


class ActionRequest(Words):
    """An action on one, many or all attempts.

    `minutes` for extend and reopen (1-240), `text` for message, `seat` for move (one ticket only),
    `second` for terminate and reopen. A reason is needed for all but start, resume, unlock, present
    and message.
    """

    action: Action
    tickets: tuple[TicketNumber, ...] | None = None
    """None means all to whom the action can apply."""
    reason: Reason = ""
    minutes: Annotated[int, Field(ge=1, le=240)] | None = None
    text: Reason = ""
    seat: SeatNumber | None = None
    second: SecondPerson | None = None


class Refused(Words):
    """Why an action did not apply to one attempt."""

    ticket: str
    reason: str
    zh: str
    en: str


class ActionReport(Words):
    """What an action did."""

    done: tuple[str, ...]
    refused: tuple[Refused, ...]


class CreditProposal(Words):
    """Lost time found in the evidence, to be confirmed or declined in one click (补时建议)."""

    id: str
    cause: Literal["server", "seat"]
    from_at: AwareDatetime
    to_at: AwareDatetime
    ms: int
    tickets: tuple[str, ...]
    zh: str
    en: str


class Credits(Words):
    """Proposals that wait, and those decided."""

    open: tuple[CreditProposal, ...]
    decided: tuple[LogLine, ...]


class CreditDecision(Words):
    """Confirm or decline; `tickets` narrows it to some."""

    accept: bool
    reason: Reason = ""
    tickets: tuple[TicketNumber, ...] | None = None


class ScoreRow(Words):
    """A line of the score list."""

    ticket: str
    name: str
    id_number: str
    room: str
    seat: int
    state: SeatState
    points: int | None
    passed: bool | None
    reason: str


class Scores(Words):
    """The session's scores."""

    rows: tuple[ScoreRow, ...]
    present: int
    absent: int
    passed: int


class ClosingPoint(Words):
    """A line of the closing checklist (结束检查单)."""

    id: str
    zh: str
    en: str
    ok: bool
    required: bool
    """A required point that is not ok stops the sign-off."""
    detail_zh: str
    detail_en: str


class Closing(Words):
    """The closing checklist."""

    points: tuple[ClosingPoint, ...]
    ready: bool


class SyncView(Words):
    """How the site stands with the centre."""

    enrolled: bool
    centre: str
    appliance: str
    online: bool
    last_contact: AwareDatetime | None
    head_seq: int
    acknowledged_seq: int
    quarantined: bool
    error_zh: str
    error_en: str
    transfers: tuple[str, ...]
    """Downloads under way, as text with percent."""


class EnrolRequest(Words):
    """Claim code (登记码) from the centre and the centre's address."""

    centre: Annotated[str, Field(max_length=200)]
    claim_code: Annotated[str, Field(max_length=200)]


class CourierImported(Words):
    """What a bundle from a stick brought."""

    documents: int
    blobs: int
    acknowledged_seq: int
    zh: str
    en: str


class RehearsalRequest(Words):
    """Size of a rehearsal (压力演练)."""

    candidates: Annotated[int, Field(ge=1, le=2000)] = 30
    minutes: Annotated[int, Field(ge=1, le=120)] = 2


class PracticePrepared(Words):
    """A practice hall that is ready: its session and the tickets of its invented candidates."""

    session: str
    tickets: tuple[TicketNumber, ...]


class SaveMs(Words):
    """Save latency in whole milliseconds."""

    p50: int
    p99: int


class RehearsalReport(Words):
    """What a rehearsal measured."""

    candidates: int
    saves: int
    lost: int
    save_ms: SaveMs
    start_bell_s: float
    errors: int


class RehearsalView(Words):
    """A rehearsal under way or done."""

    state: Literal["none", "running", "done", "failed"]
    progress: Annotated[int, Field(ge=0, le=100)]
    zh: str
    en: str
    report: RehearsalReport | None


class JournalVerdict(Words):
    """Result of verifying the journal."""

    ok: bool
    entries: int
    head: str
    zh: str
    en: str
