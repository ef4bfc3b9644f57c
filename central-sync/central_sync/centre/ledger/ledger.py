"""The ledger as the rest of the centre asks for it: kept up, read, and settled when a site signed off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from central_sync.centre.database import Database
from central_sync.centre.exchange.service import Exchange
from central_sync.centre.ledger.balance import Balance, Exam, HeldLine, HeldSession, Seat, balance
from central_sync.centre.ledger.fold import LineFold, SessionFold
from central_sync.centre.ledger.projection import Follower, Projection
from central_sync.centre.packaging.item_keys import PackageKeys
from central_sync.centre.packaging.records import newest_packages
from central_sync.centre.sessions.sessions import held_session
from central_sync.centre.tables.arrangement import SessionRoomRow, SessionRow, TicketRow
from central_sync.centre.tables.ledger import LedgerLineRow, LedgerSessionRow
from central_sync.centre.tables.plans import PlanRow
from central_sync.centre.tables.rosters import CandidateRow
from central_sync.protocol.kinds import LedgerState

ON_A_PAGE = 50


@dataclass(frozen=True)
class SessionLedger:
    """The ledger of one session beside the session itself."""

    row: SessionRow
    plan: PlanRow
    balance: Balance


class Ledger:
    """The ledger of all sessions. `session` means the caller's transaction, `exam` an exam session's id."""

    def __init__(self, database: Database, exchange: Exchange, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._keys = PackageKeys()
        self._projection = Projection(database, exchange, self._settle)
        self._follower = Follower(self._projection)
        exchange.on_received(self._follower.wake)

    def catch_up(self) -> int:
        """Take in all that was received and return how many entries; in a transaction of its own."""
        return self._projection.catch_up()

    def take_up(self) -> int:
        """Begin after a start: catch up, and read again what an older release could not read."""
        return self._projection.rebuild() if self._projection.has_unreadable() else self.catch_up()

    def rebuild(self) -> int:
        """Make the ledger again from the received entries alone and return their number."""
        return self._projection.rebuild()

    def close(self) -> None:
        """Stop following; what came meanwhile is taken in at the next start."""
        self._follower.close()

    def of(self, session: Session, exam: str) -> SessionLedger:
        """Return the ledger of a session; raises Problem session.unknown."""
        return self._balanced(session, [held_session(session, exam)])[0]

    def page(self, session: Session, page: int) -> tuple[int, list[SessionLedger]]:
        """Return how many sessions there are, and the ledgers of those on a page, newest first."""
        total = session.scalar(select(func.count()).select_from(SessionRow)) or 0
        rows = session.scalars(
            select(SessionRow)
            .order_by(SessionRow.starts_at.desc(), SessionRow.id)
            .limit(ON_A_PAGE)
            .offset((page - 1) * ON_A_PAGE)
        ).all()
        return total, self._balanced(session, rows)

    def _balanced(self, session: Session, rows: Sequence[SessionRow]) -> list[SessionLedger]:
        exams = [row.id for row in rows]
        seats = _seats(session, exams)
        lines = _lines(session, exams, {seat.ticket: exam for exam in exams for seat in seats[exam]})
        sessions = _sessions(session, exams)
        packages = newest_packages(session, exams)
        now = self._clock()
        found = []
        for row in rows:
            plan = session.get_one(PlanRow, row.plan)
            package = packages.get(row.id)
            exam = Exam(
                session=row.id,
                site=row.site,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                cancelled=row.state == "cancelled",
                reason=row.reason,
                points=plan.points,
                pass_points=plan.pass_points,
                package=None if package is None else package.id,
                keys=None if package is None else self._keys.of(session, package),
            )
            made = balance(exam, seats[row.id], lines[row.id], sessions[row.id], now)
            found.append(SessionLedger(row, plan, made))
        return found

    def _settle(self, session: Session, exams: set[str], tickets: set[str]) -> None:
        """Write outcomes and close the sessions of entries just taken in, if their site signed them off."""
        arranged = session.scalars(select(TicketRow.session).where(TicketRow.ticket.in_(tickets)))
        journals = session.scalars(
            select(LedgerSessionRow).where(LedgerSessionRow.session.in_(exams.union(arranged)))
        )
        signed_off = {row.session for row in journals if SessionFold.read(row.fold).signed_off_at}
        rows = session.scalars(
            select(SessionRow).where(SessionRow.id.in_(signed_off), SessionRow.state != "cancelled")
        ).all()
        for ledger in self._balanced(session, rows):
            reported = ledger.balance.reported
            if reported is None or not reported.fold.signed_off_at:
                continue
            ledger.row.state = "closed"
            for standing in ledger.balance.standings:
                ticket = session.get_one(TicketRow, standing.seat.ticket)
                ticket.outcome, ticket.score = _outcome(standing.state, standing.line, ledger.plan)
        session.flush()


def _outcome(state: LedgerState, line: LineFold | None, plan: PlanRow) -> tuple[str, int | None]:
    if state in (LedgerState.ABSENT, LedgerState.VOIDED):
        return state.value, None
    points = None if line is None or state is not LedgerState.SCORED else line.points
    # A score that cannot be is a finding and no result.
    if line is None or points is None or not 0 <= points <= plan.points:
        return "", None
    return "passed" if line.passed else "failed", points


def _seats(session: Session, exams: Sequence[str]) -> dict[str, list[Seat]]:
    found: dict[str, list[Seat]] = {exam: [] for exam in exams}
    rows = session.execute(
        select(TicketRow, CandidateRow.name)
        .join(CandidateRow, CandidateRow.id_number == TicketRow.candidate)
        .outerjoin(
            SessionRoomRow,
            (SessionRoomRow.session == TicketRow.session) & (SessionRoomRow.room == TicketRow.room),
        )
        .where(TicketRow.session.in_(exams))
        .order_by(TicketRow.session, SessionRoomRow.position, TicketRow.room, TicketRow.seat)
    )
    for ticket, name in rows:
        found[ticket.session].append(Seat(ticket.ticket, name, ticket.candidate, ticket.room, ticket.seat))
    return found


def _lines(session: Session, exams: Sequence[str], arranged: dict[str, str]) -> dict[str, list[HeldLine]]:
    """Return the lines that name each session or one of its tickets."""
    found: dict[str, list[HeldLine]] = {exam: [] for exam in exams}
    rows = session.scalars(
        select(LedgerLineRow)
        .where(
            or_(
                LedgerLineRow.session.in_(exams),
                LedgerLineRow.ticket.in_(select(TicketRow.ticket).where(TicketRow.session.in_(exams))),
            )
        )
        .order_by(LedgerLineRow.received)
    )
    for row in rows:
        line = HeldLine(row.appliance, row.site, row.received, LineFold.read(row.fold))
        for exam in {row.session, arranged.get(row.ticket, "")} & found.keys():
            found[exam].append(line)
    return found


def _sessions(session: Session, exams: Sequence[str]) -> dict[str, list[HeldSession]]:
    found: dict[str, list[HeldSession]] = {exam: [] for exam in exams}
    rows = session.scalars(
        select(LedgerSessionRow)
        .where(LedgerSessionRow.session.in_(exams))
        .order_by(LedgerSessionRow.received)
    )
    for row in rows:
        held = HeldSession(row.appliance, row.site, row.received, SessionFold.read(row.fold))
        found[row.session].append(held)
    return found
