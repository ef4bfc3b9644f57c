"""Journal entries as a centre received them, for tests of what it makes of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, update

from central_sync.centre.app import Centre
from central_sync.centre.exchange.counters import RECEIPT_ORDER, advance
from central_sync.centre.exchange.tables import CounterRow, EntryRow
from central_sync.centre.tables.arrangement import SessionRow, TicketRow
from central_sync.centre.tables.ledger import LedgerLineRow, LedgerSessionRow
from central_sync.centre.tables.packages import PackageRow
from central_sync.protocol.canonical import canonical
from central_sync.protocol.journal import Entry
from tests.exchange_parts import APPLIANCE, SITE
from tests.site_parts import SESSION

OTHER = "5a0e4c6e-0000-4000-8000-000000000002"
DIGEST = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Said:
    """What a server's journal says next."""

    kind: str
    subject: str
    body: Mapping[str, Any]
    appliance: str = APPLIANCE
    site: str = SITE
    actor: str = "wujk"


def checked_in(ticket: str, *, session: str = SESSION, appliance: str = APPLIANCE, site: str = SITE) -> Said:
    """A candidate logs in."""
    body = {"session": session, "room": "第一考场", "seat": 1, "token": DIGEST, "t": 1}
    return Said("attempt.checked_in", ticket, body, appliance, site)


def started(ticket: str, *, appliance: str = APPLIANCE) -> Said:
    """A candidate's paper is drawn."""
    body = {
        "t": 2,
        "seed": DIGEST,
        "paper": DIGEST,
        "duration_ms": 7_200_000,
        "extra_ms": 0,
        "deadline_t": 7_200_002,
    }
    return Said("attempt.started", ticket, body, appliance)


def saved(ticket: str, item: str, choices: Sequence[str], *, appliance: str = APPLIANCE) -> Said:
    """A response is saved."""
    body = {"item": item, "choices": list(choices), "flagged": False, "n": 1, "t": 3}
    return Said("response.saved", ticket, body, appliance)


def submitted(ticket: str, answered: int, *, appliance: str = APPLIANCE) -> Said:
    """A paper is handed in."""
    body = {"t": 4, "by": "candidate", "answered": answered, "blank": 20 - answered, "reason": ""}
    return Said("attempt.submitted", ticket, body, appliance)


def scored(
    ticket: str,
    points: int,
    *,
    of: int = 100,
    mark: int = 80,
    right: int = 0,
    appliance: str = APPLIANCE,
) -> Said:
    """A paper is graded."""
    body = {"points": points, "of": of, "passed": points >= mark, "right": right, "items": 20, "sections": []}
    return Said("attempt.scored", ticket, body, appliance, actor="site")


def sat(ticket: str, points: int) -> list[Said]:
    """A candidate sits and answers one item."""
    return [
        checked_in(ticket),
        started(ticket),
        saved(ticket, "t-000", ["A"]),
        submitted(ticket, 1),
        scored(ticket, points),
    ]


def absent(ticket: str, *, appliance: str = APPLIANCE) -> Said:
    """A candidate did not come."""
    return Said("attempt.absent", ticket, {"session": SESSION, "t": 5, "reason": "未到场"}, appliance)


def present(ticket: str, *, appliance: str = APPLIANCE) -> Said:
    """An absence is taken back."""
    return Said("attempt.present", ticket, {"session": SESSION, "t": 5, "reason": "迟到"}, appliance)


def terminated(ticket: str, *, appliance: str = APPLIANCE) -> Said:
    """An attempt is voided."""
    return Said("attempt.terminated", ticket, {"t": 6, "reason": "夹带资料", "second": "wang"}, appliance)


def reopened(ticket: str, *, appliance: str = APPLIANCE) -> Said:
    """An attempt goes on."""
    body = {"t": 7, "reason": "误判", "second": "wang", "deadline_t": 9_000_000}
    return Said("attempt.reopened", ticket, body, appliance)


def opened(*, appliance: str = APPLIANCE) -> Said:
    """The session is opened."""
    return Said("session.opened", SESSION, {"t": 0}, appliance)


def signed_off(counts: Mapping[str, int], *, appliance: str = APPLIANCE) -> Said:
    """The session is signed off."""
    body = {"second": "wang", "counts": dict(counts), "remarks": ""}
    return Said("session.signed_off", SESSION, body, appliance)


def receive(centre: Centre, said: Sequence[Said]) -> None:
    """Put entries into the exchange's table as if the sites had sent them just now."""
    with centre.database.begin() as session:
        last = advance(session, RECEIPT_ORDER, len(said))
        for offset, each in enumerate(said):
            received = last - len(said) + 1 + offset
            entry = Entry(
                seq=received,
                at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                kind=each.kind,
                subject=each.subject,
                actor=each.actor,
                body=dict(each.body),
                prev=DIGEST,
                hash=DIGEST,
            )
            session.add(
                EntryRow(
                    received=received,
                    appliance=each.appliance,
                    site=each.site,
                    seq=received,
                    at=entry.at,
                    kind=entry.kind,
                    subject=entry.subject,
                    actor=entry.actor,
                    hash=entry.hash,
                    flag="",
                    line=canonical(entry.model_dump(mode="json")).decode(),
                )
            )


def forget_received(centre: Centre) -> None:
    """Let the centre stand as before the first entry, arrangement and all."""
    with centre.database.begin() as session:
        for table in (EntryRow, LedgerLineRow, LedgerSessionRow, PackageRow):
            session.execute(delete(table))
        session.execute(update(CounterRow).values(value=0))
        session.execute(update(SessionRow).values(state="arranged"))
        session.execute(update(TicketRow).values(outcome="", score=None))
