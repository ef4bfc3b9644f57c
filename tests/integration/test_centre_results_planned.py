"""From the files of the office to a package: import, plan, arrange and build over the console's routes."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from central_sync.centre.files.bank_xlsx import write_bank_xlsx, write_media_zip
from central_sync.protocol.package import content_key_from_code, open_package, read_manifest
from central_sync.samples.banks import sample_bank
from central_sync.samples.blueprints import sample_blueprint
from central_sync.samples.candidates import sample_candidates
from central_sync.samples.categories import SampleCategory
from tests.centre_parts import RunningCentre, running_centre

LOW_VOLTAGE = SampleCategory.LOW_VOLTAGE
SITE = {"name": "明川市第一考试点", "city": "明川市", "rooms": [{"name": "第一考场", "capacity": 12}]}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[RunningCentre]:
    """A running centre with a site of twelve seats."""
    async with running_centre(tmp_path) as centre:
        await centre.planner.put("sites/MC0101", SITE)
        yield centre


async def imported(here: RunningCentre, path: str, parts: dict[str, tuple[str, bytes]], **query: str) -> None:
    """Import files and see that it went well."""
    job = await here.planner.ended(await here.planner.upload(path, parts, **query))
    assert job["state"] == "done", job


async def plan_from_samples(here: RunningCentre) -> tuple[str, str]:
    """Import the low-voltage bank and ten candidates, make blueprint and plan; return plan and roster."""
    items, media = sample_bank(LOW_VOLTAGE)
    planner = here.planner
    bank = (await planner.post("banks", {"name": "低压电工题库", "category": LOW_VOLTAGE.value}))["bank"]
    parts = {
        "file": ("bank.xlsx", write_bank_xlsx(items.items)),
        "media": ("media.zip", write_media_zip(items.items, media)),
    }
    await imported(here, f"banks/{bank}/import", parts, format="xlsx")
    roster = (await planner.post("rosters", {"name": "十一月名册", "category": LOW_VOLTAGE.value}))["roster"]
    await imported(here, f"rosters/{roster}/import", {"file": ("roster.xlsx", await filled_in(here))})
    body = sample_blueprint(LOW_VOLTAGE).model_dump(mode="json")
    blueprint = await planner.post("blueprints", {"name": "低压电工试卷", "bank": bank, **body})
    now = datetime.now(UTC)
    plan = await planner.post(
        "plans",
        {
            "name": "低压电工作业（初训）",
            "category": LOW_VOLTAGE.value,
            "blueprint": blueprint["blueprint"],
            "window_from": (now - timedelta(hours=1)).isoformat(),
            "window_until": (now + timedelta(days=7)).isoformat(),
        },
    )
    return plan["plan"], roster


async def filled_in(here: RunningCentre) -> bytes:
    """Return the centre's own roster template with ten candidates filled in."""
    answer = await here.planner.ask("GET", "rosters/template.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.body))
    for row, person in enumerate(sample_candidates(30, category=LOW_VOLTAGE)[:10], 2):
        sex = {"M": "男", "F": "女"}[person.sex]
        for column, text in enumerate((person.name, sex, person.id_number, person.employer), 1):
            book.worksheets[0].cell(row, column, text)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


async def arranged(here: RunningCentre, plan: str, roster: str) -> Any:
    """Arrange the roster to one session that starts soon; return the session."""
    starts_at = (datetime.now(UTC) + timedelta(minutes=20)).replace(second=0, microsecond=0)
    slot = {"site": "MC0101", "starts_at": starts_at.isoformat()}
    proposal = await here.planner.post("arrangements", {"plan": plan, "rosters": [roster], "slots": [slot]})
    assert proposal["left_out"] == []
    made = await here.planner.post(f"arrangements/{proposal['proposal']}/confirm")
    (session,) = made["sessions"]
    return session


async def test_what_the_office_imports_and_arranges_is_what_the_site_will_open(here: RunningCentre) -> None:
    session = await arranged(here, *await plan_from_samples(here))
    exam = f"sessions/{session['session']}"
    job = await here.planner.ended(await here.planner.post(f"{exam}/package", expect=202))
    assert job["state"] == "done", job
    assert (await here.viewer.get(exam))["state"] == "packaged"
    tickets = (await here.planner.get(f"{exam}/tickets"))["tickets"]

    # A candidate changes seats: the package no longer says what the tickets say.
    move = {"session": session["session"], "room": "第一考场", "seat": 12, "reason": "机器故障"}
    moved = await here.planner.post(f"tickets/{tickets[0]['ticket']}/move", move)
    assert (await here.viewer.get(f"{exam}/package"))["outdated"] is True
    refusal = await here.releaser.ask("POST", f"{exam}/release", json={})
    assert refusal.json["reason"] == "release.outdated"
    await here.planner.ended(await here.planner.post(f"{exam}/package", expect=202))
    view = await here.viewer.get(f"{exam}/package")
    assert (view["package"], view["outdated"]) == (f"{session['session']}.2", False)

    code = (await here.releaser.post(f"{exam}/release-code", {"reason": "线路中断"}))["code"]
    path = here.centre.exchange.blobs.path(view["sha256"])
    key = here.centre.keys.signing.public_key()

    def seats() -> dict[str, int]:
        with open_package(path, key, content_key_from_code(read_manifest(path, key), code)) as package:
            assert package.paper_plan.blueprint == sample_blueprint(LOW_VOLTAGE)
            assert {package.media(media.sha256) for item in package.bank.items for media in item.media}
            return {person.ticket: person.seat for person in package.roster.candidates}

    packed = await asyncio.to_thread(seats)
    assert packed == {ticket["ticket"]: ticket["seat"] for ticket in tickets} | {moved["ticket"]: 12}
    refusal = await here.planner.ask("POST", f"tickets/{moved['ticket']}/move", json={**move, "seat": 11})
    assert refusal.json["reason"] == "session.fixed"
    ledger = await here.viewer.get(f"{exam}/ledger")
    assert (ledger["counts"]["arranged"], ledger["findings"], ledger["state"]) == (10, [], "released")


async def test_a_cancelled_session_is_taken_back_from_the_site_and_gets_no_key(here: RunningCentre) -> None:
    session = await arranged(here, *await plan_from_samples(here))
    exam = f"sessions/{session['session']}"
    await here.planner.ended(await here.planner.post(f"{exam}/package", expect=202))
    await here.planner.post(f"{exam}/cancel", {"reason": "台风停考"})
    refusal = await here.releaser.ask("POST", f"{exam}/release", json={})
    assert refusal.json["reason"] == "release.cancelled"
    with here.centre.database.begin() as held:
        (document,) = [
            each for each in here.centre.exchange.documents(held, "MC0101") if each.kind == "session"
        ]
    assert (document.body["cancelled"], document.body["reason"]) == (True, "台风停考")
    ledger = await here.viewer.get(f"{exam}/ledger")
    assert {line["zh"] for line in ledger["lines"]} == {"场次已取消：台风停考"}
