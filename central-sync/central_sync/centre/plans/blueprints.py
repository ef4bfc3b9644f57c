"""Blueprints (组卷蓝图), checked against the bank that they draw from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.api.plan_models import BlueprintRequest, BlueprintVerdict, BlueprintView
from central_sync.centre.banks.banks import held_bank, held_counts
from central_sync.centre.exchange.counters import advance
from central_sync.centre.plans.verdict import judge
from central_sync.centre.tables.plans import BlueprintRow, PlanRow
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.items import Blueprint, BlueprintSection


class Blueprints:
    """The blueprints of the centre. Methods work in the caller's transaction."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def all(self, session: Session) -> list[BlueprintView]:
        """Return all blueprints by number."""
        return [
            _view(session, row) for row in session.scalars(select(BlueprintRow).order_by(BlueprintRow.id))
        ]

    def get(self, session: Session, blueprint: str) -> BlueprintView:
        """Return a blueprint as it stands against its bank now; raises Problem blueprint.unknown."""
        return _view(session, held_blueprint(session, blueprint))

    def check(self, session: Session, asked: BlueprintRequest) -> BlueprintVerdict:
        """Return the verdict on a blueprint without keeping it; raises Problem bank.unknown."""
        bank = held_bank(session, asked.bank)
        return judge(_body(asked), held_counts(session, bank.id), bank.version)

    def create(self, session: Session, asked: BlueprintRequest) -> BlueprintView:
        """Keep a new blueprint; raises Problem bank.unknown, blueprint.bank_too_small."""
        self._require(session, asked)
        row = BlueprintRow(id=f"M{advance(session, 'number/blueprint'):04d}")
        return self._keep(session, row, asked)

    def change(self, session: Session, blueprint: str, asked: BlueprintRequest) -> BlueprintView:
        """Change a blueprint as a whole.

        Packages that are built keep theirs. Raises Problem blueprint.unknown, bank.unknown,
        blueprint.bank_too_small, blueprint.points when a plan that uses it counts on its points.
        """
        row = held_blueprint(session, blueprint)
        self._require(session, asked)
        points = _body(asked).points
        plan = session.scalar(
            select(PlanRow).where(PlanRow.blueprint == blueprint, PlanRow.points != points).limit(1)
        )
        if plan is not None:
            raise Problem(
                "conflict",
                "blueprint.points",
                f"计划 {plan.id} 按 {plan.points} 分使用此蓝图，现为 {points} 分；请另建蓝图",
                f"plan {plan.id} counts on {plan.points} points, these are {points}; make another blueprint",
            )
        return self._keep(session, row, asked)

    def _require(self, session: Session, asked: BlueprintRequest) -> None:
        verdict = self.check(session, asked)
        if not verdict.ok:
            raise Problem(
                "invalid",
                "blueprint.bank_too_small",
                "题库试题不足：" + "；".join(finding.zh for finding in verdict.findings),
                "the bank holds too few items: " + "; ".join(finding.en for finding in verdict.findings),
                fields=tuple(
                    (
                        f"sections.{at}",
                        f"只有 {section.held} 题可抽",
                        f"only {section.held} items to draw from",
                    )
                    for at, section in enumerate(verdict.sections)
                    if not section.enough
                ),
            )

    def _keep(self, session: Session, row: BlueprintRow, asked: BlueprintRequest) -> BlueprintView:
        row.name, row.bank, row.body = asked.name, asked.bank, _body(asked).model_dump_json()
        row.updated_at = self._clock()
        session.add(row)
        session.flush()
        return _view(session, row)


def held_blueprint(session: Session, blueprint: str) -> BlueprintRow:
    """Return a blueprint's row; raises Problem blueprint.unknown."""
    row = session.get(BlueprintRow, blueprint)
    if row is None:
        raise Problem(
            "missing",
            "blueprint.unknown",
            f"没有蓝图 {blueprint[:20]}，请刷新页面",
            f"there is no blueprint {blueprint[:20]}; reload the page",
        )
    return row


def verdict_of(session: Session, row: BlueprintRow) -> BlueprintVerdict:
    """Return how a blueprint stands against the newest version of its bank."""
    bank = held_bank(session, row.bank)
    return judge(Blueprint.model_validate_json(row.body), held_counts(session, bank.id), bank.version)


def _body(asked: BlueprintRequest) -> Blueprint:
    return Blueprint(
        sections=tuple(BlueprintSection.model_validate(section.model_dump()) for section in asked.sections),
        shuffle_items=asked.shuffle_items,
        shuffle_choices=asked.shuffle_choices,
    )


def _view(session: Session, row: BlueprintRow) -> BlueprintView:
    bank = held_bank(session, row.bank)
    return BlueprintView(
        blueprint=row.id,
        name=row.name,
        bank=bank.id,
        bank_name=bank.name,
        category=bank.category,
        body=Blueprint.model_validate_json(row.body),
        verdict=verdict_of(session, row),
        updated_at=row.updated_at,
    )
