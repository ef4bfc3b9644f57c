"""Printing at the console over real HTTP: documents of a session by room, what waits, history, reprints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.device_daemon_double import PRINTER, DaemonDouble, Json, daemon_double
from tests.exchange_parts import until
from tests.pdf_reading import codes_in, text_of
from tests.printing_parts import PaperTray
from tests.site_app import Refused, SiteApp, Staff, site_app


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[DaemonDouble]:
    async with daemon_double(tmp_path) as double:
        yield double


@pytest.fixture
async def site(tmp_path: Path, daemon: DaemonDouble) -> AsyncIterator[SiteApp]:
    section: dict[str, object] = {"run": "service", "socket": str(daemon.socket)}
    async with site_app(tmp_path, candidates=3, devices=section) as site:
        await until(lambda: site.appliance.devices.live.line == "live")
        yield site


@pytest.fixture
async def office(site: SiteApp, daemon: DaemonDouble) -> PaperTray:
    tray = PaperTray(daemon, "hp")
    tray.plug(PRINTER)
    await until(lambda: site.appliance.devices.live.there("hp"))
    await site.appliance.devices.assigning.bind("zhou", "office.reports", "hp")
    return tray


async def refused(doing: Any) -> str:
    with pytest.raises(Refused) as refusal:
        await doing
    assert refusal.value.body["detail"]
    assert refusal.value.body["detail_en"]
    return refusal.value.reason


async def printed(person: Staff, kind: str, room: str, **more: str) -> Json:
    """Print a document of a room and wait until it is out."""
    body = {"kind": kind, "room": room, "role": "office.reports", **more}
    told = await person.post(f"/prints/papers/{person.session}", body)
    assert not told["before"]
    job = dict(told["job"])
    async with asyncio.timeout(20):
        while job["state"] != "printed":
            (job,) = [one for one in (await person.get("/prints/history"))["jobs"] if one["id"] == job["id"]]
            await asyncio.sleep(0.02)
    return job


async def test_a_rooms_tickets_list_and_sheet_are_printed_and_asking_again_prints_nothing(
    site: SiteApp, office: PaperTray
) -> None:
    invigilator = await site.staff("wujk")
    told = await invigilator.get(f"/prints/papers/{invigilator.session}")
    (room,) = told["rooms"]
    assert (room["candidates"], room["role"], told["ended"]) == (3, "office.reports", False)
    assert [one["kind"] for one in told["kinds"]][:2] == ["admission_ticket", "room_list"]
    job = await printed(invigilator, "admission_ticket", room["name"])
    assert (job["documents"], job["people"], job["actor_name"]) == (3, 3, "吴监考")
    assert codes_in(office.pdf()) == list(site.package.tickets)
    await printed(invigilator, "room_list", room["name"])
    text = text_of(office.pdf())
    assert all(number not in text for number in site.package.id_numbers)
    assert all(ticket in text for ticket in site.package.tickets)
    await printed(invigilator, "sign_in_sheet", room["name"])
    await printed(invigilator, "admission_ticket", room["name"], ticket=site.package.tickets[1])
    assert codes_in(office.pdf()) == [site.package.tickets[1]]
    body = {"kind": "room_list", "room": room["name"], "role": "office.reports"}
    again = await invigilator.post(f"/prints/papers/{invigilator.session}", body)
    assert (again["before"], again["job"]["state"]) == (True, "printed")
    copy = await invigilator.post(f"/prints/{again['job']['id']}/reprint", {"role": ""})
    assert copy["copy_number"] == 2
    await until(lambda: len(office.tray) == 5)
    assert "补打（第 1 次）" in text_of(office.pdf())


async def test_room_record_and_scores_come_after_the_end_with_names_of_who_did_what(
    site: SiteApp, office: PaperTray
) -> None:
    lead, invigilator = await site.staff("wang"), await site.staff("wujk")
    sitting = await site.candidate(1)
    await invigilator.step("start")
    (room,) = (await invigilator.get(f"/prints/papers/{invigilator.session}"))["rooms"]
    order = {"kind": "room_record", "room": room["name"], "role": "office.reports"}
    path = f"/prints/papers/{invigilator.session}"
    assert await refused(invigilator.post(path, order)) == "paper.too_early"
    assert await refused(invigilator.post(path, {**order, "kind": "score_report"})) == "paper.no_scores"
    ticket = site.package.tickets[0]
    await invigilator.act("extend", [ticket], minutes=5, reason="键盘失灵")
    await sitting.post("/submit", {"blanks": len(await sitting.paper())})
    await invigilator.act("absent", list(site.package.tickets[1:]), reason="未到场")
    await lead.step("end", "考试结束")
    await printed(invigilator, "room_record", room["name"])
    text = text_of(office.pdf())
    for word in ("延长时间", "键盘失灵", "吴监考", "未到场", site.package.tickets[2]):
        assert word in text, text
    await printed(invigilator, "score_report", room["name"])
    assert ticket in text_of(office.pdf())
    assert codes_in(office.pdf()) == []


async def test_what_befalls_a_whole_room_is_one_line_of_its_record(site: SiteApp, office: PaperTray) -> None:
    lead, invigilator = await site.staff("wang"), await site.staff("wujk")
    await site.candidates()
    await invigilator.step("start")
    await invigilator.step("pause", "停电")
    await invigilator.step("resume")
    await invigilator.act("extend", minutes=5, reason="交换机重启")
    await invigilator.act("submit", reason="时间到")
    await lead.step("end", "考试结束")
    (room,) = (await invigilator.get(f"/prints/papers/{invigilator.session}"))["rooms"]
    await printed(invigilator, "room_record", room["name"])
    text = text_of(office.pdf(), layout=False).replace("\n", "")
    assert "（交换机重启）（3 人）" in text, text
    assert text.count("停电") == 1, text
    assert text.count("全场暂停") == text.count("全场恢复") == 1
    job = await printed(invigilator, "score_report", room["name"])
    assert (job["documents"], job["people"]) == (3, 3)


async def test_looking_at_a_document_needs_exam_staff_and_is_journalled(site: SiteApp) -> None:
    technician, invigilator = await site.staff("zhou"), await site.staff("wujk")
    (room,) = (await technician.get(f"/prints/papers/{technician.session}"))["rooms"]
    query = f"?kind=sign_in_sheet&room={room['name']}"
    path = f"/prints/papers/{technician.session}/pdf{query}"
    assert await refused(technician.data(path)) == "role.wrong"
    assert (await invigilator.data(path)).startswith(b"%PDF-")
    entries = [one for one in site.appliance.journal.entries() if one["kind"] == "document.viewed"]
    assert [(one["actor"], one["body"]["people"]) for one in entries] == [("wujk", 3)]
    body = {"kind": "room_list", "room": "没有", "role": "office.reports"}
    assert await refused(invigilator.post(f"/prints/papers/{invigilator.session}", body)) == "paper.nobody"


async def test_what_waits_is_shown_with_why_and_can_be_sent_elsewhere_or_cancelled(
    site: SiteApp, office: PaperTray
) -> None:
    technician, invigilator = await site.staff("zhou"), await site.staff("wujk")
    (room,) = (await invigilator.get(f"/prints/papers/{invigilator.session}"))["rooms"]
    jobs = []
    for kind in ("room_list", "sign_in_sheet"):
        body = {"kind": kind, "room": room["name"], "role": "room-1.printer"}
        jobs.append((await invigilator.post(f"/prints/papers/{invigilator.session}", body))["job"])
    book = site.appliance.printing.book
    await until(lambda: book.why(site.appliance.printing.job(jobs[0]["id"])) is not None)
    desk = await technician.get("/prints")
    assert [job["id"] for job in desk["jobs"]] == [job["id"] for job in jobs]
    assert desk["jobs"][0]["reason"]["code"] == "print.no_printer"
    roles = {printer["role"]: printer for printer in desk["printers"]}
    assert (roles["room-1.printer"]["waiting"], roles["room-1.printer"]["ready"]) == (2, False)
    assert roles["office.reports"]["ready"]
    moved = await technician.post(f"/prints/{jobs[0]['id']}/redirect", {"role": "office.reports"})
    assert moved["role"] == "office.reports"
    gone = await technician.post(f"/prints/{jobs[1]['id']}/cancel", {"reason": "不需要"})
    assert (gone["state"], gone["deeds"]) == ("cancelled", ["reprint"])
    await until(lambda: len(office.tray) == 1)
    await until(lambda: not book.unsettled())
    assert (await technician.get("/prints"))["jobs"] == []
    cancelled = await technician.get("/prints/history?state=cancelled")
    assert [job["id"] for job in cancelled["jobs"]] == [jobs[1]["id"]]
    assert await refused(technician.post(f"/prints/{'0' * 32}/retry")) == "print.unknown"
    assert await refused(technician.post(f"/prints/{jobs[1]['id']}/reprint", {"role": ""})) == "role.wrong"
