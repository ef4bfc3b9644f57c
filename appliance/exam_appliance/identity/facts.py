"""What is known about somebody who wants to sit: the facts that a decision (核验判定) is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class DocumentKind(StrEnum):
    """Kinds of identity document (证件类型)."""

    RESIDENT = "resident"  # 居民身份证
    PERMIT = "permit"  # 港澳台居民居住证
    FOREIGN_2017 = "foreign_2017"  # 外国人永久居留身份证（2017 版）
    FOREIGN_2023 = "foreign_2023"  # 外国人永久居留身份证（2023 版）


class Place(StrEnum):
    """What kind of place asks (核验地点)."""

    DESK = "desk"  # 核验台
    TERMINAL = "terminal"  # 人证核验一体机
    SEAT = "seat"  # 考生座位


class Pair(StrEnum):
    """What the live picture is compared with (比对对象)."""

    CARD = "card"  # 证件照片
    REGISTRATION = "registration"  # 报名照片
    DESK = "desk"  # 核验台留存的现场照片


class Outcome(StrEnum):
    """What came of a comparison (比对结果)."""

    MATCH = "match"
    NO_MATCH = "no_match"
    NOT_COMPARED = "not_compared"


class NoPicture(StrEnum):
    """Why there is no picture of a seat (座位无照片原因)."""

    NO_CAMERA = "no_camera"  # 没有摄像头
    CAMERA_DENIED = "camera_denied"  # 浏览器不许使用摄像头
    CAMERA_FAILED = "camera_failed"  # 摄像头打不开
    GAVE_UP = "gave_up"  # 考生请监考员核对
    NOT_TAKEN = "not_taken"  # 没有拍照


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """A document as it was read, or as a person typed it."""

    kind: DocumentKind | None
    """None where it is not told; the number's form decides then."""
    number: str
    name: str = ""
    english_name: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    """The last valid day; None when long term or not known."""
    long_term: bool = False
    """长期."""
    typed: bool = False
    """A person typed it in: no reader vouches for it."""


@dataclass(frozen=True, slots=True)
class RosterFacts:
    """The candidate of the roster that the document or ticket leads to."""

    ticket: str
    number: str
    name: str
    has_photo: bool
    room: str
    seat: int


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """The candidate's session: when people may come, and whether it takes any."""

    title: str
    earliest: datetime
    """Nobody is verified before."""
    latest: datetime | None
    """Nobody is let in after; None while that is not fixed."""
    over: bool
    """Ended, signed off or taken back."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two pictures compared; scores 0 to 1, None where nothing was compared."""

    outcome: Outcome
    score: float | None = None
    threshold: float | None = None
    code: str = ""
    """Why it was not compared, stable; empty otherwise."""
    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """What happened before with this candidate in this session."""

    refused: int = 0
    """Verifications that ended in a refusal, another one than this."""
    verified: bool = False
    """Somebody passed already as this candidate."""
    seated: int = 0
    """Seat at which the candidate is at work, 0 for none."""
    finished: bool = False
    """The paper is handed in or void."""
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it. What is unknown is None or missing, never guessed."""

    place: Place
    now: datetime
    today: date
    """Of the site's zone: validity counts in days."""
    document: DocumentFacts | None = None
    ticket: str = ""
    """Of a scanned admission ticket, empty for none."""
    roster: RosterFacts | None = None
    session: SessionFacts | None = None
    live: bool = False
    """There is a live picture that can be opened."""
    card_photo: bool = False
    comparisons: dict[Pair, Comparison] = field(default_factory=dict)
    history: History = field(default_factory=History)
    no_picture: NoPicture | None = None
    """Why a seat has no live picture, as far as it tells."""
    registration_stands_in: bool = False
    """The site's rule: where the card gives no photo, the registration photo's match is enough."""
