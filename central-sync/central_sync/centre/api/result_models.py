"""What the console and the centre say on packages, keys, site servers, the ledger and results.

All routes, below /api/central (access: any = any role; cookie kd_central; answers of 4xx and 5xx are
problem documents):

GET    sessions/{session}/package          -> PackageView                              any
POST   sessions/{session}/package          Nothing {} -> 202 JobView (kind package.build, subject the
           session); builds, publishes the session document, lets the site fetch it    planner
GET    sessions/{session}/release          -> ReleaseView                              any
POST   sessions/{session}/release          Nothing {} -> ReleaseView (to the site's servers)   releaser
POST   sessions/{session}/release-code     ReleaseCodeRequest -> ReleaseCodeView       releaser

GET    appliances                          -> Appliances (by site)                     any
POST   sites/{site}/claims                 Nothing {} -> ClaimView                     planner
POST   appliances/{appliance}/readmit      ReadmitRequest -> ApplianceView             admin
POST   appliances/{appliance}/revoke       RevokeRequest -> ApplianceView              admin
GET    appliances/{appliance}/evidence     -> EvidenceList (oldest first)              admin

GET    ledger?page=                        -> LedgerSummary (newest sessions first, 50 on a page)   any
GET    sessions/{session}/ledger           -> Ledger                                   any
GET    sessions/{session}/results          -> Results                                  planner, viewer
GET    sessions/{session}/results.xlsx     -> file                                     planner, viewer
GET    sessions/{session}/entries?after=&limit=   -> Entries (newest last)             viewer

POST   courier/{site}/export               Nothing {} -> file .kdbundle for a USB stick   planner
POST   courier/import                      multipart/form-data: part `file` -> CourierReport   planner

GET    changes                             server-sent events: event `changed`, data
           {"topic": "sessions" | "ledger" | "appliances" | "jobs"}; look again at what it names   any
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from central_sync.centre.api.models import Asked
from central_sync.centre.api.plan_models import FindingView, Reason, SessionState
from central_sync.protocol.items import Words
from central_sync.protocol.kinds import LedgerState
from central_sync.protocol.roster import SeatNumber

Topic = Literal["sessions", "ledger", "appliances", "jobs"]


# Packages


class PackageView(Words):
    """The newest package (考试包) of a session."""

    session: str
    state: Literal["none", "building", "built"]
    job: str | None
    """The job that builds it while `state` is building, for jobs/{job}."""
    package: str | None
    """Such as S2026-0001.1; null while none was built. All below is of this one."""
    sha256: str
    size: int
    """Bytes."""
    items: int
    media: int
    candidates: int
    photos: int
    built_at: AwareDatetime | None
    by: str
    outdated: bool
    """The arrangement changed since: build it again before release."""
    newer_items: bool
    """The bank or blueprint changed since; the package is still good as it is."""


# Release of keys


class ServerKey(Words):
    """A server of the site, and whether the key lies ready for it."""

    appliance: str
    state: Literal["active", "quarantined", "revoked"]
    has_document: bool
    """The key is sealed for it; it fetches it with its next call."""
    last_contact: AwareDatetime


class ReleaseEvent(Words):
    """Who gave the key out, when and how."""

    at: AwareDatetime
    by: str
    way: Literal["online", "code"]
    package: str
    servers: int
    """How many servers it was sealed for; 0 for a code."""
    reason: str


class ReleaseView(Words):
    """Whether a session's key (密钥) may be given, and to whom it was."""

    session: str
    package: str | None
    state: Literal["too_early", "may_release", "released", "closed"]
    """closed: the window closed without a release."""
    may_release: bool
    """Online release and release code are open now; else `zh` and `en` say why not."""
    zh: str
    en: str
    unlock_from: AwareDatetime
    closes_at: AwareDatetime
    released_at: AwareDatetime | None
    by: str
    servers: tuple[ServerKey, ...]
    events: tuple[ReleaseEvent, ...]
    """Oldest first."""


class ReleaseCodeRequest(Asked):
    """Why the key goes out as words, and to whom; it is kept."""

    reason: Reason


class SpokenWord(Words):
    """A word of a release code to print and read out."""

    pinyin: str
    character: str


class ReleaseCodeView(Words):
    """A release code (解密口令) of a session's package."""

    session: str
    package: str
    code: str
    """Eleven words in pinyin with a space between."""
    words: tuple[SpokenWord, ...]


# Site servers


class ApplianceView(Words):
    """An enrolled server of a site (考点服务端)."""

    id: str
    site: str
    site_name: str
    state: Literal["active", "quarantined", "revoked"]
    reason: str
    """Code while quarantined (clone, fork, rewind), words of staff when revoked."""
    zh: str
    """The reason in a sentence; empty while active."""
    en: str
    enrolled_at: AwareDatetime
    last_contact: AwareDatetime
    acknowledged: int
    """Journal entries that the centre holds whole."""
    head: int
    """Journal entries that the server has, as it last said."""
    software: str
    disk_free: int
    """Bytes."""
    trouble: str


class Appliances(Words):
    """All site servers, by site."""

    appliances: tuple[ApplianceView, ...]


class ClaimView(Words):
    """A claim code (登记码) for the technician of a site; shown once."""

    site: str
    code: str
    expires_at: AwareDatetime
    centre_url: str
    """What the technician types in as the centre's address."""
    pin: str
    """SHA-256 of the centre's authority certificate; the code vouches for it already."""


class ReadmitRequest(Asked):
    """End a quarantine."""

    reason: Reason
    machine: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """The machine that counts from now on (see the evidence); null: the one enrolled."""


class RevokeRequest(Asked):
    """Refuse a server for good."""

    reason: Reason


class EvidencePiece(Words):
    """Something that stands against a server."""

    at: AwareDatetime
    reason: str
    zh: str
    en: str
    machine: str
    address: str
    seq: int
    entries: int
    """Journal entries that came with it and were not merged."""
    body: str
    """The first of them as sent, at most 4000 characters."""


class SiteFileView(Words):
    """A file that a server announced in its journal."""

    sha256: str
    name: str
    type: str
    purpose: str
    subject: str
    size: int
    """Bytes."""
    seq: int
    """The entry that announced it."""
    received_at: AwareDatetime | None
    """None while it is on its way."""


class SiteFileList(Words):
    """The files of a server, newest first."""

    appliance: str
    files: tuple[SiteFileView, ...]


class ApplianceAct(Words):
    """What staff did about a server."""

    at: AwareDatetime
    by: str
    act: Literal["readmit", "revoke"]
    reason: str


class EvidenceList(Words):
    """What stands against a server, and what was done about it; oldest first."""

    appliance: str
    evidence: tuple[EvidencePiece, ...]
    acts: tuple[ApplianceAct, ...]


# Ledger


class LedgerFinding(FindingView):
    """Something that does not balance; `ticket` and `name` are empty when it is of the whole session."""

    ticket: str
    name: str


class LedgerLine(Words):
    """An arranged candidate: in exactly one state, and why."""

    ticket: str
    name: str
    id_number: str
    """Masked for all but planners."""
    room: str
    seat: SeatNumber
    state: LedgerState
    zh: str
    """The explanation, such as 缺考：未到场."""
    en: str
    score: int | None
    of: int | None
    passed: bool | None
    saved: int
    """Entries of saved responses that the centre holds."""
    answered: int
    """Items with a response, as the centre holds them."""
    at: AwareDatetime | None
    """When the site wrote the state down; null while it did not report."""


class SignOff(Words):
    """The site signed the session off (签结)."""

    at: AwareDatetime
    by: str
    second: str
    counts: dict[LedgerState, int]
    """As the site counted."""
    remarks: str
    appliance: str


class Ledger(Words):
    """The ledger (台账) of a session."""

    session: str
    title: str
    site: str
    site_name: str
    time_zone: str
    starts_at: AwareDatetime
    state: SessionState
    candidates: int
    balanced: bool
    """True while nothing stands in `findings`; the last word once `signed_off` is there."""
    signed_off: SignOff | None
    reported_to_seq: int
    """Seq of the last journal entry of the session that is in this ledger; 0 before the first."""
    reported_at: AwareDatetime | None
    """When the site wrote it."""
    counts: dict[LedgerState, int]
    """All states, zeros too; they add up to `candidates`."""
    findings: tuple[LedgerFinding, ...]
    lines: tuple[LedgerLine, ...]
    """By room and seat."""


class LedgerSession(Words):
    """A session's line in the summary."""

    session: str
    title: str
    site: str
    site_name: str
    time_zone: str
    starts_at: AwareDatetime
    state: SessionState
    candidates: int
    counts: dict[LedgerState, int]
    balanced: bool
    findings: int
    signed_off_at: AwareDatetime | None


class LedgerQuery(Words):
    """Which page of the summary, from 1."""

    page: Annotated[int, Field(ge=1, le=100_000)] = 1


class LedgerSummary(Words):
    """The ledger of all sessions, newest first."""

    total: int
    page: int
    sessions: tuple[LedgerSession, ...]


# Results


class ResultLine(Words):
    """A candidate's result (成绩)."""

    ticket: str
    name: str
    sex: Literal["M", "F"]
    id_number: str
    """Masked for all but planners."""
    employer: str
    room: str
    seat: SeatNumber
    resit: int
    state: LedgerState
    zh: str
    en: str
    score: int | None
    passed: bool | None


class Results(Words):
    """The result list of a session, by room and seat."""

    session: str
    title: str
    site: str
    site_name: str
    time_zone: str
    starts_at: AwareDatetime
    category: str
    points: int
    pass_points: int
    final: bool
    """The site signed the session off and the ledger balances."""
    sat: int
    """Candidates with a score."""
    passed: int
    failed: int
    absent: int
    voided: int
    lines: tuple[ResultLine, ...]


# Entries


class EntriesQuery(Words):
    """Entries received after one."""

    after: Annotated[int, Field(ge=0)] = 0
    """`received` of the last entry that is known already."""
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class EntryView(Words):
    """A journal entry as the centre holds it."""

    received: int
    """Place in the order of receipt."""
    appliance: str
    seq: int
    at: str
    kind: str
    zh: str
    en: str
    """What the kind says; the kind's name when the centre does not know it."""
    subject: str
    name: str
    """Name of the candidate when the subject is a ticket."""
    actor: str
    body: dict[str, Any]
    odd: Literal["", "kind", "body"]
    """kind: unknown to this centre; body: not as the kind has it."""


class Entries(Words):
    """Journal entries of a session, oldest first."""

    session: str
    entries: tuple[EntryView, ...]
    more: bool
    """There are more after the last."""


# Courier


class CourierReport(Words):
    """What a bundle from a stick brought."""

    bundle: str
    site: str
    appliance: str
    taken: int
    """Journal entries that were new."""
    acknowledged: int
    """The server's journal is held up to here."""
    files: int
    """Files that came whole and were not here before."""
    zh: str
    en: str
