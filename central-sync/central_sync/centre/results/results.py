"""The result list of a session (成绩表), for pages and as .xlsx."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.api.result_models import ResultLine, Results
from central_sync.centre.files.results_xlsx import ResultRow, write_results
from central_sync.centre.ledger.ledger import Ledger, SessionLedger
from central_sync.centre.tables.arrangement import TicketRow
from central_sync.centre.tables.rosters import CandidateRow
from central_sync.centre.tables.sites import SiteRow
from central_sync.protocol.kinds import LedgerState
from central_sync.protocol.roster import masked_id


@dataclass(frozen=True)
class ResultFile:
    """A result list as a file."""

    name: str
    data: bytes


class ResultLists:
    """Result lists over the ledger. `exam` is an exam session's id."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._clock = clock

    def of(self, session: Session, exam: str, *, masked: bool) -> Results:
        """Return the results of a session; raises Problem session.unknown."""
        held = self._ledger.of(session, exam)
        site = session.get_one(SiteRow, held.row.site)
        people = _people(session, exam)
        lines = []
        for standing in held.balance.standings:
            ticket, person = people[standing.seat.ticket]
            line = standing.line if standing.state is LedgerState.SCORED else None
            lines.append(
                ResultLine.model_validate(
                    {
                        "ticket": ticket.ticket,
                        "name": person.name,
                        "sex": person.sex,
                        "id_number": masked_id(person.id_number) if masked else person.id_number,
                        "employer": person.employer,
                        "room": ticket.room,
                        "seat": ticket.seat,
                        "resit": ticket.resit,
                        "state": standing.state,
                        "zh": standing.zh,
                        "en": standing.en,
                        "score": None if line is None else line.points,
                        "passed": None if line is None else line.passed,
                    }
                )
            )
        counts = held.balance.counts
        return Results(
            session=exam,
            title=held.row.title,
            site=site.code,
            site_name=site.name,
            time_zone=site.time_zone,
            starts_at=held.row.starts_at,
            category=held.plan.category,
            points=held.plan.points,
            pass_points=held.plan.pass_points,
            final=is_final(held),
            sat=counts[LedgerState.SCORED],
            passed=sum(line.passed is True for line in lines),
            failed=sum(line.passed is False for line in lines),
            absent=counts[LedgerState.ABSENT],
            voided=counts[LedgerState.VOIDED],
            lines=tuple(lines),
        )

    def file(self, session: Session, exam: str, *, masked: bool) -> ResultFile:
        """Return the results of a session as .xlsx; raises Problem session.unknown."""
        results = self.of(session, exam, masked=masked)
        rows = [
            ResultRow(
                ticket=line.ticket,
                name=line.name,
                sex=line.sex,
                id_number=line.id_number,
                employer=line.employer,
                site=results.site_name,
                room=line.room,
                seat=line.seat,
                starts_at=results.starts_at,
                state=line.state,
                score=line.score,
                passed=line.passed,
                remark=line.zh,
            )
            for line in results.lines
        ]
        title = f"{results.title} 成绩表" + ("" if results.final else "（未定）")
        data = write_results(rows, title, made_at=self._clock(), zone=results.time_zone)
        return ResultFile(f"{exam}-results.xlsx", data)


def is_final(held: SessionLedger) -> bool:
    """Tell whether the site signed a session off and its ledger balances."""
    reported = held.balance.reported
    return reported is not None and bool(reported.fold.signed_off_at) and not held.balance.findings


def _people(session: Session, exam: str) -> dict[str, tuple[TicketRow, CandidateRow]]:
    rows = session.execute(
        select(TicketRow, CandidateRow)
        .join(CandidateRow, CandidateRow.id_number == TicketRow.candidate)
        .where(TicketRow.session == exam)
    )
    return {ticket.ticket: (ticket, person) for ticket, person in rows}
