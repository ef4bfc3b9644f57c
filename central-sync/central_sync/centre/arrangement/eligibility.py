"""Who of the rosters may be arranged for a plan, and why the others may not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.api.plan_models import LeftOut
from central_sync.centre.rosters.rosters import held_roster
from central_sync.centre.tables.arrangement import SessionRow, TicketRow
from central_sync.centre.tables.plans import PlanRow
from central_sync.centre.tables.rosters import CandidateRow, RosterEntryRow
from central_sync.protocol.http.problems import Problem


@dataclass(frozen=True)
class Eligible:
    """A candidate who may be arranged, with what the ticket will say."""

    id_number: str
    name: str
    employer: str
    roster: str
    extra_minutes: int
    resit: int
    """0 for the first sitting, n for the n-th resit (补考)."""


def eligible(session: Session, plan: PlanRow, rosters: Sequence[str]) -> tuple[list[Eligible], list[LeftOut]]:
    """Return who may be arranged, in the order of the rosters, and who may not.

    A candidate on two rosters counts once. Raises Problem roster.unknown, arrangement.category.
    """
    found: dict[str, Eligible] = {}
    seen: set[str] = set()
    left_out: list[LeftOut] = []
    history = _history(session, plan.id)
    for number in rosters:
        roster = held_roster(session, number)
        if roster.category != plan.category:
            raise Problem(
                "invalid",
                "arrangement.category",
                f"名册 {number} 属于“{roster.category}”，计划为“{plan.category}”",
                f"roster {number} is of the category '{roster.category}', the plan of '{plan.category}'",
                fields=(("rosters", "类别与计划不符", "the category differs from the plan's"),),
            )
        lines = session.execute(
            select(RosterEntryRow, CandidateRow)
            .join(CandidateRow, CandidateRow.id_number == RosterEntryRow.candidate)
            .where(RosterEntryRow.roster == number)
            .order_by(RosterEntryRow.position)
        )
        for line, person in lines:
            if person.id_number in seen:
                continue
            seen.add(person.id_number)
            tickets = history.get(person.id_number, [])
            # A roster made after a failure may count it already, so the two are not added up.
            resit = max([line.resit, *(held.resit + 1 for held in tickets if held.outcome == "failed")])
            reason = _refusal(tickets, resit, plan)
            if reason is not None:
                code, zh, en = reason
                left_out.append(
                    LeftOut(name=person.name, id_number=person.id_number, code=code, zh=zh, en=en)
                )
                continue
            found[person.id_number] = Eligible(
                person.id_number, person.name, person.employer, number, line.extra_minutes, resit
            )
    return list(found.values()), left_out


@dataclass(frozen=True)
class _Held:
    """A ticket that a candidate had for the plan before."""

    outcome: str
    ticket: str
    resit: int


def _history(session: Session, plan: str) -> dict[str, list[_Held]]:
    """Return the tickets of everybody who was arranged for the plan before."""
    history: dict[str, list[_Held]] = {}
    rows = session.execute(
        select(TicketRow.candidate, TicketRow.outcome, TicketRow.ticket, TicketRow.resit)
        .join(SessionRow, SessionRow.id == TicketRow.session)
        .where(SessionRow.plan == plan, SessionRow.state != "cancelled")
    )
    for candidate, outcome, ticket, resit in rows:
        history.setdefault(candidate, []).append(_Held(outcome, ticket, resit))
    return history


def _refusal(tickets: list[_Held], resit: int, plan: PlanRow) -> tuple[str, str, str] | None:
    for held in tickets:
        outcome, ticket = held.outcome, held.ticket
        if outcome == "":
            return (
                "arrangement.already",
                f"已安排，准考证号 {ticket}",
                f"is arranged already, ticket {ticket}",
            )
        if outcome == "passed":
            return (
                "arrangement.passed",
                f"已合格，准考证号 {ticket}",
                f"has passed already, ticket {ticket}",
            )
    if resit > plan.resits:
        return (
            "arrangement.resits_used",
            f"补考次数已用完（计划允许 {plan.resits} 次）",
            f"has used all resits (the plan allows {plan.resits})",
        )
    return None
