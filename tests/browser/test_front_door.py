"""The front door (入场): thirty candidates with mixed documents go from the queue's ticket to their seats.

All parts run: the site server, the device daemon with simulated readers, scanner and slip printers, the pages
of ticket machine, display, desk and seat in Chromium, a simulated terminal, and the face service with real
models on photographs where they are at hand; else people are painted and told apart by their colour. With
PICTURES=1 the desk's picture of the README is taken anew on the way.
"""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from tests.browser.demo_browser import camera
from tests.browser.front_door_hall import DESK, TERMINAL, FrontDoor, Spent, front_door
from tests.browser.front_door_people import APPLICANTS, Applicant
from tests.browser.front_door_pictures import gallery

OWN_SHARE_S = 2.0
"""The system's own share of the desk's time from card to slip, at most."""

at_site = camera("appliance")


async def goes_to_the_desk(door: FrontDoor, who: Applicant) -> None:
    """Take somebody through the desk."""
    if who.listed:
        await door.called(who, DESK)
    await door.at_desk(who, rules=who.rules, verdict=who.verdict, scene=who.live)
    if who.settled:
        await door.settles(who)
    elif not who.listed:
        assert await door.desk.locator(".let-in").count() == 0
    if who.sits:
        await door.seat_given(who)
        if who is APPLICANTS[0]:
            await at_site(door.desk, "desk")
    elif who.listed:
        await door.leaves(who)
    await door.next_one()


async def goes_to_the_terminal(door: FrontDoor, who: Applicant) -> None:
    """Take somebody through the terminal, and on to the desk where a person must decide."""
    await door.called(who, TERMINAL)
    told = await door.at_terminal(who)
    assert (told["decision"], told["reason_code"]) == (who.verdict, who.rules[0]), who
    assert told["seat"] == (door.place(who) if who.verdict == "pass" else None)
    if who.then is None:
        await door.leaves(who)
        return
    assert told["say_zh"] == "请到人工核验台"
    settled = bool(who.settled)
    await door.at_desk(who, rules=who.desk_rules, verdict="ask" if settled else "pass", scene=who.then)
    if settled:
        await door.settles(who)
    await door.seat_given(who)
    await door.next_one()


@pytest.mark.timeout(900)
async def test_thirty_candidates_go_from_ticket_to_seat_through_desk_and_terminal(tmp_path: Path) -> None:
    async with front_door(tmp_path, APPLICANTS, gallery()) as door:
        for who in APPLICANTS:
            await door.takes_number(who)
        await door.faces_are_framed()
        for who in APPLICANTS:
            await (goes_to_the_desk if who.way == "desk" else goes_to_the_terminal)(door, who)
        for who in APPLICANTS:
            await door.sits_down(who)
        told_of_time(door.spent)


def told_of_time(spent: list[Spent]) -> None:
    """Print the desk's times and hold the system's own share to its limit."""
    own, whole = [one.own for one in spent], [one.whole for one in spent]
    print(
        f"card to slip of {len(spent)} at the desk, seconds: own share {statistics.median(own):.2f} in the "
        f"middle, {max(own):.2f} at worst; with the simulated reader {statistics.median(whole):.2f} in the "
        f"middle, {max(whole):.2f} at worst"
    )
    assert max(own) < OWN_SHARE_S, own
