"""What invigilators, leads and technicians do at the console, over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.exchange_parts import until
from tests.site_app import PASSWORD, Candidate, Refused, SiteApp, Staff, site_app
from tests.site_parts import HandClock

SECOND = {"username": "zheng", "password": PASSWORD}


@pytest.fixture
async def time() -> HandClock:
    return HandClock()


@pytest.fixture
async def site(tmp_path: Path, time: HandClock) -> AsyncIterator[SiteApp]:
    async with site_app(tmp_path, candidates=4, time=time) as site:
        yield site


@pytest.fixture
async def watcher(site: SiteApp) -> Staff:
    return await site.staff("wujk")


@pytest.fixture
async def seated(site: SiteApp, watcher: Staff) -> list[Candidate]:
    """Three of the four candidates, sitting."""
    seated = [await site.candidate(number) for number in (1, 2, 3)]
    await watcher.step("start")
    return seated


async def state_of(candidate: Candidate) -> dict[str, Any]:
    found: dict[str, Any] = await candidate.get("/state")
    return found


async def refused(doing: Any) -> str:
    with pytest.raises(Refused) as refusal:
        await doing
    return refusal.value.reason


async def test_a_paused_seat_takes_no_answers_and_loses_no_time(
    watcher: Staff, seated: list[Candidate], time: HandClock
) -> None:
    first = seated[0]
    item = (await first.paper())[0]["item"]
    assert await refused(watcher.act("pause", [first.ticket])) == "action.incomplete"
    await watcher.act("pause", [first.ticket], reason="考生去洗手间")
    left = (await state_of(first))["clock"]["remaining_ms"]
    time.pass_ms(240_000)
    assert await refused(first.answer(item, ["A"])) == "attempt.paused"
    await watcher.act("resume", [first.ticket])
    assert (await state_of(first))["clock"]["remaining_ms"] == left
    await first.answer(item, ["A"])


async def test_the_whole_room_pauses_and_goes_on(
    watcher: Staff, seated: list[Candidate], time: HandClock
) -> None:
    await watcher.step("pause", "消防演练")
    before = [(await state_of(one))["clock"]["remaining_ms"] for one in seated]
    assert {(await state_of(one))["phase"] for one in seated} == {"paused"}
    time.pass_ms(600_000)
    await watcher.step("resume")
    assert [(await state_of(one))["clock"]["remaining_ms"] for one in seated] == before


async def test_time_is_extended_for_one_many_and_all(watcher: Staff, seated: list[Candidate]) -> None:
    first, second, third = seated
    before = (await state_of(first))["clock"]["remaining_ms"]
    await watcher.act("extend", [first.ticket], minutes=5, reason="键盘故障")
    await watcher.act("extend", [first.ticket, second.ticket], minutes=10, reason="停电")
    await watcher.act("extend", None, minutes=1, reason="全场")
    left = [(await state_of(one))["clock"]["remaining_ms"] - before for one in (first, second, third)]
    assert left == [16 * 60_000, 11 * 60_000, 60_000]


async def test_a_locked_seat_shows_why_and_takes_answers_again_once_unlocked(
    watcher: Staff, seated: list[Candidate]
) -> None:
    first = seated[0]
    item = (await first.paper())[0]["item"]
    await watcher.act("lock", [first.ticket], reason="离开座位")
    state = await state_of(first)
    assert (state["phase"], state["reason"]) == ("locked", "离开座位")
    assert await refused(first.answer(item, ["A"])) == "attempt.locked"
    await watcher.act("unlock", [first.ticket])
    await first.answer(item, ["A"])


async def test_messages_reach_the_pages_they_are_for(watcher: Staff, seated: list[Candidate]) -> None:
    first, second, _ = seated
    await watcher.act("message", [first.ticket], text="请调整坐姿")
    await watcher.act("message", None, text="还有三十分钟")
    assert [said["text"] for said in (await state_of(first))["messages"]] == ["请调整坐姿", "还有三十分钟"]
    assert [said["text"] for said in (await state_of(second))["messages"]] == ["还有三十分钟"]


async def test_ending_an_attempt_and_reopening_it_takes_two_people(
    watcher: Staff, seated: list[Candidate]
) -> None:
    first, second, _ = seated
    item = (await first.paper())[0]["item"]
    assert await refused(watcher.act("terminate", [first.ticket], reason="作弊")) == "action.incomplete"
    for wrong in (
        {"username": "wujk", "password": PASSWORD},
        {"username": "zheng", "password": "wrong-password-1"},
        {"username": "zhou", "password": PASSWORD},
        {"username": "nobody", "password": PASSWORD},
    ):
        with pytest.raises(Refused) as refusal:
            await watcher.act("terminate", [first.ticket], reason="作弊", second=wrong)
        assert refusal.value.body["code"] == "denied"
        assert refusal.value.status == 403
    report = await watcher.act("terminate", [first.ticket], reason="夹带资料", second=SECOND)
    assert report["done"] == [first.ticket]
    assert (await state_of(first))["phase"] == "terminated"
    assert await refused(first.answer(item, ["A"])) == "attempt.terminated"
    assert (await watcher.view("board"))["seats"][0]["state"] == "voided"
    report = await watcher.act("reopen", [first.ticket], minutes=30, reason="误判", second=SECOND)
    assert report["done"] == [first.ticket]
    state = await state_of(first)
    assert (state["phase"], state["clock"]["remaining_ms"]) == ("sitting", 30 * 60_000)
    await first.answer(item, ["A"])
    await second.post("/submit", {"blanks": 20})
    await watcher.act("reopen", [second.ticket], minutes=10, reason="误交", second=SECOND)
    assert (await state_of(second))["phase"] == "sitting"


async def test_actions_name_whom_they_do_not_apply_to_and_why(
    watcher: Staff, seated: list[Candidate], site: SiteApp
) -> None:
    absent = site.package.tickets[3]
    report = await watcher.act("pause", [seated[0].ticket, absent, "999999999999"], reason="核对身份")
    assert report["done"] == [seated[0].ticket]
    assert {told["ticket"]: told["reason"] for told in report["refused"]} == {
        absent: "attempt.state",
        "999999999999": "attempt.unknown",
    }
    assert all(told["zh"] and told["en"] for told in report["refused"])
    for seat, reason in ((2, "seat.taken"), (31, "seat.unknown"), (1, "seat.same")):
        (told,) = (await watcher.act("move", [seated[0].ticket], seat=seat, reason="换座"))["refused"]
        assert told["reason"] == reason


async def test_absent_and_present_again(watcher: Staff, seated: list[Candidate], site: SiteApp) -> None:
    late = await site.candidate(4, enter=False)
    assert (await watcher.act("absent", None, reason="未到"))["done"] == [late.ticket]
    assert await refused(late.enter()) == "login.absent"
    assert (await watcher.act("present", [late.ticket]))["done"] == [late.ticket]
    assert (await late.enter())["phase"] == "waiting"
    assert (await watcher.act("start", [late.ticket]))["done"] == [late.ticket]
    assert (await state_of(late))["phase"] == "sitting"


async def test_after_the_bell_latecomers_are_let_in_for_so_long_and_no_longer(
    watcher: Staff, seated: list[Candidate], site: SiteApp, time: HandClock
) -> None:
    plan = site.package.plan
    late = await site.candidate(4, enter=False)
    time.pass_ms(plan.late_minutes * 60_000 + 1)
    assert await refused(late.enter()) == "login.late"


async def test_a_silent_seat_is_proposed_a_credit_when_it_speaks_again(
    tmp_path: Path, time: HandClock
) -> None:
    exam = {"heartbeat_seconds": 0.05, "contact_slow_seconds": 12.0, "contact_lost_seconds": 30.0}
    async with site_app(tmp_path, candidates=1, time=time, exam=exam) as site:
        watcher, candidate = await site.staff("wujk"), await site.candidate(1)
        await watcher.step("start")
        await candidate.post("/contact")
        time.pass_ms(75_000)
        seat = (await watcher.view("board"))["seats"][0]
        assert (seat["connection"], seat["contact_age_ms"]) == ("lost", 75_000)
        # The timekeeper notices the silence with one beat, and its end with a later one.
        beats = site.appliance.journal.head + 2
        await until(lambda: site.appliance.journal.head >= beats)
        await candidate.post("/contact")
        credits = site.appliance.hall.projection.credits
        await until(lambda: len(credits) == 1)
        (proposal,) = (await watcher.view("credits"))["open"]
        assert (proposal["cause"], proposal["ms"], proposal["tickets"]) == (
            "seat",
            75_000,
            [candidate.ticket],
        )
        assert "1 分 15 秒" in proposal["zh"]


async def test_the_board_is_pushed_to_the_console(watcher: Staff, seated: list[Candidate]) -> None:
    first = seated[0]
    item = (await first.paper())[0]["item"]
    url = f"{watcher.url}/api/console/sessions/{watcher.session}/events"
    async with watcher.http.get(url) as stream:
        assert stream.content_type == "text/event-stream"
        whole = await next_event(stream)
        assert len(whole["seats"]) == 4
        await first.answer(item, ["A"], flagged=True)
        async with asyncio.timeout(10):
            change = await next_event(stream)
            while not change["seats"]:
                change = await next_event(stream)
        (seat,) = change["seats"]
        assert (seat["ticket"], seat["answered"], seat["flagged"]) == (first.ticket, 1, 1)
        assert change["seq"] > whole["seq"]


async def next_event(stream: Any) -> dict[str, Any]:
    """Return the data of the next event."""
    data = ""
    async for line in stream.content:
        text = line.decode().rstrip("\r\n")
        if text.startswith("data:"):
            data += text[5:].strip()
        elif not text and data:
            found: dict[str, Any] = json.loads(data)
            return found
    raise AssertionError("the stream ended")


async def test_the_page_is_told_of_the_start_bell_at_once(site: SiteApp, watcher: Staff) -> None:
    candidate = await site.candidate(1)
    async with candidate.http.get(f"{site.url}/api/candidate/events") as stream:
        assert (await next_event(stream))["phase"] == "waiting"
        await watcher.step("start")
        async with asyncio.timeout(10):
            assert (await next_event(stream))["phase"] == "sitting"


async def test_the_log_tells_what_was_done_by_whom(watcher: Staff, seated: list[Candidate]) -> None:
    first = seated[0]
    await watcher.act("extend", [first.ticket], minutes=5, reason="键盘故障")
    newest = (await watcher.view("log"))["lines"][0]
    assert (newest["kind"], newest["actor"], newest["subject"]) == (
        "attempt.extended",
        "wujk",
        first.ticket,
    )
    assert "键盘故障" in newest["zh"]
    lines = (await watcher.get(f"/sessions/{watcher.session}/log?subject={first.ticket}"))["lines"]
    assert {line["subject"] for line in lines} == {first.ticket}


async def test_who_looks_at_a_candidates_photo_is_journalled(
    site: SiteApp, watcher: Staff, seated: list[Candidate]
) -> None:
    session, ticket = site.package.plan.session, site.package.tickets[1]
    assert (await watcher.data(f"/sessions/{session}/photo/{ticket}")).startswith(b"\x89PNG")
    with pytest.raises(Refused):
        await watcher.data(f"/sessions/{session}/photo/999999999999")
    viewed = [one for one in site.appliance.journal.entries() if one["kind"] == "candidate.viewed"]
    assert [(one["subject"], one["actor"], one["body"]) for one in viewed] == [
        (ticket, "wujk", {"what": "photo", "session": session})
    ]
    # Asked for one candidate it is told; in the room's log it would bury the rest.
    lines = (await watcher.get(f"/sessions/{session}/log?subject={ticket}"))["lines"]
    assert any(line["zh"] == "查看考生照片" for line in lines)
    assert not any(line["zh"] == "查看考生照片" for line in (await watcher.view("log"))["lines"])


async def test_every_role_may_do_its_own_part_only(site: SiteApp) -> None:
    technician, watcher, lead = [await site.staff(name) for name in ("zhou", "wujk", "wang")]
    for doing in (
        technician.step("start"),
        technician.act("pause", None, reason="试试"),
        watcher.step("end", "试试"),
        watcher.get("/accounts"),
        watcher.post("/journal/verify"),
        lead.post("/journal/verify"),
        lead.post("/sync/enrol", {"centre": "https://127.0.0.1:1", "claim_code": "x"}),
    ):
        assert await refused(doing) == "role.wrong"
    verdict = await technician.post("/journal/verify")
    assert verdict["ok"] is True
    assert verdict["entries"] == site.appliance.journal.head
    stranger = Staff(site.url, watcher.session)
    async with stranger:
        assert await refused(stranger.view()) == "login.required"
        assert await refused(stranger.enter("wujk", "wrong-password-1")) == "login.wrong"


async def test_a_first_password_must_be_changed_before_anything_else(site: SiteApp) -> None:
    lead = await site.staff("wang")
    await lead.post(
        "/accounts",
        {"username": "liujk", "name": "刘监考", "roles": ["invigilator"], "password": "yisi-de-mima-1"},
    )
    async with Staff(site.url, lead.session) as new:
        assert (await new.enter("liujk", "yisi-de-mima-1"))["staff"]["must_change_password"] is True
        assert await refused(new.view()) == "password.must_change"
        await new.post("/password", {"old": "yisi-de-mima-1", "new": "xin-de-mima-2026"})
        assert (await new.view())["state"] == "open"
        await lead.patch("/accounts/liujk", {"active": False})
        assert await refused(new.view()) == "login.required"


async def test_the_practice_hall_is_a_hall_of_its_own(site: SiteApp) -> None:
    technician = await site.staff("zhou")
    head = site.appliance.journal.head
    prepared = await technician.post("/practice/prepare", {"candidates": 3, "minutes": 5})
    practice = Staff(site.url, prepared["session"])
    practice.base = "/api/console/practice"
    async with practice:
        practice.http.cookie_jar.update_cookies(
            {morsel.key: morsel.value for morsel in technician.http.cookie_jar}
        )
        await practice.step("open")
        async with Candidate(site.url, prepared["tickets"][0], "/api/practice") as candidate:
            assert (await candidate.enter())["practice"] is True
            await practice.step("start")
            items = await candidate.paper()
            for item in items[:5]:
                await candidate.answer(item["item"], [item["choices"][0]["id"]])
            state = await candidate.post("/submit", {"blanks": len(items) - 5})
            assert state["phase"] == "submitted"
            # Nothing of practice is a part of the real hall.
            async with Candidate(site.url, prepared["tickets"][0]) as stray:
                assert await refused(stray.enter()) == "login.unknown"
            assert (await technician.view("board"))["seats"][0]["ticket"] == site.package.tickets[0]
            kinds = {entry["kind"].partition(".")[0] for entry in site.appliance.journal.entries(head)}
            assert kinds <= {"site", "staff"}
        await practice.step("end", "练习结束")
