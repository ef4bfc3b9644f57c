"""Sample documents of invented people: to look at a template before anybody is really there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from central_sync.samples.candidates import SampleCandidate, sample_candidates
from central_sync.samples.city import sample_city
from central_sync.samples.portraits import sample_portrait
from exam_appliance.documents.kinds import (
    AdmissionTicket,
    DocumentData,
    DocumentKind,
    QueueSlip,
    RecordLine,
    RecordPerson,
    RoomList,
    RoomListRow,
    RoomRecord,
    ScoreReport,
    ScoreSection,
    SeatSlip,
    SignInRow,
    SignInSheet,
)
from exam_appliance.documents.names import masked_id, masked_name
from exam_appliance.documents.photo import photo_text

STARTS_AT = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
"""上午9:00 in Asia/Shanghai."""
SESSION = "低压电工作业（初训）2026年11月26日 上午场"
CODE = "MC0101-20261126-A"
CATEGORY = "特种作业人员 · 电工作业 · 低压电工作业"
ROOM = "第一考场"
ROOM_SIZE = 30


def sample_document(kind: DocumentKind) -> DocumentData:
    """Return a sample of a kind; always the same one."""
    site = sample_city().sites[0]
    people = sample_candidates(ROOM_SIZE)
    one = people[0]
    match kind:
        case DocumentKind.ADMISSION_TICKET:
            return sample_tickets(1)[0]
        case DocumentKind.QUEUE_SLIP:
            return QueueSlip(
                site=site.name,
                number="A012",
                service="身份核验",
                service_en="Identity check",
                session=SESSION,
                name=masked_name(one.name),
                room=ROOM,
                ahead=7,
                wait_minutes=6,
                taken_at=STARTS_AT - timedelta(minutes=41),
                code=_ticket(one),
            )
        case DocumentKind.SEAT_SLIP:
            return SeatSlip(
                site=site.name,
                session=SESSION,
                starts_at=STARTS_AT,
                name=one.name,
                id_number=masked_id(one.id_number),
                ticket=_ticket(one),
                room=ROOM,
                seat=12,
                way="3 楼东侧，上楼左转",
                verified_at=STARTS_AT - timedelta(minutes=32),
            )
        case DocumentKind.SIGN_IN_SHEET:
            return SignInSheet(
                site=site.name,
                session=SESSION,
                code=CODE,
                category=CATEGORY,
                room=ROOM,
                starts_at=STARTS_AT,
                duration_minutes=120,
                rows=tuple(_sign_in_row(person) for person in people),
            )
        case DocumentKind.ROOM_LIST:
            return RoomList(
                site=site.name,
                session=SESSION,
                category=CATEGORY,
                room=ROOM,
                starts_at=STARTS_AT,
                duration_minutes=120,
                late_minutes=30,
                rows=tuple(
                    RoomListRow(
                        seat=person.number,
                        ticket=_ticket(person),
                        name=masked_name(person.name),
                        id_number=masked_id(person.id_number),
                    )
                    for person in people
                ),
            )
        case DocumentKind.ROOM_RECORD:
            return _sample_record(site.name, people)
        case DocumentKind.SCORE_REPORT:
            return ScoreReport(
                site=site.name,
                session=SESSION,
                category=CATEGORY,
                ticket=_ticket(one),
                name=one.name,
                sex="M" if one.sex == "M" else "F",
                id_number=masked_id(one.id_number),
                employer=one.employer,
                room=ROOM,
                seat=12,
                starts_at=STARTS_AT,
                points=91,
                of=100,
                pass_points=80,
                passed=True,
                sections=(
                    ScoreSection(name="单选题", items=70, right=64, points=64, of=70),
                    ScoreSection(name="多选题", items=5, right=4, points=8, of=10),
                    ScoreSection(name="判断题", items=20, right=19, points=19, of=20),
                ),
                photo=photo_text(sample_portrait(one)),
            )


def sample_tickets(count: int) -> tuple[AdmissionTicket, ...]:
    """Return admission tickets of the first `count` sample people, all in one room."""
    site = sample_city().sites[0]
    return tuple(
        AdmissionTicket(
            site=site.name,
            address=site.address,
            session=SESSION,
            category=CATEGORY,
            ticket=_ticket(person),
            name=person.name,
            sex="M" if person.sex == "M" else "F",
            id_number=person.id_number,
            employer=person.employer,
            room=ROOM,
            seat=person.number,
            starts_at=STARTS_AT,
            duration_minutes=120,
            resit=person.resit,
            extra_minutes=person.extra_minutes,
            photo=photo_text(sample_portrait(person)),
        )
        for person in sample_candidates(count)
    )


def _ticket(person: SampleCandidate) -> str:
    return f"2611260101{person.number:02d}"


def _sign_in_row(person: SampleCandidate) -> SignInRow:
    remarks = [f"加时 {person.extra_minutes} 分钟"] if person.extra_minutes else []
    remarks += [f"第 {person.resit} 次补考"] if person.resit else []
    return SignInRow(
        seat=person.number,
        ticket=_ticket(person),
        name=person.name,
        sex="M" if person.sex == "M" else "F",
        id_number=masked_id(person.id_number),
        photo=photo_text(sample_portrait(person)),
        remark="，".join(remarks),
    )


def _sample_record(site: str, people: tuple[SampleCandidate, ...]) -> RoomRecord:
    def named(number: int, reason: str) -> RecordPerson:
        person = people[number - 1]
        return RecordPerson(seat=number, ticket=_ticket(person), name=person.name, reason=reason)

    def happened(minutes: int, seat: int | None, zh: str) -> RecordLine:
        name = people[seat - 1].name if seat else ""
        return RecordLine(at=STARTS_AT + timedelta(minutes=minutes), seat=seat, name=name, zh=zh, by="卫青山")

    return RoomRecord(
        site=site,
        session=SESSION,
        code=CODE,
        category=CATEGORY,
        room=ROOM,
        starts_at=STARTS_AT,
        duration_minutes=120,
        started_at=STARTS_AT + timedelta(minutes=1),
        ended_at=STARTS_AT + timedelta(minutes=124),
        arranged=ROOM_SIZE,
        present=28,
        handed_in=27,
        absent=(named(4, "未到场"), named(19, "电话告知放弃考试")),
        voided=(named(23, "使用手机，两名监考员确认"),),
        lines=(
            happened(8, 15, "换座：15 号 → 29 号（键盘失灵）"),
            happened(33, None, "补时：交换机重启，全场 2 分钟"),
            happened(57, 23, "终止考试：使用手机"),
        ),
        remarks="交换机于 9:33 重启一次，已补时。",
        signed_off_at=STARTS_AT + timedelta(minutes=131),
        signed_by="岳文静",
        second="卫青山",
        journal_head="3f1c" * 16,
    )
