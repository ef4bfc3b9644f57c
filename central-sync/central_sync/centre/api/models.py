"""What the console and the centre say to each other on planning: accounts, sites, banks, rosters, jobs.

Blueprints, plans, sessions and the arrangement stand in `plan_models`. All routes of both, below
/api/central (access: any = any role; answers of 4xx and 5xx are problem documents; cookie kd_central):

POST   login                        LoginRequest -> Me + cookie           nobody
POST   logout                       -> 204                                 nobody
GET    me                           -> Me                                  any
POST   password                     PasswordChange -> Me + cookie          any
GET    accounts                     -> Accounts                            admin
POST   accounts                     AccountRequest -> AccountView          admin
PATCH  accounts/{username}          AccountChange -> AccountView           admin

GET    sites                        -> Sites                               any
PUT    sites/{site}                 SiteRequest -> SiteView (new or changed)   planner
GET    sites/{site}                 -> SiteView                            any

GET    jobs                         -> Jobs (newest first, at most 50)     any
GET    jobs/{job}                   -> JobView (poll every second)         any

GET    banks                        -> Banks                               planner, viewer
POST   banks                        BankRequest -> BankView                planner
GET    banks/template.xlsx          -> file                                planner
GET    banks/{bank}                 -> BankView (versions, counts)         planner, viewer
PATCH  banks/{bank}                 BankRequest -> BankView                planner
GET    banks/{bank}/items?version=&type=&topic=&search=&page=&size=  -> ItemsPage   planner
GET    banks/{bank}/media/{sha256}  -> file                                planner
POST   banks/{bank}/import?format=xlsx|qti&mode=merge|replace   -> 202 JobView      planner
           multipart/form-data: part `file` (.xlsx, QTI .zip or .xml), part `media` (zip, only with xlsx)
GET    banks/{bank}/export/qti      -> zip (QTI 3.0, holds the key)        planner
GET    banks/{bank}/export/xlsx     -> .xlsx (holds the key)               planner
GET    banks/{bank}/export/media    -> zip of the media beside the .xlsx   planner

GET    rosters                      -> Rosters                             planner, viewer
GET    rosters/template.xlsx        -> file                                planner
POST   rosters                      RosterRequest -> RosterView            planner
GET    rosters/{roster}?search=&page=&size=   -> RosterPage                planner, viewer
POST   rosters/{roster}/import      -> 202 JobView                         planner
           multipart/form-data: part `file` (.xlsx), part `photos` (zip, may be left out)
DELETE rosters/{roster}/candidates/{entry}    -> 204 (only while not arranged)     planner
GET    photos/{sha256}              -> image/jpeg                          planner, viewer

GET    blueprints                   -> Blueprints                          planner, viewer
POST   blueprints                   BlueprintRequest -> BlueprintView      planner
GET    blueprints/{blueprint}       -> BlueprintView (checked against its bank)   planner, viewer
PUT    blueprints/{blueprint}       BlueprintRequest -> BlueprintView      planner
POST   blueprints/check             BlueprintRequest -> BlueprintVerdict (stores nothing)            planner

GET    plans                        -> Plans                               any
POST   plans                        PlanRequest -> PlanView                planner
GET    plans/{plan}                 -> PlanView                            any
PUT    plans/{plan}                 PlanRequest -> PlanView                planner

GET    sessions?plan=&site=&day=&state=   -> Sessions                      any
GET    sessions/{session}           -> SessionView (rooms and how full)    any
GET    sessions/{session}/tickets   -> Tickets (admission tickets)         planner, viewer
GET    sessions/{session}/tickets.xlsx   -> file: seats and tickets for the door   planner, viewer
POST   sessions/{session}/cancel    CancelRequest -> SessionView           planner

POST   arrangements                 ProposalRequest -> ProposalView (stores only the proposal)       planner
GET    arrangements/{proposal}      -> ProposalView                        planner
POST   arrangements/{proposal}/confirm   Nothing {} -> ArrangementView     planner
GET    arrangements/changes?session=&page=   -> Changes (newest first)     any
POST   arrangements/changes/{change}/undo    Nothing {} -> ChangeView      planner
POST   tickets/{ticket}/move        MoveRequest -> TicketView (another seat, room or session)        planner
POST   tickets/{ticket}/remove      RemoveRequest -> ChangeView            planner
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from central_sync.centre.files.report import ImportReport
from central_sync.protocol.items import Item, ItemType, Words
from central_sync.protocol.roster import SeatNumber
from central_sync.protocol.session import SiteCode, UserName

BASE = "/api/central"

Role = Literal["planner", "releaser", "viewer", "admin"]
ROLES: tuple[Role, ...] = ("planner", "releaser", "viewer", "admin")

Title = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")]
ShortText = Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]
PersonName = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
Category = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""作业类别 / 人员类别"""
Number = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}[0-9]{4,9}$")]
"""A number that the centre gives: B0001 bank, R0001 roster, M0001 blueprint, P0001 plan, A0001 proposal."""


class Asked(Words):
    """Base of request bodies: no value is bent into another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Nothing(Asked):
    """The empty body {} of a request that needs no more words."""


class Page(Words):
    """Which page of a list, from 1."""

    page: Annotated[int, Field(ge=1, le=100_000)] = 1
    size: Annotated[int, Field(ge=1, le=200)] = 50


# Staff


class LoginRequest(Asked):
    """User name and password."""

    username: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class AccountView(Words):
    """A staff account of the centre, without secrets."""

    username: str
    name: str
    roles: tuple[Role, ...]
    active: bool
    must_change_password: bool
    last_login: AwareDatetime | None


class Me(Words):
    """Who is logged in."""

    staff: AccountView
    centre: str
    """Name of the centre."""
    time_zone: str
    version: str


class PasswordChange(Asked):
    """Own password: old and new."""

    old: Annotated[str, Field(max_length=200)]
    new: Annotated[str, Field(min_length=1, max_length=200)]


class Accounts(Words):
    """All staff accounts."""

    accounts: tuple[AccountView, ...]


class AccountRequest(Asked):
    """A new account; its password must be changed at the first log-in."""

    username: UserName
    name: PersonName
    roles: Annotated[tuple[Role, ...], Field(min_length=1, max_length=4)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class AccountChange(Asked):
    """A change of an account; what is null or left out stays."""

    name: PersonName | None = None
    roles: Annotated[tuple[Role, ...], Field(min_length=1, max_length=4)] | None = None
    active: bool | None = None
    password: Annotated[str, Field(min_length=1, max_length=200)] | None = None


# Sites


class ServerFacts(Asked):
    """A theory server (理论考场服务器) as form 4 has it."""

    name: PersonName
    kind: Literal["fixed", "mobile"] = "fixed"
    address_kind: Literal["static", "dynamic"] = "static"
    mac: Annotated[str, StringConstraints(pattern=r"^([0-9A-F]{2}-){5}[0-9A-F]{2}$")] | Literal[""] = ""
    cpu_cores: Annotated[int, Field(ge=0, le=1024)] = 0
    memory_gb: Annotated[int, Field(ge=0, le=65536)] = 0
    disk_gb: Annotated[int, Field(ge=0, le=10_000_000)] = 0


class RoomFacts(Asked):
    """A theory exam room (理论考场) with seats 1 to capacity."""

    name: PersonName
    capacity: Annotated[int, Field(ge=1, le=500)]
    server: ShortText = ""
    """Name of one of the site's servers, or empty."""
    closed_seats: Annotated[tuple[SeatNumber, ...], Field(max_length=500)] = ()
    """Seats that nobody is arranged to, such as broken machines."""


class SiteRequest(Asked):
    """An exam site (考试点) as form 4 has it; the whole of it, rooms and servers included."""

    name: Title
    province: ShortText = ""
    city: ShortText
    county: ShortText = ""
    address: Annotated[str, StringConstraints(max_length=200)] = ""
    credit_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-HJ-NP-RTUW-Y]{18}$")] | Literal[""] = ""
    """统一社会信用代码"""
    founded: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] | Literal[""] = ""
    site_type: Literal["theory", "practical", "both"] = "theory"
    person_in_charge: ShortText = ""
    phone: Annotated[str, StringConstraints(max_length=30)] = ""
    time_zone: Annotated[str, StringConstraints(max_length=60)] = "Asia/Shanghai"
    servers: Annotated[tuple[ServerFacts, ...], Field(max_length=50)] = ()
    rooms: Annotated[tuple[RoomFacts, ...], Field(min_length=1, max_length=100)]
    active: bool = True
    """False: nobody is arranged there any more."""


class SiteView(SiteRequest):
    """An exam site, and how many it seats."""

    code: SiteCode
    seats: int
    """Usable seats of all rooms."""
    updated_at: AwareDatetime


class Sites(Words):
    """All exam sites, by code."""

    sites: tuple[SiteView, ...]


# Jobs


class JobView(Words):
    """Long work (import) and how far it is."""

    job: str
    kind: Literal["bank.import", "roster.import", "package.build"]
    subject: str
    """Number of the bank or roster, id of the session."""
    state: Literal["waiting", "running", "done", "failed"]
    """failed: nothing was stored; `report` or `zh`/`en` say why."""
    percent: Annotated[int, Field(ge=0, le=100)]
    zh: str
    """What is done right now, or how it ended."""
    en: str
    report: ImportReport | None
    """Findings of an import, with place and field; for planners only."""
    created_at: AwareDatetime
    finished_at: AwareDatetime | None
    by: str


class Jobs(Words):
    """Jobs, newest first."""

    jobs: tuple[JobView, ...]


# Banks


class BankRequest(Asked):
    """Name and category of a question bank (题库)."""

    name: Title
    category: Category


class BankVersionView(Words):
    """One version of a bank, as an import made it."""

    version: int
    at: AwareDatetime
    by: str
    source: str
    """Name of the file that came in."""
    items: int
    added: int
    changed: int
    removed: int


class TopicCount(Words):
    """How many items of a type a topic holds."""

    topic: str
    type: ItemType
    items: int


class BankView(Words):
    """A question bank and what is in its newest version."""

    bank: str
    name: str
    category: str
    version: int
    """0 while it is empty."""
    items: int
    media: int
    counts: tuple[TopicCount, ...]
    versions: tuple[BankVersionView, ...]
    """Newest first."""
    updated_at: AwareDatetime


class Banks(Words):
    """All banks, by number."""

    banks: tuple[BankView, ...]


class ItemsQuery(Page):
    """Which items of a bank."""

    version: Annotated[int, Field(ge=1)] | None = None
    """The newest when left out."""
    type: ItemType | None = None
    topic: str | None = None
    search: Annotated[str, Field(max_length=100)] | None = None
    """Part of number, stem or choices."""


class ItemsPage(Words):
    """Items of a bank, with keys. Media: banks/{bank}/media/{sha256}."""

    bank: str
    version: int
    total: int
    page: int
    size: int
    items: tuple[Item, ...]


class BankImportQuery(Words):
    """How a file goes into a bank."""

    format: Literal["xlsx", "qti"]
    mode: Literal["merge", "replace"] = "merge"
    """merge: new items come in, items with a known number are replaced, others stay; replace: the
    bank's new version holds the file's items alone."""


# Rosters


class RosterRequest(Asked):
    """A new, empty roster (考生名册)."""

    name: Title
    category: Category


class RosterView(Words):
    """A roster without its candidates."""

    roster: str
    name: str
    category: str
    candidates: int
    photos: int
    """Candidates that have a photo."""
    arranged: int
    """Candidates that hold a ticket of a session that is not over."""
    created_at: AwareDatetime
    by: str


class Rosters(Words):
    """All rosters, newest first."""

    rosters: tuple[RosterView, ...]


class CandidateView(Words):
    """A candidate (考生) on a roster."""

    entry: int
    """Number of the line in the roster, for DELETE."""
    name: str
    sex: Literal["M", "F"]
    id_number: str
    """Masked for viewers."""
    employer: str
    mobile: str
    extra_minutes: int
    resit: int
    remark: str
    photo: str | None
    """SHA-256 for photos/{sha256}."""
    tickets: tuple[str, ...]


class RosterQuery(Page):
    """Which candidates of a roster."""

    search: Annotated[str, Field(max_length=100)] | None = None
    """Part of name, ID number or employer."""


class RosterPage(Words):
    """A roster and one page of its candidates."""

    roster: RosterView
    total: int
    page: int
    size: int
    candidates: tuple[CandidateView, ...]
