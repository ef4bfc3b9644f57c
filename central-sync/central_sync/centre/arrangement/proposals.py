"""Proposals (编排方案) as pages show them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from central_sync.centre.api.plan_models import (
    LeftOut,
    ProposalView,
    ProposedRoom,
    ProposedSeat,
    ProposedSlot,
)
from central_sync.centre.arrangement.allocation import Allocation
from central_sync.centre.arrangement.eligibility import Eligible
from central_sync.centre.arrangement.slots import Slot
from central_sync.centre.tables.arrangement import ProposalRow
from central_sync.centre.tables.plans import PlanRow
from central_sync.centre.tables.sites import SiteRow


@dataclass(frozen=True)
class Worked:
    """What was worked out for a request; `people` by ID number."""

    slots: list[Slot]
    people: dict[str, Eligible]
    allocation: Allocation
    left_out: list[LeftOut]


def proposal_view(row: ProposalRow, plan: PlanRow, worked: Worked, session: Session) -> ProposalView:
    """Return a proposal as it was worked out."""
    fresh: dict[tuple[int, str], int] = {}
    for place in worked.allocation.places.values():
        fresh[place.slot, place.room] = fresh.get((place.slot, place.room), 0) + 1
    seats = sorted(
        worked.allocation.places.items(), key=lambda each: (each[1].slot, each[1].room, each[1].seat)
    )
    return ProposalView(
        proposal=row.id,
        plan=plan.id,
        plan_name=plan.name,
        made_at=row.made_at,
        by=row.by,
        state="open",
        slots=tuple(
            ProposedSlot(
                site=slot.site,
                site_name=session.get_one(SiteRow, slot.site).name,
                starts_at=slot.starts_at,
                session=slot.exam,
                rooms=tuple(
                    ProposedRoom(
                        room=room.name,
                        capacity=len(room.seats),
                        arranged=slot.arranged.get(room.name, 0) + fresh.get((at, room.name), 0),
                        fresh=fresh.get((at, room.name), 0),
                    )
                    for room in slot.all_rooms
                ),
            )
            for at, slot in enumerate(worked.slots)
        ),
        seats=tuple(
            ProposedSeat(
                name=worked.people[number].name,
                id_number=number,
                employer=worked.people[number].employer,
                slot=place.slot,
                room=place.room,
                seat=place.seat,
                extra_minutes=worked.people[number].extra_minutes,
                resit=worked.people[number].resit,
            )
            for number, place in seats
        ),
        left_out=tuple(worked.left_out),
    )
