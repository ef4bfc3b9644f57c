"""The hall behind the console double: seats, sessions, credits and accounts in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.session import Room
from exam_appliance.exam.states import SeatState, SessionState
from exam_appliance.web.console.models import (
    ActionReport,
    ActionRequest,
    Connection,
    CreditProposal,
    LogLine,
    Refused,
    RehearsalView,
    SeatView,
    SessionView,
    StaffView,
    SyncView,
)

PASSWORD = "Kaodian#2026"
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何"
GIVEN = ("建国", "秀英", "志强", "桂兰", "明", "海燕", "永刚", "丽华", "文博", "晓梅", "俊", "玉珍")
STEPS = {
    SessionState.DOWNLOADED: ("unlock",),
    SessionState.UNLOCKED: ("open",),
    SessionState.OPEN: ("start", "end"),
    SessionState.RUNNING: ("pause", "end"),
    SessionState.PAUSED: ("resume", "end"),
    SessionState.ENDED: ("sign_off",),
}
FITS: dict[str, tuple[SeatState, ...]] = {
    "start": (SeatState.CHECKED_IN,),
    "pause": (SeatState.SITTING,),
    "resume": (SeatState.PAUSED,),
    "extend": (SeatState.SITTING, SeatState.PAUSED),
    "lock": (SeatState.CHECKED_IN, SeatState.SITTING, SeatState.PAUSED),
    "unlock": (SeatState.CHECKED_IN, SeatState.SITTING, SeatState.PAUSED),
    "message": (SeatState.CHECKED_IN, SeatState.SITTING, SeatState.PAUSED),
    "move": (SeatState.ARRANGED, SeatState.CHECKED_IN, SeatState.SITTING, SeatState.PAUSED),
    "submit": (SeatState.SITTING, SeatState.PAUSED),
    "terminate": (SeatState.CHECKED_IN, SeatState.SITTING, SeatState.PAUSED, SeatState.SCORED),
    "reopen": (SeatState.SCORED, SeatState.VOIDED),
    "absent": (SeatState.ARRANGED,),
    "present": (SeatState.ABSENT,),
}
LEADS_TO = {
    "start": SeatState.SITTING,
    "pause": SeatState.PAUSED,
    "resume": SeatState.SITTING,
    "submit": SeatState.SCORED,
    "terminate": SeatState.VOIDED,
    "reopen": SeatState.SITTING,
    "absent": SeatState.ABSENT,
    "present": SeatState.ARRANGED,
}


def moment(**shift: float) -> datetime:
    """Return now moved by timedelta(**shift), in UTC."""
    return datetime.now(UTC) + timedelta(**shift)


def staff(username: str, name: str, *roles: str, forced: bool = False, origin: str = "site") -> StaffView:
    """Return an account with the given roles."""
    return StaffView.model_validate(
        {
            "username": username,
            "name": name,
            "roles": roles,
            "active": True,
            "origin": origin,
            "must_change_password": forced,
            "last_login": moment(hours=-20),
        }
    )


def make_session(name: str, title: str, state: SessionState, **more: object) -> SessionView:
    """Return a session without candidates; `more` overrides fields."""
    values: dict[str, object] = {
        "session": name,
        "title": title,
        "category": "低压电工作业",
        "plan": "P-2026-11",
        "state": state,
        "practice": False,
        "starts_at": moment(minutes=40),
        "unlock_from": moment(minutes=-30),
        "closes_at": moment(hours=3),
        "duration_minutes": 120,
        "points": 100,
        "pass_points": 80,
        "rooms": (Room(name="第一考场", capacity=30), Room(name="第二考场", capacity=30)),
        "package": f"PKG-{name}",
        "counts": {},
        "candidates": 0,
        "now": moment(),
        "steps": (),
        "reason": "",
        "open_credits": 0,
    }
    return SessionView.model_validate({**values, **more})


def make_seat(
    index: int, state: SeatState, room: str = "第一考场", ticket_prefix: str = "2611230", **more: object
) -> SeatView:
    """Return the index-th candidate (from 1) in the given state."""
    sitting = state in (SeatState.SITTING, SeatState.PAUSED)
    done = state is SeatState.SCORED
    connection = Connection.LIVE if sitting or state is SeatState.CHECKED_IN else Connection.NONE
    points = 58 + (index * 7) % 41 if done else None
    values: dict[str, object] = {
        "ticket": f"{ticket_prefix}{index:05d}",
        "name": SURNAMES[index % len(SURNAMES)] + GIVEN[(index * 5) % len(GIVEN)],
        "sex": "MF"[index % 2],
        "id_number": f"1401**********{1000 + index}",
        "room": room,
        "seat": index,
        "arranged_seat": index,
        "state": state,
        "locked": False,
        "reason": "",
        "answered": (index * 13) % 90 if sitting else 100 if done else 0,
        "flagged": index % 4 if sitting else 0,
        "total": 100 if sitting or done else 0,
        "remaining_ms": 4_000_000 + index * 1000 if sitting else None,
        "credit_ms": 0,
        "extra_minutes": 0,
        "resit": 0,
        "connection": connection,
        "contact_age_ms": 2000 if connection is Connection.LIVE else None,
        "address": f"10.20.1.{index}" if connection is Connection.LIVE else "",
        "saves": index * 3 if sitting else 0,
        "points": points,
        "passed": None if points is None else points >= 80,
        "note": "考生交卷" if done else "",
    }
    return SeatView.model_validate({**values, **more})


def running_room(many: int = 30) -> list[SeatView]:
    """Return a room in the middle of an exam, with everything that a board can show."""
    seats = [make_seat(index, SeatState.SITTING) for index in range(1, many + 1)]
    seats[2] = make_seat(3, SeatState.SITTING, connection=Connection.LOST, contact_age_ms=47_000)
    seats[4] = make_seat(5, SeatState.SITTING, locked=True, reason="疑似违纪，待核查")
    seats[6] = make_seat(7, SeatState.PAUSED, reason="设备故障")
    seats[8] = make_seat(9, SeatState.SITTING, extra_minutes=30, credit_ms=600_000)
    seats[9] = make_seat(10, SeatState.SITTING, resit=1, connection=Connection.SLOW, contact_age_ms=16_000)
    seats[11] = make_seat(12, SeatState.SITTING, arranged_seat=31, remaining_ms=200_000)
    for index in (14, 18, 22):
        seats[index - 1] = make_seat(index, SeatState.SCORED)
    for index in (25, 26, 27):
        seats[index - 1] = make_seat(index, SeatState.ARRANGED)
    seats[27] = make_seat(28, SeatState.ABSENT, reason="未到考点")
    seats[28] = make_seat(29, SeatState.VOIDED, reason="使用通讯工具", connection=Connection.NONE)
    seats[29] = make_seat(30, SeatState.CHECKED_IN)
    return seats


@dataclass
class DoubleHall:
    """State of one hall (real or practice) and what happened in it."""

    sessions: dict[str, SessionView] = field(default_factory=dict)
    seats: dict[str, dict[str, SeatView]] = field(default_factory=dict)
    credits: dict[str, CreditProposal] = field(default_factory=dict)
    log: list[LogLine] = field(default_factory=list)
    seq: int = 1000
    changed: dict[str, int] = field(default_factory=dict)
    """Ticket to the seq of its last change."""

    def add(self, session: SessionView, seats: Iterable[SeatView] = ()) -> None:
        """Put a session with its candidates into the hall."""
        self.sessions[session.session] = session
        self.seats[session.session] = {seat.ticket: seat for seat in seats}

    def view(self, session: str) -> SessionView:
        """Return the session with fresh counts, or raise Problem `missing`."""
        if session not in self.sessions:
            raise Problem("missing", "session.unknown", "没有这个场次", "no such session")
        held = self.sessions[session]
        seats = self.seats[session].values()
        counts = {state: sum(seat.state is state for seat in seats) for state in SeatState}
        return held.model_copy(
            update={
                "counts": {state: n for state, n in counts.items() if n},
                "candidates": len(seats) or held.candidates,
                "now": moment(),
                "steps": STEPS.get(held.state, ()),
                "open_credits": sum(
                    credit.tickets[0] in self.seats[session] for credit in self.credits.values()
                ),
            }
        )

    def change(self, session: str, ticket: str, **fields: object) -> None:
        """Change one seat; the board's stream tells of it."""
        self.seq += 1
        self.changed[ticket] = self.seq
        held = self.seats[session][ticket]
        self.seats[session][ticket] = held.model_copy(update=fields)

    def step(self, session: str, state: SessionState, reason: str = "") -> None:
        """Take the session to a state."""
        self.seq += 1
        self.sessions[session] = self.sessions[session].model_copy(update={"state": state, "reason": reason})

    def write(self, kind: str, subject: str, actor: str, zh: str, en: str) -> None:
        """Add a line to the log."""
        self.seq += 1
        line = LogLine(seq=self.seq, at=moment(), kind=kind, subject=subject, actor=actor, zh=zh, en=en)
        self.log.insert(0, line)

    def act(self, session: str, request: ActionRequest, actor: str) -> ActionReport:
        """Apply an action to whom it fits; refuse it for the others."""
        seats = self.seats[session]
        done, refused = [], []
        for ticket in request.tickets if request.tickets is not None else tuple(seats):
            if ticket not in seats or seats[ticket].state not in FITS[request.action]:
                words = ("当前状态不能进行此操作", "not possible in the present state")
                refused.append(Refused(ticket=ticket, reason="attempt.state", zh=words[0], en=words[1]))
                continue
            self.change(session, ticket, **self._effect(seats[ticket], request))
            zh = f"{request.action}：{request.reason or request.text}"
            self.write(f"attempt.{request.action}", ticket, actor, zh, request.action)
            done.append(ticket)
        return ActionReport(done=tuple(done), refused=tuple(refused))

    def _effect(self, seat: SeatView, request: ActionRequest) -> dict[str, object]:
        fields: dict[str, object] = {"reason": request.reason}
        given_ms = (request.minutes or 0) * 60_000
        if request.action in LEADS_TO:
            fields["state"] = LEADS_TO[request.action]
        if request.action == "extend":
            fields["credit_ms"] = seat.credit_ms + given_ms
            fields["remaining_ms"] = (seat.remaining_ms or 0) + given_ms
        elif request.action in ("lock", "unlock"):
            fields["locked"] = request.action == "lock"
        elif request.action == "move":
            fields["seat"] = request.seat
        elif request.action == "message":
            fields["note"] = request.text
        elif request.action == "start":
            fields |= {"total": 100, "remaining_ms": 7_200_000}
        elif request.action == "submit":
            fields |= {"points": seat.answered, "passed": seat.answered >= 80, "note": "监考员收卷"}
        elif request.action == "reopen":
            fields |= {"points": None, "passed": None, "remaining_ms": given_ms}
        return fields


@dataclass
class DoubleSite:
    """The site: two halls, staff, sync and rehearsal."""

    hall: DoubleHall
    practice: DoubleHall
    staff: dict[str, StaffView]
    passwords: dict[str, str]
    sync: SyncView
    rehearsal: RehearsalView


def sample_site(many: int = 30) -> DoubleSite:
    """Return a site with a session in each state and a running room of `many` seats."""
    hall = DoubleHall()
    hall.add(
        make_session(
            "S-RUN",
            "低压电工作业（初训）2026年11月 上午场",
            SessionState.RUNNING,
            starts_at=moment(minutes=-50),
        ),
        running_room(many),
    )
    hall.add(
        make_session("S-OPEN", "危险化学品安全作业 2026年11月 下午场", SessionState.OPEN),
        [
            make_seat(
                index, SeatState.CHECKED_IN if index < 29 else SeatState.ARRANGED, ticket_prefix="2611231"
            )
            for index in range(1, 33)
        ],
    )
    hall.add(
        make_session(
            "S-NEW",
            "低压电工作业（复训）下午场",
            SessionState.DOWNLOADED,
            candidates=28,
            starts_at=moment(days=1),
        )
    )
    hall.add(
        make_session("S-END", "高压电工作业 早场", SessionState.ENDED, starts_at=moment(hours=-3)),
        [make_seat(index, SeatState.SCORED, ticket_prefix="2611232") for index in range(1, 27)]
        + [
            make_seat(27, SeatState.ABSENT, ticket_prefix="2611232", reason="未到考点"),
            make_seat(28, SeatState.ARRANGED, ticket_prefix="2611232"),
        ],
    )
    hall.credits["C-1"] = CreditProposal(
        id="C-1",
        cause="server",
        from_at=moment(minutes=-20),
        to_at=moment(minutes=-18, seconds=-30),
        ms=90_000,
        tickets=tuple(
            seat.ticket for seat in hall.seats["S-RUN"].values() if seat.state is SeatState.SITTING
        ),
        zh="服务器重启，期间无法保存作答",
        en="the server restarted; nothing could be saved meanwhile",
    )
    hall.write("session.downloaded", "S-RUN", "site", "考试包已下载", "package downloaded")
    hall.write("session.started", "S-RUN", "chen.ming", "开考：24 名考生", "session started: 24")
    hall.write(
        "attempt.locked", "261123000005", "li.na", "锁定：疑似违纪，待核查", "locked: suspected cheating"
    )
    practice = DoubleHall()
    practice.add(
        make_session(
            "PRACTICE", "练习场次", SessionState.RUNNING, practice=True, starts_at=moment(minutes=-5)
        ),
        [make_seat(index, SeatState.SITTING) for index in range(1, 9)],
    )
    people = [
        staff("chen.ming", "陈明", "lead", "invigilator"),
        staff("li.na", "李娜", "invigilator"),
        staff("wang.qiang", "王强", "technician"),
        staff("new.hand", "新人", "invigilator", forced=True),
        staff("zhou.hui", "周慧", "lead", origin="centre"),
    ]
    return DoubleSite(
        hall=hall,
        practice=practice,
        staff={person.username: person for person in people},
        passwords={person.username: PASSWORD for person in people},
        sync=SyncView(
            enrolled=True,
            centre="https://centre.example:8443",
            appliance="6f1c0f86-3b7e-4a55-9d43-0d4e7b1a2c3d",
            online=True,
            last_contact=moment(seconds=-4),
            head_seq=4120,
            acknowledged_seq=4000,
            quarantined=False,
            error_zh="",
            error_en="",
            transfers=("考试包 PKG-S-NEW 45%",),
        ),
        rehearsal=RehearsalView(state="none", progress=0, zh="", en="", report=None),
    )
