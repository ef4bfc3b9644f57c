"""From the arrangement to the result list: a real centre, a real site server, every answer accounted for."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import openpyxl
import pytest
from sqlalchemy import select

from central_sync.centre.exchange.tables import EntryRow
from central_sync.centre.tables.arrangement import SessionRow, TicketRow
from central_sync.centre.tables.ledger import LedgerLineRow, LedgerSessionRow
from tests import exchange_parts
from tests.arranged_parts import Arranged, arrange
from tests.centre_parts import RunningCentre, running_centre
from tests.exchange_parts import SITE, until
from tests.integration.test_site_session import sit
from tests.site_app import PASSWORD, Package, Refused, SiteApp, make_staff, site_settings


@asynccontextmanager
async def enrolled_site(folder: Path, here: RunningCentre, arranged: Arranged) -> AsyncIterator[SiteApp]:
    """Give a site server that enrolled with a claim code of the console."""
    package = cast(Package, _Session(arranged))
    # The site's parts only ever ask the package for its session and tickets.
    site = SiteApp(site_settings(folder / "site"), cast(exchange_parts.Centre, here.centre), package, None)
    claim = await here.planner.post(f"sites/{SITE}/claims")
    try:
        await site.start()
        await make_staff(site.appliance)
        await site.appliance.agent.enrol(claim["centre_url"], claim["code"])
        yield site
    finally:
        await site.people.aclose()
        await site.stop()


class _Session:
    """What the people of a site know of a session."""

    def __init__(self, arranged: Arranged) -> None:
        self.tickets = arranged.tickets
        self.plan = self
        self.session = arranged.session


async def build(here: RunningCentre, session: str) -> Any:
    """Build a session's package and return its view."""
    job = await here.planner.post(f"sessions/{session}/package", expect=202)
    ended = await here.planner.ended(job)
    assert ended["state"] == "done", ended
    return await here.viewer.get(f"sessions/{session}/package")


def tables(here: RunningCentre) -> tuple[list[Any], list[Any]]:
    """Return all that the ledger's tables hold."""
    with here.centre.database.begin() as session:
        lines = session.execute(select(LedgerLineRow.__table__).order_by(LedgerLineRow.ticket)).all()
        sessions = session.execute(select(LedgerSessionRow.__table__)).all()
    return [tuple(line) for line in lines], [tuple(each) for each in sessions]


async def test_a_session_is_packaged_released_sat_signed_off_and_its_results_stand_at_the_centre(
    tmp_path: Path,
) -> None:
    async with running_centre(tmp_path) as here:
        arranged = arrange(here.centre, candidates=5)
        exam = f"sessions/{arranged.session}"
        async with enrolled_site(tmp_path, here, arranged) as site:
            view = await build(here, arranged.session)
            assert (view["package"], view["items"], view["media"]) == (f"{arranged.session}.1", 40, 1)
            assert (view["candidates"], view["photos"], view["outdated"]) == (5, 3, False)
            sessions = site.appliance.hall.projection.sessions
            await until(lambda: arranged.session in sessions and sessions[arranged.session].package)

            lead, watcher = await site.staff("wang"), await site.staff("wujk")
            with pytest.raises(Refused) as refusal:
                await lead.post(f"/sessions/{lead.session}/unlock", {"release_code": None})
            assert refusal.value.reason == "key.not_here"
            released = await here.releaser.post(f"{exam}/release")
            assert (released["state"], released["by"]) == ("released", "releaser")
            assert [server["has_document"] for server in released["servers"]] == [True]
            await until(lambda: site.appliance.intake.has_key(arranged.session))
            await lead.post(f"/sessions/{lead.session}/unlock", {"release_code": None})
            await watcher.step("open")
            first, second, third, fourth = [await site.candidate(number) for number in (1, 2, 3, 4)]
            await watcher.step("start")
            await sit(first, 20)
            await sit(second, 0)
            await first.post("/submit", {"blanks": 0})
            await second.post("/submit", {"blanks": 0})
            items = await third.paper()
            await third.answer(items[0]["item"], ["A"])
            await third.answer(items[1]["item"], ["A"])
            await third.answer(items[1]["item"], [])
            await watcher.act("submit", [third.ticket], reason="身体不适，本人要求交卷")
            confirmed = {"username": "zheng", "password": PASSWORD}
            await watcher.act("terminate", [fourth.ticket], reason="夹带资料", second=confirmed)
            await lead.step("end", "全部交卷")
            await watcher.act("absent", None, reason="未到场")
            await lead.post(
                f"/sessions/{lead.session}/sign-off",
                {"remarks": "正常", "second": {"username": "wujk", "password": PASSWORD}},
            )
            attempts = site.appliance.hall.attempts_of(arranged.session)
            counted = Counter(attempt.ledger_state().value for attempt in attempts)
            journal = site.appliance.journal
            await until(lambda: site.appliance.agent.status().acknowledged_seq == journal.head)

            ledger = await here.planner.get(f"{exam}/ledger")
            assert ledger["findings"] == []
            assert (ledger["balanced"], ledger["state"]) == (True, "closed")
            assert {state: count for state, count in ledger["counts"].items() if count} == counted
            assert counted == {"absent": 1, "scored": 3, "voided": 1}
            assert (ledger["signed_off"]["by"], ledger["signed_off"]["second"]) == ("wang", "wujk")
            lines = {line["ticket"]: line for line in ledger["lines"]}
            states = [lines[ticket]["state"] for ticket in arranged.tickets]
            assert states == ["scored", "scored", "scored", "voided", "absent"]
            assert [lines[ticket]["answered"] for ticket in arranged.tickets] == [20, 20, 1, 0, 0]
            assert lines[arranged.tickets[2]]["saved"] == 3
            assert lines[arranged.tickets[3]]["zh"] == "作废：夹带资料（wujk、zheng）"
            assert lines[arranged.tickets[4]]["zh"] == "缺考：未到场"

        results = await here.viewer.get(f"{exam}/results")
        assert (results["final"], results["sat"], results["passed"], results["failed"]) == (True, 3, 1, 2)
        assert (
            results["lines"][0]["id_number"]
            == arranged.id_numbers[0][:4] + "*" * 10 + (arranged.id_numbers[0][-4:])
        )
        file = await here.planner.ask("GET", f"{exam}/results.xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(file.body)).worksheets[0]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4, max_row=8)]
        assert [row[1] for row in rows] == list(arranged.tickets)
        assert [row[4] for row in rows] == list(arranged.id_numbers)
        assert [row[10] for row in rows] == ["已评分", "已评分", "已评分", "作废", "缺考"]
        assert [row[11] for row in rows][:2] == [100, 0]
        assert [row[12] for row in rows] == ["合格", "不合格", "不合格", None, None]

        with here.centre.database.begin() as held:
            assert held.get_one(SessionRow, arranged.session).state == "closed"
            outcomes = {row.ticket: (row.outcome, row.score) for row in held.scalars(select(TicketRow)).all()}
            received = held.scalars(
                select(EntryRow.received).where(EntryRow.subject.in_([arranged.session, *arranged.tickets]))
            ).all()
        third_score = results["lines"][2]["score"]
        assert [outcomes[ticket] for ticket in arranged.tickets] == [
            ("passed", 100),
            ("failed", 0),
            ("failed", third_score),
            ("voided", None),
            ("absent", None),
        ]
        seen: list[int] = []
        more = True
        while more:
            page = await here.viewer.get(f"{exam}/entries", after=seen[-1] if seen else 0, limit=20)
            seen += [entry["received"] for entry in page["entries"]]
            more = page["more"]
        assert seen == sorted(received)
        assert any(entry["zh"] == "场次签结" for entry in page["entries"])

        before = tables(here)
        assert here.centre.ledger.rebuild() > 0
        assert tables(here) == before
        summary = await here.releaser.get("ledger")
        assert [(line["session"], line["balanced"], line["candidates"]) for line in summary["sessions"]] == [
            (arranged.session, True, 5)
        ]
