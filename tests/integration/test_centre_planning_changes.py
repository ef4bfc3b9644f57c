"""Changes of an arrangement: candidates moved, removed, sessions cancelled, and what can be undone."""

from __future__ import annotations

import asyncio

from tests.mariadb_parts import mariadb
from tests.planned_parts import FIRST, SECOND, SITE, Office, office, on_both, person, room

__all__ = ["mariadb", "office"]


@on_both
async def test_candidates_are_moved_and_moves_are_undone_unless_overtaken(office: Office) -> None:
    await office.roster([person(n) for n in range(1, 9)])
    both = await office.arrange(office.slot(0, SITE, FIRST), office.slot(4), together="none", order="roster")
    early, late = (session["session"] for session in both["sessions"])
    a, b, *_ = await office.tickets(early)
    for ticket, session, name, seat, status, reason in (
        (a["ticket"], early, FIRST, b["seat"], 409, "move.no_seat"),
        (a["ticket"], early, FIRST, 5, 409, "move.no_seat"),
        (a["ticket"], early, FIRST, None, 409, "move.no_seat"),
        (a["ticket"], early, SECOND, None, 422, "move.no_room"),
        ("999999999999", early, FIRST, None, 404, "ticket.unknown"),
        (a["ticket"], "S20990101-0001", FIRST, None, 404, "session.unknown"),
    ):
        refusal = await office.move(ticket, session, name, seat, expect=status)
        assert refusal["reason"] == reason
    moved = await office.move(a["ticket"], late, SECOND)
    assert (moved["ticket"], moved["session"], moved["room"], moved["seat"]) == (a["ticket"], late, SECOND, 1)
    first_move = await office.newest_change()
    assert (first_move["kind"], first_move["sessions"], first_move["reason"]) == (
        "move",
        [early, late],
        "机器故障",
    )
    await office.move(b["ticket"], early, FIRST, a["seat"])
    second_move = await office.newest_change()
    # The old seat of a is b's now.
    assert (await office.undo(first_move["change"], expect=409))["reason"] == "change.overtaken"
    assert (await office.undo(both["change"], expect=409))["reason"] == "change.overtaken"
    undone = await office.undo(second_move["change"])
    assert (undone["kind"], undone["undoable"]) == ("undo", False)
    await office.undo(first_move["change"])
    assert (await office.tickets(early))[:2] == [a, b]
    assert (await office.undo(first_move["change"], expect=409))["reason"] == "change.not_undoable"
    assert (await office.undo(9999, expect=404))["reason"] == "change.unknown"
    await office.undo(both["change"])
    assert (await office.here.viewer.get("sessions"))["sessions"] == []
    assert (await office.here.viewer.get("arrangements/changes", session=early))["total"] == 6
    assert (await office.arrange(office.slot()))["arranged"] == 8


async def test_a_move_does_not_leave_the_plan_nor_meet_another_exam(office: Office) -> None:
    other = await office.plan("高压电工作业")
    await office.site(room(FIRST, 20), code="MC0202")
    await office.roster([person(1)])
    (mine,) = (await office.arrange(office.slot()))["sessions"]
    (far,) = (await office.arrange(office.slot(4, "MC0202"), plan=other))["sessions"]
    await office.roster([person(2)])
    (late,) = (await office.arrange(office.slot(5)))["sessions"]
    (ticket,) = await office.tickets(mine["session"])
    refusal = await office.move(ticket["ticket"], far["session"], FIRST, expect=422)
    assert refusal["reason"] == "move.other_plan"
    refusal = await office.move(ticket["ticket"], late["session"], FIRST, expect=409)
    assert refusal["reason"] == "move.same_time"


async def test_nobody_is_moved_into_a_session_that_has_begun(office: Office) -> None:
    await office.roster([person(1)])
    (begun,) = (await office.arrange(office.slot()))["sessions"]
    await office.roster([person(2)])
    (later,) = (await office.arrange(office.slot(4)))["sessions"]
    (ticket,) = await office.tickets(later["session"])
    await office.begun(begun["session"])
    refusal = await office.move(ticket["ticket"], begun["session"], FIRST, expect=409)
    assert (refusal["reason"], refusal["fields"][0]["field"]) == ("move.past", "session")
    assert await office.tickets(later["session"]) == [ticket]


@on_both
async def test_a_removal_is_not_undone_once_the_place_or_the_candidate_is_taken(office: Office) -> None:
    here = office.here
    await office.roster([person(n) for n in range(1, 4)])
    (session,) = (await office.arrange(office.slot()))["sessions"]
    first, second, third = await office.tickets(session["session"])
    rooms = room(FIRST, 4, first["seat"]), room(SECOND, 6)
    assert (await office.site(*rooms, expect=409))["reason"] == "site.room_in_use"
    change = (await office.remove(first["ticket"]))["change"]
    await office.site(*rooms)
    assert (await office.undo(change, expect=409))["reason"] == "change.overtaken"
    await office.site(room(FIRST, 4), room(SECOND, 6))
    await office.undo(change)
    assert await office.tickets(session["session"]) == [first, second, third]

    change = (await office.remove(second["ticket"]))["change"]
    again = await office.arrange(office.slot(24))
    assert again["arranged"] == 1
    assert (await office.undo(change, expect=409))["reason"] == "change.overtaken"
    await office.undo(again["change"])
    await office.undo(change)

    change = (await office.remove(third["ticket"]))["change"]
    listed = (await here.planner.get("rosters/R0001"))["candidates"]
    (entry,) = [each["entry"] for each in listed if each["name"] == third["name"]]
    assert (await here.planner.ask("DELETE", f"rosters/R0001/candidates/{entry}")).status == 204
    assert (await office.undo(change, expect=409))["reason"] == "change.overtaken"
    held = next(each["entry"] for each in listed if each["name"] == first["name"])
    refusal = await here.planner.ask("DELETE", f"rosters/R0001/candidates/{held}")
    assert refusal.json["reason"] == "roster.arranged"


@on_both
async def test_cancelling_frees_the_candidates_and_tells_a_site_that_knows_of_it(
    office: Office,
) -> None:
    here = office.here
    await office.roster([person(n) for n in range(1, 4)])

    def told() -> dict[str, object]:
        with here.centre.database.begin() as held:
            found = here.centre.exchange.documents(held, SITE)
        return {each.name: each.body["cancelled"] for each in found if each.kind == "session"}

    made = await office.arrange(office.slot())
    (unpublished,) = made["sessions"]
    cancelled = await office.cancel(unpublished["session"])
    assert (cancelled["state"], cancelled["reason"]) == ("cancelled", "台风停考")
    assert await asyncio.to_thread(told) == {}
    assert (await office.undo(made["change"], expect=409))["reason"] == "change.not_undoable"

    (published,) = (await office.arrange(office.slot()))["sessions"]
    job = await here.planner.post(f"sessions/{published['session']}/package", expect=202)
    assert (await here.planner.ended(job))["state"] == "done"
    assert await asyncio.to_thread(told) == {published["session"]: False}
    await office.cancel(published["session"])
    assert await asyncio.to_thread(told) == {published["session"]: True}
    assert (await office.cancel(published["session"], expect=409))["reason"] == "session.fixed"
    (ticket, *_) = await office.tickets(published["session"])
    refusal = await office.move(ticket["ticket"], published["session"], FIRST, expect=409)
    assert refusal["reason"] == "session.fixed"
    page = await here.planner.get("rosters/R0001")
    assert [each["tickets"] for each in page["candidates"]] == [[], [], []]
    (third,) = (await office.arrange(office.slot()))["sessions"]
    assert third["candidates"] == 3
    states = [each["state"] for each in (await here.viewer.get("sessions"))["sessions"]]
    assert sorted(states) == ["arranged", "cancelled", "cancelled"]
