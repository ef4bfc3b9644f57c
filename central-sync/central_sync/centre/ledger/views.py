"""The ledger as pages show it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from central_sync.centre.api.result_models import (
    Ledger as LedgerView,
)
from central_sync.centre.api.result_models import (
    LedgerFinding,
    LedgerLine,
    LedgerSession,
    SignOff,
)
from central_sync.centre.ledger.balance import Balance, Standing
from central_sync.centre.ledger.ledger import SessionLedger
from central_sync.centre.tables.sites import SiteRow
from central_sync.protocol.kinds import LedgerState
from central_sync.protocol.roster import masked_id


def ledger_view(session: Session, held: SessionLedger, *, masked: bool) -> LedgerView:
    """Return the ledger of a session."""
    site = session.get_one(SiteRow, held.row.site)
    reported = held.balance.reported
    return LedgerView.model_validate(
        {
            "session": held.row.id,
            "title": held.row.title,
            "site": site.code,
            "site_name": site.name,
            "time_zone": site.time_zone,
            "starts_at": held.row.starts_at,
            "state": held.row.state,
            "candidates": len(held.balance.standings),
            "balanced": not held.balance.findings,
            "signed_off": _sign_off(held.balance),
            "reported_to_seq": 0 if reported is None else reported.fold.last_seq,
            "reported_at": None if reported is None else _moment(reported.fold.last_at),
            "counts": held.balance.counts,
            "findings": tuple(
                LedgerFinding(
                    code=finding.code,
                    zh=finding.zh,
                    en=finding.en,
                    ticket=finding.ticket,
                    name=finding.name,
                )
                for finding in held.balance.findings
            ),
            "lines": tuple(_line(standing, masked=masked) for standing in held.balance.standings),
        }
    )


def summary_line(session: Session, held: SessionLedger) -> LedgerSession:
    """Return a session's line in the summary."""
    site = session.get_one(SiteRow, held.row.site)
    signed_off = _sign_off(held.balance)
    return LedgerSession.model_validate(
        {
            "session": held.row.id,
            "title": held.row.title,
            "site": site.code,
            "site_name": site.name,
            "time_zone": site.time_zone,
            "starts_at": held.row.starts_at,
            "state": held.row.state,
            "candidates": len(held.balance.standings),
            "counts": held.balance.counts,
            "balanced": not held.balance.findings,
            "findings": len(held.balance.findings),
            "signed_off_at": None if signed_off is None else signed_off.at,
        }
    )


def _sign_off(balance: Balance) -> SignOff | None:
    reported = balance.reported
    at = None if reported is None else _moment(reported.fold.signed_off_at)
    if reported is None or at is None:
        return None
    known = {state.value: state for state in LedgerState}
    return SignOff(
        at=at,
        by=reported.fold.by,
        second=reported.fold.second,
        # A state that this centre does not know stands among the findings.
        counts={known[state]: count for state, count in reported.fold.counts.items() if state in known},
        remarks=reported.fold.remarks,
        appliance=reported.appliance,
    )


def _line(standing: Standing, *, masked: bool) -> LedgerLine:
    seat, line = standing.seat, standing.line
    return LedgerLine(
        ticket=seat.ticket,
        name=seat.name,
        id_number=masked_id(seat.id_number) if masked else seat.id_number,
        room=seat.room,
        seat=seat.seat,
        state=standing.state,
        zh=standing.zh,
        en=standing.en,
        score=None if line is None else line.points,
        of=None if line is None else line.of,
        passed=None if line is None else line.passed,
        saved=0 if line is None else line.saved,
        answered=0 if line is None else len(line.responses),
        at=None if line is None else _moment(line.at),
    )


def _moment(text: str) -> datetime | None:
    """Return the wall time of an entry; None where there is none or a site wrote it oddly."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
