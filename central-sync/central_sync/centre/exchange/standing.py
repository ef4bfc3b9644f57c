"""How every enrolled server stands, and what it reports of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.exchange.intake import hash_at
from central_sync.centre.exchange.quarantine import Source, quarantine
from central_sync.centre.exchange.tables import ApplianceRow, EntryRow
from central_sync.protocol.journal import Entry
from central_sync.protocol.transfer import Acknowledgement, StatusReport


@dataclass(frozen=True)
class ApplianceStanding:
    """An enrolled server (考点服务端) as the centre sees it."""

    id: str
    site: str
    state: str
    """`active`, `quarantined` or `revoked`."""
    reason: str
    """Why it is not active: `clone`, `fork`, `rewind`, or what staff wrote."""
    enrolled_at: datetime
    last_contact: datetime
    acknowledged: int
    """Highest seq that the centre holds whole."""
    head: int
    """Last seq of the site's journal as it reported; `acknowledged` when it reported less."""
    software: str
    disk_free: int
    """Bytes."""
    trouble: str


@dataclass(frozen=True)
class ReceivedEntry:
    """An entry in its place in the order of receipt over all servers."""

    received: int
    appliance: str
    site: str
    entry: Entry


def take_report(
    session: Session,
    row: ApplianceRow,
    report: StatusReport,
    source: Source,
    now: datetime,
    *,
    maybe_old: bool = False,
) -> Acknowledgement:
    """Keep a report. Raises Problem `appliance.quarantined` when it proves a rewind or a fork.

    One that may be old, because a stick carried it, is checked like any but kept only if its
    journal is not behind what was reported already.
    """
    if report.seen_acknowledged is not None and report.head < report.seen_acknowledged <= row.acknowledged:
        raise quarantine(session, row, "rewind", source, now, seq=report.head, body=_json(report))
    held = hash_at(session, row, report.head)
    if held is not None and held != report.head_hash:
        raise quarantine(session, row, "fork", source, now, seq=report.head, body=_json(report))
    if not maybe_old or report.head >= _standing(row).head:
        row.software, row.report = report.software, report.model_dump_json()
    return Acknowledgement(acknowledged=row.acknowledged, hash=row.head_hash)


def appliances(session: Session, site: str | None) -> list[ApplianceStanding]:
    """Return all servers, or those of a site, in order of site and id."""
    query = select(ApplianceRow).order_by(ApplianceRow.site, ApplianceRow.id)
    if site is not None:
        query = query.where(ApplianceRow.site == site)
    return [_standing(row) for row in session.scalars(query)]


def received_entries(session: Session, after_received: int, limit: int) -> list[ReceivedEntry]:
    """Return entries in order of receipt."""
    rows = session.execute(
        select(EntryRow.received, EntryRow.appliance, EntryRow.site, EntryRow.line)
        .where(EntryRow.received > after_received)
        .order_by(EntryRow.received)
        .limit(limit)
    )
    return [
        ReceivedEntry(received, appliance, site, Entry.model_validate_json(line))
        for received, appliance, site, line in rows
    ]


def _standing(row: ApplianceRow) -> ApplianceStanding:
    try:
        report: StatusReport | None = StatusReport.model_validate_json(row.report)
    except ValidationError:
        report = None
    return ApplianceStanding(
        id=row.id,
        site=row.site,
        state=row.state,
        reason=row.reason,
        enrolled_at=row.enrolled_at,
        last_contact=row.last_contact,
        acknowledged=row.acknowledged,
        head=max(row.acknowledged, report.head if report is not None else 0),
        software=row.software,
        disk_free=report.disk_free if report is not None else 0,
        trouble=report.trouble if report is not None else "",
    )


def _json(report: StatusReport) -> bytes:
    return report.model_dump_json().encode()
