"""A centre with bank, plan, sites and rosters, ready to arrange candidates over the console's routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from central_sync.centre.files.bank import BankDraft
from central_sync.centre.files.roster_read import RosterCandidate, RosterDraft
from central_sync.centre.tables.arrangement import SessionRow, TicketRow
from central_sync.protocol.items import Choice, Item, ItemType
from tests.arranged_parts import id_number
from tests.centre_parts import RunningCentre, running_centre
from tests.mariadb_parts import MariaDb

CATEGORY = "低压电工作业"
SITE = "MC0101"
FIRST, SECOND = "第一考场", "第二考场"


def room(name: str, capacity: int, *closed: int) -> dict[str, Any]:
    """Return a room as a site's request has it."""
    return {"name": name, "capacity": capacity, "closed_seats": list(closed)}


def person(number: int, employer: str = "明川电力", resit: int = 0, extra: int = 0) -> RosterCandidate:
    """Return an invented candidate."""
    sex = "M" if number % 2 else "F"
    return RosterCandidate(f"考生{number}", sex, id_number(number), employer, "", extra, resit, None, "")


@dataclass
class Office:
    """The planner's desk: plan P0001 over two hours, roster R0001, site MC0101 with 4 and 6 seats."""

    here: RunningCentre
    morning: datetime

    async def site(self, *rooms: dict[str, Any], code: str = SITE, expect: int = 200, **more: Any) -> Any:
        """Register or change a site."""
        body = {"name": f"考点 {code}", "city": "明川市", "rooms": list(rooms), **more}
        return await self.here.planner.put(f"sites/{code}", body, expect=expect)

    async def plan(self, name: str, **more: Any) -> str:
        """Make a plan of two hours with one resit and return its number."""
        body = {
            "name": name,
            "category": CATEGORY,
            "blueprint": "M0001",
            "points": 10,
            "pass_points": 8,
            "window_from": (self.morning - timedelta(days=1)).isoformat(),
            "window_until": (self.morning + timedelta(days=7)).isoformat(),
            **more,
        }
        return str((await self.here.planner.post("plans", body))["plan"])

    async def roster(self, people: Sequence[RosterCandidate], roster: str = "R0001") -> None:
        """Put people on a roster."""

        def take() -> None:
            with self.here.centre.database.begin() as session:
                self.here.centre.rosters.take(session, roster, RosterDraft(tuple(people), {}))

        await asyncio.to_thread(take)

    def slot(self, hours: float = 0, site: str = SITE, *rooms: str) -> dict[str, Any]:
        """Return a slot so many hours after the first morning."""
        starts_at = self.morning + timedelta(hours=hours)
        return {"site": site, "starts_at": starts_at.isoformat(), "rooms": list(rooms)}

    async def propose(self, *slots: dict[str, Any], expect: int = 200, **more: Any) -> Any:
        """Ask for a proposal for plan P0001 and roster R0001."""
        body = {"plan": "P0001", "rosters": ["R0001"], "slots": list(slots), **more}
        return await self.here.planner.post("arrangements", body, expect=expect)

    async def confirm(self, proposal: Any, *, expect: int = 200) -> Any:
        """Confirm a proposal."""
        return await self.here.planner.post(f"arrangements/{proposal['proposal']}/confirm", expect=expect)

    async def arrange(self, *slots: dict[str, Any], **more: Any) -> Any:
        """Propose and confirm."""
        return await self.confirm(await self.propose(*slots, **more))

    async def tickets(self, session: str) -> list[Any]:
        """Return the tickets of a session."""
        found: list[Any] = (await self.here.planner.get(f"sessions/{session}/tickets"))["tickets"]
        return found

    async def move(
        self, ticket: str, session: str, room: str, seat: int | None = None, expect: int = 200
    ) -> Any:
        """Move a ticket."""
        body = {"session": session, "room": room, "seat": seat, "reason": "机器故障"}
        return await self.here.planner.post(f"tickets/{ticket}/move", body, expect=expect)

    async def remove(self, ticket: str) -> Any:
        """Take a candidate out of a session."""
        return await self.here.planner.post(f"tickets/{ticket}/remove", {"reason": "本人申请"})

    async def undo(self, change: int, *, expect: int = 200) -> Any:
        """Undo a change."""
        return await self.here.planner.post(f"arrangements/changes/{change}/undo", expect=expect)

    async def cancel(self, session: str, *, expect: int = 200) -> Any:
        """Cancel a session."""
        return await self.here.planner.post(
            f"sessions/{session}/cancel", {"reason": "台风停考"}, expect=expect
        )

    async def newest_change(self) -> Any:
        """Return the newest change."""
        return (await self.here.viewer.get("arrangements/changes"))["changes"][0]

    async def begun(self, session: str) -> None:
        """Let a session have begun an hour ago."""
        times = {
            "starts_at": datetime.now(UTC) - timedelta(hours=1),
            "ends_at": datetime.now(UTC) + timedelta(hours=1),
        }

        def write() -> None:
            with self.here.centre.database.begin() as held:
                held.execute(update(SessionRow).where(SessionRow.id == session).values(**times))

        await asyncio.to_thread(write)

    async def outcome(self, session: str, outcome: str) -> None:
        """Give everybody in a session an outcome, as the results of a site do."""

        def write() -> None:
            with self.here.centre.database.begin() as held:
                held.execute(update(TicketRow).where(TicketRow.session == session).values(outcome=outcome))

        await asyncio.to_thread(write)


async def opened_office(here: RunningCentre) -> Office:
    """Fill a centre and return its desk."""
    choices = tuple(Choice(id=letter, text=letter) for letter in "ABC")
    items = tuple(
        Item(id=f"T-{n}", type=ItemType.SINGLE, topic="触电", stem=f"第 {n} 题", choices=choices, key=("A",))
        for n in range(12)
    )
    planner, centre = here.planner, here.centre
    await planner.post("banks", {"name": "题库", "category": CATEGORY})

    def take() -> None:
        with centre.database.begin() as session:
            centre.banks.take(
                session, "B0001", BankDraft(items, {}), "merge", by="planner", source="题库.xlsx"
            )

    await asyncio.to_thread(take)
    sections = [{"type": "single", "topic": None, "count": 10, "points": 1}]
    await planner.post("blueprints", {"name": "试卷", "bank": "B0001", "sections": sections})
    await planner.post("rosters", {"name": "名册", "category": CATEGORY})
    # 01:00 UTC is nine in the morning at the site.
    morning = (datetime.now(UTC) + timedelta(days=2)).replace(hour=1, minute=0, second=0, microsecond=0)
    office = Office(here, morning)
    await office.plan("低压电工作业（初训）")
    await office.site(room(FIRST, 4), room(SECOND, 6))
    return office


on_both = pytest.mark.parametrize("office", ["sqlite", "mariadb"], indirect=True)


@pytest.fixture
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    """A planner's desk, over SQLite unless said otherwise."""
    url = None
    if getattr(request, "param", "sqlite") == "mariadb":
        server: MariaDb = request.getfixturevalue("mariadb")
        url = server.new_database()
    async with running_centre(tmp_path, database_url=url) as here:
        yield await opened_office(here)
