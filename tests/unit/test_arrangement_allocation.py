"""Who sits where: no seat twice, nobody lost, groups whole and colleagues apart as far as that can be."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from central_sync.centre.arrangement.allocation import (
    Allocation,
    Applicant,
    FreeRoom,
    Order,
    Together,
    allocate,
)

Slots = list[list[FreeRoom]]

seats = st.sets(st.integers(1, 12), max_size=8).map(lambda numbers: tuple(sorted(numbers)))
slot_lists = st.lists(
    st.lists(seats, max_size=3).map(
        lambda rooms: [FreeRoom(f"考场{at}", each) for at, each in enumerate(rooms)]
    ),
    min_size=1,
    max_size=4,
)
togethers = st.sampled_from(["employer", "roster", "none"])
orders = st.sampled_from(["mixed", "roster"])


@st.composite
def applicant_lists(draw: st.DrawFn, slots: int = 4, least: int = 0) -> list[Applicant]:
    """People of few employers and rosters, some busy in some slots."""
    count = draw(st.integers(least, 24))
    return [
        Applicant(
            f"{number:018d}",
            draw(st.sampled_from(["", "甲", "乙", "丙", "丁"])),
            draw(st.sampled_from(["R0001", "R0002"])),
            draw(st.frozensets(st.integers(0, slots - 1), max_size=2)),
        )
        for number in range(count)
    ]


def free_after(slots: Slots, made: Allocation) -> list[int]:
    """Return the seats left in every slot."""
    used = Counter(place.slot for place in made.places.values())
    return [sum(len(room.seats) for room in rooms) - used[at] for at, rooms in enumerate(slots)]


def most_colleagues(people: list[Applicant]) -> int:
    """Return how many work for the employer that most work for."""
    return max(Counter(person.employer for person in people if person.employer).values(), default=0)


@given(applicant_lists(), slot_lists, togethers, orders)
def test_everybody_gets_one_free_seat_at_a_free_time_or_is_listed(
    people: list[Applicant], slots: Slots, together: Together, order: Order
) -> None:
    made = allocate(people, slots, together=together, order=order)
    places = list(made.places.values())
    assert len(set(places)) == len(places)
    for place in places:
        assert place.seat in {room.name: room.seats for room in slots[place.slot]}[place.room]
    listed = [person.id_number for person in made.unseated]
    assert sorted([*made.places, *listed]) == [person.id_number for person in people]
    assert listed == sorted(listed)
    for person in people:
        if person.id_number in made.places:
            assert made.places[person.id_number].slot not in person.barred
    left = free_after(slots, made)
    for person in made.unseated:
        assert all(at in person.barred or not free for at, free in enumerate(left))


@given(applicant_lists(), slot_lists, st.sampled_from(["employer", "roster"]), orders)
def test_a_group_is_divided_only_when_no_session_has_room_for_the_whole_of_it(
    people: list[Applicant], slots: Slots, together: Together, order: Order
) -> None:
    made = allocate(people, slots, together=together, order=order)
    left = free_after(slots, made)
    groups: dict[str, list[Applicant]] = {}
    for person in people:
        name = person.employer or person.id_number if together == "employer" else person.roster
        groups.setdefault(name, []).append(person)
    for group in groups.values():
        found = {made.places[person.id_number].slot for person in group if person.id_number in made.places}
        whole = len(found) == 1 and all(person.id_number in made.places for person in group)
        if not whole:
            for at, free in enumerate(left):
                assert free < len(group) or any(at in person.barred for person in group)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5), st.data())
def test_groups_that_fit_one_to_a_session_all_stay_whole(sizes: list[int], data: st.DataObject) -> None:
    people = [
        Applicant(f"{group}-{member}", f"单位{group}", "R0001")
        for group, size in enumerate(sizes)
        for member in range(size)
    ]
    shuffled = data.draw(st.permutations(people))
    slots = [[FreeRoom("第一考场", tuple(range(1, size + 1)))] for size in sizes]
    made = allocate(shuffled, slots)
    assert made.unseated == ()
    for group in range(len(sizes)):
        assert len({place.slot for name, place in made.places.items() if name.startswith(f"{group}-")}) == 1


@given(applicant_lists(least=1))
def test_colleagues_follow_each_other_only_as_often_as_cannot_be_avoided(people: list[Applicant]) -> None:
    free = [Applicant(person.id_number, person.employer, person.roster) for person in people]
    made = allocate(free, [[FreeRoom("第一考场", tuple(range(1, len(free) + 1)))]])
    row = sorted(free, key=lambda person: made.places[person.id_number].seat)
    together = sum(one.employer == other.employer != "" for one, other in pairwise(row))
    most = max(
        (count for name, count in Counter(person.employer for person in free).items() if name), default=0
    )
    assert together == max(0, 2 * most - len(free) - 1)


@given(applicant_lists(slots=1, least=2), st.integers(2, 12))
def test_mixed_seats_put_no_colleagues_side_by_side_where_others_can_sit_between(
    people: list[Applicant], columns: int
) -> None:
    free = [Applicant(person.id_number, person.employer, person.roster) for person in people]
    rooms = [FreeRoom("第一考场", tuple(range(1, columns + 1))), FreeRoom("第二考场", tuple(range(1, 60)))]
    made = allocate(free, [rooms], order="mixed")
    assert made.unseated == ()
    employer = {person.id_number: person.employer for person in free}
    at = {(place.room, place.seat): employer[name] for name, place in made.places.items()}
    beside = sum(at.get((room, seat + 1)) == kind != "" for (room, seat), kind in at.items())
    most = most_colleagues(free)
    if 2 * most <= len(free) + 1:
        assert beside == 0


@given(applicant_lists(), slot_lists)
def test_the_order_of_the_roster_is_kept_within_a_session_when_asked_for(
    people: list[Applicant], slots: Slots
) -> None:
    made = allocate(people, slots, order="roster")
    for at, rooms in enumerate(slots):
        order = [(room.name, seat) for room in rooms for seat in room.seats]
        seated = [
            person for person in people if getattr(made.places.get(person.id_number), "slot", None) == at
        ]
        found = [made.places[person.id_number] for person in seated]
        assert [(place.room, place.seat) for place in found] == order[: len(found)]


@given(applicant_lists(), slot_lists, togethers, orders)
def test_the_same_input_gives_the_same_seats(
    people: list[Applicant], slots: Slots, together: Together, order: Order
) -> None:
    first = allocate(people, slots, together=together, order=order)
    again = allocate(list(people), [list(rooms) for rooms in slots], together=together, order=order)
    assert first == again


def test_people_without_an_employer_are_nobodys_colleagues() -> None:
    people = [Applicant(str(number), "", "R0001") for number in range(4)]
    halves = [[FreeRoom("第一考场", (1, 2))], [FreeRoom("第一考场", (1, 2))]]
    made = allocate(people, halves)
    assert made.unseated == ()


def test_the_rest_of_a_session_keeps_new_candidates_from_their_colleagues_who_sit_there() -> None:
    people = [Applicant("1", "甲", "R0001"), Applicant("2", "乙", "R0001")]
    room = FreeRoom("第一考场", (4, 5), {3: "甲"})
    made = allocate(people, [[room]])
    assert (made.places["1"].seat, made.places["2"].seat) == (5, 4)
