"""What the identity desk's page and the server say to each other."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from central_sync.protocol.dates import AskedDay
from central_sync.protocol.items import Words
from exam_appliance.web.console.models import SecondPerson

Verdict = Literal["pass", "ask", "refuse", ""]
DocumentKind = Literal["resident", "permit", "foreign_2017", "foreign_2023"]
PictureKind = Literal["card", "live", "registration", "desk"]


class ReasonView(Words):
    """A rule that counted."""

    code: str
    verdict: Verdict
    zh: str
    en: str


class ComparisonView(Words):
    """Two faces compared; scores 0 to 1."""

    pair: Literal["card", "registration", "desk"]
    outcome: Literal["match", "no_match", "not_compared"]
    score: float | None
    threshold: float | None
    code: str


class DocumentView(Words):
    """The document as it was read; the number is masked."""

    kind: DocumentKind | Literal[""]
    name: str
    number: str
    valid_from: date | None
    valid_to: date | None
    long_term: bool
    typed: bool


class VerificationView(Words):
    """One verification."""

    id: str
    place: str
    at: AwareDatetime
    actor: str
    verdict: Verdict
    reasons: tuple[ReasonView, ...]
    overridable: bool
    document: DocumentView | None
    name: str
    """As on the roster, empty when nobody was found."""
    ticket: str
    session: str
    title: str
    room: str
    seat: int
    """0 before it is given."""
    comparisons: tuple[ComparisonView, ...]
    pictures: dict[PictureKind, str]
    """SHA-256 by what it shows."""
    settled_by: str
    second: str
    reason: str


class DeskSummary(Words):
    """A desk in the list."""

    desk: str
    zh: str
    en: str


class DeskList(Words):
    """The desks of the site."""

    desks: tuple[DeskSummary, ...]


class DeskView(Words):
    """A desk as it stands."""

    run: str
    seq: int
    desk: str
    zh: str
    en: str
    reader: bool
    camera: bool
    """A camera at the server has the desk's role and is plugged in."""
    printer: bool
    card: Literal["none", "reading", "read", "unreadable"]
    trouble_zh: str
    trouble_en: str
    verification: VerificationView | None
    slip: str
    """Print job of the slip, empty for none."""


class FaceBoxView(Words):
    """A face, in fractions of the picture's width and height."""

    left: float
    top: float
    width: float
    height: float


class FramingView(Words):
    """The faces before a camera, the largest first; the code says why a picture of them would not do."""

    faces: tuple[FaceBoxView, ...]
    code: str
    zh: str
    en: str


class ByHand(Words):
    """A document that a person typed in from the original."""

    kind: DocumentKind | None = None
    number: Annotated[str, Field(min_length=1, max_length=40)]
    name: Annotated[str, Field(max_length=120)] = ""
    valid_from: AskedDay | None = None
    valid_to: AskedDay | None = None
    long_term: bool = False
    ticket: Annotated[str, Field(pattern=r"^([0-9]{12})?$")] = ""


class SettleRequest(Words):
    """What a person decided; the second person's log-in where a refusal is overturned."""

    verification: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    verdict: Literal["pass", "refuse"]
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    second: SecondPerson | None = None


class VerificationQuery(Words):
    """Which verifications."""

    limit: Annotated[int, Field(ge=1, le=200, strict=False)] = 50
    before: Annotated[int, Field(ge=0, strict=False)] = 0
    desk: Annotated[str, Field(max_length=60)] = ""


class VerificationList(Words):
    """Verifications, the newest first."""

    verifications: tuple[VerificationView, ...]
    more: bool
    last: int
    """Ask for those before this seq next."""
