"""The arrangement (考务编排): proposals, their confirmation, and moving or removing one candidate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.api.plan_models import (
    ArrangementView,
    ChangeView,
    LeftOut,
    MoveRequest,
    ProposalRequest,
    ProposalView,
    SessionView,
    TicketView,
)
from central_sync.centre.arrangement.allocation import Applicant, FreeRoom, allocate
from central_sync.centre.arrangement.changes import ChangeLog, change_view
from central_sync.centre.arrangement.clashes import HELD, refuse_overlap
from central_sync.centre.arrangement.eligibility import eligible
from central_sync.centre.arrangement.proposals import Worked, proposal_view
from central_sync.centre.arrangement.slots import Slot, free_room, read_slots, taken_seats
from central_sync.centre.arrangement.snapshot import snapshot
from central_sync.centre.arrangement.turns import take_turn
from central_sync.centre.exchange.counters import advance
from central_sync.centre.plans.plans import held_plan
from central_sync.centre.sessions.sessions import (
    Sessions,
    changeable_session,
    held_ticket,
    new_session_times,
    session_title,
)
from central_sync.centre.sites.sites import Sites
from central_sync.centre.tables.arrangement import (
    ProposalRow,
    SessionRoomRow,
    SessionRow,
    TicketRow,
)
from central_sync.centre.tables.plans import PlanRow
from central_sync.centre.tables.rosters import CandidateRow
from central_sync.protocol.http.problems import Problem


class Arrangement:
    """Arranging candidates. Methods work in the caller's transaction."""

    def __init__(
        self, sites: Sites, sessions: Sessions, changes: ChangeLog, clock: Callable[[], datetime]
    ) -> None:
        self._sites = sites
        self._sessions = sessions
        self._changes = changes
        self._clock = clock

    def propose(self, session: Session, asked: ProposalRequest, by: str) -> ProposalView:
        """Work out a proposal and keep it; nobody is arranged by it.

        Raises Problem plan.unknown, roster.unknown, arrangement.category, arrangement.slots.
        """
        plan = held_plan(session, asked.plan)
        worked = self._work(session, plan, asked)
        row = ProposalRow(
            id=f"A{advance(session, 'number/proposal'):04d}",
            plan=plan.id,
            made_at=self._clock(),
            by=by,
            state="open",
            asked=asked.model_dump_json(),
            proposed="",
        )
        view = proposal_view(row, plan, worked, session)
        row.proposed = view.model_dump_json()
        session.add(row)
        session.flush()
        return view

    def proposal(self, session: Session, proposal: str) -> ProposalView:
        """Return a proposal as it was worked out; raises Problem proposal.unknown."""
        row = _held_proposal(session, proposal)
        return ProposalView.model_validate_json(row.proposed).model_copy(update={"state": row.state})

    def confirm(self, session: Session, proposal: str, by: str) -> ArrangementView:
        """Arrange what a proposal says: sessions are made, tickets given.

        Raises Problem proposal.unknown, proposal.confirmed, proposal.stale when anything that it
        rests on has changed since.
        """
        take_turn(session)
        row = _held_proposal(session, proposal)
        if row.state != "open":
            raise Problem(
                "conflict", "proposal.confirmed", "该方案已确认过", "this proposal is confirmed already"
            )
        plan = held_plan(session, row.plan)
        asked = ProposalRequest.model_validate_json(row.asked, strict=False)
        worked = self._work(session, plan, asked)
        held = ProposalView.model_validate_json(row.proposed)
        again = proposal_view(row, plan, worked, session)
        if (again.slots, again.seats) != (held.slots, held.seats):
            raise Problem(
                "conflict",
                "proposal.stale",
                "方案生成后，名册、考场或已有安排发生了变化，请重新生成方案",
                "rosters, rooms or the arrangement changed since the proposal; make a new one",
            )
        if not held.seats:
            raise Problem(
                "invalid",
                "proposal.empty",
                "方案中没有可安排的考生",
                "nobody is arranged by this proposal",
            )
        made, exams = self._make_sessions(session, plan, worked)
        numbers = self._give_tickets(session, worked, exams)
        row.state = "confirmed"
        used = sorted({exams[place.slot] for place in worked.allocation.places.values()})
        change = self._changes.keep(
            session,
            "confirm",
            by,
            (
                f"安排 {len(numbers)} 名考生到 {len(used)} 个场次（方案 {row.id}）",
                f"arranged {len(numbers)} candidates to {len(used)} sessions (proposal {row.id})",
            ),
            before={},
            after=snapshot(session, numbers),
            sessions=used,
            made=made,
        )
        return ArrangementView(
            change=change.id,
            sessions=tuple(self._sessions.get(session, exam) for exam in used),
            arranged=len(numbers),
        )

    def move(self, session: Session, ticket: str, asked: MoveRequest, by: str) -> TicketView:
        """Give a ticket another seat, room or session of its plan.

        Raises Problem ticket.unknown, session.unknown, session.fixed, move.*.
        """
        take_turn(session)
        row = held_ticket(session, ticket)
        from_exam = changeable_session(session, row.session)
        to_exam = changeable_session(session, asked.session)
        if from_exam.plan != to_exam.plan:
            raise Problem(
                "invalid",
                "move.other_plan",
                "只能移到同一计划的场次",
                "a ticket can move only within its plan",
                fields=(("session", "不属于同一计划", "is of another plan"),),
            )
        room = next((each for each in self._rooms_of(session, to_exam) if each.name == asked.room), None)
        if room is None:
            raise Problem(
                "invalid",
                "move.no_room",
                f"该场次没有考场“{asked.room}”",
                f"the session has no room '{asked.room}'",
                fields=(("room", "该场次没有这个考场", "the session has no such room"),),
            )
        own = {row.seat} if (row.session, row.room) == (to_exam.id, room.name) else set()
        free = [seat for seat in room.seats if seat not in own]
        if not free or (asked.seat is not None and asked.seat not in free):
            raise Problem(
                "conflict",
                "move.no_seat",
                f"“{room.name}”没有空座位" if not free else f"“{room.name}”{asked.seat} 号座位不可用或已占用",
                f"no seat is free in '{room.name}'" if not free else f"seat {asked.seat} is not free",
                fields=(("seat", "不可用", "not free"),),
            )
        if from_exam.id != to_exam.id:
            if to_exam.starts_at <= self._clock():
                raise Problem(
                    "conflict",
                    "move.past",
                    f"场次 {to_exam.id} 的开考时间已过，请移到以后的场次",
                    f"session {to_exam.id} has begun already; choose a later one",
                    fields=(("session", "开考时间已过", "its start is in the past"),),
                )
            refuse_overlap(session, row, to_exam)
        before = snapshot(session, [ticket])
        told = f"{row.room} {row.seat} 号"
        row.session, row.room, row.seat = to_exam.id, room.name, asked.seat or free[0]
        session.flush()
        name = session.get_one(CandidateRow, row.candidate).name
        self._changes.keep(
            session,
            "move",
            by,
            (
                f"{name}（{ticket}）由{told}移到{row.room} {row.seat} 号"
                + (f"，场次 {to_exam.id}" if from_exam.id != to_exam.id else ""),
                f"moved {name} ({ticket}) to {row.room}, seat {row.seat}, session {to_exam.id}",
            ),
            reason=asked.reason,
            before=before,
            after=snapshot(session, [ticket]),
            sessions=(from_exam.id, to_exam.id),
        )
        return self._sessions.ticket(session, ticket)

    def remove(self, session: Session, ticket: str, reason: str, by: str) -> ChangeView:
        """Take a candidate out of a session; raises Problem ticket.unknown, session.fixed."""
        take_turn(session)
        row = held_ticket(session, ticket)
        exam = changeable_session(session, row.session)
        name = session.get_one(CandidateRow, row.candidate).name
        before = snapshot(session, [ticket])
        session.delete(row)
        session.flush()
        change = self._changes.keep(
            session,
            "remove",
            by,
            (f"取消 {name}（{ticket}）的安排", f"took {name} ({ticket}) out of the session"),
            reason=reason,
            before=before,
            after={},
            sessions=(exam.id,),
        )
        return change_view(session, change)

    def cancel(self, session: Session, exam: str, reason: str, by: str) -> SessionView:
        """Cancel a session; raises Problem session.unknown, session.fixed."""
        take_turn(session)
        view = self._sessions.cancel(session, exam, reason)
        self._changes.keep(
            session,
            "cancel",
            by,
            (f"取消场次 {view.title}", f"cancelled session {exam}"),
            reason=reason,
            before={},
            after={},
            sessions=(exam,),
        )
        return view

    def _work(self, session: Session, plan: PlanRow, asked: ProposalRequest) -> Worked:
        slots = read_slots(session, self._sites, plan, asked.slots, self._clock())
        people, left_out = eligible(session, plan, asked.rosters)
        busy = _busy_slots(session, [person.id_number for person in people], slots)
        allocation = allocate(
            [
                Applicant(person.id_number, person.employer, person.roster, busy[person.id_number])
                for person in people
            ],
            [slot.rooms for slot in slots],
            together=asked.together,
            order=asked.order,
        )
        by_number = {person.id_number: person for person in people}
        for applicant in allocation.unseated:
            clash = len(applicant.barred) == len(slots)
            left_out.append(
                LeftOut(
                    name=by_number[applicant.id_number].name,
                    id_number=applicant.id_number,
                    code="arrangement.same_time" if clash else "arrangement.no_seat",
                    zh="这些时间已安排其他考试" if clash else "座位不足，请增加场次或考场",
                    en="sits another exam at these times"
                    if clash
                    else "no seat is left; add a session or room",
                )
            )
        return Worked(slots, by_number, allocation, left_out)

    def _make_sessions(self, session: Session, plan: PlanRow, worked: Worked) -> tuple[list[str], list[str]]:
        """Return the sessions made, and for every slot the id of its session (empty when unused)."""
        used = {place.slot for place in worked.allocation.places.values()}
        made: list[str] = []
        exams: list[str] = []
        for at, slot in enumerate(worked.slots):
            if slot.exam is not None or at not in used:
                exams.append(slot.exam or "")
                continue
            local = slot.starts_at.astimezone(ZoneInfo(slot.zone))
            exam = f"S{local:%Y%m%d}-{advance(session, 'number/session'):04d}"
            session.add(
                SessionRow(
                    id=exam,
                    plan=plan.id,
                    site=slot.site,
                    title=session_title(plan, slot.starts_at, slot.zone),
                    state="arranged",
                    **new_session_times(plan, slot.starts_at),
                )
            )
            session.flush()
            for position, room in enumerate(slot.all_rooms):
                session.add(
                    SessionRoomRow(
                        session=exam,
                        room=room.name,
                        position=position,
                        capacity=room.capacity,
                        server=room.server,
                    )
                )
            session.flush()
            made.append(exam)
            exams.append(exam)
        return made, exams

    def _give_tickets(self, session: Session, worked: Worked, exams: Sequence[str]) -> list[str]:
        numbers = []
        places = sorted(
            worked.allocation.places.items(), key=lambda each: (each[1].slot, each[1].room, each[1].seat)
        )
        last = advance(session, "number/ticket", len(places))
        for offset, (id_number, place) in enumerate(places):
            slot, person = worked.slots[place.slot], worked.people[id_number]
            local = slot.starts_at.astimezone(ZoneInfo(slot.zone))
            number = f"{local:%y%m%d}{(last - len(places) + 1 + offset) % 1_000_000:06d}"
            session.add(
                TicketRow(
                    ticket=number,
                    session=exams[place.slot],
                    room=place.room,
                    seat=place.seat,
                    candidate=id_number,
                    roster=person.roster,
                    extra_minutes=person.extra_minutes,
                    resit=person.resit,
                )
            )
            numbers.append(number)
        session.flush()
        return numbers

    def _rooms_of(self, session: Session, exam: SessionRow) -> list[FreeRoom]:
        named = set(session.scalars(select(SessionRoomRow.room).where(SessionRoomRow.session == exam.id)))
        taken = taken_seats(session, exam.id)
        return [
            free_room(room, taken) for room in self._sites.rooms(session, exam.site) if room.name in named
        ]


def _held_proposal(session: Session, proposal: str) -> ProposalRow:
    row = session.get(ProposalRow, proposal, with_for_update=True)
    if row is None:
        raise Problem(
            "missing",
            "proposal.unknown",
            f"没有方案 {proposal[:20]}，请重新生成",
            f"there is no proposal {proposal[:20]}; make a new one",
        )
    return row


def _busy_slots(session: Session, people: Sequence[str], slots: Sequence[Slot]) -> dict[str, frozenset[int]]:
    """Return for everybody the slots that overlap an exam they are arranged to."""
    busy: dict[str, set[int]] = {number: set() for number in people}
    rows = session.execute(
        select(TicketRow.candidate, SessionRow.starts_at, SessionRow.ends_at)
        .join(SessionRow, SessionRow.id == TicketRow.session)
        .where(SessionRow.state.in_(HELD))
    )
    for candidate, starts_at, ends_at in rows:
        if candidate in busy:
            busy[candidate].update(
                at for at, slot in enumerate(slots) if starts_at < slot.ends_at and slot.starts_at < ends_at
            )
    return {number: frozenset(found) for number, found in busy.items()}
