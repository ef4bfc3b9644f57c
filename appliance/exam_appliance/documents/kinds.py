"""Every kind of document (单据) that is printed at a site, with the model of its data.

A document holds what is on the paper and nothing else: where a number is masked on paper, it is masked in
the data too. Moments carry their zone; the paper shows them in the site's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from central_sync.protocol.items import Words
from central_sync.protocol.roster import SeatNumber, TicketNumber
from exam_appliance.documents.photo import Photo

Line = Annotated[str, Field(max_length=120)]
Name = Annotated[str, Field(max_length=60)]
Paragraph = Annotated[str, Field(max_length=500)]
Count = Annotated[int, Field(ge=0, le=100_000)]


class DocumentKind(StrEnum):
    """Kinds of document (单据类别)."""

    ADMISSION_TICKET = "admission_ticket"  # 准考证
    QUEUE_SLIP = "queue_slip"  # 排队号条
    SEAT_SLIP = "seat_slip"  # 座位条
    SIGN_IN_SHEET = "sign_in_sheet"  # 签到表
    ROOM_LIST = "room_list"  # 考场门贴
    ROOM_RECORD = "room_record"  # 考场记录单
    SCORE_REPORT = "score_report"  # 成绩单


class DocumentData(Words):
    """Base of all documents: whose site it is, and in which zone its moments are shown."""

    site: Line
    """Name of the site."""
    time_zone: Annotated[str, Field(max_length=40)] = "Asia/Shanghai"


class AdmissionTicket(DocumentData):
    """An admission ticket (准考证); its code is the ticket number, as identity/scanned_code.py reads it."""

    address: Line = ""
    """Where the site is."""
    session: Line
    """Title of the session."""
    category: Line = ""
    ticket: TicketNumber
    name: Name
    sex: Literal["M", "F", ""] = ""
    id_number: Annotated[str, Field(max_length=18)]
    employer: Line = ""
    room: Name
    seat: SeatNumber
    starts_at: AwareDatetime
    duration_minutes: Annotated[int, Field(ge=1, le=1000)]
    late_minutes: Annotated[int, Field(ge=0, le=240)] = 30
    """Nobody is let in later than this after the start."""
    resit: Annotated[int, Field(ge=0, le=9)] = 0
    extra_minutes: Annotated[int, Field(ge=0, le=240)] = 0
    photo: Photo = ""


class QueueSlip(DocumentData):
    """A queue ticket (排队号) as it comes out of the kiosk."""

    number: Annotated[str, Field(min_length=1, max_length=12)]
    """As it is called: A012."""
    service: Line = ""
    """What is waited for: 身份核验."""
    service_en: Line = ""
    session: Line = ""
    name: Name = ""
    """Masked: a slip is dropped and left lying."""
    room: Name = ""
    ahead: Count | None = None
    """How many wait before."""
    wait_minutes: Annotated[int, Field(ge=0, le=600)] | None = None
    """About how long; None where nothing is known yet."""
    taken_at: AwareDatetime
    code: Annotated[str, Field(max_length=120)] = ""
    """Text of the code, empty for none: the admission ticket's number, or what the queue page wants."""
    note: Line = ""
    note_en: Line = ""


class SeatSlip(DocumentData):
    """A seat slip (座位条): handed over at the identity desk once somebody passed."""

    session: Line
    starts_at: AwareDatetime
    name: Name
    id_number: Annotated[str, Field(max_length=18)] = ""
    """Masked."""
    ticket: TicketNumber
    room: Name
    seat: SeatNumber
    way: Line = ""
    """How to get there: 3 楼东侧."""
    verified_at: AwareDatetime | None = None


class SignInRow(Words):
    """One candidate of a sign-in sheet."""

    seat: SeatNumber
    ticket: TicketNumber
    name: Name
    sex: Literal["M", "F", ""] = ""
    id_number: Annotated[str, Field(max_length=18)]
    """Masked."""
    photo: Photo = ""
    remark: Line = ""
    """What invigilators should know: 加时 30 分钟, 补考."""


class SignInSheet(DocumentData):
    """A sign-in sheet (签到表) of one room, with photos where there are some."""

    session: Line
    code: Line = ""
    """Id of the session."""
    category: Line = ""
    room: Name
    starts_at: AwareDatetime
    duration_minutes: Annotated[int, Field(ge=1, le=1000)]
    rows: tuple[SignInRow, ...]


class RoomListRow(Words):
    """One candidate of a list on the door."""

    seat: SeatNumber
    ticket: TicketNumber
    name: Name
    """Masked: everybody reads it."""
    id_number: Annotated[str, Field(max_length=18)]
    """Masked."""


class RoomList(DocumentData):
    """The list on the door of a room (考场门贴)."""

    session: Line
    category: Line = ""
    room: Name
    starts_at: AwareDatetime
    duration_minutes: Annotated[int, Field(ge=1, le=1000)]
    late_minutes: Annotated[int, Field(ge=0, le=240)] = 30
    rows: tuple[RoomListRow, ...]


class RecordLine(Words):
    """Something that happened (考场情况)."""

    at: AwareDatetime
    seat: SeatNumber | None = None
    name: Name = ""
    zh: Paragraph
    by: Name = ""


class RecordPerson(Words):
    """A candidate who is named in the record."""

    seat: SeatNumber
    ticket: TicketNumber
    name: Name
    reason: Paragraph = ""


class QueueFigures(Words):
    """The counts of a session's queue (排队统计); waits from taking the number to the first call, seconds."""

    taken: Count
    called: Count
    served: Count
    no_shows: Count
    mean_wait_s: Annotated[int, Field(ge=0)] | None = None
    longest_wait_s: Annotated[int, Field(ge=0)] | None = None


class RoomRecord(DocumentData):
    """The record of a room (考场记录单): counts, who was absent or void, what happened, who signs."""

    session: Line
    code: Line = ""
    category: Line = ""
    room: Name
    starts_at: AwareDatetime
    duration_minutes: Annotated[int, Field(ge=1, le=1000)]
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    arranged: Count
    present: Count
    absent: tuple[RecordPerson, ...] = ()
    voided: tuple[RecordPerson, ...] = ()
    handed_in: Count
    """Scored or submitted."""
    queue: QueueFigures | None = None
    """Of the whole session; None where no numbers were taken."""
    lines: tuple[RecordLine, ...] = ()
    more_lines: Count = 0
    """Lines that the journal holds beyond those printed."""
    remarks: Paragraph = ""
    signed_off_at: AwareDatetime | None = None
    signed_by: Name = ""
    second: Name = ""
    journal_head: Annotated[str, Field(max_length=64)] = ""
    """Hash of the journal's last entry when the record was made: paper and journal can be matched."""


class ScoreSection(Words):
    """Points of one section of a paper."""

    name: Line
    items: Count
    right: Count
    points: Count
    of: Count


class ScoreReport(DocumentData):
    """A candidate's score (成绩单)."""

    session: Line
    category: Line = ""
    ticket: TicketNumber
    name: Name
    sex: Literal["M", "F", ""] = ""
    id_number: Annotated[str, Field(max_length=18)]
    """Masked."""
    employer: Line = ""
    room: Name
    seat: SeatNumber
    starts_at: AwareDatetime
    points: Count
    of: Count
    pass_points: Count
    passed: bool
    resit: Annotated[int, Field(ge=0, le=9)] = 0
    sections: tuple[ScoreSection, ...] = ()
    valid_months: Annotated[int, Field(ge=0, le=120)] = 12
    """How long a pass counts; 0 leaves the sentence out."""
    photo: Photo = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A kind of document: its data, its template and its names."""

    kind: DocumentKind
    model: type[DocumentData]
    template: str
    """File name below the folder of templates."""
    zh: str
    en: str
    slip: bool = False
    """Whether it is a slip: on a receipt printer its lines are printed, on others a small page."""
    public: bool = False
    """Whether it hangs on a wall or lies about, so that it holds nothing that is not masked."""


DOCUMENTS: dict[DocumentKind, Document] = {
    document.kind: document
    for document in (
        Document(
            DocumentKind.ADMISSION_TICKET,
            AdmissionTicket,
            "admission-ticket.html",
            "准考证",
            "Admission ticket",
        ),
        Document(
            DocumentKind.QUEUE_SLIP,
            QueueSlip,
            "queue-slip.html",
            "排队号条",
            "Queue slip",
            slip=True,
            public=True,
        ),
        Document(DocumentKind.SEAT_SLIP, SeatSlip, "seat-slip.html", "座位条", "Seat slip", slip=True),
        Document(DocumentKind.SIGN_IN_SHEET, SignInSheet, "sign-in-sheet.html", "签到表", "Sign-in sheet"),
        Document(DocumentKind.ROOM_LIST, RoomList, "room-list.html", "考场门贴", "Room list", public=True),
        Document(DocumentKind.ROOM_RECORD, RoomRecord, "room-record.html", "考场记录单", "Room record"),
        Document(DocumentKind.SCORE_REPORT, ScoreReport, "score-report.html", "成绩单", "Score report"),
    )
}
"""All kinds, in the order of an exam day."""


def people_on(data: DocumentData) -> int:
    """Return how many people's data a document shows."""
    if isinstance(data, SignInSheet | RoomList):
        return len(data.rows)
    if isinstance(data, RoomRecord):
        return len({one.ticket for one in (*data.absent, *data.voided)}) + len(
            {line.seat for line in data.lines if line.name}
        )
    if isinstance(data, QueueSlip):
        return int(bool(data.name or data.code))
    return 1
