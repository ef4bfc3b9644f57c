"""Exam plans (考试计划): what is sat, by which rules, and in which days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from central_sync.centre.api.plan_models import FindingView, PlanRequest, PlanView
from central_sync.centre.banks.banks import held_bank
from central_sync.centre.exchange.counters import advance
from central_sync.centre.plans.blueprints import held_blueprint, verdict_of
from central_sync.centre.tables.arrangement import SessionRow, TicketRow
from central_sync.centre.tables.plans import BlueprintRow, PlanRow
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.items import Blueprint

_FREE = {"name", "resits", "window_from", "window_until"}
"""What may still change once sessions of the plan are arranged: tickets and packages do not hold it."""


class Plans:
    """The plans of the centre. Methods work in the caller's transaction."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def all(self, session: Session) -> list[PlanView]:
        """Return all plans, newest window first."""
        rows = session.scalars(select(PlanRow).order_by(PlanRow.window_from.desc(), PlanRow.id.desc()))
        return [_view(session, row) for row in rows]

    def get(self, session: Session, plan: str) -> PlanView:
        """Return a plan; raises Problem plan.unknown."""
        return _view(session, held_plan(session, plan))

    def create(self, session: Session, asked: PlanRequest) -> PlanView:
        """Keep a new plan; raises Problem blueprint.unknown, plan.wrong."""
        _check(session, asked)
        row = PlanRow(id=f"P{advance(session, 'number/plan'):04d}")
        return self._keep(session, row, asked)

    def change(self, session: Session, plan: str, asked: PlanRequest) -> PlanView:
        """Change a plan as a whole; raises Problem plan.unknown, plan.wrong, plan.in_use."""
        row = held_plan(session, plan)
        _check(session, asked)
        held = session.scalar(
            select(SessionRow.id).where(SessionRow.plan == plan, SessionRow.state != "cancelled").limit(1)
        )
        fixed = [
            name
            for name in PlanRequest.model_fields
            if name not in _FREE and getattr(row, name) != getattr(asked, name)
        ]
        if held is not None and fixed:
            raise Problem(
                "conflict",
                "plan.in_use",
                f"已按此计划安排场次 {held}，规则不能再改；请另建计划",
                f"session {held} is arranged by these rules; make another plan",
                fields=tuple((name, "已安排场次，不能修改", "sessions are arranged") for name in fixed),
            )
        return self._keep(session, row, asked)

    def _keep(self, session: Session, row: PlanRow, asked: PlanRequest) -> PlanView:
        for name in PlanRequest.model_fields:
            setattr(row, name, getattr(asked, name))
        row.updated_at = self._clock()
        session.add(row)
        session.flush()
        return _view(session, row)


def held_plan(session: Session, plan: str) -> PlanRow:
    """Return a plan's row; raises Problem plan.unknown."""
    row = session.get(PlanRow, plan)
    if row is None:
        raise Problem(
            "missing",
            "plan.unknown",
            f"没有考试计划 {plan[:20]}，请刷新页面",
            f"there is no plan {plan[:20]}; reload the page",
        )
    return row


def _check(session: Session, asked: PlanRequest) -> None:
    blueprint = held_blueprint(session, asked.blueprint)
    points = Blueprint.model_validate_json(blueprint.body).points
    bank = held_bank(session, blueprint.bank)
    wrong: list[tuple[str, str, str]] = []
    if points != asked.points:
        wrong.append(("points", f"蓝图合计 {points} 分，请一致", f"the blueprint adds up to {points} points"))
    if asked.pass_points > asked.points:
        wrong.append(("pass_points", "合格分不能高于总分", "cannot be more than all points"))
    if bank.category != asked.category:
        wrong.append(
            (
                "category",
                f"蓝图的题库属于“{bank.category}”",
                f"the blueprint's bank is of the category '{bank.category}'",
            )
        )
    if asked.window_until <= asked.window_from:
        wrong.append(("window_until", "结束须晚于开始", "must be after the beginning"))
    if asked.late_minutes > asked.duration_minutes:
        wrong.append(("late_minutes", "迟到时限不能长于考试时长", "cannot be longer than the exam"))
    if wrong:
        raise Problem(
            "invalid",
            "plan.wrong",
            "计划有误：" + "；".join(zh for _, zh, _ in wrong),
            "the plan is not right: " + "; ".join(en for _, _, en in wrong),
            fields=tuple(wrong),
        )


def _view(session: Session, row: PlanRow) -> PlanView:
    blueprint = session.get_one(BlueprintRow, row.blueprint)
    bank = held_bank(session, blueprint.bank)
    of_plan = (SessionRow.plan == row.id, SessionRow.state != "cancelled")
    return PlanView.model_validate(
        {
            **{name: getattr(row, name) for name in PlanRequest.model_fields},
            "plan": row.id,
            "bank": bank.id,
            "bank_name": bank.name,
            "blueprint_name": blueprint.name,
            "sessions": session.scalar(select(func.count()).select_from(SessionRow).where(*of_plan)) or 0,
            "arranged": session.scalar(
                select(func.count())
                .select_from(TicketRow)
                .join(SessionRow, SessionRow.id == TicketRow.session)
                .where(*of_plan)
            )
            or 0,
            "updated_at": row.updated_at,
            "findings": _findings(session, row, blueprint),
        }
    )


def _findings(session: Session, row: PlanRow, blueprint: BlueprintRow) -> tuple[FindingView, ...]:
    """What no longer fits, because bank or blueprint changed after the plan was made."""
    verdict = verdict_of(session, blueprint)
    found = list(verdict.findings)
    if verdict.points != row.points:
        found.append(
            FindingView(
                code="plan.points",
                zh=f"蓝图现为 {verdict.points} 分，计划为 {row.points} 分",
                en=f"the blueprint adds up to {verdict.points} points now, the plan to {row.points}",
            )
        )
    return tuple(found)
