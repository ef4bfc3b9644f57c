"""Parts of a site for tests: a bank, a package's contents, clocks that tests move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central_sync.protocol.items import Blueprint, BlueprintSection, Choice, Item, ItemType
from central_sync.protocol.roster import ArrangedCandidate
from central_sync.protocol.session import Room, SessionPlan
from exam_appliance.exam.hall import Hall, SessionContents
from exam_appliance.exam.paper import ItemPool
from exam_appliance.exam.timekeeping import clock_from_journal
from exam_appliance.journal.journal import Draft, Journal

APPLIANCE = "5a0e4c6e-0000-4000-8000-000000000001"
SESSION = "S2026-0001"


@dataclass
class HandClock:
    """Time sources that only move when the test says so; milliseconds."""

    boot_id: str = "boot-1"
    boottime: int = 1_000_000
    wall: int = 1_795_000_000_000

    def boot(self) -> str:
        """Return the boot id."""
        return self.boot_id

    def boottime_ms(self) -> int:
        """Return time since boot."""
        return self.boottime

    def wall_ms(self) -> int:
        """Return wall time."""
        return self.wall

    def pass_ms(self, ms: int) -> None:
        """Let time pass on both clocks."""
        self.boottime += ms
        self.wall += ms


def bank() -> list[Item]:
    """Return 40 items: 16 true/false, 16 single, 8 multiple, on two topics."""
    items = []
    for number in range(40):
        kind = ItemType.TRUE_FALSE if number < 16 else ItemType.SINGLE if number < 32 else ItemType.MULTIPLE
        texts = ("正确", "错误") if kind is ItemType.TRUE_FALSE else ("甲", "乙", "丙", "丁")
        items.append(
            Item(
                id=f"t-{number:03d}",
                type=kind,
                topic="安全用电" if number % 2 else "触电急救",
                stem=f"第 {number} 题的题干",
                choices=tuple(Choice(id="ABCD"[at], text=text) for at, text in enumerate(texts)),
                key=("A", "C") if kind is ItemType.MULTIPLE else ("AB"[number % 2],),
            )
        )
    return items


def blueprint() -> Blueprint:
    """Return a blueprint of 20 items and 100 points."""
    return Blueprint(
        sections=(
            BlueprintSection(type=ItemType.TRUE_FALSE, count=8, points=4),
            BlueprintSection(type=ItemType.SINGLE, topic="安全用电", count=4, points=5),
            BlueprintSection(type=ItemType.SINGLE, count=4, points=4),
            BlueprintSection(type=ItemType.MULTIPLE, count=4, points=8),
        )
    )


def contents(candidates: int = 4) -> SessionContents:
    """Return an unlocked package of SESSION with tickets 260001000001 and so on."""
    from stdnum.cn import ric

    now = datetime.now(UTC)
    plan = SessionPlan(
        session=SESSION,
        title="低压电工作业（初训）",
        plan="P2026-01",
        category="低压电工作业",
        site="KD0001",
        rooms=(Room(name="第一考场", capacity=30),),
        starts_at=now,
        unlock_from=now - timedelta(hours=1),
        closes_at=now + timedelta(hours=6),
        candidates=candidates,
    )
    roster = {}
    for number in range(1, candidates + 1):
        body = f"14010519900101{number:03d}"
        ticket = f"260001{number:06d}"
        roster[ticket] = ArrangedCandidate(
            ticket=ticket,
            id_number=body + ric.calc_check_digit(body + "0"),
            name=f"考生{number}",
            sex="M",
            room="第一考场",
            seat=number,
        )
    items = bank()
    return SessionContents(
        plan=plan,
        roster=roster,
        pool=ItemPool(items, blueprint()),
        items={item.id: item for item in items},
        photo=lambda sha256: b"",
        media=lambda sha256: b"",
        media_types={},
    )


class Site:
    """A hall over a journal file, which can be closed and opened again as a restart does."""

    def __init__(self, folder: Path, time: HandClock, key: Ed25519PrivateKey) -> None:
        self.journal = Journal(folder / "journal.db", APPLIANCE, key)
        self.journal.start()
        self.hall = Hall(self.journal, clock_from_journal(self.journal, time), practice=False)

    async def begin(self, what: SessionContents, actor: str = "invigilator") -> None:
        """Take a session from download to open."""
        plan = what.plan
        self.hall.install(what)
        body = {
            "package": "PK-1",
            "package_sha256": "0" * 64,
            "title": plan.title,
            "starts_at": plan.starts_at.isoformat(),
            "candidates": plan.candidates,
        }
        unlocked = {"by": "online", "candidates": plan.candidates, "items": 40}
        await self.hall.commit(
            [
                Draft("session.downloaded", plan.session, "site", body),
                Draft("session.unlocked", plan.session, actor, unlocked),
                Draft("session.opened", plan.session, actor, {"t": self.hall.clock.t()}),
            ]
        )


Restart = Callable[[], Site]
