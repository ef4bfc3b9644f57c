"""Arranging candidates over the console's routes; what rests on locks and constraints also on MariaDB."""

from __future__ import annotations

import asyncio
import io
import threading
from datetime import datetime, timedelta

import openpyxl
import pytest

from central_sync.protocol.roster import masked_id
from tests.mariadb_parts import MariaDb, mariadb
from tests.planned_parts import CATEGORY, FIRST, SECOND, SITE, Office, office, on_both, person, room

__all__ = ["mariadb", "office"]


async def test_a_proposal_arranges_nobody_until_it_is_confirmed_once(office: Office) -> None:
    here = office.here
    await office.roster([person(n, "甲" if n < 4 else "乙", extra=30 * (n == 2)) for n in range(1, 7)])
    proposal = await office.propose(office.slot())
    assert (await here.viewer.get("sessions"))["sessions"] == []
    assert (await here.planner.get("plans/P0001"))["arranged"] == 0
    assert await here.planner.get(f"arrangements/{proposal['proposal']}") == proposal
    assert [(r["room"], r["capacity"], r["fresh"]) for r in proposal["slots"][0]["rooms"]] == [
        (FIRST, 4, 4),
        (SECOND, 6, 2),
    ]
    made = await office.confirm(proposal)
    (session,) = made["sessions"]
    assert (made["arranged"], session["candidates"], session["capacity"]) == (6, 6, 10)
    tickets = await office.tickets(session["session"])
    keys = ("name", "id_number", "room", "seat", "extra_minutes", "resit")
    assert [[t[k] for k in keys] for t in tickets] == [[s[k] for k in keys] for s in proposal["seats"]]
    assert len({ticket["ticket"] for ticket in tickets}) == 6
    local = office.morning + timedelta(hours=8)
    assert all(ticket["ticket"].startswith(f"{local:%y%m%d}") for ticket in tickets)
    assert [t["employer"] for t in tickets] in (list("甲乙甲乙甲乙"), list("乙甲乙甲乙甲"))
    assert (await office.confirm(proposal, expect=409))["reason"] == "proposal.confirmed"
    held = await here.planner.get(f"arrangements/{proposal['proposal']}")
    assert held == {**proposal, "state": "confirmed"}


async def test_a_stale_proposal_is_refused_whatever_has_changed(office: Office) -> None:
    await office.roster([person(n) for n in range(1, 4)])

    async def more_candidates() -> None:
        await office.roster([person(9)])

    async def a_closed_seat() -> None:
        await office.site(room(FIRST, 4, 1), room(SECOND, 6))

    async def somebody_else_arranged() -> None:
        await office.arrange(office.slot(24))

    for change in (more_candidates, a_closed_seat, somebody_else_arranged):
        proposal = await office.propose(office.slot())
        await change()
        assert (await office.confirm(proposal, expect=409))["reason"] == "proposal.stale", change
    empty = await office.propose(office.slot())
    assert (await office.confirm(empty, expect=422))["reason"] == "proposal.empty"


@on_both
async def test_of_two_confirmed_at_once_one_is_arranged_and_the_other_stale(office: Office) -> None:
    await office.roster([person(n) for n in range(1, 4)])
    proposals = [await office.propose(office.slot()) for _ in range(3)]
    path = "arrangements/{}/confirm"
    answers = await asyncio.gather(
        *(office.here.planner.ask("POST", path.format(p["proposal"]), json={}) for p in proposals)
    )
    assert sorted(answer.status for answer in answers) == [200, 409, 409]
    assert {answer.json["reason"] for answer in answers if answer.status == 409} == {"proposal.stale"}
    (session,) = (await office.here.viewer.get("sessions"))["sessions"]
    assert session["candidates"] == 3


@pytest.mark.parametrize("office", ["mariadb"], indirect=True)
async def test_who_confirms_while_another_does_waits_and_sees_what_the_other_made(
    office: Office, mariadb: MariaDb
) -> None:
    await office.roster([person(n) for n in range(1, 4)])
    first, second = [await office.propose(office.slot()) for _ in range(2)]
    centre, made, waited = office.here.centre, threading.Event(), threading.Event()

    def slowly() -> None:
        with centre.database.begin() as session:
            centre.arrangement.confirm(session, first["proposal"], "planner")
            made.set()
            assert waited.wait(30)

    def waiting() -> bool:
        with mariadb.connected() as connection, connection.cursor() as cursor:
            return bool(
                cursor.execute("SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'")
            )

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asyncio.to_thread(slowly))
        assert await asyncio.to_thread(made.wait, 30)
        late = tasks.create_task(office.confirm(second, expect=409))
        try:
            async with asyncio.timeout(8):
                while not await asyncio.to_thread(waiting):  # noqa: ASYNC110 - nobody tells
                    # InnoDB shows what it showed last until nobody asked for a tenth of a second.
                    await asyncio.sleep(0.15)
        finally:
            waited.set()
    assert late.result()["reason"] == "proposal.stale"
    (session,) = (await office.here.viewer.get("sessions"))["sessions"]
    assert session["candidates"] == 3


@on_both
async def test_who_cannot_be_arranged_is_listed_with_the_reason(office: Office) -> None:
    here = office.here
    await office.roster([person(1), person(2, resit=2), person(3, resit=1), *map(person, range(4, 9))])
    first = await office.propose(office.slot(0, SITE, FIRST), together="none", order="roster")
    left = {each["name"]: each["code"] for each in first["left_out"]}
    full = {f"考生{n}": "arrangement.no_seat" for n in range(6, 9)}
    assert left == {"考生2": "arrangement.resits_used", **full}
    (session,) = (await office.confirm(first))["sessions"]
    again = await office.propose(office.slot(4), together="none", order="roster")
    assert [seat["name"] for seat in again["seats"]] == ["考生6", "考生7", "考生8"]
    assert {each["code"] for each in again["left_out"] if each["name"] != "考生2"} == {"arrangement.already"}

    # At the same time people cannot sit another exam, later they can.
    other = await office.plan("高压电工作业")
    await office.site(room(FIRST, 20), code="MC0202")
    clash = await office.propose(office.slot(1.5, "MC0202"), plan=other)
    codes = {each["name"]: each["code"] for each in clash["left_out"]}
    arranged = ("考生1", "考生3", "考生4", "考生5")
    assert codes == {"考生2": "arrangement.resits_used"} | dict.fromkeys(arranged, "arrangement.same_time")
    assert len((await office.propose(office.slot(2, "MC0202"), plan=other))["seats"]) == 7

    await here.planner.post("rosters", {"name": "另一名册", "category": CATEGORY})
    await office.roster([person(2, resit=2)], "R0002")
    await office.outcome(session["session"], "failed")
    resit = await office.propose(office.slot(24), rosters=["R0001", "R0002"])
    found = {seat["name"]: seat["resit"] for seat in resit["seats"]}
    assert (found["考生1"], found["考生4"], found["考生6"]) == (1, 1, 0)
    # Who failed before and now again has used the one resit; nobody is listed twice.
    assert sorted(each["name"] for each in resit["left_out"]) == ["考生2", "考生3"]
    # A roster made since may count the failure itself: it is still the first resit.
    await here.planner.post("rosters", {"name": "补考名册", "category": CATEGORY})
    await office.roster([person(1, resit=1)], "R0003")
    counted = await office.propose(office.slot(24), rosters=["R0003"])
    assert [seat["resit"] for seat in counted["seats"]] == [1]
    await office.outcome(session["session"], "passed")
    passed = await office.propose(office.slot(24))
    codes = {each["name"]: each["code"] for each in passed["left_out"]}
    assert codes["考生1"] == "arrangement.passed"


async def test_closed_seats_stay_empty_and_a_session_is_filled_up_beside_colleagues(office: Office) -> None:
    await office.site(room(FIRST, 4, 2), room(SECOND, 6, 1, 6))
    await office.roster([person(n, "甲") for n in range(1, 5)])
    (session,) = (await office.arrange(office.slot(), order="roster"))["sessions"]
    taken = [(ticket["room"], ticket["seat"]) for ticket in await office.tickets(session["session"])]
    assert taken == [(FIRST, 1), (FIRST, 3), (FIRST, 4), (SECOND, 2)]
    await office.roster([person(5, "甲"), person(6, "乙")])
    more = await office.propose(office.slot())
    assert more["slots"][0]["session"] == session["session"]
    assert [(seat["employer"], seat["seat"]) for seat in more["seats"]] == [("乙", 3), ("甲", 4)]
    (filled,) = (await office.confirm(more))["sessions"]
    assert (filled["session"], filled["candidates"], filled["capacity"]) == (session["session"], 6, 7)
    await office.roster([person(7)])
    (ticket, *_) = await office.tickets(session["session"])
    assert (await office.move(ticket["ticket"], session["session"], FIRST, 2, expect=409))[
        "reason"
    ] == "move.no_seat"


async def test_sites_keep_the_rooms_that_candidates_were_given(office: Office) -> None:
    await office.roster([person(n) for n in range(1, 6)])
    (session,) = (await office.arrange(office.slot(), order="roster"))["sessions"]
    for rooms in ([room(FIRST, 3), room(SECOND, 6)], [room(FIRST, 4)], [room("新名字", 4), room(SECOND, 6)]):
        refusal = await office.site(*rooms, expect=409)
        assert refusal["reason"] == "site.room_in_use"
        assert session["session"] in refusal["detail"]
    larger = await office.site(room(SECOND, 8, 8), room(FIRST, 4), room("第三考场", 9))
    assert larger["seats"] == 20
    view = await office.here.viewer.get(f"sessions/{session['session']}")
    assert [(each["room"], each["capacity"]) for each in view["rooms"]] == [(FIRST, 4), (SECOND, 7)]


async def test_wrong_slots_are_named_one_by_one(office: Office) -> None:
    await office.roster([person(1)])
    await office.site(room(FIRST, 4), code="MC0303", active=False)
    past = {**office.slot(), "starts_at": (office.morning - timedelta(days=9)).isoformat()}
    wrong = [
        office.slot(),
        office.slot(),
        office.slot(1, SITE, SECOND),
        past,
        office.slot(24 * 8),
        office.slot(4, SITE, "没有的考场"),
        office.slot(0, "MC0303"),
        office.slot(0, "MC9999"),
    ]
    refusal = await office.propose(*wrong, expect=422)
    assert refusal["reason"] == "arrangement.slots"
    assert [field["field"] for field in refusal["fields"]] == [f"slots.{at}" for at in range(1, 8)]
    assert "时间重叠" in refusal["fields"][1]["zh"]
    other = await office.plan("高压电工作业")
    await office.arrange(office.slot(0, SITE, FIRST))
    refusal = await office.propose(office.slot(1), plan=other, expect=422)
    assert FIRST in refusal["fields"][0]["zh"]
    # Another room at the same time, and the same room right after it, are free.
    await office.propose(office.slot(1, SITE, SECOND), office.slot(2, SITE, FIRST), plan=other)
    await office.here.planner.post("rosters", {"name": "危化名册", "category": "危险化学品安全作业"})
    refusal = await office.propose(office.slot(8), rosters=["R0001", "R0002"], expect=422)
    assert refusal["reason"] == "arrangement.category"
    assert (await office.propose(office.slot(8), plan="P0009", expect=404))["reason"] == "plan.unknown"
    assert (await office.propose(office.slot(8), rosters=["R0009"], expect=404))["reason"] == "roster.unknown"


async def test_a_session_has_the_times_of_its_plan_and_the_clock_of_its_site(office: Office) -> None:
    here = office.here
    await office.site(room(FIRST, 4), code="XJ0101", time_zone="Asia/Urumqi")
    other = await office.plan("复审", duration_minutes=90, unlock_before_minutes=45, start_within_minutes=30)
    await office.roster([person(1)])
    # Nine in the evening of the day before in UTC is three in the morning in Urumqi.
    (session,) = (await office.arrange(office.slot(-4, "XJ0101"), plan=other))["sessions"]
    starts_at = office.morning - timedelta(hours=4)
    moments = [datetime.fromisoformat(session[name]) for name in ("starts_at", "unlock_from", "closes_at")]
    assert moments == [starts_at, starts_at - timedelta(minutes=45), starts_at + timedelta(minutes=30)]
    day = (starts_at + timedelta(hours=6)).date()
    assert session["title"] == f"复审 {day.year}年{day.month}月{day.day}日上午场"
    assert (session["duration_minutes"], session["time_zone"]) == (90, "Asia/Urumqi")
    assert session["session"].startswith(f"S{day:%Y%m%d}-")
    assert len((await here.viewer.get("sessions", day=day))["sessions"]) == 1
    assert (await here.viewer.get("sessions", day=starts_at.date()))["sessions"] == []
    refusal = await here.planner.get(f"plans/{other}")
    body = {name: refusal[name] for name in refusal if name not in PLAN_VIEW} | {"duration_minutes": 60}
    assert (await here.planner.put(f"plans/{other}", body, expect=409))["reason"] == "plan.in_use"


PLAN_VIEW = {"plan", "bank", "bank_name", "blueprint_name", "sessions", "arranged", "updated_at", "findings"}


async def test_the_seating_list_for_the_doors_has_a_sheet_for_each_room(office: Office) -> None:
    await office.roster([person(n, f"=单位{n}", extra=30 * (n == 3)) for n in range(1, 6)])
    (session,) = (await office.arrange(office.slot()))["sessions"]
    answer = await office.here.viewer.ask("GET", f"sessions/{session['session']}/tickets.xlsx")
    assert "attachment" in answer.headers["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.body))
    found = {}
    for sheet in book.worksheets:
        assert session["title"] in str(sheet["A1"].value)
        assert "09:00" in str(sheet["A2"].value)
        for row in sheet.iter_rows(min_row=4, values_only=True):
            found[row[1]] = (sheet.title.split(" ")[1], row[0], row[2], row[4], row[6] or "")
    assert found == {
        ticket["ticket"]: (
            ticket["room"],
            str(ticket["seat"]),
            ticket["name"],
            masked_id(ticket["id_number"]),
            "加时 30 分钟" if ticket["extra_minutes"] else "",
        )
        for ticket in await office.tickets(session["session"])
    }


async def test_only_planners_arrange_and_only_they_see_whole_numbers(office: Office) -> None:
    here = office.here
    await office.roster([person(1)])
    proposal = await office.propose(office.slot())
    asked = {"plan": "P0001", "rosters": ["R0001"], "slots": [office.slot()]}
    confirm = f"arrangements/{proposal['proposal']}/confirm"
    made = await office.confirm(proposal)
    session = made["sessions"][0]["session"]
    (ticket,) = await office.tickets(session)
    move = {"session": session, "room": SECOND, "seat": None, "reason": "换座"}
    posts = {
        "arrangements": asked,
        confirm: {},
        f"arrangements/changes/{made['change']}/undo": {},
        f"tickets/{ticket['ticket']}/move": move,
        f"tickets/{ticket['ticket']}/remove": {"reason": "申请"},
        f"sessions/{session}/cancel": {"reason": "申请"},
    }
    for path, body in posts.items():
        for other in (here.viewer, here.releaser, here.admin):
            await other.post(path, body, expect=403)
        await here.nobody.post(path, body, expect=401)
    for other, status in ((here.releaser, 403), (here.admin, 403), (here.nobody, 401)):
        assert (await other.ask("GET", f"sessions/{session}/tickets")).status == status
        assert (await other.ask("GET", f"sessions/{session}/tickets.xlsx")).status == status
    assert (await here.viewer.ask("GET", f"arrangements/{proposal['proposal']}")).status == 403
    (seen,) = (await here.viewer.get(f"sessions/{session}/tickets"))["tickets"]
    assert seen == {**ticket, "id_number": masked_id(ticket["id_number"])}
    assert ticket["id_number"] not in str(await here.viewer.get("arrangements/changes"))
