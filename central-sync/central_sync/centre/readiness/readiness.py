"""Keeps the newest readiness of every server at what has been received, and shows it by site."""

from __future__ import annotations

import orjson
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.database import Database
from central_sync.centre.exchange.counters import RECEIPT_ORDER, advance, current, hold
from central_sync.centre.exchange.tables import EntryRow
from central_sync.centre.readiness.models import PreflightTold, ReadinessTold, ServerReadiness
from central_sync.centre.tables.readiness import ServerReadinessRow
from central_sync.centre.tables.sites import SiteRow
from central_sync.protocol.journal import Entry
from central_sync.protocol.kinds import SitePreflight, SiteReadiness

POSITION = "readiness/received"
"""Counter of how far was read in the order of receipt."""
BATCH = 200
_KINDS = ("site.readiness", "site.preflight")


class Readiness:
    """The readiness of the sites. Synchronous: call it on a thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def catch_up(self) -> None:
        """Take in all that has been received."""
        more = True
        while more:
            with self._database.begin() as session:
                if current(session, POSITION) == current(session, RECEIPT_ORDER):
                    return
            with self._database.begin() as session:
                # The first statement, for the reason told in the ledger's projection.
                hold(session, POSITION)
                position, head = current(session, POSITION), current(session, RECEIPT_ORDER)
                rows = session.scalars(
                    select(EntryRow)
                    .where(EntryRow.received > position, EntryRow.received <= head)
                    .where(EntryRow.kind.in_(_KINDS), EntryRow.flag == "")
                    .order_by(EntryRow.received)
                    .limit(BATCH)
                ).all()
                for row in rows:
                    _take(session, row)
                more = len(rows) == BATCH
                advance(session, POSITION, (rows[-1].received if more else head) - position)

    def all(self, session: Session) -> list[ServerReadiness]:
        """Return what every server told last, by site, its newest first."""
        names = dict(session.execute(select(SiteRow.code, SiteRow.name)).all())
        rows = session.scalars(select(ServerReadinessRow)).all()
        told = [_view(row, names) for row in rows]
        told.sort(key=lambda one: one.appliance)
        told.sort(key=_newest, reverse=True)
        told.sort(key=lambda one: one.site)
        return told


def _newest(told: ServerReadiness) -> str:
    return told.readiness.at if told.readiness is not None else ""


def _take(session: Session, row: EntryRow) -> None:
    """Take one entry; one whose body is not of its kind was flagged at its receipt."""
    entry = Entry.model_validate_json(row.line)
    held = session.get(ServerReadinessRow, row.appliance)
    if held is None:
        held = ServerReadinessRow(appliance=row.appliance, site=row.site)
        session.add(held)
    held.site = row.site
    try:
        if entry.kind == "site.readiness":
            report = SiteReadiness.model_validate(entry.body)
            held.checked_at, held.ready, held.report_sha256 = entry.at, report.ready, report.report_sha256
            held.rows = orjson.dumps(report.rows).decode()
        else:
            looked = SitePreflight.model_validate(entry.body)
            held.preflight_at, held.preflight_ready = entry.at, looked.ready
            held.items = orjson.dumps(looked.items).decode()
    except ValidationError:
        # A later release's body: shown once this centre is upgraded and the site checks again.
        return
    session.flush()


def _view(row: ServerReadinessRow, names: dict[str, str]) -> ServerReadiness:
    readiness = preflight = None
    if row.ready is not None:
        rows = orjson.loads(row.rows)
        readiness = ReadinessTold(
            at=row.checked_at, ready=row.ready, rows=rows, report_sha256=row.report_sha256
        )
    if row.preflight_ready is not None:
        preflight = PreflightTold(
            at=row.preflight_at, ready=row.preflight_ready, items=orjson.loads(row.items)
        )
    return ServerReadiness(
        site=row.site,
        site_name=names.get(row.site, ""),
        appliance=row.appliance,
        readiness=readiness,
        preflight=preflight,
    )
