"""Who sits where: candidates are spread over sessions, rooms and seats. Pure, and always the same."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Together = Literal["employer", "roster", "none"]
Order = Literal["mixed", "roster"]


@dataclass(frozen=True)
class Applicant:
    """A candidate who may be arranged. `barred` holds the slots that overlap another exam of theirs."""

    id_number: str
    employer: str
    roster: str
    barred: frozenset[int] = frozenset()


@dataclass(frozen=True)
class FreeRoom:
    """A room of a slot with the seats nobody has yet, in ascending order."""

    name: str
    seats: tuple[int, ...]
    employers: Mapping[int, str] = field(default_factory=dict)
    """Employers of those who sit there already, by seat."""


@dataclass(frozen=True)
class Place:
    """Slot (from 0), room and seat."""

    slot: int
    room: str
    seat: int


@dataclass(frozen=True)
class Allocation:
    """Places by ID number, and who found none (in the order they came)."""

    places: Mapping[str, Place]
    unseated: tuple[Applicant, ...]


def allocate(
    applicants: Sequence[Applicant],
    slots: Sequence[Sequence[FreeRoom]],
    *,
    together: Together = "employer",
    order: Order = "mixed",
) -> Allocation:
    """Return where everybody sits.

    Groups (an employer, a roster) go largest first into the first slot that takes them whole; what
    fits nowhere whole is divided over the slots in their order. Within a slot rooms fill in order.
    `mixed` seats members of one employer apart, also from those who sit there already, as far as
    there are others to sit between them.
    """
    left = [sum(len(room.seats) for room in rooms) for rooms in slots]
    chosen: list[list[Applicant]] = [[] for _ in slots]
    unseated: list[Applicant] = []
    for group in _groups(applicants, together):
        whole = next(
            (
                slot
                for slot, free in enumerate(left)
                if free >= len(group) and not any(slot in member.barred for member in group)
            ),
            None,
        )
        for member in group:
            slot = whole
            if slot is None:
                slot = next((at for at, free in enumerate(left) if free and at not in member.barred), None)
            if slot is None:
                unseated.append(member)
                continue
            chosen[slot].append(member)
            left[slot] -= 1
    place_in_list = {applicant.id_number: at for at, applicant in enumerate(applicants)}
    places: dict[str, Place] = {}
    for slot, members in enumerate(chosen):
        members.sort(key=lambda member: place_in_list[member.id_number])
        seated = _mixed(members, slots[slot]) if order == "mixed" else members
        seats = [(room.name, seat) for room in slots[slot] for seat in room.seats]
        for member, (room, seat) in zip(seated, seats, strict=False):
            places[member.id_number] = Place(slot, room, seat)
    unseated.sort(key=lambda member: place_in_list[member.id_number])
    return Allocation(places, tuple(unseated))


def _mixed(members: Sequence[Applicant], rooms: Sequence[FreeRoom]) -> list[Applicant]:
    """Return the members by free seats, with nobody beside a colleague where others are left.

    Always a member of the largest remaining employer goes next that is not the one at either side.
    """
    queues: dict[str, deque[Applicant]] = {}
    for member in members:
        queues.setdefault(member.employer, deque()).append(member)
    remaining = Counter({name: len(queue) for name, queue in queues.items()})
    first_seen = {name: at for at, name in enumerate(queues)}
    ordered: list[Applicant] = []
    for room in rooms:
        seated = dict(room.employers)
        for seat in room.seats:
            if not remaining:
                return ordered
            # Who names no employer is nobody's colleague.
            beside = {seated.get(seat - 1), seated.get(seat + 1)} - {""}
            names = [name for name in remaining if name not in beside] or list(remaining)
            name = min(names, key=lambda each: (-remaining[each], first_seen[each]))
            ordered.append(queues[name].popleft())
            seated[seat] = name
            remaining[name] -= 1
            if not remaining[name]:
                del remaining[name]
    return ordered


def _groups(applicants: Sequence[Applicant], together: Together) -> list[list[Applicant]]:
    if together == "none":
        return [[applicant] for applicant in applicants]
    groups: dict[str, list[Applicant]] = {}
    for applicant in applicants:
        name = applicant.employer if together == "employer" else applicant.roster
        # Who names no employer has no colleagues to stay with.
        groups.setdefault(name or f"\0{applicant.id_number}", []).append(applicant)
    return sorted(groups.values(), key=len, reverse=True)
