"""The ledger, result lists, and the entries they come from."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web
from sqlalchemy.orm import Session

from central_sync.centre.api.files import XLSX, attachment
from central_sync.centre.api.gate import sees_masked
from central_sync.centre.api.models import BASE
from central_sync.centre.api.package_routes import SESSION
from central_sync.centre.api.result_models import (
    Entries,
    EntriesQuery,
    Ledger,
    LedgerQuery,
    LedgerSummary,
    Results,
)
from central_sync.centre.ledger.entries import entries_of
from central_sync.centre.ledger.views import ledger_view, summary_line
from central_sync.centre.results.results import ResultLists
from central_sync.protocol.http.routes import File, Routes

if TYPE_CHECKING:
    from central_sync.centre.app import Centre


def add_routes(routes: Routes, centre: Centre) -> None:
    """Declare the routes of ledger and results. Each look takes in first what was received meanwhile."""
    gate, ledger = centre.gate, centre.ledger
    lists = ResultLists(ledger, centre.clock)

    @routes.get(
        f"{BASE}/ledger",
        "全部场次的台账",
        "the ledger of all sessions",
        tag="ledger",
        access="any",
        query=LedgerQuery,
        answer=LedgerSummary,
    )
    async def summary(request: web.Request, query: LedgerQuery) -> LedgerSummary:
        await gate.person(request)
        await asyncio.to_thread(ledger.catch_up)

        def read(session: Session) -> LedgerSummary:
            total, held = ledger.page(session, query.page)
            lines = tuple(summary_line(session, each) for each in held)
            return LedgerSummary(total=total, page=query.page, sessions=lines)

        return await centre.transact(read)

    @routes.get(
        f"{SESSION}/ledger",
        "场次台账",
        "the ledger of a session",
        tag="ledger",
        access="any",
        answer=Ledger,
    )
    async def of_session(request: web.Request) -> Ledger:
        person = await gate.person(request)
        exam = request.match_info["session"]
        await asyncio.to_thread(ledger.catch_up)
        return await centre.transact(
            lambda session: ledger_view(session, ledger.of(session, exam), masked=sees_masked(person))
        )

    @routes.get(
        f"{SESSION}/results",
        "场次成绩",
        "the results of a session",
        tag="ledger",
        access="planner, viewer",
        answer=Results,
    )
    async def results(request: web.Request) -> Results:
        person = await gate.person(request, "planner", "viewer")
        exam = request.match_info["session"]
        await asyncio.to_thread(ledger.catch_up)
        return await centre.transact(lambda session: lists.of(session, exam, masked=sees_masked(person)))

    @routes.get(
        f"{SESSION}/results.xlsx",
        "成绩表",
        "the results of a session as .xlsx",
        tag="ledger",
        access="planner, viewer",
        answer=File(XLSX),
    )
    async def results_file(request: web.Request) -> web.Response:
        person = await gate.person(request, "planner", "viewer")
        exam = request.match_info["session"]
        await asyncio.to_thread(ledger.catch_up)
        file = await centre.transact(lambda session: lists.file(session, exam, masked=sees_masked(person)))
        return attachment(file.name, file.data, XLSX)

    @routes.get(
        f"{SESSION}/entries",
        "场次的日志记录",
        "the journal entries of a session",
        tag="ledger",
        access="viewer",
        query=EntriesQuery,
        answer=Entries,
    )
    async def entries(request: web.Request, query: EntriesQuery) -> Entries:
        await gate.person(request, "viewer")
        exam = request.match_info["session"]
        return await centre.transact(lambda session: entries_of(session, exam, query))
