"""Exam sessions (场次) and the documents of the desired state that the centre hands to a site."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, StringConstraints

from central_sync.protocol.items import Blueprint, Sha256, Words
from central_sync.protocol.roster import ArrangedCandidate

SessionId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{2,31}$")]
PackageId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9.-]{2,47}$")]
SiteCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{4,20}$")]
UserName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{2,31}$")]


class Room(Words):
    """A theory exam room (理论考场) of a site."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    capacity: Annotated[int, Field(ge=1, le=500)]
    server: str = ""
    """Name of the associated server, as on form 4."""


class SessionPlan(Words):
    """What a site must know to hold a session; nothing in it is secret."""

    session: SessionId
    title: Annotated[str, Field(min_length=1, max_length=120)]
    """For people, such as 低压电工作业（初训）2026年11月23日 上午场."""
    plan: str
    category: str
    """作业类别 / 人员类别"""
    site: SiteCode
    rooms: tuple[Room, ...]
    starts_at: AwareDatetime
    unlock_from: AwareDatetime
    """The window: the key is given from here ..."""
    closes_at: AwareDatetime
    """... until here; no session starts later."""
    duration_minutes: Annotated[int, Field(ge=1, le=600)] = 120
    points: Annotated[int, Field(ge=1, le=1000)] = 100
    pass_points: Annotated[int, Field(ge=0, le=1000)] = 80
    late_minutes: Annotated[int, Field(ge=0, le=240)] = 30
    """Log-in is refused later than this after the start, unless an invigilator starts the seat."""
    show_result: bool = True
    """Show the score to the candidate after submission."""
    candidates: Annotated[int, Field(ge=0)]


class Roster(Words):
    """The arranged candidates of one session, inside the package."""

    schema_: Annotated[Literal["kaodian.roster/1"], Field(alias="schema")] = "kaodian.roster/1"
    session: SessionId
    candidates: tuple[ArrangedCandidate, ...]


class PaperPlan(Words):
    """The blueprint as it travels in the package."""

    schema_: Annotated[Literal["kaodian.paper-plan/1"], Field(alias="schema")] = "kaodian.paper-plan/1"
    blueprint: Blueprint


class BlobRef(Words):
    """A file that the centre holds for the site."""

    sha256: Sha256
    size: Annotated[int, Field(ge=0)]
    """Bytes."""


class SiteDocument(Words):
    """Kind `site`: who the site is."""

    code: SiteCode
    name: str
    city: str
    time_zone: str = "Asia/Shanghai"
    rooms: tuple[Room, ...]


class SessionDocument(Words):
    """Kind `session`: a session the site shall hold, with its package once that is built."""

    plan: SessionPlan
    package: str | None
    blob: BlobRef | None
    cancelled: bool = False
    reason: str = ""


class KeyDocument(Words):
    """Kind `key`: the content key of a package, sealed for one appliance; exists from unlock_from on."""

    package: str
    sealed: str


class StaffAccountDocument(Words):
    """One account of the kind `accounts`; password_hash is an argon2 string."""

    username: UserName
    name: str
    roles: tuple[Literal["technician", "invigilator", "lead"], ...]
    password_hash: str
    active: bool = True


class AccountsDocument(Words):
    """Kind `accounts`: the staff accounts that the centre keeps for the site."""

    accounts: tuple[StaffAccountDocument, ...]


class RevocationsDocument(Words):
    """Kind `revocations`: packages and certificates that are no longer good."""

    packages: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()


class SignedDocument(Words):
    """A document of the desired state, signed by the centre so that a stick can carry it too.

    `sig` is Ed25519 (base64) over the canonical JSON of the other fields with a context line.
    Versions only grow; a lower one is refused.
    """

    kind: Literal["site", "session", "key", "accounts", "revocations", "policy", "advisories"]
    name: str
    site: SiteCode
    version: Annotated[int, Field(ge=1)]
    body: dict[str, object]
    sig: str


def local_text(moment: datetime, zone: str = "Asia/Shanghai") -> str:
    """Return a moment as the office writes it: 2026-11-23 09:30 in the site's zone."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
