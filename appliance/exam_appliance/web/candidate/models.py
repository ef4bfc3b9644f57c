"""What the candidate's page and the server say to each other.

No model here has a place for a key, another candidate or an item before the start.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from central_sync.protocol.items import ChoiceId, ItemId, ItemType, Words
from central_sync.protocol.journal import Receipt
from central_sync.protocol.roster import SeatNumber
from exam_appliance.exam.seat_pictures import SeatPictureState


class Phase(StrEnum):
    """Where the candidate stands; the page shows one view for each."""

    IDENTITY = "identity"
    """Logged in, identity data not yet confirmed."""
    WAITING = "waiting"
    """Confirmed: instructions, practice items, waiting room."""
    SITTING = "sitting"
    PAUSED = "paused"
    """Time stands still."""
    LOCKED = "locked"
    """Page covered, time runs."""
    SUBMITTED = "submitted"
    """Handed in; `result` may follow."""
    TERMINATED = "terminated"
    ABSENT = "absent"


class HallSession(Words):
    """A session for which candidates may log in or will be able to."""

    session: str
    title: str
    starts_at: AwareDatetime
    open: bool


class Hall(Words):
    """What the log-in page shows before anybody is logged in."""

    site: str
    practice: bool
    now: AwareDatetime
    sessions: tuple[HallSession, ...]
    rooms: tuple[str, ...]


class LoginRequest(Words):
    """ID number or admission ticket number, and the seat where the page runs."""

    identity: Annotated[str, Field(min_length=1, max_length=40)]
    seat: SeatNumber | None = None
    """None: the seat of the arrangement."""


class CandidateIdentity(Words):
    """The candidate's own data, to be confirmed by the candidate."""

    ticket: str
    name: str
    sex: str
    """M or F."""
    id_number: str
    """With the middle hidden."""
    employer: str
    room: str
    seat: int
    """The arranged seat."""
    has_photo: bool
    resit: int


class SectionSummary(Words):
    """One line of the instructions: so many items of a type, at so many points each."""

    type: ItemType
    items: int
    points: int
    """Points for each item."""


class ExamSummary(Words):
    """The exam as the instructions tell it; nothing of the items."""

    session: str
    title: str
    category: str
    starts_at: AwareDatetime
    duration_minutes: int
    extra_minutes: int
    points: int
    pass_points: int
    sections: tuple[SectionSummary, ...]
    show_result: bool


class ExamClock(Words):
    """The server's time; the page counts down from remaining_ms and asks again often."""

    now: AwareDatetime
    remaining_ms: int | None
    """None while no deadline runs (before the start, after the end)."""
    running: bool
    """False while paused: remaining_ms stands still."""


class SeatMessage(Words):
    """A message of the invigilator."""

    seq: int
    at: AwareDatetime
    text: str


class ResultSection(Words):
    """Result of all items of one type."""

    type: ItemType
    items: int
    right: int
    points: int
    of: int


class Result(Words):
    """The score (成绩); never which items were right."""

    points: int
    of: int
    pass_points: int
    passed: bool
    sections: tuple[ResultSection, ...]


class SeatPicture(Words):
    """The picture at the seat (座位拍照核对), as the candidate stands with it."""

    state: SeatPictureState
    required: bool
    """The exam does not begin before it has passed or an invigilator has let the candidate."""
    tries_left: int
    zh: str
    """What came of the last one and what to mend, empty before the first."""
    en: str


class NoSeatPicture(Words):
    """Why the seat has no picture to show; an invigilator is told."""

    why: Literal["no_camera", "camera_denied", "camera_failed", "gave_up"]


class CandidateState(Words):
    """All that the page needs to show where the candidate stands, but items and responses."""

    phase: Phase
    version: int
    """Grows with every change; a page ignores an older one."""
    practice: bool
    """True in a practice hall: the page says so in large letters."""
    site: str
    seat: int
    candidate: CandidateIdentity
    exam: ExamSummary
    clock: ExamClock
    reason: str
    """Why paused, locked, terminated."""
    messages: tuple[SeatMessage, ...]
    seat_picture: SeatPicture | None
    """None where no picture is wanted."""
    last_n: int
    """Largest save number that the server holds; the page counts on from there."""
    answered: int
    total: int
    result: Result | None


class PaperMedia(Words):
    """A picture or clip; the page loads `url` when it comes into view."""

    url: str
    type: str
    alt: str


class PaperChoice(Words):
    """A choice; pages letter the choices by position (A, B, C ...) and send `id`."""

    id: ChoiceId
    text: str
    media: tuple[PaperMedia, ...]


class PaperItem(Words):
    """An item as the candidate sees it."""

    number: int
    """1-based place on the paper."""
    item: ItemId
    type: ItemType
    points: int
    stem: str
    media: tuple[PaperMedia, ...]
    choices: tuple[PaperChoice, ...]


class PaperView(Words):
    """The candidate's paper."""

    digest: str
    items: tuple[PaperItem, ...]


class PracticeView(Words):
    """Practice items (练习题) for the waiting room; responses to them stay in the page."""

    items: tuple[PaperItem, ...]


class SaveRequest(Words):
    """A response. `n` is the page's own counter over the attempt, so a retry is known as one."""

    item: ItemId
    choices: Annotated[tuple[ChoiceId, ...], Field(max_length=8)]
    flagged: bool = False
    n: Annotated[int, Field(ge=1, le=2**31 - 1)]


class SaveAnswer(Words):
    """The receipt, and the time left so that the page's clock stays true."""

    receipt: Receipt
    remaining_ms: int


class HeldResponse(Words):
    """A response that the server holds."""

    item: ItemId
    choices: tuple[ChoiceId, ...]
    flagged: bool
    n: int


class HeldResponses(Words):
    """All responses that the server holds for the attempt."""

    responses: tuple[HeldResponse, ...]


class ReceiptShown(Words):
    """A receipt that the page kept and shows again."""

    receipt: Receipt


class ReceiptVerdict(Words):
    """What the journal says to it: held, or an incident (signed by this server but not held), or not ours."""

    verdict: Annotated[str, Field(pattern=r"^(held|incident|not_ours)$")]


class SubmitRequest(Words):
    """Submission; `blanks` is the number of blanks that the candidate was warned of."""

    blanks: Annotated[int, Field(ge=0)]


class ContactAnswer(Words):
    """The answer to a sign of life: enough to keep the clock and to notice a change."""

    clock: ExamClock
    version: int
