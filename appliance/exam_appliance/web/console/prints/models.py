"""What the console says and hears of printing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from central_sync.protocol.items import Words
from central_sync.protocol.roster import TicketNumber
from exam_appliance.documents.job import PrintState
from exam_appliance.documents.kinds import DocumentKind

RoomName = Annotated[str, Field(min_length=1, max_length=60)]
RoleId = Annotated[str, Field(pattern=r"^[a-z]{1,20}(-[1-9][0-9]?)?\.[a-z]{1,20}$")]
Deed = Literal["retry", "redirect", "cancel", "confirm", "reprint"]


class PrintReason(Words):
    """Why a document is not out yet, and what to do."""

    code: str
    zh: str
    en: str


class PrintView(Words):
    """A print job (打印任务)."""

    id: str
    kind: DocumentKind
    kind_zh: str
    kind_en: str
    subject: str
    title: str
    session: str
    copy_number: int
    documents: int
    people: int
    role: str
    role_zh: str
    role_en: str
    device: str
    """Printer that it was given to, empty before."""
    actor: str
    actor_name: str
    asked_at: AwareDatetime
    state: PrintState
    reason: PrintReason | None
    done: int
    """Documents made so far of a job that is being made, 0 else."""
    settled_at: AwareDatetime | None
    seq: int
    deeds: tuple[Deed, ...]
    """What a person may do about it."""


class PrinterView(Words):
    """A role of a printer, and whether it prints now."""

    role: str
    zh: str
    en: str
    device: str
    """Name of the printer, empty where none is ready."""
    ready: bool
    receipts: bool
    """Whether it is a receipt printer, which takes slips only."""
    reason: PrintReason | None
    waiting: int
    """Jobs that wait for it."""


class TemplateFault(Words):
    """A template of the province that is broken; the shipped one is used."""

    file: str
    line: int
    zh: str
    en: str


class PrintDesk(Words):
    """What is not out, where it could come out, and what is wrong with templates."""

    jobs: tuple[PrintView, ...]
    """Oldest first: those that wait, those that are being printed, those that need a person."""
    needing: int
    """How many need a person."""
    printers: tuple[PrinterView, ...]
    faults: tuple[TemplateFault, ...]


class PrintHistoryQuery(Words):
    """Which jobs: of a session, a kind, a state, before an entry."""

    session: Annotated[str, Field(max_length=40)] = ""
    kind: DocumentKind | None = None
    state: PrintState | None = None
    before: Annotated[int, Field(ge=0, le=2**53)] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class PrintHistory(Words):
    """Jobs, newest first."""

    jobs: tuple[PrintView, ...]
    more: bool
    """Whether there are older ones."""


class CancelRequest(Words):
    """Why a document is not wanted any more."""

    reason: Annotated[str, Field(max_length=500)] = ""


class RoleRequest(Words):
    """To which printer; empty for the same as before."""

    role: RoleId | Literal[""] = ""


class PaperKind(Words):
    """A kind of document that a session's rooms have."""

    kind: DocumentKind
    zh: str
    en: str


class PaperRoom(Words):
    """A room of a session."""

    name: str
    candidates: int
    scored: int
    role: str
    """Printer that suggests itself: the room's own where it has one."""


class Papers(Words):
    """What can be printed of a session."""

    session: str
    ended: bool
    """Whether room records can be printed."""
    kinds: tuple[PaperKind, ...]
    rooms: tuple[PaperRoom, ...]
    printers: tuple[PrinterView, ...]
    jobs: tuple[PrintView, ...]
    """What was printed of this session, newest first."""


class PaperRequest(Words):
    """Print a kind of document of a room, or of one candidate of it."""

    kind: DocumentKind
    room: RoomName
    role: RoleId
    ticket: TicketNumber | None = None


class PaperQuery(Words):
    """Which document to show."""

    kind: DocumentKind
    room: RoomName
    ticket: TicketNumber | None = None


class PaperOrdered(Words):
    """The job, and whether it was there before: the same document is not printed twice by accident."""

    job: PrintView
    before: bool
