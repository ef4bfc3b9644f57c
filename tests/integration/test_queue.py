"""The queue over real HTTP: numbers by hand and card, two counters at once, restart, resume, sound."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from central_sync.protocol.kinds import KINDS
from exam_appliance.exam.rebuild import rebuild
from tests.device_daemon_double import SCANNER, SDT, DaemonDouble, daemon_double
from tests.exchange_parts import until
from tests.pdf_reading import text_of
from tests.queue_parts import enrolled, following, screen
from tests.site_app import Caller, Refused, SiteApp, site_app


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[DaemonDouble]:
    async with daemon_double(tmp_path) as double:
        yield double


@pytest.fixture
async def site(tmp_path: Path, daemon: DaemonDouble) -> AsyncIterator[SiteApp]:
    section: dict[str, object] = {"run": "service", "socket": str(daemon.socket)}
    async with site_app(tmp_path, candidates=6, devices=section) as site:
        await until(lambda: site.appliance.devices.live.line == "live")
        yield site


async def refused(doing: Any) -> str:
    with pytest.raises(Refused) as refusal:
        await doing
    assert refusal.value.body["detail"]
    assert refusal.value.body["detail_en"]
    return refusal.value.reason


async def test_a_number_is_taken_by_ticket_or_id_number_once_and_strangers_are_told_where_to_go(
    site: SiteApp,
) -> None:
    machine = await screen(site, await site.staff("zhou"), "tickets")
    state = await machine.get("/state")
    assert state["waiting"] == 0
    assert [one["title"] for one in state["taking"]] == [site.package.plan.title]
    first = await machine.post("/tickets", {"identity": site.package.tickets[0]})
    assert (first["number"], first["before"], first["wait_minutes"], first["fresh"]) == (
        "A001",
        0,
        None,
        True,
    )
    assert first["name"] == "考*1"
    second = await machine.post("/tickets", {"identity": site.package.id_numbers[1][-6:]})
    assert (second["number"], second["before"]) == ("A002", 1)
    again = await machine.post("/tickets", {"identity": site.package.id_numbers[0]})
    assert (again["number"], again["fresh"]) == ("A001", False)
    assert await refused(machine.post("/tickets", {"identity": "999999999999"})) == "queue.not_on_roster"
    assert await refused(machine.post("/tickets", {"identity": "12"})) == "queue.input"
    together = await asyncio.gather(
        *(machine.post("/tickets", {"identity": site.package.tickets[2]}) for _ in range(5))
    )
    assert {one["number"] for one in together} == {"A003"}
    assert sum(one["fresh"] for one in together) == 1


async def test_without_a_key_or_with_a_revoked_one_a_screen_gets_nothing(site: SiteApp) -> None:
    technician = await site.staff("zhou")
    async with Caller(site.url, "/api/display") as nobody:
        assert await refused(nobody.get("/state")) == "login.required"
        assert await refused(nobody.post("/enter", {"key": "guessed"})) == "screen.not_known"
        # A key of the one use opens nothing of the other.
        key = await enrolled(technician, "tickets")
        assert await refused(nobody.post("/enter", {"key": key})) == "screen.not_known"
    display = await screen(site, technician, "display")
    shown = {one["use"]: one for one in (await technician.get("/queue/screens"))["screens"]}
    assert shown["display"]["heard_at"] is not None
    await technician.post(f"/queue/screens/{shown['display']['id']}/revoke")
    assert await refused(display.get("/state")) == "screen.not_known"
    entries = [one for one in site.appliance.journal.entries() if one["kind"] == "queue.screen"]
    assert [one["body"]["what"] for one in entries] == ["enrolled", "enrolled", "revoked"]
    assert key not in str(entries)
    invigilator = await site.staff("wujk")
    assert await refused(invigilator.get("/queue/screens")) == "role.wrong"


async def test_two_counters_that_call_at_once_never_get_the_same_number(site: SiteApp) -> None:
    invigilator = await site.staff("wujk")
    other = await site.staff("zheng")
    for ticket in site.package.tickets:
        await invigilator.post("/queue/tickets", {"identity": ticket})
    called: list[str] = []
    for turn in range(3):
        finish = "served" if turn else ""
        both = await asyncio.gather(
            invigilator.post("/queue/counters/1/call", {"finish": finish}),
            other.post("/queue/counters/2/call", {"finish": finish}),
        )
        called += [one["number"] for one in both]
    assert sorted(called) == [f"A00{n}" for n in range(1, 7)]
    assert await refused(invigilator.post("/queue/counters/1/call")) == "queue.counter_busy"
    assert await refused(other.post("/queue/counters/2/call", {"finish": "served"})) == "queue.nobody"
    technician = await site.staff("zhou")
    assert await refused(technician.post("/queue/counters/1/call")) == "role.wrong"


async def test_a_number_goes_through_its_whole_life_and_the_counts_tell_it(site: SiteApp) -> None:
    person = await site.staff("wujk")
    tickets = [
        (await person.post("/queue/tickets", {"identity": ticket}))["id"]
        for ticket in site.package.tickets[:4]
    ]
    one, two, three, four = tickets
    await person.post(f"/queue/tickets/{four}/priority", {"priority": "pregnant"})
    assert (await person.post("/queue/counters/1/call"))["id"] == four
    assert await refused(person.post(f"/queue/tickets/{one}/recall")) == "queue.state"
    await person.post(f"/queue/tickets/{four}/recall")
    await person.post(f"/queue/tickets/{four}/served")
    # Passed over: behind all others of its rank.
    assert (await person.post("/queue/counters/1/call"))["id"] == one
    await person.post(f"/queue/tickets/{one}/skip")
    assert [line["id"] for line in (await person.get("/queue"))["waiting"]] == [two, three, one]
    # Sent to the other counter: this one may not call it any more.
    await person.post(f"/queue/tickets/{two}/transfer", {"counter": "2"})
    assert (await person.post("/queue/counters/1/call"))["id"] == three
    assert (await person.post("/queue/counters/2/call"))["id"] == two
    await person.post(f"/queue/tickets/{two}/no-show")
    # Back again under the same number, at the end.
    back = await person.post("/queue/tickets", {"identity": site.package.tickets[1]})
    assert (back["id"], back["state"]) == (two, "waiting")
    assert [line["id"] for line in (await person.get("/queue"))["waiting"]] == [one, two]
    # The identity desk has settled who it is: safe twice, and for somebody without a number.
    queue = site.appliance.queue
    for _ in range(2):
        served = await queue.served_candidate(site.package.tickets[2], "wujk")
        assert served is not None
        assert served.state == "served"
    assert await queue.served_candidate(site.package.tickets[5], "wujk") is None
    assert (
        await refused(person.post("/queue/tickets", {"identity": site.package.tickets[2]})) == "queue.served"
    )
    (counts,) = (await person.get("/queue/record"))["sessions"]
    assert {name: counts[name] for name in ("taken", "waiting", "called", "served", "no_shows")} == {
        "taken": 4,
        "waiting": 2,
        "called": 4,
        "served": 2,
        "no_shows": 0,
    }
    assert counts["longest_wait_s"] >= counts["mean_wait_s"] >= 0
    for wrong in ({"counter": "9"}, {"room": "没有的考场"}, {"session": "S-NONE"}):
        with pytest.raises(Refused):
            await person.post(f"/queue/tickets/{one}/transfer", wrong)
    for entry in site.appliance.journal.entries():
        if entry["kind"].startswith("queue."):
            KINDS[entry["kind"]].body.model_validate(entry["body"])


async def test_cards_and_codes_at_the_kiosk_give_numbers_and_its_page_hears_of_them(
    site: SiteApp, daemon: DaemonDouble
) -> None:
    daemon.plug("reader", SDT)
    daemon.plug("scanner", SCANNER)
    live, assigning = site.appliance.devices.live, site.appliance.devices.assigning
    await until(lambda: live.there("reader") and live.there("scanner"))
    await assigning.bind("zhou", "kiosk-1.reader", "reader")
    await assigning.bind("zhou", "kiosk-1.scanner", "scanner")
    machine = await screen(site, await site.staff("zhou"), "tickets", "kiosk-1")
    async with following(machine) as states:
        first = await anext(states)
        assert (first["reader"], first["scanner"], first["printer"]) == (True, True, False)
        daemon.happen("reader", "card.read", {"document": {"number": site.package.id_numbers[3]}})
        while first["outcome"] is None:
            first = await anext(states)
        assert first["outcome"]["taken"]["number"] == "A001"
        daemon.happen("scanner", "code.scanned", {"text": "https://kszx.example/t?zkzh=999999999999"})
        while first["outcome"]["n"] == 1:
            first = await anext(states)
        assert first["outcome"]["taken"] is None
        assert first["outcome"]["problem"]["reason"] == "queue.not_on_roster"
    ticket = site.appliance.queue.of_candidate(site.package.tickets[3])
    assert ticket is not None
    assert (ticket.source, ticket.machine) == ("card", "kiosk-1")
    # Its slip is ordered, and waits for a printer.
    await until(lambda: any(job.kind == "queue_slip" for job in site.appliance.printing.book.unsettled()))


async def test_a_display_that_comes_back_hears_the_calls_it_missed_and_only_those(site: SiteApp) -> None:
    person, display = await site.staff("wujk"), await screen(site, await site.staff("zhou"), "display")
    for ticket in site.package.tickets[:3]:
        await person.post("/queue/tickets", {"identity": ticket})
    async with following(display) as states:
        first = await anext(states)
        assert (first["calls"], first["waiting_count"]) == ([], 3)
        await person.post("/queue/counters/2/call")
        state = await anext(states)
    (call,) = state["calls"]
    assert (call["number"], call["counter_zh"], call["again"]) == ("A001", "2 号窗口", False)
    assert call["texts"] == {"zh": "请 A 零 零 一 号到 二 号窗口"}
    assert state["counters"][1]["name"] == "考*1"
    # While its line is down somebody is called again and another one called; the server restarts, too.
    await person.post(f"/queue/tickets/{site.appliance.queue.at_counter('2').id}/recall")  # type: ignore[union-attr]
    await person.post("/queue/counters/1/call")
    await site.stop()
    await site.start()
    async with following(display, state["seq"]) as states:
        back = await anext(states)
    assert [(one["number"], one["again"]) for one in back["calls"]] == [("A001", True), ("A002", False)]
    assert [one["number"] for one in back["last"]] == ["A002", "A001", "A001"]
    sound = await display.data(f"/calls/{back['calls'][1]['seq']}/sound")
    with wave.open(io.BytesIO(sound)) as heard:
        assert 1.5 < heard.getnframes() / heard.getframerate() < 15
    assert await refused(display.get("/calls/1/sound")) == "queue.no_call"


async def test_everything_stands_after_a_restart_and_the_journal_alone_makes_the_tables_again(
    site: SiteApp,
) -> None:
    person = await site.staff("wujk")
    display = await screen(site, await site.staff("zhou"), "display")
    for ticket in site.package.tickets:
        await person.post("/queue/tickets", {"identity": ticket})
    await person.post("/queue/counters/1/call")
    second = await person.post("/queue/counters/2/call")
    await person.post(f"/queue/tickets/{second['id']}/skip")
    before = await person.get("/queue")
    path = site.appliance.journal.path
    await site.stop()
    made = rebuild(path)
    assert made.differences == ()
    assert (len(made.rows["queue"]), len(made.rows["screen"])) == (6, 1)
    await site.start()
    after = await (await site.staff("wujk")).get("/queue")
    for name in ("waiting", "counters"):
        assert [one["id"] for one in after[name]] == [one["id"] for one in before[name]]
    assert after["counters"][0]["current"]["id"] == before["counters"][0]["current"]["id"]
    assert (await display.get("/state"))["waiting_count"] == 5


async def test_the_room_record_carries_the_counts_of_the_queue(site: SiteApp, daemon: DaemonDouble) -> None:
    person, lead = await site.staff("wujk"), await site.staff("wang")
    for ticket in site.package.tickets[:2]:
        await person.post("/queue/tickets", {"identity": ticket})
    await person.post("/queue/counters/1/call")
    await site.candidate(3)
    await person.step("start")
    await lead.step("end", "考试时间到")
    pdf = await person.data(
        f"/prints/papers/{person.session}/pdf?kind=room_record&room={quote(site.package.plan.rooms[0].name)}"
    )
    assert "取号 2 人，叫到 1 人，办结 0 人" in text_of(pdf)
    # A session that is over gives no numbers.
    machine = await screen(site, await site.staff("zhou"), "tickets")
    assert await refused(machine.post("/tickets", {"identity": site.package.tickets[4]})) == "queue.over"
